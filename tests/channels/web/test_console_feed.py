"""Changes are told to all who listen: each once, by one question at a time, until the service stops."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from functools import partial

import pytest

from channels.web.console.feed import ChangeWatch, TicketFeed, write_events
from intake.console import TicketVersion
from intake.desk import Step, move
from intake.terms import Status
from store.queries import StoreQueries
from tests.channels.web.conftest import Portal
from tests.channels.web.technicians import desk, request


class Counting(StoreQueries):
    """Counts how often it is asked what changed."""

    asked = 0

    def changed_tickets(self, since: datetime, most: int) -> tuple[TicketVersion, ...]:
        self.asked += 1
        return super().changed_tickets(since, most)


async def next_event(events: AsyncIterator[str]) -> str:
    while True:
        told = await asyncio.wait_for(anext(events), 10)
        if not told.startswith(":"):
            return told


def test_a_change_is_news_once(portal: Portal) -> None:
    first = request(portal)
    watch = ChangeWatch(portal.services.queries)
    watch.begin()
    assert watch.changed() == []
    second = request(portal)
    assert watch.changed() == [second]
    assert watch.changed() == []
    portal.clock.move(hours=1)
    desk(portal, first, partial(move, step=Step(status=Status.IN_PROGRESS)))
    assert watch.changed() == [first]


def test_what_was_committed_late_by_a_slow_clock_is_news_too(portal: Portal) -> None:
    portal.clock.move(seconds=10)
    request(portal)
    watch = ChangeWatch(portal.services.queries)
    watch.begin()
    portal.clock.move(seconds=-5)
    late = request(portal)
    assert watch.changed() == [late]


def test_everybody_who_listens_is_told_and_the_database_asked_once(portal: Portal) -> None:
    async def run() -> None:
        queries = Counting(portal.world.engine)
        closing = asyncio.Event()
        feed = TicketFeed(queries, closing, poll_seconds=0.02)
        listeners = [feed.listen(lambda: True) for _ in range(20)]
        for each in listeners:
            assert (await anext(each)).startswith(": tickets")
        await asyncio.sleep(0.2)
        number = await asyncio.to_thread(request, portal)
        told = await asyncio.gather(*(next_event(each) for each in listeners))
        assert set(told) == {write_events([number])}
        assert queries.asked < 100, "not once for each of the twenty"
        closing.set()
        rest = await asyncio.gather(*(anext(each, "over") for each in listeners))
        assert set(rest) <= {"over", ": nothing new\n\n"}

    asyncio.run(run())


def test_who_may_no_longer_be_here_is_told_nothing_more(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("channels.web.console.feed._SILENT_SECONDS", 0.05)

    async def run() -> list[str]:
        feed = TicketFeed(portal.services.queries, asyncio.Event(), poll_seconds=0.02)
        return [each async for each in feed.listen(lambda: False)]

    assert asyncio.run(run()) == [": tickets\nretry: 3000\n\n"]


def test_nothing_is_asked_while_nobody_listens(portal: Portal) -> None:
    async def run() -> int:
        queries = Counting(portal.world.engine)
        feed = TicketFeed(queries, asyncio.Event(), poll_seconds=0.01)
        events = feed.listen(lambda: True)
        await anext(events)
        await events.aclose()  # type: ignore[attr-defined]
        await asyncio.sleep(0.1)
        before = queries.asked
        await asyncio.sleep(0.1)
        return queries.asked - before

    assert asyncio.run(run()) == 0


def test_a_database_that_fails_for_a_while_is_asked_again(portal: Portal) -> None:
    class Failing(Counting):
        def changed_tickets(self, since: datetime, most: int) -> tuple[TicketVersion, ...]:
            found = super().changed_tickets(since, most)
            if self.asked in {2, 3}:
                raise OSError("fail-over")
            return found

    async def run() -> str:
        feed = TicketFeed(Failing(portal.world.engine), asyncio.Event(), poll_seconds=0.02)
        events = feed.listen(lambda: True)
        await anext(events)
        await asyncio.sleep(0.2)
        number = await asyncio.to_thread(request, portal)
        told = await next_event(events)
        await events.aclose()  # type: ignore[attr-defined]
        assert str(number) in told
        return told

    assert "event: tickets" in asyncio.run(run())
