"""A ticket's immutable history, read as phases: what its status, category and temporary fix were, and from when.

Owns the one walk over the events that every clock, the availability and every explanation start from. Counts nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from intake.sla.contract import Options
from intake.terms import SLA_RUNS, Category, Status

FIXED_STATUSES = frozenset({Status.TO_VERIFY, Status.CLOSED})  # RULE fix-time


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusEvent:
    """The ticket entered a status. by_technician: a person of the service did it, not a machine or the customer."""

    at: datetime
    status: Status
    by_technician: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryEvent:
    """The ticket was put into a category."""

    at: datetime
    category: Category


@dataclass(frozen=True, slots=True, kw_only=True)
class TemporaryFixEvent:
    """A temporary fix was deployed (holds), or found not to hold (not holds)."""

    at: datetime
    holds: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketHistory:
    """Everything the service level looks at. All times aware UTC; events in the order they happened.

    received_at: when the request came in, or the missed call rang. released_at: when it left quarantine, if it was in.
    category: the first one. statuses: the changes after New.
    """

    ticket: int
    received_at: datetime
    category: Category
    released_at: datetime | None = None
    statuses: tuple[StatusEvent, ...] = ()
    categories: tuple[CategoryEvent, ...] = ()
    temporary_fixes: tuple[TemporaryFixEvent, ...] = ()
    subject: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        """Check the order: a history that runs backwards is corrupt."""
        timelines = (
            [event.at for event in self.statuses],
            [event.at for event in self.categories],
            [event.at for event in self.temporary_fixes],
        )
        for times in timelines:
            if any(earlier > later for earlier, later in pairwise(times)):
                message = f"ticket {self.ticket}: its events are not in order"
                raise ValueError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A half-open stretch of a ticket's life in which nothing about it changed."""

    start: datetime
    end: datetime
    status: Status
    category: Category
    temporarily_fixed: bool = False

    @property
    def fixed(self) -> bool:
        """Whether the problem counts as fixed."""
        # RULE fix-time: at To verify, Closed, or a recorded temporary fix.
        return self.temporarily_fixed or self.status in FIXED_STATUSES

    @property
    def fix_clock_runs(self) -> bool:
        """Whether open hours of this phase count against the fix time."""
        return SLA_RUNS[self.status] and not self.fixed


def clock_start(history: TicketHistory, options: Options) -> datetime:
    """When the clocks start: at receipt, or at release from quarantine unless the contract says at receipt."""
    if history.released_at is None or options.clock_from_receipt:
        return history.received_at
    return history.released_at


def response_at(history: TicketHistory, now: datetime) -> datetime | None:
    """The first time a technician moved the ticket out of New, if that was before or at `now`."""
    # RULE response-time
    for event in history.statuses:
        if event.status is not Status.NEW and event.by_technician:
            return event.at if event.at <= now else None
    return None


def category_at(history: TicketHistory, now: datetime) -> Category:
    """The category the ticket stands in at `now`: it decides the targets, from receipt on."""
    category = history.category
    for event in history.categories:
        if event.at <= now:
            category = event.category
    return category


def phases(history: TicketHistory, start: datetime, until: datetime) -> tuple[Phase, ...]:
    """The ticket's life from `start` (see `clock_start`) to `until`, without gaps."""
    status, category, fixed, since = Status.NEW, history.category, False, start
    cut: list[Phase] = []
    for event in _in_order(history):
        at = max(event.at, start)
        if at >= until:
            break
        if at > since:
            cut.append(Phase(start=since, end=at, status=status, category=category, temporarily_fixed=fixed))
            since = at
        match event:
            case StatusEvent():
                if status in FIXED_STATUSES and event.status not in FIXED_STATUSES:
                    fixed = False  # RULE fix-time: it resumes when the customer rejects or the ticket is reopened.
                status = event.status
            case CategoryEvent():
                category = event.category
            case TemporaryFixEvent():
                fixed = event.holds
    if since < until:
        cut.append(Phase(start=since, end=until, status=status, category=category, temporarily_fixed=fixed))
    return tuple(cut)


_Event = StatusEvent | CategoryEvent | TemporaryFixEvent


def _in_order(history: TicketHistory) -> Iterable[_Event]:
    if not history.categories and not history.temporary_fixes:
        return history.statuses
    events: list[_Event] = [*history.statuses, *history.categories, *history.temporary_fixes]
    # Sorting is stable: of events at the same instant the status comes first.
    return sorted(events, key=lambda event: event.at)
