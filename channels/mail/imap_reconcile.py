"""Compares a mailbox with the ledger, mail by mail: what lies on the server that the ledger does not know?

Reads only: folders are opened with EXAMINE, nothing is marked, moved or fetched but what names a mail. Blocking.
"""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from channels.mail.delivery import mailbox_key
from channels.mail.imap_options import AfterTaking, Cursor, ImapMailbox
from channels.mail.imap_session import ImapSession, MailSize
from channels.mail.parse import parse_mail

_BATCH = 200
_LONGEST = 998  # of a Message-ID in the ledger


class Finding(StrEnum):
    """Why a mail calls for somebody."""

    WAITS = "waits"  # longer than it takes to settle a mail
    UNKNOWN = "unknown"  # settled by its place, but the ledger has no line for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """A mail about which the server and the ledger differ. received_at: aware UTC, if the server told."""

    folder: str
    uid: int
    finding: Finding
    message_id: str | None
    received_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """What came of it. looked_at: mails of the folders that exist and of the days that were asked for."""

    looked_at: int
    disagreements: tuple[Disagreement, ...]


class KnownMails(Protocol):
    """The ledger's side. Blocking."""

    def known_sources(self, source_keys: Collection[str]) -> frozenset[str]:
        """Those of the source keys that have a line."""
        ...

    def known_messages(self, message_ids: Collection[str]) -> frozenset[str]:
        """Those of the Message-IDs that have a line."""
        ...

    def known_octets(self, digests: Collection[str]) -> frozenset[str]:
        """Those of the SHA-256 digests (hex) whose octets have a line."""
        ...


def reconcile(
    mailbox: ImapMailbox, cursor: Cursor | None, known: KnownMails, *, days: int, now: datetime
) -> Reconciliation:
    """Compare the folder that receives, and where mail is moved to, with the ledger.

    cursor: how far the folder was read. days: only mails the server received in so many days; older ones may have been
    forgotten on purpose. now: aware UTC. Raises ImapError, OSError.
    """
    since, settled = now - timedelta(days=days), now - timedelta(seconds=mailbox.settle_seconds)
    looked_at = 0
    found: list[Disagreement] = []
    with _opened(mailbox, mailbox.folder) as session:
        others = [mailbox.processed, mailbox.refused] if mailbox.after is AfterTaking.MOVE else []
        others = [folder for folder in others if session.has_folder(folder)]
        for sizes in _batches(session, since):
            looked_at += len(sizes)
            found += _receiving(mailbox, session, sizes, cursor, known, settled=settled)
    for folder in others:
        with _opened(mailbox, folder) as session:
            for sizes in _batches(session, since):
                looked_at += len(sizes)
                found += _unknown(folder, session, sizes, known, octets_are_kept=folder == mailbox.processed)
    return Reconciliation(looked_at=looked_at, disagreements=tuple(found))


@contextmanager
def _opened(mailbox: ImapMailbox, folder: str) -> Iterator[ImapSession]:
    """A session on a folder that cannot change it."""
    # KEEP opens read-only and makes no folders.
    session = ImapSession(replace(mailbox, folder=folder, after=AfterTaking.KEEP))
    try:
        yield session
    finally:
        session.close()


def _batches(session: ImapSession, since: datetime) -> Iterator[list[MailSize]]:
    uids = session.search_above(0)
    for start in range(0, len(uids), _BATCH):
        sizes = session.sizes(uids[start : start + _BATCH])
        yield [size for size in sizes if size.received_at is None or size.received_at >= since]


def _receiving(
    mailbox: ImapMailbox,
    session: ImapSession,
    sizes: Sequence[MailSize],
    cursor: Cursor | None,
    known: KnownMails,
    *,
    settled: datetime,
) -> Iterator[Disagreement]:
    """Above the cursor a mail may still wait; below it, it must be known (and elsewhere, where mail is moved)."""
    read = cursor.uid if cursor is not None and cursor.uidvalidity == session.uidvalidity else 0
    keys = {size.uid: mailbox_key(mailbox.account, mailbox.folder, session.uidvalidity, size.uid) for size in sizes}
    sources = known.known_sources(keys.values())
    waiting, refused = [], []
    for size in sizes:
        if mailbox.after is AfterTaking.KEEP and keys[size.uid] in sources:
            continue
        if mailbox.after is AfterTaking.KEEP and size.uid <= read:
            refused.append(size)  # what was refused has a line, but no source key
        elif size.received_at is None or size.received_at < settled:
            waiting.append(size)
    ids = _message_ids(session, waiting)
    for size in waiting:
        yield _disagreement(mailbox.folder, size, Finding.WAITS, ids.get(size.uid))
    yield from _unknown(mailbox.folder, session, refused, known, octets_are_kept=False)


def _unknown(
    folder: str, session: ImapSession, sizes: Sequence[MailSize], known: KnownMails, *, octets_are_kept: bool
) -> Iterator[Disagreement]:
    """octets_are_kept: so that a mail without a Message-ID can be told by them; of what was refused none are."""
    ids = _message_ids(session, sizes)
    named = known.known_messages(ids.values())
    for size in sizes:
        message_id = ids.get(size.uid)
        if message_id is not None:
            if message_id not in named:
                yield _disagreement(folder, size, Finding.UNKNOWN, message_id)
        elif octets_are_kept and not _octets_known(session, size, known):
            yield _disagreement(folder, size, Finding.UNKNOWN, None)


def _octets_known(session: ImapSession, size: MailSize, known: KnownMails) -> bool:
    octets = session.fetch([size.uid]).get(size.uid)
    if octets is None:
        return True  # gone since
    digest = hashlib.sha256(octets).hexdigest()
    return digest in known.known_octets([digest])


def _message_ids(session: ImapSession, sizes: Sequence[MailSize]) -> dict[int, str]:
    """The Message-IDs as the ledger has them; mails without one are left out."""
    fields = session.fetch_message_id_fields([size.uid for size in sizes]) if sizes else {}
    ids = {uid: parse_mail(field, own_addresses=frozenset()).message_id for uid, field in fields.items()}
    return {uid: message_id[:_LONGEST] for uid, message_id in ids.items() if message_id}


def _disagreement(folder: str, size: MailSize, finding: Finding, message_id: str | None) -> Disagreement:
    return Disagreement(
        folder=folder, uid=size.uid, finding=finding, message_id=message_id, received_at=size.received_at
    )
