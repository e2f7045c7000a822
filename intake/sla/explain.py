"""Why a figure is what it is: every stretch of a clock's life, counted or skipped, with its reason.

Owns the explanation. It takes the same phases and the same open spans as the clock, and its counted lines add up to
the clock's reading; a test holds that for any history.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from intake.sla.calendar import CalendarHistory, ClosedReason, ServiceCalendar, why_closed
from intake.sla.clock import ClockKind, clock_spans, starts_at
from intake.sla.contract import Contract
from intake.sla.history import Phase, TicketHistory, phases
from intake.sla.hours import open_spans
from intake.sla.spans import Span
from intake.terms import STATUS_NAMES

COUNTED = "counted"
STATUS_PAUSED = "status-paused"
FIXED = "fixed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One stretch, half-open, aware UTC.

    reason: "counted", "status-paused", "fixed", or a `ClosedReason`. words: the same for people.
    """

    start: datetime
    end: datetime
    counted: bool
    reason: str
    words: str

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.end - self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """All stretches from the clock's start to its end or to the moment of asking, without gaps."""

    lines: tuple[Line, ...]

    @property
    def counted(self) -> timedelta:
        """The sum of the counted lines: the elapsed time."""
        return sum((line.length for line in self.lines if line.counted), timedelta(0))


def explain_clock(kind: ClockKind, history: TicketHistory, contract: Contract, now: datetime) -> Explanation:
    """Explain what `intake.sla.clock.read_clock` says at `now` (aware UTC)."""
    start = starts_at(history, contract)
    until = clock_spans(kind, history, start, now).ended_at or now
    lines: list[Line] = []
    for phase in phases(history, start, until):
        runs = phase.fix_clock_runs or kind is ClockKind.RESPONSE
        lines.extend(_running(contract.coverage, phase) if runs else (_standing(phase),))
    return Explanation(lines=tuple(lines))


def _standing(phase: Phase) -> Line:
    status = STATUS_NAMES[phase.status]
    if phase.fixed:
        words = f"{status}, a temporary fix holds" if phase.temporarily_fixed else f"{status}: fixed"
        return Line(start=phase.start, end=phase.end, counted=False, reason=FIXED, words=words)
    return Line(start=phase.start, end=phase.end, counted=False, reason=STATUS_PAUSED, words=f"{status}: clock stopped")


def _running(hours: CalendarHistory, phase: Phase) -> Iterator[Line]:
    at = phase.start
    for span in open_spans(hours, phase.start, phase.end):
        yield from _closed(hours, at, span.start)
        words = f"{STATUS_NAMES[phase.status]}, open"
        yield Line(start=span.start, end=span.end, counted=True, reason=COUNTED, words=words)
        at = span.end
    yield from _closed(hours, at, phase.end)


def _closed(hours: CalendarHistory, start: datetime, end: datetime) -> Iterator[Line]:
    """Closed time, cut at local midnights and where the contract changed, each piece with its reason."""
    for piece in _versions(hours, start, end):
        calendar = hours.at(piece.start)
        if calendar is None:
            yield Line(
                start=piece.start,
                end=piece.end,
                counted=False,
                reason=ClosedReason.NO_CONTRACT,
                words="no contract in force",
            )
            continue
        yield from _closed_days(calendar, piece)


def _versions(hours: CalendarHistory, start: datetime, end: datetime) -> Iterator[Span]:
    cuts = [version.valid_from for version in hours.versions if start < version.valid_from < end]
    for since, until in zip([start, *cuts], [*cuts, end], strict=True):
        if since < until:
            yield Span(since, until)


def _closed_days(calendar: ServiceCalendar, piece: Span) -> Iterator[Line]:
    zone, at = ZoneInfo(calendar.zone), piece.start
    while at < piece.end:
        day = at.astimezone(zone).date()
        until = min(_midnight_after(at, zone), piece.end)
        reason, words = why_closed(calendar, day)
        yield Line(start=at, end=until, counted=False, reason=reason, words=words)
        at = until


def _midnight_after(at: datetime, zone: ZoneInfo) -> datetime:
    midnight = datetime.combine(at.astimezone(zone).date() + timedelta(days=1), time(0), tzinfo=zone)
    # Where the clock jumps at midnight one of the two readings may not lie ahead; the later one does.
    return max(midnight.astimezone(UTC), midnight.replace(fold=1).astimezone(UTC))
