"""A mailbox's folders held against the ledger: by hand, and every few hours by whoever reads the mailbox.

Owns when and how far back. What a disagreement is, is `channels.mail.imap_reconcile`.
"""

import asyncio
from datetime import datetime, timedelta

import structlog

from channels.mail.imap_options import Cursor, ImapMailbox
from channels.mail.imap_reconcile import Reconciliation, reconcile
from intake.app import App, now
from store.cursors import StoreCursors

log = structlog.get_logger(__name__)


def reconcile_mailbox(app: App, mailbox: ImapMailbox, days: int, at: datetime) -> Reconciliation:
    """Compare a mailbox with the ledger. at: aware UTC. Reads only. Blocking. Raises ImapError, OSError."""
    position = StoreCursors(app.engine, now).read(mailbox.account, mailbox.folder)
    cursor = None if position is None else Cursor(uidvalidity=position[0], uid=position[1])
    return reconcile(mailbox, cursor, app.queries, days=days, now=at)


class Reconciler:
    """Compares again and again while a mailbox is read. disagreements: how many mails the last time."""

    def __init__(self, app: App, mailbox: ImapMailbox, *, days: int, every: timedelta) -> None:
        self.disagreements = 0
        self._app = app
        self._mailbox = mailbox
        self._days = days
        self._every = every
        self._due: datetime | None = None
        self._task: asyncio.Task[None] | None = None

    def look(self, at: datetime) -> None:
        """Begin a comparison when it is time for one. Call in the event loop."""
        running = self._task is not None and not self._task.done()
        if self._days == 0 or running or (self._due is not None and at < self._due):
            return
        self._due = at + self._every
        self._task = asyncio.create_task(self._compare(at))

    async def stop(self) -> None:
        """Wait for the connection's thread no longer; what it reads changes nothing."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _compare(self, at: datetime) -> None:
        try:
            found = await asyncio.to_thread(reconcile_mailbox, self._app, self._mailbox, self._days, at)
        except Exception as error:  # noqa: BLE001 - that the mailbox cannot be read is told by its poller
            log.warning("cannot compare the mailbox with the ledger", mailbox=self._mailbox.account, error=str(error))
            return
        self.disagreements = len(found.disagreements)
        for each in found.disagreements:
            log.warning(
                "the mailbox and the ledger disagree",
                mailbox=self._mailbox.account,
                folder=each.folder,
                uid=each.uid,
                finding=each.finding,
                message_id=each.message_id,
            )
