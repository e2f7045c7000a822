"""One year of open hours as numbers: the spans in UTC and, before each, how much was open since the year began.

Owns the translation of local opening times into UTC and the two look-ups by bisection. All numbers are whole
microseconds since 1970-01-01 UTC, so nothing is ever rounded.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate
from zoneinfo import ZoneInfo

from intake.sla.calendar import CalendarHistory, ServiceCalendar, openings_on

Hours = ServiceCalendar | CalendarHistory
MicrosSpan = tuple[int, int]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 86_400_000_000
_MARGIN = timedelta(days=2)  # no zone is further from UTC, and no shift longer, than a day


def micros(instant: datetime) -> int:
    """Whole microseconds since 1970 of an aware instant. Raises TypeError for a naive one."""
    since = instant - _EPOCH
    return since.days * _DAY + since.seconds * 1_000_000 + since.microseconds


def instant_of(value: int) -> datetime:
    """The aware UTC instant of `micros`."""
    return _EPOCH + timedelta(microseconds=value)


@dataclass(frozen=True, slots=True)
class YearTable:
    """The open spans of one UTC year, apart and in order. before[i]: what is open in the year before span i."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    before: tuple[int, ...]
    total: int

    def open_until(self, value: int) -> int:
        """How much of the year before this moment is open."""
        index = bisect_right(self.starts, value) - 1
        if index < 0:
            return 0
        end = self.ends[index]
        return self.before[index] + min(end, value) - self.starts[index]

    def moment_of(self, amount: int) -> int:
        """The first moment before which `amount` of the year is open; 0 < amount <= total."""
        index = bisect_left(self.before, amount) - 1
        return self.starts[index] + amount - self.before[index]

    def spans_in(self, low: int, high: int) -> Iterator[MicrosSpan]:
        """The open spans of the year clipped to [low, high)."""
        first = max(bisect_right(self.starts, low) - 1, 0)
        last = bisect_left(self.starts, high)
        return _clip(zip(self.starts[first:last], self.ends[first:last], strict=True), low, high)


@lru_cache(maxsize=16_384)
def year_table(hours: Hours, year: int) -> YearTable:
    """The table of a calendar, or of a customer's history of calendars, for one UTC year.

    Customers with the same calendar share its table in every year in which theirs did not change.
    """
    if isinstance(hours, CalendarHistory):
        start, end = _year_bounds(year)
        calendar = hours.at(instant_of(start))
        if calendar is not None and not any(start < micros(version.valid_from) < end for version in hours.versions):
            return year_table(calendar, year)
    spans = _merge(sorted(_clip(_spans(hours, year), *_year_bounds(year))))
    lengths = [end - start for start, end in spans]
    return YearTable(
        starts=tuple(start for start, _ in spans),
        ends=tuple(end for _, end in spans),
        before=tuple(accumulate(lengths, initial=0))[:-1],
        total=sum(lengths),
    )


def _spans(hours: Hours, year: int) -> Iterator[MicrosSpan]:
    if isinstance(hours, ServiceCalendar):
        yield from _calendar_spans(hours, year)
        return
    end = _year_bounds(year)[1]
    for version in reversed(hours.versions):
        start = micros(version.valid_from)
        if version.calendar is not None:
            yield from _clip(_calendar_spans(version.calendar, year), start, end)
        end = min(start, end)


def _calendar_spans(calendar: ServiceCalendar, year: int) -> Iterator[MicrosSpan]:
    """Every shift of the year: while an offset holds, open is what the local clock shows minus that offset."""
    offsets = _offsets(calendar.zone, year)
    first, last = date(year, 1, 1) - _MARGIN, date(year, 12, 31) + _MARGIN
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        for opening in openings_on(calendar, day):
            starts = _local_micros(day, opening.starts)
            ends = _local_micros(day + timedelta(days=1) if opening.overnight else day, opening.ends)
            for offset, since, until in offsets:
                yield from _clip(((starts - offset, ends - offset),), since, until)


@lru_cache(maxsize=256)
def _offsets(zone: str, year: int) -> tuple[tuple[int, int, int], ...]:
    """Which offset from UTC the zone has when: (offset, since, until) over the year and its margins."""
    info = ZoneInfo(zone)

    def offset_at(value: int) -> int:
        offset = info.utcoffset(instant_of(value).astimezone(info)) or timedelta(0)
        return offset // timedelta(microseconds=1)

    start, stop = (micros(datetime(y, 1, 1, tzinfo=UTC) + m) for y, m in ((year, -_MARGIN), (year + 1, _MARGIN)))
    changes = [start]
    for value in range(start, stop, _DAY):
        if offset_at(value) != offset_at(value + _DAY):
            seconds = range(value, value + _DAY + 1, 1_000_000)
            before = offset_at(value)
            changes.append(seconds[bisect_right(seconds, 0, key=lambda v: int(offset_at(v) != before))])
    return tuple(
        (offset_at(since), since, until) for since, until in zip(changes, [*changes[1:], stop + _DAY], strict=True)
    )


def _local_micros(day: date, at: time) -> int:
    return micros(datetime.combine(day, at, tzinfo=UTC))


def _year_bounds(year: int) -> MicrosSpan:
    return micros(datetime(year, 1, 1, tzinfo=UTC)), micros(datetime(year + 1, 1, 1, tzinfo=UTC))


def _clip(spans: Iterable[MicrosSpan], low: int, high: int) -> Iterator[MicrosSpan]:
    for start, end in spans:
        if max(start, low) < min(end, high):
            yield max(start, low), min(end, high)


def _merge(spans: list[MicrosSpan]) -> list[MicrosSpan]:
    merged: list[MicrosSpan] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], end)
        else:
            merged.append((start, end))
    return merged
