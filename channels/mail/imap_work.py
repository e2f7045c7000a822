"""Works one mailbox through over one connection: fetch, hand over, move, remember.

Owns the order of these steps, which is what keeps mail from being lost or doubled: the cursor moves after the mail,
the mail after the commit. Must not connect or wait for mail: that is `channels.mail.imap`.
"""

import asyncio
import contextlib
import logging
import random
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from authz.decision import Verdict
from authz.mail.handover import Handover
from channels.mail.delivery import MailboxTaker, mailbox_key
from channels.mail.imap_options import AfterTaking, Cursor, CursorStore, ImapMailbox
from channels.mail.imap_progress import MailboxProgress
from channels.mail.imap_session import ImapError, ImapGoneError, ImapSession, MailSize
from intake.ports import Receipt

log = logging.getLogger(__name__)

_HANDOVER = Handover()
# A take that lasts longer is waited for no more; if it commits after all, the ledger answers the next one.
_TAKE_SECONDS = 300.0
_STOP_SECONDS = 1.0
_RECONCILED = 1000  # mails; more than none is trouble enough


class StoppedError(Exception):
    """The poller was asked to stop while a mail was being taken in; the next start sees the mail again."""


class MailboxWork:
    """The mails of one folder, for as long as one connection lasts.

    loop: the event loop in which the core takes mail. complain: told of what went wrong with single mails.
    """

    def __init__(
        self,
        mailbox: ImapMailbox,
        session: ImapSession,
        taker: MailboxTaker,
        cursors: CursorStore,
        *,
        loop: asyncio.AbstractEventLoop,
        stop: threading.Event,
        complain: Callable[[str], None],
        chance: random.Random,
    ) -> None:
        self.taken = 0
        self._mailbox = mailbox
        self._session = session
        self._taker = taker
        self._cursors = cursors
        self._loop = loop
        self._stop = stop
        self._complain = complain
        # Mails that are settled in the ledger but could not be moved yet, with their folder (None: delete).
        self._to_move: dict[int, str | None] = {}
        self._stored = cursors.get(mailbox.account, mailbox.folder)
        # RFC 3501 §2.3.1.1: under another UIDVALIDITY the UIDs mean other mails: everything is looked at again.
        known = self._stored is not None and self._stored.uidvalidity == session.uidvalidity
        self._progress = MailboxProgress(
            self._stored.uid if self._stored is not None and known else 0,
            retry_base=mailbox.retry_base_seconds,
            retry_most=mailbox.retry_most_seconds,
            chance=chance,
        )

    @property
    def waiting(self) -> int:
        """How many mails wait for another try."""
        return self._progress.waiting

    @property
    def next_due(self) -> float | None:
        """When the next of them is due, in time.monotonic's seconds."""
        return self._progress.next_due()

    def work_through(self) -> None:
        """Settle what is open and due, oldest first, and remember how far that goes."""
        uids = self._session.search_above(self._progress.settled_through)
        self._progress.see(uids, examined_through=self._session.uidnext - 1)
        for batch in self._batches():
            self._settle(batch)
            if self._stop.is_set():
                break
        self._remember()

    def count_unsettled(self, now: datetime) -> int:
        """How many mails lie in the folder for longer than they should: the server and the ledger disagree.

        Where settled mails stay in the folder, those above the cursor count; elsewhere the folder ought to be empty.
        """
        stays = self._mailbox.after is AfterTaking.KEEP
        above = self._progress.settled_through if stays else 0
        latest = now - timedelta(seconds=self._mailbox.settle_seconds)
        uids = [uid for uid in self._session.search_above(above) if uid > above][:_RECONCILED]
        sizes = self._session.sizes(uids) if uids else []
        return sum(size.received_at is None or size.received_at < latest for size in sizes)

    def _batches(self) -> Iterator[list[MailSize]]:
        """Yield what is due in pieces that fit in memory."""
        due = self._progress.due(time.monotonic())
        for start in range(0, len(due), self._mailbox.batch_mails):
            batch: list[MailSize] = []
            octets = 0
            for size in self._session.sizes(due[start : start + self._mailbox.batch_mails]):
                if batch and octets + size.octets > self._mailbox.batch_octets:
                    yield batch
                    batch, octets = [], 0
                batch.append(size)
                octets += size.octets
            if batch:
                yield batch

    def _settle(self, batch: Sequence[MailSize]) -> None:
        small = [
            size.uid for size in batch if size.octets <= self._mailbox.max_octets and size.uid not in self._to_move
        ]
        fetched = self._fetch(small)
        try:
            for size in batch:
                if self._stop.is_set():
                    break
                if size.uid not in self._to_move and not self._take(size, fetched.pop(size.uid, None)):
                    self._progress.postpone(size.uid, time.monotonic())
        finally:
            self._move([size.uid for size in batch if size.uid in self._to_move])
            self._remember()

    def _fetch(self, uids: Sequence[int]) -> dict[int, bytes]:
        """Fetch the batch; when the server fails over one mail of it, each for itself."""
        try:
            return self._session.fetch(uids)
        except ImapGoneError:
            raise
        except ImapError:
            fetched: dict[int, bytes] = {}
            for uid in uids:
                with contextlib.suppress(ImapError):
                    fetched |= self._session.fetch([uid])
            return fetched

    def _take(self, size: MailSize, octets: bytes | None) -> bool:
        """Hand one mail to the core. True: it is settled there and `_to_move` knows where it goes."""
        account, folder = self._mailbox.account, self._mailbox.folder
        key = mailbox_key(account, folder, self._session.uidvalidity, size.uid)
        now = datetime.now(UTC)
        received_at = min(size.received_at or now, now)
        if size.octets > self._mailbox.max_octets:
            header = self._session.fetch_header(size.uid)
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
        except StoppedError:
            raise
        except Exception as error:
            log.exception("mail %s could not be taken in, it stays in the mailbox", key)
            self._complain(f"{key}: {type(error).__name__}")
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
        self.taken += 1
        return True

    def _move(self, uids: Sequence[int]) -> None:
        """Put settled mails where they belong; a mail counts as done only then."""
        keep = self._mailbox.after is AfterTaking.KEEP
        for folder in {self._to_move[uid] for uid in uids}:
            chosen = [uid for uid in uids if self._to_move[uid] == folder]
            try:
                if folder is None and not keep:
                    self._session.delete(chosen)
                elif folder is not None and not keep:
                    self._session.move(chosen, folder)
            except ImapGoneError:
                raise
            except ImapError as error:
                # A full or missing folder: the mails are safe and known, only not where they belong.
                log.warning("mailbox %s: cannot move to %s: %s", self._mailbox.account, folder, error)
                self._complain(f"move to {folder}: {error}")
                for uid in chosen:
                    self._progress.postpone(uid, time.monotonic())
                continue
            for uid in chosen:
                self._progress.settle(uid)
        for uid in uids:
            if uid not in self._progress:
                del self._to_move[uid]

    def _remember(self) -> None:
        account, folder = self._mailbox.account, self._mailbox.folder
        cursor = Cursor(uidvalidity=self._session.uidvalidity, uid=self._progress.settled_through)
        if self._stored != cursor:
            self._cursors.set(account, folder, cursor)
            self._stored = cursor

    def _in_loop(self, work: Coroutine[Any, Any, Receipt]) -> Receipt:
        """Run the core's coroutine in its event loop and wait; give up waiting, not the work, when asked to stop."""
        if self._loop.is_closed():
            work.close()
            raise StoppedError
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        ends = time.monotonic() + _TAKE_SECONDS
        hurried = False
        while time.monotonic() < ends:
            try:
                return future.result(timeout=0.2)
            except TimeoutError:
                if future.done():
                    raise
                if self._stop.is_set() and not hurried:
                    hurried = True
                    ends = min(ends, time.monotonic() + _STOP_SECONDS)
        if self._stop.is_set():
            raise StoppedError
        raise TimeoutError(f"not taken in within {_TAKE_SECONDS:.0f} s")
