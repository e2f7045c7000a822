"""What a calendar means on the days of a wall calendar: when each is open, or why it is not. For people to check.

Owns the way from open spans to local days. Must not count anything: the arithmetic is `intake.sla.hours`.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from intake.sla.calendar import CalendarHistory, ClosedReason, why_closed
from intake.sla.hours import open_spans
from intake.sla.spans import Span

LONGEST = 366


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPlan:
    """One local day. spans: when it is open, in UTC. reason and words: why it is closed; None on an open day."""

    day: date
    spans: tuple[Span, ...]
    reason: ClosedReason | None = None
    words: str = ""

    def said(self, zone: ZoneInfo) -> str:
        """The day in a line: `08:00-18:00`, or why it is closed."""
        if not self.spans:
            return f"closed: {self.words}"
        return ", ".join(
            f"{_wall(span.start, zone, self.day)}-{_wall(span.end, zone, self.day)}" for span in self.spans
        )


def day_plans(coverage: CalendarHistory, first: date, days: int, zone: ZoneInfo) -> tuple[DayPlan, ...]:
    """The days from `first` on, as the customer lives through them.

    coverage: the calendars of all versions of a contract. zone: whose days are meant. Raises ValueError for no days
    or more than a leap year has.
    """
    # RULE hours-weekdays, hours-247
    if not 1 <= days <= LONGEST:
        message = f"from 1 to {LONGEST} days can be shown, not {days}"
        raise ValueError(message)
    return tuple(_plan(coverage, first + timedelta(days=number), zone) for number in range(days))


def _plan(coverage: CalendarHistory, day: date, zone: ZoneInfo) -> DayPlan:
    start, end = _midnight(day, zone), _midnight(day + timedelta(days=1), zone)
    spans = tuple(open_spans(coverage, start, end))
    if spans:
        return DayPlan(day=day, spans=spans)
    calendar = coverage.at(start)
    if calendar is None:
        return DayPlan(day=day, spans=(), reason=ClosedReason.NO_CONTRACT, words="no contract in force")
    reason, words = why_closed(calendar, day)
    return DayPlan(day=day, spans=(), reason=reason, words=words)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _wall(instant: datetime, zone: ZoneInfo, day: date) -> str:
    local = instant.astimezone(zone)
    return "24:00" if local.date() > day else f"{local:%H:%M}"
