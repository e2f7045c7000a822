"""Bringing what was said into the full-text index, a little at a time beside the work that people wait for.

Nothing is lost when it stops: what waits is a row, and a search reads it where it lies. Any number of nodes may do so.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from intake.ports import Writer

log = structlog.get_logger(__name__)

_AT_ONCE = 10
_LOOK_SECONDS = 0.5
# Under load the index falls behind rather than the mail: it takes a tenth of the time at most.
_SHARE = 0.1


@asynccontextmanager
async def keep_index(writer: Writer) -> AsyncIterator[None]:
    """Index until the context ends."""
    task = asyncio.create_task(_watch(writer))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _watch(writer: Writer) -> None:
    while True:
        pause = _LOOK_SECONDS
        began = time.monotonic()
        try:
            if await asyncio.wrap_future(writer.submit(lambda tx: tx.search.index_some(_AT_ONCE))) == _AT_ONCE:
                pause = (time.monotonic() - began) * (1 - _SHARE) / _SHARE
        except Exception as error:  # noqa: BLE001 - what is to be indexed is still there; looked at again soon
            log.error("cannot index what was said", error=str(error))
        await asyncio.sleep(pause)
