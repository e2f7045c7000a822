"""The server's folders held against the ledger, mail by mail, without touching anything."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from channels.mail.imap_options import AfterTaking, Cursor
from channels.mail.imap_reconcile import Finding, reconcile
from channels.mail.imap_session import ImapSession
from tests.channels.mail.test_imap import settings
from tests.servers.dovecot import Dovecot

pytestmark = pytest.mark.e2e


@dataclass
class Ledger:
    """The ledger's side, in memory."""

    sources: set[str] = field(default_factory=set)
    messages: set[str] = field(default_factory=set)
    octets: set[str] = field(default_factory=set)

    def known_sources(self, source_keys: Collection[str]) -> frozenset[str]:
        return frozenset(self.sources.intersection(source_keys))

    def known_messages(self, message_ids: Collection[str]) -> frozenset[str]:
        return frozenset(self.messages.intersection(message_ids))

    def known_octets(self, digests: Collection[str]) -> frozenset[str]:
        return frozenset(self.octets.intersection(digests))


def mail(number: int, *, named: bool = True) -> bytes:
    name = f"Message-ID:\r\n <{number}@firma.example>\r\n" if named else ""
    return f"From: jan@firma.example\r\nSubject: {number}\r\n{name}\r\nbody\r\n".encode()


def put(dovecot: Dovecot, folder: str, *mails: bytes) -> None:
    """Into a folder of alice's, as the poller would have moved it there."""
    with dovecot.client("alice") as client:
        if not client.folder_exists(folder):
            client.create_folder(folder)
        for octets in mails:
            client.append(folder, octets)


def compare(
    dovecot: Dovecot, ledger: Ledger, *, cursor: Cursor | None = None, later: int = 0, days: int = 7, **changed: Any
) -> list[tuple[str, Finding, str | None]]:
    found = reconcile(
        settings(dovecot, **changed), cursor, ledger, days=days, now=datetime.now(UTC) + timedelta(minutes=later)
    )
    return [(each.folder, each.finding, each.message_id) for each in found.disagreements]


def test_what_was_taken_in_or_refused_is_known_by_its_name(dovecot: Dovecot) -> None:
    put(dovecot, "Processed", mail(1), mail(2))
    put(dovecot, "Refused", mail(3), mail(4))
    ledger = Ledger(messages={"<1@firma.example>", "<3@firma.example>"})
    assert compare(dovecot, ledger) == [
        ("Processed", Finding.UNKNOWN, "<2@firma.example>"),
        ("Refused", Finding.UNKNOWN, "<4@firma.example>"),
    ]
    assert compare(dovecot, Ledger(messages={f"<{number}@firma.example>" for number in range(5)})) == []


def test_mail_without_a_name_is_known_by_its_octets(dovecot: Dovecot) -> None:
    put(dovecot, "Processed", mail(1, named=False), mail(2, named=False))
    put(dovecot, "Refused", mail(3, named=False))  # nothing is kept that it could be told by
    ledger = Ledger(octets={sha256(mail(1, named=False)).hexdigest()})
    assert compare(dovecot, ledger) == [("Processed", Finding.UNKNOWN, None)]


def test_mail_in_the_folder_that_receives_may_wait_for_a_while(dovecot: Dovecot) -> None:
    dovecot.deliver("alice", mail(1))
    assert compare(dovecot, Ledger(), settle_seconds=3600) == []
    found = compare(dovecot, Ledger(), settle_seconds=3600, later=61)
    assert found == [("INBOX", Finding.WAITS, "<1@firma.example>")]


def test_where_mail_stays_the_ledger_has_its_place(dovecot: Dovecot) -> None:
    for number in (1, 2, 3, 4):
        dovecot.deliver("alice", mail(number))
    with ImapConnection(dovecot) as session:
        valid = session.uidvalidity
        first, second, third, _ = session.search_above(0)
    keep = {"after": AfterTaking.KEEP, "settle_seconds": 3600}
    # One by its place, one refused (known by its name alone), one forgotten below the cursor, one still above it.
    ledger = Ledger(sources={f"imap:helpdesk:INBOX:{valid}:{first}"}, messages={"<2@firma.example>"})
    cursor = Cursor(uidvalidity=valid, uid=third)
    assert compare(dovecot, ledger, cursor=cursor, **keep) == [("INBOX", Finding.UNKNOWN, "<3@firma.example>")]
    assert second > first


def test_only_mails_of_the_days_asked_for_are_looked_at(dovecot: Dovecot) -> None:
    put(dovecot, "Processed", mail(1))
    assert compare(dovecot, Ledger(), days=7, later=8 * 24 * 60) == []
    assert len(compare(dovecot, Ledger(), days=9, later=8 * 24 * 60)) == 1


def test_nothing_is_changed_by_looking(dovecot: Dovecot) -> None:
    put(dovecot, "Processed", mail(1), mail(2, named=False))
    dovecot.deliver("alice", mail(3))
    compare(dovecot, Ledger(), later=120)
    with dovecot.client("alice") as client:
        assert not client.folder_exists("Refused")
        for folder, count in (("INBOX", 1), ("Processed", 2)):
            client.select_folder(folder, readonly=True)
            assert len(client.search(["UNSEEN"])) == count


def test_folders_that_do_not_exist_yet_hold_nothing(dovecot: Dovecot) -> None:
    assert compare(dovecot, Ledger()) == []


class ImapConnection:
    """A session on alice's INBOX for as long as the context lasts."""

    def __init__(self, dovecot: Dovecot) -> None:
        self._session = ImapSession(settings(dovecot, after=AfterTaking.KEEP))

    def __enter__(self) -> ImapSession:
        return self._session

    def __exit__(self, *error: object) -> None:
        self._session.close()
