"""Group commit: many connections hand over units of work, one thread runs what has queued up in one transaction.

Each item stands in a savepoint of its own, so that one bad item fails alone. Under light load an item is committed at
once; under heavy load the items that queued up during one commit share the next one's fsync.
"""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from sqlalchemy import Connection, Engine

from intake.ports import ConflictError, Transaction
from store.ids import IdSource
from store.transaction import StoreTransaction

T = TypeVar("T")
Work = Callable[[Transaction], Any]

_BATCH = 100
_TRIES = 4

log = structlog.get_logger(__name__)


class WriterStoppedError(Exception):
    """The writer takes no more work; the peer should come again."""


@dataclass(frozen=True, slots=True)
class _Item:
    work: Work
    future: "Future[Any]"


@dataclass(frozen=True, slots=True)
class _Outcome:
    item: _Item
    result: Any = None
    error: BaseException | None = None

    def tell(self) -> None:
        if self.error is None:
            self.item.future.set_result(self.result)
        else:
            self.item.future.set_exception(self.error)


class GroupWriter:
    """The one writer of this process. See `intake.ports.Writer`."""

    def __init__(self, engine: Engine, ids: IdSource | None = None) -> None:
        self._engine = engine
        self._ids = ids or IdSource()
        self._queue: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
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
                self._queue.put(_Item(work, future))
        return future

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

    def _next_batch(self) -> tuple[list[_Item], bool]:
        """Wait for one item, then take what else is there already: no lingering."""
        batch: list[_Item] = []
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

    def _commit(self, batch: list[_Item]) -> None:
        try:
            with self._engine.connect() as connection, connection.begin():
                outcomes = [self._run_item(connection, item) for item in batch]
        except Exception as error:  # noqa: BLE001 - whatever it was, nothing of this batch is stored and all must hear it
            log.error("commit failed", items=len(batch), error=str(error))
            outcomes = [_Outcome(item, error=error) for item in batch]
        for outcome in outcomes:
            outcome.tell()

    def _run_item(self, connection: Connection, item: _Item) -> _Outcome:
        for attempt in range(1, _TRIES + 1):
            _savepoint(connection, "SAVEPOINT item")
            try:
                result = item.work(StoreTransaction(connection, self._ids))
                _savepoint(connection, "RELEASE SAVEPOINT item")
            except ConflictError as error:
                _savepoint(connection, "ROLLBACK TO SAVEPOINT item")
                if attempt == _TRIES:
                    return _Outcome(item, error=error)
            except Exception as error:  # noqa: BLE001 - it goes to whoever waits for this item
                _savepoint(connection, "ROLLBACK TO SAVEPOINT item")
                return _Outcome(item, error=error)
            else:
                return _Outcome(item, result=result)
        raise AssertionError("unreachable")


def _savepoint(connection: Connection, command: str) -> None:
    """Straight to the driver: there are two for every request."""
    driver: Any = connection.connection.driver_connection
    driver.execute(command)
