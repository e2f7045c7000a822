"""The settings slice of one mailbox, and what the poller needs from the store. Data and ports only."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


def _nothing() -> None:
    """Nobody wants to know."""


class ImapTls(StrEnum):
    """How the connection is protected. NONE is accepted to a loopback address only."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class ImapLogin(StrEnum):
    """What the secret is."""

    PASSWORD = "password"  # noqa: S105 - the name of a kind of secret
    XOAUTH2 = "xoauth2"
    OAUTHBEARER = "oauthbearer"  # RFC 7628


class AfterTaking(StrEnum):
    """What becomes of a mail in the mailbox after the commit. A refused one is moved unless everything is kept."""

    MOVE = "move"
    KEEP = "keep"
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapMailbox:
    """One mailbox to read. Sizes in octets, durations in seconds.

    account: its name in the ledger and in source keys, without a colon.
    secret: called at each log-in for the password or a fresh access token; secret_refused: told when it was not taken.
    max_octets: a larger mail is not fetched but refused by its header.
    batch_octets, batch_mails: how much is fetched at a time.
    idle_seconds: IDLE is renewed so often; RFC 2177 wants less than 29 minutes.
    poll_seconds: how often to look where the server has no IDLE.
    retry_base_seconds, retry_most_seconds: for a mail that could not be judged or taken in yet.
    reconnect_base_seconds, reconnect_most_seconds: after a failed connection.
    reconcile_seconds: how often the folder is compared with what should be in it.
    settle_seconds: a mail that lies there for longer is unsettled.
    """

    account: str
    host: str
    login: str
    secret: Callable[[], str]
    secret_refused: Callable[[], None] = _nothing
    port: int = 993
    tls: ImapTls = ImapTls.TLS
    login_by: ImapLogin = ImapLogin.PASSWORD
    trust: ssl.SSLContext | None = None
    folder: str = "INBOX"
    processed: str = "Processed"
    refused: str = "Refused"
    after: AfterTaking = AfterTaking.MOVE
    max_octets: int = 25 * 2**20
    batch_octets: int = 8 * 2**20
    batch_mails: int = 50
    idle_seconds: float = 9 * 60
    poll_seconds: float = 60
    timeout_seconds: float = 30
    retry_base_seconds: float = 60
    retry_most_seconds: float = 3600
    reconnect_base_seconds: float = 1
    reconnect_most_seconds: float = 300
    reconcile_seconds: float = 900
    settle_seconds: float = 3600

    def __post_init__(self) -> None:
        if ":" in self.account:
            raise ValueError(f"a mailbox's name must not contain a colon: {self.account!r}")
        if not 0 < self.idle_seconds < 29 * 60:
            raise ValueError("idle_seconds must be below 29 minutes")
        if len({self.folder, self.processed, self.refused}) < 3 and self.after is AfterTaking.MOVE:
            raise ValueError("folder, processed and refused must be three folders")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Every mail of the folder up to and with `uid` is settled, as long as UIDVALIDITY is this. RFC 3501 §2.3.1.1."""

    uidvalidity: int
    uid: int


class CursorStore(Protocol):
    """Where cursors live. Called from the mailbox's thread; may block; whatever it raises is tried again later."""

    def get(self, account: str, folder: str) -> Cursor | None:
        """Return the cursor, or None before the first."""
        ...

    def set(self, account: str, folder: str, cursor: Cursor) -> None:
        """Replace the cursor. Losing the newest one costs a second look, which the ledger answers."""
        ...
