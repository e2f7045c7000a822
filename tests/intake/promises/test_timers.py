"""Timers: each fires once per ticket and threshold, whatever happens to clocks, processes and nodes."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from functools import partial

import pytest

from authz.people.sessions import new_session
from intake import desk
from intake.people import ContactData
from intake.queries import Window
from intake.terms import Category, Evaluation, Status
from intake.tickets.model import EventKind, Ticket, TicketEvent
from intake.timekeeper import look_once
from intake.timers import fire_timers
from store.queries import StoreQueries
from store.writer import GroupWriter
from tests.intake.promises.world import agree, change, move, open_ticket, prague
from tests.store.world import ADMIN, World

MONDAY = prague(2026, 11, 23, 9)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
TIMED = {EventKind.WARNING, EventKind.BREACH, EventKind.ACCEPTANCE_ENDED, EventKind.REOPEN_ENDED}


def events(world: World, ticket: Ticket) -> list[TicketEvent]:
    page = StoreQueries(world.engine).ticket_page(ticket.number, MONDAY)
    assert page is not None
    return [each for each in page.events if each.kind in TIMED]


def told(world: World, ticket: Ticket) -> list[str]:
    """What fired, as "fix 4/5" or "fix breach"."""
    return [f"{each.detail['clock']} {each.detail.get('fraction', each.kind.value)}" for each in events(world, ticket)]


def now(world: World, ticket: Ticket) -> Ticket:
    found = world.do(lambda tx: tx.ticket(ticket.id))
    assert found is not None
    return found


def look(world: World, at: datetime) -> int:
    return asyncio.run(look_once(world.writer, at))


def test_warnings_and_breaches_come_in_their_time(small_world: World) -> None:
    agree(small_world, MONDAY)
    ticket = open_ticket(small_world, MONDAY, Category.A)  # one hour to answer, four to fix
    seen: list[list[str]] = []
    for minutes in (29, 30, 48, 60, 61, 120, 192, 240, 241, 600):
        look(small_world, MONDAY + minutes * MINUTE)
        seen.append(told(small_world, ticket))
    assert [len(each) for each in seen] == [0, 1, 2, 2, 3, 4, 5, 5, 6, 6]
    assert seen[-1] == [
        "response 1/2", "response 4/5", "response breach", "fix 1/2", "fix 4/5", "fix breach",
    ]  # fmt: skip
    after = now(small_world, ticket)
    assert after.attention
    assert after.timer_at is None


def test_warnings_are_not_for_customers(small_world: World) -> None:
    agree(small_world, MONDAY)
    ticket = open_ticket(small_world, MONDAY, Category.A)
    look(small_world, MONDAY + 9 * HOUR)
    page = StoreQueries(small_world.engine).ticket_page(ticket.number, MONDAY)
    assert page is not None
    assert {each.kind for each in page.for_customer().events} & TIMED == {EventKind.BREACH}


def test_each_timer_fires_once_though_the_keeper_was_away_and_the_clock_jumps_back(small_world: World) -> None:
    agree(small_world, MONDAY)
    ticket = open_ticket(small_world, MONDAY, Category.A)
    for at in (MONDAY + 9 * HOUR, MONDAY + 10 * MINUTE, MONDAY + 45 * MINUTE, MONDAY + 9 * HOUR):
        look(small_world, at)
        small_world.do(lambda tx: tx.timers.look_again(ticket.id, MONDAY))
    assert Counter(told(small_world, ticket)).most_common(1)[0][1] == 1
    assert len(told(small_world, ticket)) == 6


def test_a_breach_nobody_noticed_in_time_is_still_told_after_the_fix(small_world: World) -> None:
    agree(small_world, MONDAY)
    ticket = open_ticket(small_world, MONDAY, Category.A)
    move(small_world, ticket, MONDAY + 5 * HOUR, Status.CLOSED)
    look(small_world, MONDAY + 6 * HOUR)
    assert sorted(told(small_world, ticket)) == ["fix breach", "response breach"]


def test_an_answer_in_time_stops_the_timers_of_the_response(small_world: World) -> None:
    agree(small_world, MONDAY)
    ticket = open_ticket(small_world, MONDAY, Category.A)
    move(small_world, ticket, MONDAY + 10 * MINUTE, Status.IN_PROGRESS)
    look(small_world, MONDAY + 9 * HOUR)
    assert told(small_world, ticket) == ["fix 1/2", "fix 4/5", "fix breach"]


def test_a_threshold_passed_by_a_stricter_category_fires_at_once(small_world: World) -> None:
    agree(small_world, MONDAY)
    ticket = open_ticket(small_world, MONDAY, Category.C)
    look(small_world, MONDAY + 3 * HOUR)
    assert told(small_world, ticket) == []
    change(small_world, ticket, MONDAY + 3 * HOUR, partial(desk.recategorize, category=Category.A))
    look(small_world, MONDAY + 3 * HOUR)
    assert told(small_world, ticket) == ["response 1/2", "response 4/5", "response breach", "fix 1/2"]


def test_two_keepers_on_one_database_fire_each_timer_once(small_world: World) -> None:
    agree(small_world, MONDAY)
    made = [open_ticket(small_world, MONDAY, Category.A) for _ in range(8)]
    other = GroupWriter(small_world.engine)
    at = MONDAY + 9 * HOUR

    async def both() -> None:
        await asyncio.gather(*(look_once(writer, at) for writer in (small_world.writer, other) * 2))

    try:
        asyncio.run(both())
    finally:
        other.stop()
    for ticket in made:
        assert sorted(told(small_world, ticket)) == [
            "fix 1/2", "fix 4/5", "fix breach", "response 1/2", "response 4/5", "response breach",
        ]  # fmt: skip


def test_status_to_verify_closes_when_the_acceptance_period_ends(small_world: World) -> None:
    agree(small_world, MONDAY)
    ticket = open_ticket(small_world, MONDAY)
    move(small_world, ticket, MONDAY + HOUR, Status.TO_VERIFY)
    ends = prague(2026, 11, 30, 18)  # five open days
    look(small_world, ends - MINUTE)
    assert now(small_world, ticket).status is Status.TO_VERIFY
    look(small_world, ends)
    after = now(small_world, ticket)
    assert (after.status, after.closed_at) == (Status.CLOSED, ends)
    assert [each.kind for each in events(small_world, ticket)] == [EventKind.ACCEPTANCE_ENDED]


def test_without_a_solution_the_end_of_the_acceptance_period_asks_a_technician(small_world: World) -> None:
    agree(small_world, MONDAY)
    ticket = open_ticket(small_world, MONDAY)
    step = desk.Step(status=Status.TO_VERIFY, evaluation=frozenset({Evaluation.MISTAKE}))
    change(small_world, ticket, MONDAY + HOUR, partial(desk.move, step=step))
    look(small_world, prague(2026, 12, 1))
    after = now(small_world, ticket)
    assert (after.status, after.attention) == (Status.TO_VERIFY, True)
    look(small_world, prague(2026, 12, 2))
    assert len(events(small_world, ticket)) == 1


def test_a_second_time_to_verify_has_a_period_of_its_own(small_world: World) -> None:
    agree(small_world, MONDAY)
    ticket = open_ticket(small_world, MONDAY, Category.CHANGE)
    first = desk.Step(status=Status.TO_VERIFY)
    change(small_world, ticket, MONDAY + HOUR, partial(desk.move, step=first))
    look(small_world, prague(2026, 12, 1))
    change(small_world, ticket, prague(2026, 12, 1, 9), partial(desk.recategorize, category=Category.C))
    move(small_world, ticket, prague(2026, 12, 1, 10), Status.IN_PROGRESS)
    move(small_world, ticket, prague(2026, 12, 1, 11), Status.TO_VERIFY)
    look(small_world, prague(2026, 12, 20))
    kinds = [each.kind for each in events(small_world, ticket)]
    assert kinds.count(EventKind.ACCEPTANCE_ENDED) == 2
    assert now(small_world, ticket).status is Status.CLOSED


def test_status_closed_the_end_of_the_reopen_window_is_told_and_calls_for_nobody(small_world: World) -> None:
    agree(small_world, MONDAY)
    ticket = open_ticket(small_world, MONDAY)
    move(small_world, ticket, MONDAY + HOUR, Status.CLOSED)
    look(small_world, MONDAY + timedelta(days=14))
    assert events(small_world, ticket) == []
    look(small_world, MONDAY + timedelta(days=14, hours=1))
    assert [each.kind for each in events(small_world, ticket)] == [EventKind.REOPEN_ENDED]
    after = now(small_world, ticket)
    assert (after.attention, after.timer_at) == (False, None)


def test_a_contact_whose_validity_ends_is_told_once_and_logged_out(small_world: World) -> None:
    jana, session = small_world.jana, new_session(MONDAY)
    small_world.do(lambda tx: tx.people.add_session(session, contact_id=jana.id, user_id=None))
    data = ContactData(customer_id=jana.customer_id, name=jana.name, valid_until=MONDAY + HOUR)
    small_world.do(lambda tx: tx.people.change_contact(jana.id, data, by=ADMIN, at=MONDAY))
    queries = StoreQueries(small_world.engine)
    for hours, lines in ((0, 0), (1, 1), (2, 1)):
        look(small_world, MONDAY + hours * HOUR)
        audit = queries.audit("contact", str(jana.id), Window())
        assert [line.action for line in audit.items].count("validity-ended") == lines
        assert (queries.find_session(session.kept) is None) is bool(lines)


def test_a_ticket_that_cannot_be_worked_on_does_not_keep_the_others_waiting(
    small_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    agree(small_world, MONDAY)
    broken, fine = (open_ticket(small_world, MONDAY, Category.A) for _ in range(2))

    def fire(tx: object, ticket_id: int, at: datetime, staff: object) -> object:
        if ticket_id == broken.id:
            raise RuntimeError("corrupt")
        return fire_timers(tx, ticket_id, at)  # type: ignore[arg-type]

    monkeypatch.setattr("intake.timekeeper.fire_timers", fire)
    at = MONDAY + 45 * MINUTE
    look(small_world, at)
    assert told(small_world, fine) == ["response 1/2"]
    assert now(small_world, broken).timer_at == at + HOUR
