"""The arithmetic of open hours: how much is open between two instants, and when so much will have been open.

Owns every addition of open time; clocks, deadlines, availability and explanations all go through here. Half-open
spans, exact to the microsecond. Instants are aware; results are UTC.
"""

from collections.abc import Iterator
from datetime import MAXYEAR, UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from intake.sla.calendar import ServiceCalendar, openings_on
from intake.sla.spans import Span
from intake.sla.table import Hours, instant_of, micros, year_table

_MICROSECOND = timedelta(microseconds=1)


def open_time(hours: Hours, start: datetime, end: datetime) -> timedelta:
    """How much of [start, end) is open; zero when end is not after start.

    "On weekdays from 8:00 a.m. to 6:00 p.m., excluding weekends and public holidays": "the fix time for a defect
    reported on Friday at 5:00 p.m. and resolved on Monday at 9:00 a.m. would be 2 hours".

    >>> from intake.sla.calendar import WEEKDAYS_8_18
    >>> prague = ZoneInfo("Europe/Prague")
    >>> friday_5_pm = datetime(2026, 1, 9, 17, 0, tzinfo=prague)
    >>> monday_9_am = datetime(2026, 1, 12, 9, 0, tzinfo=prague)
    >>> open_time(WEEKDAYS_8_18, friday_5_pm, monday_9_am) == timedelta(hours=2)
    True
    """
    # RULE hours-example
    return timedelta(microseconds=_open_micros(hours, _utc(start), _utc(end)))


def open_seconds(hours: Hours, start: datetime, end: datetime) -> float:
    """The same as `open_time`, in seconds."""
    return _open_micros(hours, _utc(start), _utc(end)) / 1_000_000


def _open_micros(hours: Hours, start: datetime, end: datetime) -> int:
    if end <= start:
        return 0
    first, last = start.year, end.year
    opened = year_table(hours, last).open_until(micros(end)) - year_table(hours, first).open_until(micros(start))
    for year in range(first, last):
        opened += year_table(hours, year).total
    return opened


def add_open(hours: Hours, start: datetime, duration: timedelta) -> datetime | None:
    """The first instant, not before `start`, until which `duration` has been open since `start`.

    None when the hours end before that (a contract that runs out). Ten hours from a Friday's opening end on that
    Friday's closing, not on Monday's opening.
    """
    # RULE fix-time: pausing moves a deadline by open time, never by wall-clock time.
    start = _utc(start)
    if duration <= timedelta(0):
        return start
    rest = duration // _MICROSECOND + year_table(hours, start.year).open_until(micros(start))
    for year in range(start.year, MAXYEAR - 1):
        table = year_table(hours, year)
        if rest <= table.total:
            return instant_of(table.moment_of(rest))
        if table.total == 0 and _has_ended(hours, year):
            return None
        rest -= table.total
    return None


def next_open(hours: Hours, start: datetime) -> datetime | None:
    """The first open instant not before `start`; None when there is none any more."""
    start = _utc(start)
    reached = add_open(hours, start, _MICROSECOND)
    return None if reached is None else reached - _MICROSECOND


def open_spans(hours: Hours, start: datetime, end: datetime) -> Iterator[Span]:
    """The open spans inside [start, end), in order, apart from each other."""
    start, end = _utc(start), _utc(end)
    pending: tuple[int, int] | None = None
    for year in range(start.year, end.year + 1):
        for opens, closes in year_table(hours, year).spans_in(micros(start), micros(end)):
            if pending and pending[1] == opens:
                pending = pending[0], closes  # round the clock goes on over New Year
                continue
            if pending:
                yield Span(instant_of(pending[0]), instant_of(pending[1]))
            pending = opens, closes
    if pending:
        yield Span(instant_of(pending[0]), instant_of(pending[1]))


def add_open_days(calendar: ServiceCalendar, start: datetime, days: int) -> datetime:
    """The closing time of the `days`-th open day after the local day of `start`: the end of an acceptance period.

    Raises ValueError for less than one day.
    """
    # RULE status-to-verify
    if days < 1:
        message = f"at least one open day is needed, not {days}"
        raise ValueError(message)
    zone = ZoneInfo(calendar.zone)
    day = start.astimezone(zone).date()
    while days > 0:
        day += timedelta(days=1)
        days -= 1 if openings_on(calendar, day) else 0
    return _closing(calendar, day, zone)


def _closing(calendar: ServiceCalendar, day: date, zone: ZoneInfo) -> datetime:
    closings = [
        datetime.combine(day + timedelta(days=1 if opening.overnight else 0), opening.ends, tzinfo=zone)
        for opening in openings_on(calendar, day)
    ]
    return max(closing.astimezone(UTC) for closing in closings)


def _has_ended(hours: Hours, year: int) -> bool:
    """Whether nothing can be open after this year: the last version agreed no service."""
    if isinstance(hours, ServiceCalendar):
        return False
    return not hours.versions or (hours.versions[-1].calendar is None and hours.versions[-1].valid_from.year <= year)


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is UTC:
        return instant
    if instant.tzinfo is None:
        message = f"an aware instant is needed, not {instant!r}"
        raise ValueError(message)
    return instant.astimezone(UTC)
