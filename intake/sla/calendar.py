"""When a service is open: weekly hours, public holidays, a site's own days, and how all that changed over time.

Owns the calendar values and what a single local day looks like. Must not add up time: that is `intake.sla.hours`.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from holidays import country_holidays

MIDNIGHT = time(0)


@dataclass(frozen=True, slots=True)
class Opening:
    """One span of a day, half-open, in local time.

    An end that is not after the start lies on the next day: 22:00–06:00 is a night shift, 00:00–00:00 a whole day.
    The shift belongs to the day it starts on.
    """

    starts: time
    ends: time

    @property
    def overnight(self) -> bool:
        """Whether it ends on the next day."""
        return self.ends <= self.starts


Week = tuple[tuple[Opening, ...], ...]


@dataclass(frozen=True, slots=True)
class NamedDay:
    """A day of a site's own, and why it is one."""

    day: date
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceCalendar:
    """The opening of a service. An instant is open when the local clock then shows a time of an opening.

    week: the openings of Monday to Sunday. zone: an IANA name.
    country, subdivision: whose public holidays are closed, as `holidays` names them; None closes on none.
    extra_days: closed besides the public holidays. removed_days: holidays the service works on all the same.
    site_days: the service desk's own, closed like public holidays, so for calendars that have holidays only.
    holiday_language: of the holidays' names in explanations, where the country's list has it.
    """

    name: str
    week: Week
    zone: str = "Europe/Prague"
    country: str | None = "CZ"
    subdivision: str | None = None
    extra_days: tuple[NamedDay, ...] = ()
    removed_days: frozenset[date] = frozenset()
    site_days: tuple[NamedDay, ...] = ()
    holiday_language: str = "cs"
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the week, and hash once: calendars are the keys of the table of open hours."""
        if len(self.week) != 7 or not any(self.week):
            message = f"calendar {self.name!r}: the week needs seven days and at least one opening"
            raise ValueError(message)
        ZoneInfo(self.zone)
        days = (self.extra_days, self.removed_days, self.site_days)
        object.__setattr__(self, "_hash", hash((self.name, self.week, self.zone, self.country, self.subdivision, days)))

    def __hash__(self) -> int:
        """Equal calendars share their table of open hours."""
        return self._hash


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarVersion:
    """The calendar in force from an instant (aware UTC) on. None: no service was agreed then."""

    valid_from: datetime
    calendar: ServiceCalendar | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarHistory:
    """Every calendar a customer had, in order; before the first there was none.

    A new calendar is a new version: what was counted under the old one stays as it is.
    """

    versions: tuple[CalendarVersion, ...]
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the order, and hash once."""
        starts = [version.valid_from for version in self.versions]
        if starts != sorted(set(starts)):
            message = "calendar versions must follow each other in time"
            raise ValueError(message)
        object.__setattr__(self, "_hash", hash(self.versions))

    def __hash__(self) -> int:
        """Equal histories share their table of open hours."""
        return self._hash

    def at(self, instant: datetime) -> ServiceCalendar | None:
        """The calendar in force at an instant."""
        in_force = None
        for version in self.versions:
            if version.valid_from <= instant:
                in_force = version.calendar
        return in_force


class ClosedReason(StrEnum):
    """Why a moment is not open."""

    OUTSIDE_HOURS = "outside-hours"
    WEEKDAY = "weekday"
    HOLIDAY = "holiday"
    EXTRA_DAY = "extra-day"
    NO_CONTRACT = "no-contract"


_WEEKDAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@lru_cache(maxsize=512)
def public_holidays(country: str, subdivision: str | None, year: int, language: str) -> dict[date, str]:
    """The public holidays of a year by date. Raises NotImplementedError for an unknown country or subdivision."""
    listed = country_holidays(country, subdiv=subdivision, years=year)
    # Without a language `holidays` asks the environment, and a statement would depend on the machine.
    known = language in (listed.supported_languages or ())
    chosen = language if known else listed.default_language
    named = country_holidays(country, subdiv=subdivision, years=year, language=chosen)
    return dict(sorted(named.items()))


def day_off(calendar: ServiceCalendar, day: date) -> tuple[ClosedReason, str] | None:
    """Why a local day is taken out of the week, with the day's name; None when it is not."""
    for extra in calendar.extra_days:
        if extra.day == day:
            return ClosedReason.EXTRA_DAY, extra.name
    if calendar.country is None or day in calendar.removed_days:
        return None
    # RULE hours-weekdays
    for own in calendar.site_days:
        if own.day == day:
            return ClosedReason.EXTRA_DAY, own.name
    name = public_holidays(calendar.country, calendar.subdivision, day.year, calendar.holiday_language).get(day)
    return None if name is None else (ClosedReason.HOLIDAY, name)


def openings_on(calendar: ServiceCalendar, day: date) -> tuple[Opening, ...]:
    """The openings that start on a local day."""
    openings = calendar.week[day.weekday()]
    return () if not openings or day_off(calendar, day) else openings


def why_closed(calendar: ServiceCalendar, day: date) -> tuple[ClosedReason, str]:
    """Why the closed part of a local day is closed: the reason, and words for people."""
    off = day_off(calendar, day)
    if off is not None:
        return off
    if not calendar.week[day.weekday()]:
        return ClosedReason.WEEKDAY, f"no service on {_WEEKDAY_NAMES[day.weekday()]}"
    return ClosedReason.OUTSIDE_HOURS, "outside the opening hours"


_WORKDAY = (Opening(time(8), time(18)),)
_WHOLE_DAY = (Opening(MIDNIGHT, MIDNIGHT),)

# RULE hours-weekdays
WEEKDAYS_8_18 = ServiceCalendar(name="weekdays 8–18", week=(_WORKDAY,) * 5 + ((), ()))

# RULE hours-247
ROUND_THE_CLOCK = ServiceCalendar(name="24/7", week=(_WHOLE_DAY,) * 7, country=None)
