"""Group commit in a thread: connections hand over units of work, the thread runs what has queued up in one transaction.

Under light load an item is committed at once; under heavy load the items that queued up during one commit share the
next one's fsync. The writer for PostgreSQL, where statements wait for a socket, and for commands.
"""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

import structlog
from sqlalchemy import Engine

from intake.ports import Transaction
from store.batch import TRIES, Item, Outcome, WriterStoppedError, nobody_sends, run_item
from store.ids import IdSource

T = TypeVar("T")

_BATCH = 100

log = structlog.get_logger(__name__)


class GroupWriter:
    """The one writer of this process. See `intake.ports.Writer`.

    on_mail: called in whatever thread after a commit that left something to be sent; may be set at any time.
    """

    def __init__(self, engine: Engine, ids: IdSource | None = None) -> None:
        self.on_mail: Callable[[], None] = nobody_sends
        self._engine = engine
        self._ids = ids or IdSource()
        self._queue: queue.SimpleQueue[Item | None] = queue.SimpleQueue()
        self._gate = threading.Lock()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Transaction], T]) -> "Future[T]":
        """Queue a unit of work. The future resolves after the commit; see `intake.ports.Writer.submit`."""
        future: Future[T] = Future()
        with self._gate:
            if self._stopped:
                future.set_exception(WriterStoppedError("the service is stopping"))
            else:
                self._queue.put(Item(work, future))
        return future

    def submit_later(self, work: Callable[[Transaction], T]) -> "Future[T]":
        """The same: the thread costs the event loop nothing."""
        return self.submit(work)

    def stop(self) -> None:
        """Finish what was handed over, then end the thread. Blocking."""
        with self._gate:
            self._stopped = True
            self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        running = True
        while running:
            batch, running = self._next_batch()
            if batch:
                self._commit(batch)

    def _next_batch(self) -> tuple[list[Item], bool]:
        """Wait for one item, then take what else is there already: no lingering."""
        batch: list[Item] = []
        while len(batch) < _BATCH:
            try:
                item = self._queue.get(block=not batch)
            except queue.Empty:
                break
            if item is None:
                return batch, False
            if item.future.set_running_or_notify_cancel():
                batch.append(item)
        return batch, True

    def _commit(self, batch: list[Item], attempt: int = 1) -> None:
        outcomes: list[Outcome] = []
        try:
            with self._engine.connect() as connection, connection.begin():
                outcomes = [run_item(connection, item, self._ids) for item in batch]
        except Exception as error:  # noqa: BLE001 - whatever it was, nothing of this batch is stored and all must hear it
            log.error("commit failed", items=len(batch), error=str(error))
            outcomes = [Outcome(item, error=error) for item in batch]
        if any(outcome.mail for outcome in outcomes):
            self.on_mail()
        for outcome in outcomes:
            if outcome.in_the_way and attempt < TRIES:
                self._commit([outcome.item], attempt + 1)
            else:
                outcome.tell()
