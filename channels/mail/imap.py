"""Reads a mailbox: each mail becomes a `take`, and is moved only after the commit.

Owns the mailbox's thread, its reconnects and its order of steps. What is settled is `channels.mail.imap_progress`;
what is said to the server is `channels.mail.imap_session`.
"""

import asyncio
import contextlib
import logging
import random
import threading
import time
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from authz.decision import Verdict
from authz.mail.handover import Handover
from channels.mail.backoff import backoff_seconds
from channels.mail.delivery import MailboxTaker, mailbox_key
from channels.mail.imap_options import AfterTaking, Cursor, CursorStore, ImapMailbox
from channels.mail.imap_progress import MailboxProgress
from channels.mail.imap_session import ImapError, ImapGoneError, ImapSession, MailSize
from intake.ports import Receipt

log = logging.getLogger(__name__)

_HANDOVER = Handover()


class _StoppedError(Exception):
    """The poller was asked to stop while a mail was being taken in; the next start sees the mail again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxStatus:
    """A mailbox at a glance, for readiness, metrics and alerts. Instants are aware UTC.

    last_success: when the folder was last known to be worked through, but for `waiting` mails that are tried again.
    failures: connections that failed in a row.
    """

    account: str
    connected: bool = False
    last_success: datetime | None = None
    last_error: str | None = None
    last_error_at: datetime | None = None
    failures: int = 0
    waiting: int = 0
    taken: int = 0


class ImapPoller:
    """One mailbox. Start and stop it in the event loop in which the core takes mail."""

    def __init__(self, mailbox: ImapMailbox, taker: MailboxTaker, cursors: CursorStore) -> None:
        self._mailbox = mailbox
        self._taker = taker
        self._cursors = cursors
        self._status = MailboxStatus(account=mailbox.account)
        self._stop = threading.Event()
        self._chance = random.Random()  # noqa: S311 - spreads load, guards nothing
        self._session: ImapSession | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stored: Cursor | None = None
        # Mails that are settled in the ledger but could not be moved yet, with their folder (None: delete).
        self._to_move: dict[int, str | None] = {}

    @property
    def status(self) -> MailboxStatus:
        return self._status

    def start(self) -> None:
        """Begin reading. Call in the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, name=f"imap-{self._mailbox.account}", daemon=True)
        self._thread.start()

    async def stop(self, grace_seconds: float = 2.0) -> None:
        """Stop reading. A mail being taken in gets half the grace, then the connection is cut."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._stop.set()
        await asyncio.to_thread(thread.join, grace_seconds / 2)
        if thread.is_alive() and self._session is not None:
            self._session.interrupt()
            await asyncio.to_thread(thread.join, grace_seconds / 2)

    # --- the thread ---

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._read_mailbox()
            except _StoppedError:
                return
            except Exception as error:  # noqa: BLE001 - whatever it is, the mailbox must be read again
                self._failed(error)
                pause = backoff_seconds(
                    self._status.failures,
                    base=self._mailbox.reconnect_base_seconds,
                    most=self._mailbox.reconnect_most_seconds,
                    chance=self._chance,
                )
                self._stop.wait(pause)

    def _failed(self, error: Exception) -> None:
        if self._stop.is_set():
            return
        self._note(
            connected=False,
            failures=self._status.failures + 1,
            last_error=f"{type(error).__name__}: {error}",
            last_error_at=datetime.now(UTC),
        )
        log.warning("mailbox %s failed: %s", self._mailbox.account, self._status.last_error)

    def _note(self, **changes: Any) -> None:
        self._status = replace(self._status, **changes)

    def _read_mailbox(self) -> None:
        """Connect and work until told to stop; whatever goes wrong with the connection is raised."""
        session = self._session = ImapSession(self._mailbox)
        try:
            self._note(connected=True)
            self._to_move.clear()
            progress = self._progress(session.uidvalidity)
            while not self._stop.is_set():
                self._work_through(session, progress)
                self._note(last_success=datetime.now(UTC), failures=0, waiting=progress.waiting)
                self._wait(session, progress)
        finally:
            self._session = None
            self._note(connected=False)
            session.close()

    def _progress(self, uidvalidity: int) -> MailboxProgress:
        """RFC 3501 §2.3.1.1: under another UIDVALIDITY the UIDs mean other mails: everything is looked at again."""
        cursor = self._stored = self._cursors.get(self._mailbox.account, self._mailbox.folder)
        known = cursor is not None and cursor.uidvalidity == uidvalidity
        return MailboxProgress(
            cursor.uid if cursor is not None and known else 0,
            retry_base=self._mailbox.retry_base_seconds,
            retry_most=self._mailbox.retry_most_seconds,
            chance=self._chance,
        )

    def _wait(self, session: ImapSession, progress: MailboxProgress) -> None:
        if self._stop.is_set():
            return
        limit = self._mailbox.idle_seconds if session.can_idle else self._mailbox.poll_seconds
        next_due = progress.next_due()
        if next_due is not None:
            limit = min(limit, max(0.05, next_due - time.monotonic()))
        if session.can_idle:
            session.idle(limit, stop=self._stop)
        else:
            self._stop.wait(limit)
            session.look()

    # --- the mails ---

    def _work_through(self, session: ImapSession, progress: MailboxProgress) -> None:
        """Settle what is open and due, oldest first, and remember how far that goes."""
        uids = session.search_above(progress.settled_through)
        progress.see(uids, examined_through=session.uidnext - 1)
        for batch in self._batches(session, progress):
            self._settle(session, progress, batch)
            if self._stop.is_set():
                break
        self._remember(session, progress)

    def _batches(self, session: ImapSession, progress: MailboxProgress) -> Iterator[list[MailSize]]:
        """Yield what is due in pieces that fit in memory."""
        due = progress.due(time.monotonic())
        for start in range(0, len(due), self._mailbox.batch_mails):
            batch: list[MailSize] = []
            octets = 0
            for size in session.sizes(due[start : start + self._mailbox.batch_mails]):
                if batch and octets + size.octets > self._mailbox.batch_octets:
                    yield batch
                    batch, octets = [], 0
                batch.append(size)
                octets += size.octets
            if batch:
                yield batch

    def _settle(self, session: ImapSession, progress: MailboxProgress, batch: Sequence[MailSize]) -> None:
        small = [
            size.uid for size in batch if size.octets <= self._mailbox.max_octets and size.uid not in self._to_move
        ]
        fetched = self._fetch(session, small)
        try:
            for size in batch:
                if self._stop.is_set():
                    break
                if size.uid not in self._to_move and not self._take(session, size, fetched.pop(size.uid, None)):
                    progress.postpone(size.uid, time.monotonic())
        finally:
            self._move(session, progress, [size.uid for size in batch if size.uid in self._to_move])
            self._remember(session, progress)

    def _fetch(self, session: ImapSession, uids: Sequence[int]) -> dict[int, bytes]:
        """Fetch the batch; when the server fails over one mail of it, each for itself."""
        try:
            return session.fetch(uids)
        except ImapGoneError:
            raise
        except ImapError:
            fetched: dict[int, bytes] = {}
            for uid in uids:
                with contextlib.suppress(ImapError):
                    fetched |= session.fetch([uid])
            return fetched

    def _take(self, session: ImapSession, size: MailSize, octets: bytes | None) -> bool:
        """Hand one mail to the core. True: it is settled there and `_to_move` knows where it goes."""
        account, folder = self._mailbox.account, self._mailbox.folder
        key = mailbox_key(account, folder, session.uidvalidity, size.uid)
        now = datetime.now(UTC)
        received_at = min(size.received_at or now, now)
        if size.octets > self._mailbox.max_octets:
            header = session.fetch_header(size.uid)
            work = self._taker.refuse_oversized(
                header, size=size.octets, account=account, source_key=key, received_at=received_at
            )
        elif octets is None:
            return False
        else:
            work = self._taker.take(
                octets,
                account=account,
                source_key=key,
                handover=_HANDOVER,
                recipients=(),
                received_at=received_at,
            )
        try:
            receipt = self._in_loop(work)
        except _StoppedError:
            raise
        except Exception as error:
            log.exception("mail %s could not be taken in, it stays in the mailbox", key)
            self._note(last_error=f"{key}: {type(error).__name__}", last_error_at=now)
            return False
        return self._receive(size.uid, receipt)

    def _receive(self, uid: int, receipt: Receipt) -> bool:
        if receipt.verdict is Verdict.RETRY:
            return False
        refused = receipt.verdict is Verdict.REJECT
        if refused or self._mailbox.after is AfterTaking.MOVE:
            self._to_move[uid] = self._mailbox.refused if refused else self._mailbox.processed
        else:
            self._to_move[uid] = None
        self._note(taken=self._status.taken + 1)
        return True

    def _move(self, session: ImapSession, progress: MailboxProgress, uids: Sequence[int]) -> None:
        """Put settled mails where they belong; a mail counts as done only then."""
        keep = self._mailbox.after is AfterTaking.KEEP
        for folder in {self._to_move[uid] for uid in uids}:
            chosen = [uid for uid in uids if self._to_move[uid] == folder]
            try:
                if folder is None and not keep:
                    session.delete(chosen)
                elif folder is not None and not keep:
                    session.move(chosen, folder)
            except ImapGoneError:
                raise
            except ImapError as error:
                # A full or missing folder: the mails are safe and known, only not where they belong.
                self._note(last_error=f"move to {folder}: {error}", last_error_at=datetime.now(UTC))
                log.warning("mailbox %s: %s", self._mailbox.account, self._status.last_error)
                for uid in chosen:
                    progress.postpone(uid, time.monotonic())
                continue
            for uid in chosen:
                progress.settle(uid)
        for uid in uids:
            if uid not in progress:
                del self._to_move[uid]

    def _remember(self, session: ImapSession, progress: MailboxProgress) -> None:
        account, folder = self._mailbox.account, self._mailbox.folder
        cursor = Cursor(uidvalidity=session.uidvalidity, uid=progress.settled_through)
        if self._stored != cursor:
            self._cursors.set(account, folder, cursor)
            self._stored = cursor

    def _in_loop(self, work: Coroutine[Any, Any, Receipt]) -> Receipt:
        """Run the core's coroutine in its event loop and wait; give up waiting, not the work, when asked to stop."""
        loop = self._loop
        if loop is None or loop.is_closed():
            work.close()
            raise _StoppedError
        future = asyncio.run_coroutine_threadsafe(work, loop)
        patience = 2  # of half a second each
        while patience:
            try:
                return future.result(timeout=0.5)
            except TimeoutError:
                if future.done():
                    raise
                patience -= self._stop.is_set()
        raise _StoppedError
