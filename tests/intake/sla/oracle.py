"""A second, slow opinion on open hours and clocks: one minute after the other, sharing no code with `intake.sla`.

It reads the wall clock at every minute and asks whether that minute is open; Easter is computed here as well.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)

# local minutes of a weekday at which a shift starts and ends; an end beyond 1440 is on the next day
Shifts = dict[int, list[tuple[int, int]]]


@dataclass(frozen=True)
class Site:
    """What the oracle needs to know of a calendar."""

    shifts: Shifts = field(hash=False, compare=False)
    name: str
    zone: str = "Europe/Prague"
    czech_holidays: bool = True
    closed_days: frozenset[date] = frozenset()
    worked_days: frozenset[date] = frozenset()

    def works_on(self, day: date) -> bool:
        if day in self.closed_days:
            return False
        return day in self.worked_days or not (self.czech_holidays and is_czech_holiday(day))

    def is_open(self, minute: datetime) -> bool:
        local = minute.astimezone(ZoneInfo(self.zone))
        now = local.hour * 60 + local.minute
        return any(start <= now < end for start, end in _minutes_open_on(self, local.date()))


@cache
def _minutes_open_on(site: Site, today: date) -> list[tuple[int, int]]:
    yesterday = today - timedelta(days=1)
    opened = [(start, min(end, 1440)) for start, end in site.shifts.get(today.weekday(), []) if site.works_on(today)]
    before = site.shifts.get(yesterday.weekday(), []) if site.works_on(yesterday) else []
    return opened + [(0, end - 1440) for _, end in before if end > 1440]


@cache
def easter_sunday(year: int) -> date:
    """The Gregorian computus of Meeus, Jones and Butcher."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (b - (b + 8) // 25 + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    ell = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * ell) // 451
    month, day = divmod(h + ell - 7 * m + 114, 31)
    return date(year, month, day + 1)


_FIXED = {(1, 1), (5, 1), (5, 8), (7, 5), (7, 6), (9, 28), (10, 28), (11, 17), (12, 24), (12, 25), (12, 26)}


def is_czech_holiday(day: date) -> bool:
    easter = easter_sunday(day.year)
    return (day.month, day.day) in _FIXED or day in {easter - timedelta(days=2), easter + timedelta(days=1)}


def minutes_between(start: datetime, end: datetime) -> list[datetime]:
    return [start + MINUTE * number for number in range((end - start) // MINUTE)]


class Window:
    """A stretch of time of which every minute has been asked once."""

    def __init__(self, is_open: Callable[[datetime], bool], start: datetime, days: int) -> None:
        self.start = start.astimezone(UTC)
        self.open = [is_open(minute) for minute in minutes_between(self.start, self.start + timedelta(days=days))]

    def at(self, number: int) -> datetime:
        return self.start + MINUTE * number

    def count(self, counts: Callable[[int], bool], start: int, end: int) -> int:
        return sum(1 for number in range(start, end) if self.open[number] and counts(number))


@dataclass
class Reading:
    """What the oracle saw: used minutes, and the minutes at which the target was used up and was exceeded."""

    used: int = 0
    deadline: int | None = None
    exceeded: int | None = None


def read(window: Window, runs: Callable[[int], bool], start: int, end: int, target: int) -> Reading:
    """Walk from minute to minute; `runs` says whether the clock runs in a minute, opening hours aside."""
    seen = Reading()
    for number in range(start, end):
        if window.open[number] and runs(number):
            seen.used += 1
            if seen.used == target:
                seen.deadline = number + 1
            if seen.used == target + 1:
                seen.exceeded = number
    return seen
