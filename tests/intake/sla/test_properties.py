"""What holds for every history: the promises a doubting customer may check."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise

from hypothesis import assume, given
from hypothesis import strategies as st

from intake.sla.availability import NINES, measure_availability, missed_nines, percent, unavailable_spans
from intake.sla.clock import ClockKind, ClockState, instant_of_fraction, read_clock, starts_at
from intake.sla.contract import Contract
from intake.sla.explain import explain_clock
from intake.sla.history import StatusEvent, TicketHistory, phases
from intake.sla.hours import add_open, next_open, open_time
from intake.sla.spans import Span, overlap, total, union, without
from intake.sla.statement import month_span
from intake.terms import Category, Status
from tests.intake.sla.examples import SITES, calendar_of, contract, history

CALENDARS = [calendar_of(site) for site in SITES]
START = datetime(2026, 1, 1, tzinfo=UTC)
NOTHING, MICROSECOND = timedelta(0), timedelta.resolution

calendars = st.sampled_from(CALENDARS)
instants = st.integers(0, 2 * 365 * 86_400_000_000).map(lambda value: START + timedelta(microseconds=value))
lengths = st.integers(0, 200 * 3_600_000_000).map(lambda value: timedelta(microseconds=value))
events = st.one_of(st.sampled_from(list(Status)), st.sampled_from(list(Category)), st.booleans())


@st.composite
def tickets(draw: st.DrawFn) -> TicketHistory:
    at = received = draw(instants)
    happened = []
    for _ in range(draw(st.integers(0, 6))):
        at += draw(lengths)
        happened.append((at, draw(events)))
    return history(received, *happened, category=draw(st.sampled_from(list(Category))))


@st.composite
def running_tickets(draw: st.DrawFn) -> tuple[TicketHistory, datetime]:
    """A ticket whose fix clock runs (or that nobody answered yet), and a moment soon after its last event."""
    ticket = draw(tickets())
    statuses, soon = ticket.statuses[:2], timedelta(hours=draw(st.integers(0, 12)))
    if statuses:
        statuses += (StatusEvent(at=max(event.at for event in statuses) + soon, status=Status.IN_PROGRESS),)
    category = draw(st.sampled_from([Category.A, Category.B, Category.C]))
    running = replace(ticket, category=category, statuses=statuses, categories=(), temporary_fixes=())
    return running, (statuses[-1].at if statuses else ticket.received_at) + soon


contracts = calendars.map(contract)
kinds = st.sampled_from(list(ClockKind))


@given(tickets(), contracts, kinds, instants)
def test_elapsed_and_remaining_are_the_target(
    ticket: TicketHistory, agreed: Contract, kind: ClockKind, now: datetime
) -> None:
    reading = read_clock(kind, ticket, agreed, now)
    assert NOTHING <= reading.elapsed <= max(now - ticket.received_at, NOTHING), "never more than wall time"
    if reading.target is None:
        assert reading.remaining is reading.deadline is reading.breaches_at is None
    else:
        assert reading.elapsed + (reading.remaining or NOTHING) == reading.target
        assert reading.breached is (reading.remaining is not None and reading.remaining < NOTHING)


@given(tickets(), contracts, kinds, instants)
def test_a_clock_is_breached_exactly_after_its_breach_instant(
    ticket: TicketHistory, agreed: Contract, kind: ClockKind, now: datetime
) -> None:
    assume(now >= ticket.received_at)
    reading = read_clock(kind, ticket, agreed, now)
    if reading.breaches_at is None:
        assert not reading.breached
    elif reading.state is ClockState.RUNNING:
        assert reading.breached is (now > reading.breaches_at)
        assert reading.deadline is not None
        assert reading.deadline <= reading.breaches_at
        assert open_time(agreed.coverage, reading.deadline, reading.breaches_at) == NOTHING


@given(running_tickets(), contracts, kinds)
def test_a_running_clock_left_alone_has_used_its_target_at_the_deadline(
    running: tuple[TicketHistory, datetime], agreed: Contract, kind: ClockKind
) -> None:
    ticket, now = running
    reading = read_clock(kind, ticket, agreed, now)
    assume(reading.state is ClockState.RUNNING and not reading.breached)
    assert reading.deadline is not None
    assert reading.breaches_at is not None
    at = max(now, reading.deadline)
    assert read_clock(kind, ticket, agreed, at).elapsed == reading.target
    assert not read_clock(kind, ticket, agreed, reading.breaches_at).breached
    assert read_clock(kind, ticket, agreed, reading.breaches_at + timedelta.resolution).breached
    assert instant_of_fraction(kind, ticket, agreed, now, Fraction(1)) == reading.deadline


@given(tickets(), contracts, kinds, instants, st.integers(0, 6), st.fractions(0, 1))
def test_splitting_a_status_interval_changes_nothing(
    ticket: TicketHistory, agreed: Contract, kind: ClockKind, now: datetime, index: int, part: Fraction
) -> None:
    life = (StatusEvent(at=ticket.received_at, status=Status.NEW), *ticket.statuses)
    index %= len(life)
    begins = life[index]
    ends_at = life[index + 1].at if index + 1 < len(life) else now
    assume(ends_at >= begins.at)
    again = replace(begins, at=begins.at + timedelta(microseconds=int((ends_at - begins.at) // MICROSECOND * part)))
    split = replace(ticket, statuses=(*life[1 : index + 1], again, *life[index + 1 :]))
    assert read_clock(kind, split, agreed, now) == read_clock(kind, ticket, agreed, now)


@given(contracts, instants, lengths, lengths, st.sampled_from([Status.MORE_INFO, Status.POSTPONED]))
def test_a_pause_never_loses_or_gains_open_time(
    agreed: Contract, received: datetime, before: timedelta, pause: timedelta, waiting: Status
) -> None:
    pauses, resumes = received + before, received + before + pause
    ticket = history(received, (pauses, waiting), (resumes, Status.IN_PROGRESS), category=Category.C)
    reading = read_clock(ClockKind.FIX, ticket, agreed, resumes)
    assert reading.elapsed == open_time(agreed.coverage, received, pauses)
    assert reading.target is not None
    if not reading.breached and reading.elapsed != reading.target:
        assert reading.deadline is not None
        whole = open_time(agreed.coverage, received, reading.deadline)
        assert whole - open_time(agreed.coverage, pauses, resumes) == reading.target


@given(tickets(), contracts, kinds, instants)
def test_the_explanation_has_no_gaps_and_adds_up(
    ticket: TicketHistory, agreed: Contract, kind: ClockKind, now: datetime
) -> None:
    explained, reading = explain_clock(kind, ticket, agreed, now), read_clock(kind, ticket, agreed, now)
    assert explained.counted == reading.elapsed
    assert all(earlier.end == later.start for earlier, later in pairwise(explained.lines))
    assert all(line.start < line.end and line.words for line in explained.lines)
    if explained.lines:
        assert explained.lines[0].start == starts_at(ticket, agreed)
        assert explained.lines[-1].end == (reading.ended_at or now)
    for line in explained.lines:
        counted = open_time(agreed.coverage, line.start, line.end)
        assert counted == line.length if line.counted else (not counted or line.reason in {"status-paused", "fixed"})


@given(calendars, instants, lengths, lengths)
def test_open_time_adds_up(calendar: object, start: datetime, first: timedelta, second: timedelta) -> None:
    middle, end = start + first, start + first + second
    whole = open_time(calendar, start, end)  # type: ignore[arg-type]
    assert whole == open_time(calendar, start, middle) + open_time(calendar, middle, end)  # type: ignore[arg-type]
    assert NOTHING <= whole <= end - start


@given(calendars, instants, lengths)
def test_adding_open_time_is_the_inverse_of_counting_it(calendar: object, start: datetime, amount: timedelta) -> None:
    reached = add_open(calendar, start, amount)  # type: ignore[arg-type]
    assert reached is not None
    assert open_time(calendar, start, reached) == amount  # type: ignore[arg-type]
    if amount:
        sooner = reached - timedelta.resolution
        assert open_time(calendar, start, sooner) < amount, "the first such instant"  # type: ignore[arg-type]
    opens = next_open(calendar, start)  # type: ignore[arg-type]
    assert opens is not None
    assert open_time(calendar, start, opens) == NOTHING  # type: ignore[arg-type]


@given(st.lists(tickets(), max_size=5), contracts, st.integers(1, 24), st.data())
def test_availability_never_above_one_nor_changed_by_a_duplicate_incident(
    some: list[TicketHistory], agreed: Contract, number: int, data: st.DataObject
) -> None:
    span = month_span(2026 + (number - 1) // 12, (number - 1) % 12 + 1, "Europe/Prague")
    figures = measure_availability(agreed, some, span)
    assert 0 <= figures.real <= 1
    assert NOTHING <= figures.unavailable <= figures.assured <= span.length
    if some:
        twice = [*some, replace(data.draw(st.sampled_from(some)), ticket=999)]
        doubled = measure_availability(agreed, twice, span)
        assert (doubled.real, doubled.discount) == (figures.real, figures.discount)
        less = measure_availability(agreed, some[1:], span)
        assert less.real >= figures.real
        assert less.discount <= figures.discount


@given(st.fractions(0, 1), st.fractions(0, 1), st.fractions(Fraction(1, 2), 1))
def test_availability_discount_is_monotone(some: Fraction, other: Fraction, guaranteed: Fraction) -> None:
    worse, better = sorted((some, other))
    assert missed_nines(worse, guaranteed) >= missed_nines(better, guaranteed)
    assert (missed_nines(worse, guaranteed) == 0) is (worse >= guaranteed)
    assert missed_nines(better, better) == 0
    higher = max(guaranteed, *NINES)
    assert missed_nines(worse, higher) >= missed_nines(worse, guaranteed)
    assert Fraction(percent(worse)) <= worse * 100 < Fraction(percent(worse)) + Fraction(1, 10_000)


spans = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 12)), max_size=8).map(
    lambda pairs: [Span(START + timedelta(hours=at), START + timedelta(hours=at + size)) for at, size in pairs]
)


def hours_of(given_spans: list[Span] | tuple[Span, ...]) -> set[int]:
    hours = [(span.start - START, span.end - START) for span in given_spans]
    return {hour for low, high in hours for hour in range(low // timedelta(hours=1), high // timedelta(hours=1))}


@given(spans, spans)
def test_span_sets_are_sets_of_hours(some: list[Span], others: list[Span]) -> None:
    for result, expected in (
        (union(some), hours_of(some)),
        (overlap(some, others), hours_of(some) & hours_of(others)),
        (without(some, others), hours_of(some) - hours_of(others)),
    ):
        assert hours_of(result) == expected
        assert total(result) == timedelta(hours=len(expected))
        assert all(span.start < span.end for span in result)
        assert all(earlier.end < later.start for earlier, later in pairwise(result))


@given(tickets(), contracts, instants)
def test_an_incident_lasts_only_while_it_is_a_and_not_fixed(
    ticket: TicketHistory, agreed: Contract, now: datetime
) -> None:
    down = unavailable_spans(ticket, agreed, now)
    for phase in phases(ticket, ticket.received_at, now):
        inside = total(overlap(down, (Span(phase.start, phase.end),)))
        whole = phase.category is Category.A and not phase.fixed
        assert inside == (phase.end - phase.start if whole else NOTHING)
