"""Which tickets change, told to every page that listens: one question a second to the database, however many listen.

Any node may have changed a ticket, so the database is asked. Nothing runs while nobody listens.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import structlog

from intake.console import ConsoleQueries

log = structlog.get_logger(__name__)

POLL_SECONDS = 1.0
_SILENT_SECONDS = 15.0
_MOST = 200
# The clocks of two nodes differ a little, and what was changed first may be committed last.
_OVERLAP = timedelta(seconds=20)
# So long may lie between what a page has read and when it was made.
_SKEW = timedelta(seconds=2)
_WAITING = 10


class ChangeWatch:
    """What is known of the latest changes. Blocking; one caller at a time."""

    def __init__(self, queries: ConsoleQueries) -> None:
        self._queries = queries
        self._known: dict[int, int] = {}
        self._since = datetime.min.replace(tzinfo=UTC)

    def begin(self) -> None:
        """Take what there is as known."""
        self._known.clear()
        latest = self._queries.latest_change()
        self._since = (latest or datetime(2000, 1, 1, tzinfo=UTC)) - _OVERLAP
        self.changed()

    def changed(self) -> list[int]:
        """The numbers of the tickets that changed since the last time."""
        found = self._queries.changed_tickets(self._since, _MOST)
        numbers = [each.number for each in found if self._known.get(each.number) != each.version]
        if found:
            self._since = max(self._since, found[0].updated_at - _OVERLAP)
        self._known = {each.number: each.version for each in found}
        return numbers


class TicketFeed:
    """Hands each change to all who listen. For one event loop.

    closing: set when the service stops, so that answers without an end come to one.
    """

    def __init__(self, queries: ConsoleQueries, closing: asyncio.Event, poll_seconds: float = POLL_SECONDS) -> None:
        self._queries = queries
        self._watch = ChangeWatch(queries)
        self._closing = closing
        self._poll_seconds = poll_seconds
        self._listeners: set[asyncio.Queue[list[int]]] = set()
        self._task: asyncio.Task[None] | None = None
        self._begun = asyncio.Event()

    async def listen(self, may_stay: Callable[[], bool], since: datetime | None = None) -> AsyncIterator[str]:
        """The events as text, until the service stops or the listener may not stay.

        may_stay: asked now and then. since: when the listener's page was made, aware UTC; what changed between then
        and now is told first.
        """
        queue: asyncio.Queue[list[int]] = asyncio.Queue(_WAITING)
        self._listeners.add(queue)
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        try:
            yield ": tickets\nretry: 3000\n\n"
            missed = [] if since is None else await self._missed(since)
            if missed:
                yield write_events(missed)
            while not self._closing.is_set():
                numbers = await self._next(queue)
                if numbers:
                    yield write_events(numbers)
                elif not await asyncio.to_thread(may_stay):
                    return
                else:
                    # Proxies close what says nothing.
                    yield ": nothing new\n\n"
        finally:
            self._listeners.discard(queue)
            if not self._listeners and self._task is not None:
                self._task.cancel()
                self._task = None
                self._begun.clear()

    async def _missed(self, since: datetime) -> list[int]:
        # What changes after the watch has begun is told by it.
        await self._begun.wait()
        found = await asyncio.to_thread(self._queries.changed_tickets, since - _SKEW, _MOST)
        return [each.number for each in found]

    async def _next(self, queue: "asyncio.Queue[list[int]]") -> list[int]:
        getting = asyncio.ensure_future(queue.get())
        closing = asyncio.ensure_future(self._closing.wait())
        try:
            await asyncio.wait({getting, closing}, timeout=_SILENT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            return getting.result() if getting.done() else []
        finally:
            getting.cancel()
            closing.cancel()

    async def _run(self) -> None:
        while not self._closing.is_set():
            try:
                if not self._begun.is_set():
                    await asyncio.to_thread(self._watch.begin)
                    self._begun.set()
                numbers = await asyncio.to_thread(self._watch.changed)
            except Exception as error:  # noqa: BLE001 - a fail-over must not leave the pages without changes for good
                log.warning("changes of tickets cannot be read", error=type(error).__name__)
                numbers = []
            if numbers:
                self._tell(numbers)
            await asyncio.sleep(self._poll_seconds)

    def _tell(self, numbers: list[int]) -> None:
        for queue in self._listeners:
            if queue.full():
                # Whoever is too slow looks at the whole list anyway with what it gets next.
                queue.get_nowait()
            queue.put_nowait(numbers)


def write_events(numbers: list[int]) -> str:
    """The change as events: the list changed, and each ticket. HTML Living Standard, "Server-sent events"."""
    each = "".join(f"event: ticket\ndata: {number}\n\n" for number in numbers)
    return f"event: tickets\ndata: {len(numbers)}\n\n{each}"
