"""Days on which the whole service desk is closed: for whom, from when, and what they move."""

from datetime import date

import pytest

from intake.administration import InvalidEntryError, TakenEntryError, UnknownEntryError
from intake.queries import Window
from intake.sla.calendar import NamedDay
from intake.terms import Category
from store.deadlines import verify_deadlines
from store.queries import StoreQueries
from tests.intake.promises.world import agree, open_ticket, prague
from tests.store.world import ADMIN, World

MONDAY = prague(2026, 11, 23, 17)
TUESDAY = date(2026, 11, 24)


def close(world: World, day: date, *, correction: bool = False) -> None:
    named = NamedDay(day, "Inventura")
    world.do(lambda tx: tx.service.add_site_day(named, by=ADMIN, at=MONDAY, correction=correction))


def reopen(world: World, day: date, *, correction: bool = False) -> None:
    world.do(lambda tx: tx.service.remove_site_day(day, by=ADMIN, at=MONDAY, correction=correction))


def test_a_day_of_the_site_moves_every_deadline_and_back(small_world: World) -> None:
    # RULE hours-weekdays
    agree(small_world, MONDAY)
    ticket = open_ticket(small_world, prague(2026, 11, 23, 16), Category.A)
    assert ticket.fix_deadline == prague(2026, 11, 24, 10)
    close(small_world, TUESDAY)
    queries = StoreQueries(small_world.engine)
    page = queries.ticket_page(ticket.number, MONDAY)
    assert page is not None
    assert page.line.ticket.fix_deadline == prague(2026, 11, 25, 10)
    assert [each for each in verify_deadlines(small_world.engine, MONDAY) if each] == []
    # A new one is told the same as an old one.
    assert open_ticket(small_world, prague(2026, 11, 23, 16), Category.A).fix_deadline == prague(2026, 11, 25, 10)
    reopen(small_world, TUESDAY)
    page = queries.ticket_page(ticket.number, MONDAY)
    assert page is not None
    assert page.line.ticket.fix_deadline == prague(2026, 11, 24, 10)
    assert queries.site_days() == ()


def test_round_the_clock_is_round_the_clock(small_world: World) -> None:
    # RULE hours-247
    agree(small_world, MONDAY, calendar="round-the-clock")
    close(small_world, TUESDAY)
    assert open_ticket(small_world, prague(2026, 11, 23, 22), Category.A).fix_deadline == prague(2026, 11, 24, 2)


def test_a_day_that_has_begun_stays_as_it_was_counted(small_world: World) -> None:
    with pytest.raises(InvalidEntryError, match="has begun"):
        close(small_world, date(2026, 11, 23))
    close(small_world, date(2026, 11, 23), correction=True)
    with pytest.raises(InvalidEntryError, match="has begun"):
        reopen(small_world, date(2026, 11, 23))
    reopen(small_world, date(2026, 11, 23), correction=True)


def test_days_are_in_order_once_each_and_audited(small_world: World) -> None:
    close(small_world, date(2026, 12, 31))
    close(small_world, TUESDAY)
    with pytest.raises(TakenEntryError):
        close(small_world, TUESDAY)
    with pytest.raises(UnknownEntryError):
        reopen(small_world, date(2026, 12, 30))
    queries = StoreQueries(small_world.engine)
    assert [each.day for each in queries.site_days()] == [TUESDAY, date(2026, 12, 31)]
    lines = queries.audit("site calendar", None, Window()).items
    assert [(line.action, line.actor.name) for line in lines] == [("changed", "Alena"), ("added", "Alena")]
