"""What lies ahead of a ticket: its deadlines, and every timer with the instant it is due.

Owns the list of timers and their names ("marks"), each of which fires once. Pure, like the clocks it reads: a stored
deadline is a cache of what stands here.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction

from intake.sla.clock import ClockKind, ClockState, instant_of_fraction, next_deadline, read_clock
from intake.sla.contract import Contract, Terms
from intake.sla.history import TicketHistory
from intake.sla.hours import add_open, add_open_days
from intake.terms import Category, Status

_MOMENT = timedelta.resolution
_DEFAULTS = Terms(name="")


class TimerKind(StrEnum):
    """What a timer is for."""

    WARNING = "warning"
    BREACH = "breach"
    ACCEPTANCE = "acceptance"
    REOPEN = "reopen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """Something that becomes due. at: aware UTC. mark: names it among the ticket's timers; it fires once.

    clock, fraction: for a warning, of which clock and at which part of the target; a breach has the clock alone.
    """

    kind: TimerKind
    at: datetime
    mark: str
    clock: ClockKind | None = None
    fraction: Fraction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """The deadlines of the running clocks, aware UTC; None for a clock that stands, has ended or promises nothing.

    timer_at: when the ticket's timers are to be looked at next, never after one is due.
    """

    response: datetime | None = None
    fix: datetime | None = None
    next: datetime | None = None
    timer_at: datetime | None = None


def deadlines_at_receipt(contract: Contract, received_at: datetime, category: Category) -> Deadlines:
    """The deadlines of a ticket to which nothing happened yet; the same as `deadlines`, in a tenth of the time."""
    terms = contract.terms_at(received_at)
    if terms is None:
        return Deadlines()
    targets = terms.targets_of(category)
    promised = [target for target in (targets.response, targets.fix) if target is not None]
    if not promised:
        return Deadlines()
    hours = contract.coverage
    response = None if targets.response is None else add_open(hours, received_at, targets.response)
    fix = None if targets.fix is None else add_open(hours, received_at, targets.fix)
    first = min(promised) // _MOMENT * min((*terms.warn_at, Fraction(1)))
    return Deadlines(
        response=response,
        fix=fix,
        next=min((at for at in (response, fix) if at is not None), default=None),
        timer_at=add_open(hours, received_at, int(first) * _MOMENT),
    )


def deadlines(
    history: TicketHistory, contract: Contract, now: datetime, fired: Collection[str] = frozenset()
) -> Deadlines:
    """The deadlines at `now` (aware UTC). fired: the marks of the timers that are done."""
    response, fix = (read_clock(kind, history, contract, now) for kind in ClockKind)
    ahead = [timer.at for timer in timers(history, contract, now) if timer.mark not in fired]
    return Deadlines(
        response=response.deadline if response.state is ClockState.RUNNING else None,
        fix=fix.deadline if fix.state is ClockState.RUNNING else None,
        next=next_deadline((response, fix)),
        timer_at=min(ahead, default=None),
    )


def timers(history: TicketHistory, contract: Contract, now: datetime) -> Iterator[Timer]:
    """Every timer of a ticket as things stand at `now`, due or not, fired or not."""
    terms = contract.terms_at(history.received_at) or _DEFAULTS
    for kind in ClockKind:
        yield from _clock_timers(kind, history, contract, terms, now)
    last = history.statuses[-1] if history.statuses else None
    if last is None or last.at > now:
        return
    # Under the contract in force when the ticket came into this status.
    agreed = contract.terms_at(last.at) or _DEFAULTS
    if last.status is Status.TO_VERIFY:
        # RULE status-to-verify
        ends = acceptance_ends_at(agreed, last.at)
        yield Timer(kind=TimerKind.ACCEPTANCE, at=ends, mark=f"acceptance {last.at.isoformat()}")
    elif last.status is Status.CLOSED:
        # RULE status-closed
        ends = last.at + agreed.reopen_window
        yield Timer(kind=TimerKind.REOPEN, at=ends, mark=f"reopen {last.at.isoformat()}")


def acceptance_ends_at(terms: Terms, since: datetime) -> datetime:
    """When the customer's time to verify is over. since: when the ticket came into To verify, aware UTC."""
    return add_open_days(terms.calendar, since, terms.acceptance_open_days)


def _clock_timers(
    kind: ClockKind, history: TicketHistory, contract: Contract, terms: Terms, now: datetime
) -> Iterator[Timer]:
    reading = read_clock(kind, history, contract, now)
    if reading.target is None:
        return
    if reading.state is not ClockState.ENDED:
        for fraction in terms.warn_at:
            at = instant_of_fraction(kind, history, contract, now, fraction)
            if at is not None:
                mark = f"{kind} {fraction}"
                yield Timer(kind=TimerKind.WARNING, at=at, mark=mark, clock=kind, fraction=fraction)
    if reading.breaches_at is not None:
        # Until that instant no more than the target is used: it is missed from the next moment on.
        yield Timer(kind=TimerKind.BREACH, at=reading.breaches_at + _MOMENT, mark=f"{kind} breach", clock=kind)
