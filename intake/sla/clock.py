"""The two clocks of a ticket: response and fix. What was used, what is left, when it ends.

Owns the reading of a clock. Everything is derived from the history each time; nothing is counted up and stored.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction

from intake.sla.contract import Contract, Options
from intake.sla.history import TicketHistory, category_at, clock_start, phases, response_at
from intake.sla.hours import add_open, next_open, open_time
from intake.sla.spans import Span
from intake.sla.table import Hours
from intake.terms import Category

_NOTHING = timedelta(0)


class ClockKind(StrEnum):
    """What a clock measures."""

    RESPONSE = "response"  # RULE response-time
    FIX = "fix"  # RULE fix-time


class ClockState(StrEnum):
    """What a clock does right now."""

    RUNNING = "running"  # open hours count
    PAUSED = "paused"  # the ticket's status stops it
    ENDED = "ended"  # answered, or fixed


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockSpans:
    """When a clock ran, in wall-clock spans. ongoing: the last span goes on after `now`."""

    state: ClockState
    ran: tuple[Span, ...]
    ended_at: datetime | None

    @property
    def ongoing(self) -> bool:
        """Whether it goes on running until something happens."""
        return self.state is ClockState.RUNNING


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockReading:
    """A clock as read at an instant.

    target, elapsed, remaining: open time; elapsed + remaining = target, and remaining is negative after a breach.
    deadline: the first instant at which the target is used up, if nothing changes; None while paused or ended in
    time, and without a target. Exactly at the target it is met.
    breaches_at: the instant after which it is missed: the deadline, or the next opening when the deadline falls on
    closing time.
    """

    kind: ClockKind
    category: Category
    state: ClockState
    starts_at: datetime
    ended_at: datetime | None
    target: timedelta | None
    elapsed: timedelta
    deadline: datetime | None
    breaches_at: datetime | None

    @property
    def remaining(self) -> timedelta | None:
        """What is left of the target."""
        return None if self.target is None else self.target - self.elapsed

    @property
    def breached(self) -> bool:
        """Whether more than the target is used."""
        return self.target is not None and self.elapsed > self.target


def read_clock(kind: ClockKind, history: TicketHistory, contract: Contract, now: datetime) -> ClockReading:
    """Read a clock at `now` (aware UTC), under the contract in force when the clock started."""
    start, category = starts_at(history, contract), category_at(history, now)
    terms = contract.terms_at(start)
    targets = terms.targets_of(category) if terms else None
    target = None if targets is None else targets.response if kind is ClockKind.RESPONSE else targets.fix
    spans = clock_spans(kind, history, start, now)
    limit = _Limit(contract.coverage, spans, now)
    return ClockReading(
        kind=kind,
        category=category,
        state=spans.state,
        starts_at=start,
        ended_at=spans.ended_at,
        target=target,
        elapsed=sum((open_time(contract.coverage, span.start, span.end) for span in spans.ran), _NOTHING),
        deadline=None if target is None else limit.reached(target),
        breaches_at=None if target is None else limit.exceeded(target),
    )


def starts_at(history: TicketHistory, contract: Contract) -> datetime:
    """When the clocks of a ticket start under its contract."""
    terms = contract.terms_at(history.received_at)
    return clock_start(history, terms.options if terms else Options())


def clock_spans(kind: ClockKind, history: TicketHistory, start: datetime, now: datetime) -> ClockSpans:
    """When a clock ran between `start` and `now`, before opening hours are looked at."""
    if kind is ClockKind.RESPONSE:
        ended_at = response_at(history, now)
        answered = (Span(start, max(start, ended_at or now)),)
        return ClockSpans(state=ClockState.ENDED if ended_at else ClockState.RUNNING, ran=answered, ended_at=ended_at)
    life = phases(history, start, now)
    ran = tuple(Span(phase.start, phase.end) for phase in life if phase.fix_clock_runs)
    # A change at `now` itself has no phase yet, but it decides what happens next.
    last = phases(history, start, max(now, start) + timedelta.resolution)[-1]
    if not last.fixed:
        state = ClockState.RUNNING if last.fix_clock_runs else ClockState.PAUSED
        return ClockSpans(state=state, ran=ran, ended_at=None)
    ended_at = last.start
    for phase in reversed(life):
        if not phase.fixed:
            break
        ended_at = phase.start
    return ClockSpans(state=ClockState.ENDED, ran=ran, ended_at=ended_at)


def instant_of_fraction(
    kind: ClockKind, history: TicketHistory, contract: Contract, now: datetime, fraction: Fraction
) -> datetime | None:
    """When a clock reaches, or reached, a fraction of its target: the time of a warning. None as for a deadline."""
    reading = read_clock(kind, history, contract, now)
    if reading.target is None:
        return None
    amount = timedelta(microseconds=int(reading.target // timedelta.resolution * fraction))
    return _Limit(contract.coverage, clock_spans(kind, history, reading.starts_at, now), now).reached(amount)


@dataclass(frozen=True, slots=True)
class _Limit:
    """When an amount of open time is used up along a clock's spans: one walk for deadlines, breaches and warnings."""

    hours: Hours
    spans: ClockSpans
    now: datetime

    def reached(self, amount: timedelta) -> datetime | None:
        """The first instant at which `amount` is used."""
        for span in self.spans.ran:
            used = open_time(self.hours, span.start, span.end)
            if used >= amount:
                return add_open(self.hours, span.start, amount)
            amount -= used
        return add_open(self.hours, self.now, amount) if self.spans.ongoing else None

    def exceeded(self, amount: timedelta) -> datetime | None:
        """The last instant at which no more than `amount` is used."""
        for span in self.spans.ran:
            used = open_time(self.hours, span.start, span.end)
            if used > amount:
                return self._next_open(add_open(self.hours, span.start, amount))
            amount -= used
        return self._next_open(add_open(self.hours, self.now, amount)) if self.spans.ongoing else None

    def _next_open(self, instant: datetime | None) -> datetime | None:
        return None if instant is None else next_open(self.hours, instant)


def next_deadline(readings: Sequence[ClockReading]) -> datetime | None:
    """The earliest deadline still ahead or overdue on running clocks: what the ticket list is sorted by."""
    ahead = [reading.deadline for reading in readings if reading.state is ClockState.RUNNING and reading.deadline]
    return min(ahead, default=None)
