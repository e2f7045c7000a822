"""The rules of statuses and hours, each read off the clock that follows from it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from intake.sla.calendar import ROUND_THE_CLOCK, WEEKDAYS_8_18
from intake.sla.clock import ClockKind, ClockState, read_clock
from intake.sla.contract import EXAMPLE_TERMS, Terms
from intake.sla.hours import open_time
from intake.sla.statement import TimeEntry, work_lines
from intake.terms import SLA_RUNS, STATUS_NAMES, Evaluation, Status
from tests.intake.sla.examples import WEEKDAYS, history, prague

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("status", "name", "runs"),
    [
        (Status.NEW, "New", True),  # RULE status-new
        (Status.IN_PROGRESS, "In progress", True),  # RULE status-in-progress
        (Status.MORE_INFO, "More info", False),  # RULE status-more-info
        (Status.POSTPONED, "Postponed", False),  # RULE status-postponed
        (Status.TO_VERIFY, "To verify", False),  # RULE status-to-verify
        (Status.CLOSED, "Closed", False),  # RULE status-closed
    ],
)
def test_a_status_lets_the_clock_run_or_not(status: Status, name: str, runs: bool) -> None:
    monday = prague(2026, 3, 2, 9)
    steps = () if status is Status.NEW else ((monday + HOUR, status),)
    reading = read_clock(ClockKind.FIX, history(monday, *steps), WEEKDAYS, monday + 3 * HOUR)
    assert (STATUS_NAMES[status], SLA_RUNS[status]) == (name, runs)
    assert reading.elapsed == (3 * HOUR if runs else HOUR)
    assert (reading.state is ClockState.RUNNING) is runs


def test_hours_example_of_the_terms() -> None:
    assert open_time(WEEKDAYS_8_18, prague(2026, 1, 9, 17), prague(2026, 1, 12, 9)) == 2 * HOUR


def test_hours_247_counts_every_hour_of_every_day() -> None:
    christmas = prague(2026, 12, 24), prague(2026, 12, 27)
    assert open_time(ROUND_THE_CLOCK, *christmas) == 72 * HOUR
    assert open_time(WEEKDAYS_8_18, *christmas) == 0 * HOUR


def test_scope_workstation_a_fault_elsewhere_is_not_in_the_price() -> None:
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    entries = [
        TimeEntry(id=number, ticket=1, at=at, minutes=60, flag=flag, person="Tereza")
        for number, flag in enumerate((Evaluation.UCS_FAULT, Evaluation.FAULT_ELSEWHERE))
    ]
    terms: Terms = EXAMPLE_TERMS
    assert [line.amount for line in work_lines(terms, entries)] == [Decimal(0), terms.hourly_rate]
