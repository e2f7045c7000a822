"""The seam between the mail adapters and the core: what an adapter hands over, and the keys of a delivery.

Owns the port `MailTaker` and the two kinds of `source_key`. Must not read the message or speak a protocol.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from authz.mail.handover import Handover
from intake.ports import Receipt


class MailTaker(Protocol):
    """Takes one mail in: reads, decides, files, commits."""

    async def take(
        self,
        octets: bytes,
        *,
        account: str,
        source_key: str,
        handover: Handover,
        recipients: tuple[str, ...],
        received_at: datetime,
    ) -> Receipt:
        """Return the receipt after the commit is on disk.

        account: the configured address or the mailbox's name it came in by. received_at: aware UTC.
        Raises only for what should not happen; nothing is taken then, and the peer must keep the message.
        """
        ...


class MailboxTaker(MailTaker, Protocol):
    """What a mailbox needs besides: to have a mail on record that is too large to be read."""

    async def refuse_oversized(
        self, header: bytes, *, size: int, account: str, source_key: str, received_at: datetime
    ) -> Receipt:
        """Return a refusal after its ledger row is on disk; the mail itself stays in the mailbox's refused folder.

        header: the octets of its header, perhaps cut. size: octets of the whole mail. Raises as `take` does.
        """
        ...


def envelope_key(reverse_path: str, recipients: Iterable[str], octets: bytes) -> str:
    """Return the source key of a mail handed over by SMTP or LMTP.

    It depends on the envelope and the octets only, so that a peer who did not hear our answer and comes again,
    by another connection, host or order of recipients, has the same key. Each field is preceded by its length:
    no two envelopes run together into one.
    """
    digest = hashlib.sha256()
    for field in (reverse_path, *sorted(set(recipients))):
        encoded = field.encode("utf-8", "surrogateescape")
        digest.update(b"%d:" % len(encoded))
        digest.update(encoded)
    digest.update(b"=")
    digest.update(octets)
    return f"smtp:{digest.hexdigest()}"


def mailbox_key(account: str, folder: str, uidvalidity: int, uid: int) -> str:
    """Return the source key of a mail read from a mailbox. RFC 3501 §2.3.1.1: the four name it for ever."""
    return f"imap:{account}:{folder}:{uidvalidity}:{uid}"
