"""One connection to an IMAP server, with a folder selected: the commands the poller needs, none it does not.

Owns log-in, protection of the connection and the server's differences. Blocking: lives in the mailbox's thread.
Must not judge a mail or keep a cursor.
"""

import contextlib
import ipaddress
import select
import socket
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from imapclient import IMAPClient, SocketTimeout

from channels.mail.imap_options import AfterTaking, ImapLogin, ImapMailbox, ImapTls

ImapError = IMAPClient.Error  # the server said no, or something unreadable
ImapGoneError = IMAPClient.AbortError  # the connection is of no use any more

_HEADER_OCTETS = 65_536
# imaplib refuses a response line above 1 000 000 octets; this many UIDs of ten digits stay below it.
_SEARCH_WINDOW = 50_000


class InsecureConnectionError(Exception):
    """The settings ask for clear text to a host that is not this one. Permanent until they change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSize:
    """What is known of a mail before it is fetched. received_at: INTERNALDATE as aware UTC, if told."""

    uid: int
    octets: int
    received_at: datetime | None


class ImapSession:
    """A logged-in connection. Every method raises ImapError or OSError."""

    def __init__(self, mailbox: ImapMailbox) -> None:
        """Connect, protect, log in, select. RFC 3501 §6.2.1: a STARTTLS that fails is the end, never clear text."""
        self._mailbox = mailbox
        self._client = IMAPClient(
            mailbox.host,
            port=mailbox.port,
            ssl=mailbox.tls is ImapTls.TLS,
            ssl_context=mailbox.trust,
            timeout=SocketTimeout(connect=mailbox.timeout_seconds, read=mailbox.timeout_seconds),
        )
        # INTERNALDATE keeps its zone instead of becoming naive local time.
        self._client.normalise_times = False
        try:
            self._protect()
            self._log_in()
            self.uidvalidity, self.uidnext = self._select()
        except BaseException:
            self.close()
            raise

    def _protect(self) -> None:
        peer = self._socket()
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if self._mailbox.tls is ImapTls.STARTTLS:
            self._client.starttls(self._mailbox.trust)
        elif self._mailbox.tls is ImapTls.NONE:
            address = ipaddress.ip_address(peer.getpeername()[0].partition("%")[0])
            if not address.is_loopback:
                raise InsecureConnectionError(f"{self._mailbox.host} is not this host: set tls or starttls")

    def _log_in(self) -> None:
        login, secret = self._mailbox.login, self._mailbox.secret()
        try:
            if self._mailbox.login_by is ImapLogin.XOAUTH2:
                self._client.oauth2_login(login, secret)
            elif self._mailbox.login_by is ImapLogin.OAUTHBEARER:
                self._client.oauthbearer_login(login, secret)
            else:
                self._client.login(login, secret)
        except ImapError:
            self._mailbox.secret_refused()
            raise

    def _select(self) -> tuple[int, int]:
        if self._mailbox.after is not AfterTaking.KEEP:
            for folder in (self._mailbox.processed, self._mailbox.refused):
                if not self._client.folder_exists(folder):
                    self._client.create_folder(folder)
        answer = self._client.select_folder(self._mailbox.folder, readonly=self._mailbox.after is AfterTaking.KEEP)
        return int(answer[b"UIDVALIDITY"]), int(answer.get(b"UIDNEXT", 1))

    @property
    def can_idle(self) -> bool:
        return bool(self._client.has_capability("IDLE"))

    def search_above(self, uid: int) -> list[int]:
        """Return the UIDs above `uid`, in windows that no response line is too short for.

        RFC 3501 §6.4.8: "*" is the last mail even when its UID is below the range's start: one older may be among them.
        """
        found: list[int] = []
        first = uid + 1
        while first + _SEARCH_WINDOW < self.uidnext:
            found += self._client.search(["UID", f"{first}:{first + _SEARCH_WINDOW - 1}"])
            first += _SEARCH_WINDOW
        found += self._client.search(["UID", f"{first}:*"])
        return found

    def sizes(self, uids: Sequence[int]) -> list[MailSize]:
        """Return what is known of the mails, oldest first; those that are gone are left out."""
        fetched = self._client.fetch(uids, ["RFC822.SIZE", "INTERNALDATE"])
        return [
            MailSize(uid=uid, octets=int(fetched[uid][b"RFC822.SIZE"]), received_at=_utc(fetched[uid]))
            for uid in sorted(fetched)
            if b"RFC822.SIZE" in fetched[uid]
        ]

    def fetch(self, uids: Sequence[int]) -> dict[int, bytes]:
        """Return the octets of each mail that is still there, without marking it as seen."""
        return self._bodies(uids, "BODY.PEEK[]", b"BODY[]")

    def fetch_header(self, uid: int) -> bytes:
        """Return the header, cut where a header has no business to go on."""
        return self._bodies([uid], "BODY.PEEK[HEADER]", b"BODY[HEADER]").get(uid, b"")[:_HEADER_OCTETS]

    def fetch_message_id_fields(self, uids: Sequence[int]) -> dict[int, bytes]:
        """Return the Message-ID field of each mail, as it stands in the header; empty where there is none."""
        fetched = self._client.fetch(uids, ["BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"])
        # Servers echo the item's name in their own spelling.
        return {
            uid: next((part for name, part in parts.items() if name.startswith(b"BODY[") and part), b"")
            for uid, parts in fetched.items()
        }

    def has_folder(self, folder: str) -> bool:
        """Whether there is such a folder."""
        return bool(self._client.folder_exists(folder))

    def _bodies(self, uids: Sequence[int], item: str, key: bytes) -> dict[int, bytes]:
        fetched = self._client.fetch(uids, [item])
        return {uid: parts[key] for uid, parts in fetched.items() if isinstance(parts.get(key), bytes)}

    def move(self, uids: Iterable[int], folder: str) -> None:
        """Move mails to another folder. RFC 6851; elsewhere copy, mark, expunge."""
        chosen = sorted(uids)
        if not chosen:
            return
        if self._client.has_capability("MOVE"):
            self._client.move(chosen, folder)
        else:
            self._client.copy(chosen, folder)
            self.delete(chosen)

    def delete(self, uids: Iterable[int]) -> None:
        """Remove mails. Without UIDPLUS (RFC 4315) they stay marked: EXPUNGE would remove other people's too."""
        chosen = sorted(uids)
        if not chosen:
            return
        self._client.delete_messages(chosen, silent=True)
        if self._client.has_capability("UIDPLUS"):
            self._client.uid_expunge(chosen)

    def look(self) -> None:
        """Let the server tell what is new, where there is no IDLE."""
        self._client.noop()

    def idle(self, seconds: float, *, stop: threading.Event) -> None:
        """Return when the server says anything, after `seconds`, or soon after `stop` is set. RFC 2177."""
        ends = time.monotonic() + seconds
        self._client.idle()
        while not stop.is_set() and (left := ends - time.monotonic()) > 0:
            if self._speaks(min(left, 0.5)):
                break
        self._client.idle_done()

    def _speaks(self, seconds: float) -> bool:
        """Wait for octets, first in imaplib's own buffer: what came together with "+ idling" is there already.

        IMAPClient.idle_check would miss those, and takes the end of the connection for silence.
        """
        peer = self._socket()
        peer.setblocking(False)
        try:
            if self._client._imap.file.peek(1):  # noqa: SLF001 - no public way to look into the buffer
                return True
        except OSError:
            pass
        finally:
            peer.settimeout(self._mailbox.timeout_seconds)
        poller = select.poll()
        poller.register(peer.fileno(), select.POLLIN)
        return bool(poller.poll(seconds * 1000))

    def _socket(self) -> Any:
        return self._client.socket()

    def interrupt(self) -> None:
        """From another thread: make whatever is blocked in this connection fail."""
        with contextlib.suppress(OSError):
            self._socket().shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Say goodbye if the server still listens."""
        with contextlib.suppress(ImapError, OSError):
            self._socket().settimeout(1)
            self._client.logout()
        with contextlib.suppress(ImapError, OSError):
            self._client.shutdown()


def _utc(parts: Any) -> datetime | None:
    moment = parts.get(b"INTERNALDATE")
    return moment.astimezone(UTC) if isinstance(moment, datetime) and moment.tzinfo else None
