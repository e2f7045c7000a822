"""Response and fix: when they end, when they resume, and what decides the target."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from intake.sla.calendar import WEEKDAYS_8_18
from intake.sla.clock import ClockKind, ClockReading, ClockState, instant_of_fraction, next_deadline, read_clock
from intake.sla.contract import Contract, ContractVersion, Options, Targets, Terms
from intake.sla.explain import explain_clock
from intake.sla.history import StatusEvent, TicketHistory
from intake.terms import Category, Status
from tests.intake.sla.examples import EVERY_TARGET, WEEKDAYS, contract, history, prague

HOUR = timedelta(hours=1)
MONDAY_9 = prague(2026, 1, 5, 9)


def monday(hour: int, minute: int = 0) -> datetime:
    return prague(2026, 1, 5, hour, minute)


def fix(ticket: TicketHistory, now: datetime, agreed: Contract = WEEKDAYS) -> ClockReading:
    return read_clock(ClockKind.FIX, ticket, agreed, now)


def response(ticket: TicketHistory, now: datetime, agreed: Contract = WEEKDAYS) -> ClockReading:
    return read_clock(ClockKind.RESPONSE, ticket, agreed, now)


def test_response_time_ends_when_a_technician_moves_the_ticket_out_of_new() -> None:
    ticket = history(MONDAY_9, (monday(9, 40), Status.POSTPONED))
    assert response(ticket, monday(9, 39)).state is ClockState.RUNNING
    reading = response(ticket, monday(17))
    assert (reading.state, reading.elapsed, reading.ended_at) == (ClockState.ENDED, 40 * HOUR / 60, monday(9, 40))
    assert reading.deadline is None


def test_response_time_machines_do_not_answer() -> None:
    by_machine = StatusEvent(at=monday(9, 10), status=Status.CLOSED, by_technician=False)
    ticket = TicketHistory(ticket=1, received_at=MONDAY_9, category=Category.A, statuses=(by_machine,))
    assert response(ticket, monday(12)).breached
    assert response(ticket, monday(12)).breaches_at == monday(10)


def test_response_time_and_fix_time_at_exactly_the_target_are_met() -> None:
    answered = history(MONDAY_9, (monday(10), Status.IN_PROGRESS), (monday(13), Status.TO_VERIFY))
    for reading in (response(answered, monday(17)), fix(answered, monday(17))):
        assert (reading.remaining, reading.breached) == (timedelta(0), False)
    late = history(MONDAY_9, (monday(10, 1), Status.IN_PROGRESS), (monday(13, 1), Status.TO_VERIFY))
    for reading in (response(late, monday(17)), fix(late, monday(17))):
        assert reading.breached


@pytest.mark.parametrize("end", [Status.TO_VERIFY, Status.CLOSED, True])
def test_fix_time_ends_at_to_verify_closed_or_a_temporary_fix(end: Status | bool) -> None:
    ticket = history(MONDAY_9, (monday(9, 30), Status.IN_PROGRESS), (monday(11), end))
    reading = fix(ticket, monday(17))
    assert (reading.state, reading.elapsed, reading.ended_at) == (ClockState.ENDED, 2 * HOUR, monday(11))


def test_fix_time_a_temporary_fix_counts_as_the_end_when_the_ticket_is_closed_later() -> None:
    ticket = history(MONDAY_9, (monday(11), True), (monday(15), Status.CLOSED))
    assert fix(ticket, monday(17)).ended_at == monday(11)
    assert fix(ticket, monday(17)).elapsed == 2 * HOUR


def test_fix_time_resumes_with_what_was_used_when_the_customer_rejects() -> None:
    ticket = history(
        MONDAY_9,
        (monday(9, 30), Status.IN_PROGRESS),
        (monday(11), True),
        (monday(12), Status.TO_VERIFY),
        (monday(14), Status.IN_PROGRESS),
    )
    reading = fix(ticket, monday(15))
    assert (reading.state, reading.elapsed) == (ClockState.RUNNING, 3 * HOUR)
    assert reading.deadline == monday(16)


def test_fix_time_resumes_when_the_ticket_is_reopened() -> None:
    ticket = history(MONDAY_9, (monday(11), Status.CLOSED), (prague(2026, 1, 12, 9), Status.IN_PROGRESS))
    assert fix(ticket, prague(2026, 1, 12, 10)).elapsed == 3 * HOUR
    assert fix(ticket, prague(2026, 1, 12, 10)).deadline == prague(2026, 1, 12, 11)


def test_fix_time_runs_on_when_a_temporary_fix_does_not_hold() -> None:
    ticket = history(MONDAY_9, (monday(10), True), (monday(12), False))
    assert fix(ticket, monday(13)).elapsed == 2 * HOUR


def test_fix_time_paused_has_no_deadline_but_what_is_left() -> None:
    ticket = history(MONDAY_9, (monday(10), Status.MORE_INFO))
    reading = fix(ticket, monday(17))
    assert (reading.state, reading.deadline, reading.remaining) == (ClockState.PAUSED, None, 3 * HOUR)


def test_fix_time_a_deadline_at_closing_time_breaches_at_the_next_opening() -> None:
    ticket = history(prague(2026, 1, 9, 14), (prague(2026, 1, 9, 14, 5), Status.IN_PROGRESS))
    reading = fix(ticket, prague(2026, 1, 10, 12))
    assert (reading.deadline, reading.breaches_at) == (prague(2026, 1, 9, 18), prague(2026, 1, 12, 8))
    assert not reading.breached


def test_category_change_computes_deadlines_from_receipt_with_the_new_targets() -> None:
    ticket = history(MONDAY_9, (monday(11), Category.A), category=Category.C)
    assert fix(ticket, monday(10)).deadline == prague(2026, 1, 8, 9)  # 9 h on Monday, two days of 10 h, 1 h
    reading = fix(ticket, monday(11))
    assert (reading.category, reading.elapsed, reading.deadline) == (Category.A, 2 * HOUR, monday(13))
    # Too late already for an answer within the hour that category A promises.
    assert response(ticket, monday(11)).breaches_at == monday(10)


def test_category_without_targets_promises_nothing() -> None:
    reading = fix(history(MONDAY_9, category=Category.CHANGE), monday(17))
    assert (reading.target, reading.remaining, reading.deadline, reading.breached) == (None, None, None, False)


def test_a_quarantined_request_starts_at_release_or_at_receipt_as_agreed() -> None:
    ticket = history(MONDAY_9, released_at=monday(12))
    assert fix(ticket, monday(13)).elapsed == HOUR
    at_receipt = contract(options=Options(clock_from_receipt=True))
    assert fix(ticket, monday(13), at_receipt).elapsed == 4 * HOUR


def test_a_missed_call_starts_when_it_rang() -> None:
    rang = monday(9, 15)
    ticket = history(rang, (monday(9, 45), Status.IN_PROGRESS))
    assert response(ticket, monday(12)).elapsed == HOUR / 2


def test_the_terms_at_receipt_decide_and_a_new_version_leaves_them() -> None:
    better = {Category.A: Targets(fix=2 * HOUR)}
    agreed = Contract(
        versions=(
            ContractVersion(
                valid_from=prague(2025, 1, 1),
                valid_until=prague(2026, 1, 6),
                terms=Terms(name="old", targets=EVERY_TARGET),
            ),
            ContractVersion(valid_from=prague(2026, 1, 6), terms=Terms(name="new", targets=better)),
        )
    )
    assert fix(history(MONDAY_9), monday(10), agreed).target == 4 * HOUR
    assert fix(history(prague(2026, 1, 6)), prague(2026, 1, 6, 9), agreed).target == 2 * HOUR
    assert fix(history(prague(2024, 12, 31)), monday(10), agreed).target is None


def test_contract_versions_follow_each_other() -> None:
    first = ContractVersion(valid_from=MONDAY_9, terms=Terms(name="endless"))
    with pytest.raises(ValueError, match="must end"):
        Contract(versions=(first, ContractVersion(valid_from=monday(12), terms=Terms(name="next"))))
    with pytest.raises(ValueError, match="must end"):
        Contract(versions=(ContractVersion(valid_from=MONDAY_9, valid_until=MONDAY_9, terms=Terms(name="empty")),))


def test_warnings_come_from_the_same_arithmetic() -> None:
    ticket = history(prague(2026, 1, 9, 17), (prague(2026, 1, 9, 17, 30), Status.IN_PROGRESS))
    half = instant_of_fraction(ClockKind.FIX, ticket, WEEKDAYS, prague(2026, 1, 9, 17, 45), Fraction(1, 2))
    assert half == prague(2026, 1, 12, 9)


def test_the_next_deadline_is_the_earliest_of_the_running_clocks() -> None:
    ticket = history(MONDAY_9)
    readings = [response(ticket, MONDAY_9), fix(ticket, MONDAY_9)]
    assert next_deadline(readings) == monday(10)
    paused = history(MONDAY_9, (monday(9, 30), Status.MORE_INFO))
    assert next_deadline([response(paused, monday(10)), fix(paused, monday(10))]) is None
    too_late = history(MONDAY_9, (monday(15), Status.CLOSED))
    assert fix(too_late, monday(16)).deadline == monday(13)
    assert next_deadline([fix(too_late, monday(16))]) is None


def test_what_comes_after_now_is_not_known_yet() -> None:
    ticket = history(MONDAY_9, (monday(10), Status.IN_PROGRESS), (monday(11), Status.TO_VERIFY))
    early = history(MONDAY_9, (monday(10), Status.IN_PROGRESS))
    assert fix(ticket, monday(10, 30)) == fix(early, monday(10, 30))


def test_a_history_that_runs_backwards_is_corrupt() -> None:
    with pytest.raises(ValueError, match="ticket 1: its events are not in order"):
        history(MONDAY_9, (monday(11), Status.IN_PROGRESS), (monday(10), Status.CLOSED))


def test_explain_says_why_each_stretch_counts_or_not() -> None:
    ticket = history(
        prague(2026, 4, 2, 17),
        (prague(2026, 4, 2, 17, 30), Status.IN_PROGRESS),
        (prague(2026, 4, 7, 9), Status.POSTPONED),
        (prague(2026, 4, 7, 10), Status.IN_PROGRESS),
        (prague(2026, 4, 7, 11), True),
    )
    explained = explain_clock(ClockKind.FIX, ticket, WEEKDAYS, prague(2026, 4, 8))
    assert [(line.reason, line.words, line.length) for line in explained.lines] == [
        ("counted", "New, open", HOUR / 2),
        ("counted", "In progress, open", HOUR / 2),
        ("outside-hours", "outside the opening hours", 6 * HOUR),
        ("holiday", "Velký pátek", 24 * HOUR),
        ("weekday", "no service on Saturday", 24 * HOUR),
        ("weekday", "no service on Sunday", 24 * HOUR),
        ("holiday", "Velikonoční pondělí", 24 * HOUR),
        ("outside-hours", "outside the opening hours", 8 * HOUR),
        ("counted", "In progress, open", HOUR),
        ("status-paused", "Postponed: clock stopped", HOUR),
        ("counted", "In progress, open", HOUR),
    ]
    assert explained.counted == 3 * HOUR


@pytest.mark.parametrize("day", [(2026, 3, 28), (2026, 10, 24)])
def test_explain_cuts_at_midnight_where_the_clock_jumps_at_midnight(day: tuple[int, int, int]) -> None:
    weekdays = replace(WEEKDAYS_8_18, zone="Asia/Beirut", country=None)
    saturday = datetime(*day, tzinfo=ZoneInfo("Asia/Beirut")).astimezone(UTC)
    explained = explain_clock(
        ClockKind.FIX, history(saturday), contract(weekdays), saturday + timedelta(days=1, hours=12)
    )
    assert [line.words for line in explained.lines] == ["no service on Saturday", "no service on Sunday"]


def test_explain_names_time_without_a_contract() -> None:
    terms = Terms(name="short", targets=EVERY_TARGET)
    short = Contract(versions=(ContractVersion(valid_from=monday(10), valid_until=monday(12), terms=terms),))
    explained = explain_clock(ClockKind.FIX, history(monday(9)), short, monday(13))
    assert [line.reason for line in explained.lines] == ["no-contract", "counted", "no-contract"]
    reopened = history(monday(10), (monday(10, 30), True), (monday(11), False))
    fixed = explain_clock(ClockKind.FIX, reopened, short, monday(12)).lines[1]
    assert (fixed.reason, fixed.words) == ("fixed", "New, a temporary fix holds")
