"""Group commit on the event loop, for SQLite: the statements run on the loop, only BEGIN and COMMIT wait in a thread.

A statement takes microseconds there. A second thread that runs Python would cost more than it gives: the two take the
interpreter from each other at every step, which halved the throughput when it was measured.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import structlog
from sqlalchemy import Connection, Engine

from intake.ports import Transaction
from store.batch import Item, Outcome, WriterStoppedError, nobody_sends, run_item
from store.ids import IdSource

T = TypeVar("T")

_BATCH = 100
_LATER_SECONDS = 0.02

log = structlog.get_logger(__name__)


class LoopWriter:
    """The one writer of this process. See `intake.ports.Writer`. Work may be submitted from any thread.

    on_mail: called after a commit that left something to be sent; may be set at any time.
    """

    def __init__(self, engine: Engine, loop: asyncio.AbstractEventLoop, ids: IdSource | None = None) -> None:
        self.on_mail: Callable[[], None] = nobody_sends
        self._engine = engine
        self._loop = loop
        self._ids = ids or IdSource()
        self._queue: deque[Item] = deque()
        self._task: asyncio.Task[None] | None = None
        self._later: asyncio.TimerHandle | None = None
        self._stopped = False
        self._gate = threading.Lock()
        self._waiting = ThreadPoolExecutor(1, thread_name_prefix="store-writer")

    def submit(self, work: Callable[[Transaction], T]) -> "Future[T]":
        """Queue a unit of work. The future resolves after the commit; see `intake.ports.Writer.submit`."""
        future: Future[T] = Future()
        with self._gate:
            if self._stopped:
                future.set_exception(WriterStoppedError("the service is stopping"))
            elif _running_loop() is self._loop:
                self._take(Item(work, future))
            else:
                self._loop.call_soon_threadsafe(self._take, Item(work, future))
        return future

    def submit_later(self, work: Callable[[Transaction], T]) -> "Future[T]":
        """Queue a unit nobody waits for; see `intake.ports.Writer.submit_later`. Only on the event loop's thread."""
        future: Future[T] = Future()
        if self._stopped:
            future.set_exception(WriterStoppedError("the service is stopping"))
            return future
        self._queue.append(Item(work, future))
        if self._task is None and self._later is None:
            self._later = self._loop.call_later(_LATER_SECONDS, self._start)
        return future

    def stop(self) -> None:
        """Finish what was handed over. Blocking: call it in a thread while the loop still runs."""
        with self._gate:
            self._stopped = True
        asyncio.run_coroutine_threadsafe(self._drain(), self._loop).result()
        self._waiting.shutdown()

    def _take(self, item: Item) -> None:
        self._queue.append(item)
        self._start()

    def _start(self) -> None:
        if self._later is not None:
            self._later.cancel()
            self._later = None
        if self._task is None:
            self._task = self._loop.create_task(self._run())

    async def _drain(self) -> None:
        self._start()
        while self._task is not None:
            await self._task

    async def _run(self) -> None:
        while self._queue:
            await self._commit_batch()
        self._task = None

    async def _commit_batch(self) -> None:
        batch: list[Item] = []
        try:
            connection = await self._in_thread(self._begin)
            try:
                batch = self._next_batch()
                outcomes = []
                for item in batch:
                    outcomes.append(run_item(connection, item, self._ids))
                    await asyncio.sleep(0)  # a batch must not keep everybody else waiting
                await self._in_thread(connection.commit)
            finally:
                await self._in_thread(connection.close)
        except Exception as error:  # noqa: BLE001 - whatever it was, nothing of this batch is stored and all must hear it
            batch = batch or self._next_batch()
            log.error("commit failed", items=len(batch), error=str(error))
            outcomes = [Outcome(item, error=error) for item in batch]
        for outcome in outcomes:
            outcome.tell()
        if any(outcome.mail for outcome in outcomes):
            self.on_mail()

    def _next_batch(self) -> list[Item]:
        taken = [self._queue.popleft() for _ in range(min(_BATCH, len(self._queue)))]
        return [item for item in taken if item.future.set_running_or_notify_cancel()]

    def _begin(self) -> Connection:
        connection = self._engine.connect()
        try:
            connection.begin()
        except BaseException:
            connection.close()
            raise
        return connection

    def _in_thread(self, wait: Callable[[], T]) -> "asyncio.Future[T]":
        return self._loop.run_in_executor(self._waiting, wait)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
