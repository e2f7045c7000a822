"""Reads a mailbox for as long as the service runs: its thread, its reconnects, its waiting for mail.

Owns no mail: what becomes of each is `channels.mail.imap_work`; what is said to the server is
`channels.mail.imap_session`.
"""

import asyncio
import logging
import random
import threading
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from channels.mail.backoff import backoff_seconds
from channels.mail.delivery import MailboxTaker
from channels.mail.imap_options import CursorStore, ImapMailbox
from channels.mail.imap_session import ImapSession
from channels.mail.imap_work import MailboxWork, StoppedError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxStatus:
    """A mailbox at a glance, for readiness, metrics and alerts. Instants are aware UTC.

    last_success: when the folder was last known to be worked through, but for `waiting` mails that are tried again.
    failures: connections that failed in a row, failing_since: the first of them. last_mail: when one was taken in.
    unsettled: mails that lie in the folder for longer than it takes to settle one, at the last reconciliation.
    disagreements: mails of all its folders that the ledger does not know, where somebody compared them.
    """

    account: str
    connected: bool = False
    last_success: datetime | None = None
    last_error: str | None = None
    last_error_at: datetime | None = None
    failures: int = 0
    failing_since: datetime | None = None
    started_at: datetime | None = None
    last_mail: datetime | None = None
    waiting: int = 0
    unsettled: int = 0
    disagreements: int = 0
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

    @property
    def status(self) -> MailboxStatus:
        return self._status

    def start(self) -> None:
        """Begin reading. Call in the running event loop."""
        self._stop.clear()
        self._note(started_at=datetime.now(UTC))
        name, loop = f"imap-{self._mailbox.account}", asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, args=(loop,), name=name, daemon=True)
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

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        while not self._stop.is_set():
            try:
                self._read_mailbox(loop)
            except StoppedError:
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
        since = self._status.failing_since or datetime.now(UTC)
        self._note(connected=False, failures=self._status.failures + 1, failing_since=since)
        self._complain(f"{type(error).__name__}: {error}")
        log.warning("mailbox %s failed: %s", self._mailbox.account, self._status.last_error)

    def _note(self, **changes: Any) -> None:
        self._status = replace(self._status, **changes)

    def _complain(self, problem: str) -> None:
        self._note(last_error=problem, last_error_at=datetime.now(UTC))

    def _read_mailbox(self, loop: asyncio.AbstractEventLoop) -> None:
        """Connect and work until told to stop; whatever goes wrong with the connection is raised."""
        session = self._session = ImapSession(self._mailbox)
        try:
            self._note(connected=True)
            work = MailboxWork(
                self._mailbox,
                session,
                self._taker,
                self._cursors,
                loop=loop,
                stop=self._stop,
                complain=self._complain,
                chance=self._chance,
            )
            reconcile_at = 0.0
            while not self._stop.is_set():
                self._work_through(work)
                if time.monotonic() >= reconcile_at:
                    reconcile_at = time.monotonic() + self._mailbox.reconcile_seconds
                    self._note(unsettled=work.count_unsettled(datetime.now(UTC)))
                self._wait(session, work.next_due)
        finally:
            self._session = None
            self._note(connected=False)
            session.close()

    def _work_through(self, work: MailboxWork) -> None:
        before = work.taken
        try:
            work.work_through()
        finally:
            self._note(taken=self._status.taken + work.taken - before, waiting=work.waiting)
            if work.taken > before:
                self._note(last_mail=datetime.now(UTC))
        if not self._stop.is_set():
            self._note(last_success=datetime.now(UTC), failures=0, failing_since=None)

    def _wait(self, session: ImapSession, next_due: float | None) -> None:
        """Return when there may be something to do."""
        if self._stop.is_set():
            return
        limit = self._mailbox.idle_seconds if session.can_idle else self._mailbox.poll_seconds
        if next_due is not None:
            limit = min(limit, max(0.05, next_due - time.monotonic()))
        if session.can_idle:
            session.idle(limit, stop=self._stop)
        else:
            self._stop.wait(limit)
            session.look()
