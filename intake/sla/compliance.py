"""Which promises were kept in a month: every response and fix that was decided in it, with its explanation.

Owns the question which month a promise belongs to. It is decided once: kept when the clock ended in time in that
month, broken when the breach came to light in that month; what is still open belongs to no month yet.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from intake.sla.clock import ClockKind, ClockReading, read_clock, starts_at
from intake.sla.contract import Contract
from intake.sla.explain import Explanation, explain_clock
from intake.sla.history import TicketHistory
from intake.sla.spans import Span
from intake.terms import Category


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A promise kept or broken. ended_at: None when it was broken and is still not answered or fixed."""

    ticket: int
    subject: str
    category: Category
    kind: ClockKind
    met: bool
    target: timedelta
    elapsed: timedelta
    started_at: datetime
    ended_at: datetime | None
    breached_at: datetime | None
    explanation: Explanation


@dataclass(frozen=True, slots=True, kw_only=True)
class Compliance:
    """How often a promise was kept and broken."""

    category: Category
    kind: ClockKind
    met: int
    missed: int


def as_of(history: TicketHistory, instant: datetime) -> TicketHistory:
    """The history as it was known just before an instant: what came later must not change an earlier month."""
    timelines = (history.statuses, history.categories, history.temporary_fixes)
    if all(not events or events[-1].at < instant for events in timelines):
        return history
    return replace(
        history,
        statuses=tuple(event for event in history.statuses if event.at < instant),
        categories=tuple(event for event in history.categories if event.at < instant),
        temporary_fixes=tuple(event for event in history.temporary_fixes if event.at < instant),
    )


def outcomes(contract: Contract, histories: Iterable[TicketHistory], month: Span) -> tuple[Outcome, ...]:
    """Every promise decided in the month, by ticket."""
    decided = (outcome for history in histories for outcome in _of_ticket(contract, history, month))
    return tuple(sorted(decided, key=lambda outcome: (outcome.ticket, outcome.kind)))


def _of_ticket(contract: Contract, history: TicketHistory, month: Span) -> Iterator[Outcome]:
    # RULE response-time, fix-time
    if starts_at(history, contract) >= month.end:
        return
    known = as_of(history, month.end)
    for kind in ClockKind:
        reading = read_clock(kind, known, contract, month.end)
        if reading.target is None or not _was_decided(reading, history, contract, month):
            continue
        yield Outcome(
            ticket=history.ticket,
            subject=history.subject,
            category=reading.category,
            kind=kind,
            met=not reading.breached,
            target=reading.target,
            elapsed=reading.elapsed,
            started_at=reading.starts_at,
            ended_at=reading.ended_at,
            breached_at=reading.breaches_at if reading.breached else None,
            explanation=explain_clock(kind, known, contract, month.end),
        )


def _was_decided(reading: ClockReading, history: TicketHistory, contract: Contract, month: Span) -> bool:
    if reading.breached:
        before = read_clock(reading.kind, as_of(history, month.start), contract, month.start)
        return not before.breached
    return reading.ended_at is not None and month.start <= reading.ended_at < month.end


def count(decided: Iterable[Outcome]) -> tuple[Compliance, ...]:
    """The outcomes counted by category and clock; a line for each pair that occurred."""
    tally: dict[tuple[Category, ClockKind], list[int]] = {}
    for outcome in decided:
        tally.setdefault((outcome.category, outcome.kind), [0, 0])[0 if outcome.met else 1] += 1
    return tuple(
        Compliance(category=category, kind=kind, met=met, missed=missed)
        for (category, kind), (met, missed) in sorted(tally.items())
    )
