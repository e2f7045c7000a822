"""The process that parses large mail. It is spawned, ends with its parent, and is made anew when it dies.

Owns the process's life. What it parses is `channels.mail`.
"""

import os
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from typing import Any, TypeVar

import structlog

from intake.memory import give_back_large_blocks

T = TypeVar("T")

log = structlog.get_logger(__name__)


class ParsingPool(Executor):
    """One process, from the first work on. Work that it dies over fails; the next work gets a new one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pool: ProcessPoolExecutor | None = None  # even an idle one has a process that looks after its locks

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> "Future[T]":
        with self._lock:
            pool = self._pool = self._pool or _make_pool()
            try:
                return pool.submit(fn, *args, **kwargs)
            except BrokenProcessPool:
                log.warning("the parsing process died and is started again")
                pool.shutdown(wait=False)
                self._pool = _make_pool()
                return self._pool.submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        with self._lock:
            pool = self._pool
        if pool is not None:
            pool.shutdown(wait, cancel_futures=cancel_futures)


def _make_pool() -> ProcessPoolExecutor:
    # Forking a process with threads copies their locks.
    return ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn"), initializer=_begin)


def _begin() -> None:
    give_back_large_blocks()
    _end_with_parent()


def _end_with_parent() -> None:
    """A pool's process holds both ends of its queue and would wait for ever for a parent that was killed."""
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_watch, args=(parent.sentinel,), name="parent-watch", daemon=True).start()


def _watch(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
