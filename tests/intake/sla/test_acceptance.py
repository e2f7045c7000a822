"""The acceptance vectors of the service rules, and the examples in the docstrings."""

import doctest
import importlib
import pkgutil
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

import intake.sla
from intake.sla.availability import measure_availability, percent
from intake.sla.calendar import ROUND_THE_CLOCK, WEEKDAYS_8_18, ServiceCalendar
from intake.sla.clock import ClockKind, read_clock
from intake.sla.hours import open_seconds, open_time
from intake.sla.statement import month_span
from intake.terms import Category, Status
from tests.intake.sla.examples import ALWAYS, THREE_NINES, WEEKDAYS, contract, history, prague


def test_every_docstring_example_holds() -> None:
    results = [
        doctest.testmod(importlib.import_module(f"intake.sla.{module.name}"))
        for module in pkgutil.iter_modules(intake.sla.__path__)
    ]
    assert sum(result.failed for result in results) == 0
    assert sum(result.attempted for result in results) >= 5


@pytest.mark.parametrize(
    ("calendar", "start", "end", "hours"),
    [
        pytest.param(WEEKDAYS_8_18, prague(2026, 1, 9, 17), prague(2026, 1, 12, 9), 2, id="hours-example"),
        pytest.param(WEEKDAYS_8_18, prague(2026, 4, 2, 17), prague(2026, 4, 7, 9), 2, id="hours-weekdays Easter 2026"),
        pytest.param(ROUND_THE_CLOCK, prague(2026, 3, 29, 1), prague(2026, 3, 29, 4), 2, id="hours-247 DST begins"),
        pytest.param(ROUND_THE_CLOCK, prague(2026, 10, 25, 1), prague(2026, 10, 25, 4), 4, id="hours-247 DST ends"),
        pytest.param(ROUND_THE_CLOCK, prague(2026, 12, 24), prague(2027, 1, 2), 9 * 24, id="hours-247 holidays"),
        pytest.param(WEEKDAYS_8_18, prague(2026, 12, 24), prague(2026, 12, 28), 0, id="hours-weekdays Christmas"),
        pytest.param(WEEKDAYS_8_18, prague(2026, 3, 27, 17), prague(2026, 3, 30, 9), 2, id="hours-weekdays DST begins"),
    ],
)
def test_hours(calendar: ServiceCalendar, start: datetime, end: datetime, hours: int) -> None:
    assert open_time(calendar, start, end) == timedelta(hours=hours)
    assert open_seconds(calendar, start, end) == hours * 3600


def test_fix_time_counts_new_and_in_progress_only() -> None:
    ticket = history(
        prague(2026, 1, 5, 9),
        (prague(2026, 1, 5, 10), Status.MORE_INFO),
        (prague(2026, 1, 6, 15), Status.IN_PROGRESS),
        (prague(2026, 1, 6, 16, 30), Status.TO_VERIFY),
    )
    reading = read_clock(ClockKind.FIX, ticket, WEEKDAYS, prague(2026, 2, 1))
    assert reading.elapsed == timedelta(hours=2.5)
    assert reading.ended_at == prague(2026, 1, 6, 16, 30)


def test_fix_time_a_pause_moves_the_deadline_by_open_time() -> None:
    ticket = history(
        prague(2026, 1, 9, 16),
        (prague(2026, 1, 9, 17), Status.POSTPONED),
        (prague(2026, 1, 13, 10), Status.IN_PROGRESS),
    )
    reading = read_clock(ClockKind.FIX, ticket, WEEKDAYS, prague(2026, 1, 13, 10))
    assert reading.target == timedelta(hours=4)
    assert reading.deadline == reading.breaches_at == prague(2026, 1, 13, 13)


@pytest.mark.parametrize(
    ("guaranteed", "discount"),
    [(THREE_NINES, "0.20"), (Fraction(9999, 10_000), "0.40"), (Fraction(99, 100), "0")],
)
def test_availability_counts_overlapping_incidents_once(guaranteed: Fraction, discount: str) -> None:
    agreed = contract(ROUND_THE_CLOCK, guaranteed=guaranteed)
    incidents = [
        history(prague(2026, 6, 10, 10), (prague(2026, 6, 10, 11), Status.TO_VERIFY), ticket=1),
        history(prague(2026, 6, 10, 10, 30), (prague(2026, 6, 10, 12), Status.CLOSED), ticket=2),
    ]
    figures = measure_availability(agreed, incidents, month_span(2026, 6, "Europe/Prague"))
    assert figures.assured == timedelta(days=30)
    assert figures.unavailable == timedelta(hours=2)
    assert figures.real == Fraction(718, 720)
    assert percent(figures.real) == "99.7222"
    assert figures.discount == Decimal(discount)


def test_availability_counts_only_the_time_spent_as_a() -> None:
    ticket = history(
        prague(2026, 6, 10, 10), (prague(2026, 6, 10, 11), Category.B), (prague(2026, 6, 10, 16), Status.CLOSED)
    )
    figures = measure_availability(ALWAYS, [ticket], month_span(2026, 6, "Europe/Prague"))
    assert figures.unavailable == timedelta(hours=1)


def test_availability_discount_at_exactly_the_guarantee_there_is_none() -> None:
    agreed = contract(ROUND_THE_CLOCK, guaranteed=THREE_NINES)
    start = prague(2026, 6, 10, 10)
    span = month_span(2026, 6, "Europe/Prague")
    exactly = history(start, (start + timedelta(days=30) / 1000, Status.CLOSED))
    assert measure_availability(agreed, [exactly], span).real == THREE_NINES
    assert measure_availability(agreed, [exactly], span).discount == 0
    more = history(start, (start + timedelta(days=30) / 1000 + timedelta.resolution, Status.CLOSED))
    assert measure_availability(agreed, [more], span).discount == Decimal("0.20")
    assert percent(measure_availability(agreed, [more], span).real) == "99.8999"
