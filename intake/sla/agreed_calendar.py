"""A service calendar as people write it down, read into `ServiceCalendar` and back.

Owns the written form of opening hours: `{"monday": ["08:00-12:00", "13:00-17:00"]}` in local time.
"""

import re
from datetime import date, time
from enum import StrEnum
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field

from intake.sla.calendar import (
    ROUND_THE_CLOCK,
    WEEKDAYS_8_18,
    NamedDay,
    Opening,
    ServiceCalendar,
    Week,
    public_holidays,
)

_OPENING = re.compile(r"([01]\d|2[0-4]):([0-5]\d)\s*[-–]\s*([01]\d|2[0-4]):([0-5]\d)")
_ANY_YEAR = 2026


class Weekday(StrEnum):
    """The days of a week, in their order."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ExtraDay(_Written):
    """A day the service is closed besides the public holidays."""

    day: date
    name: Annotated[str, Field(min_length=1, max_length=200)]


class AgreedCalendar(_Written):
    """Opening hours. week: a published one by its name, or the openings of each day that has some.

    country, subdivision: whose public holidays are closed; null closes on none. Round the clock has none by default.
    removed_days: public holidays on which the service works all the same.
    """

    week: Literal["weekdays-8-18", "round-the-clock"] | dict[Weekday, list[str]] = "weekdays-8-18"
    name: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    zone: str = "Europe/Prague"
    country: str | None = "CZ"
    subdivision: str | None = None
    extra_days: Annotated[list[ExtraDay], Field(max_length=500)] = []
    removed_days: Annotated[frozenset[date], Field(max_length=500)] = frozenset()

    def calendar(self) -> ServiceCalendar:
        """The calendar. Raises ValueError, which says what cannot be understood."""
        published = {"weekdays-8-18": WEEKDAYS_8_18, "round-the-clock": ROUND_THE_CLOCK}
        base = published[self.week] if isinstance(self.week, str) else None
        country = self.country if "country" in self.model_fields_set or base is None else base.country
        _check_zone(self.zone)
        if country is not None:
            _check_country(country, self.subdivision)
        if isinstance(self.week, str):
            week, name = published[self.week].week, self.name or published[self.week].name
        else:
            week, name = _read_week(self.week), self.name or "agreed hours"
        return ServiceCalendar(
            name=name,
            week=week,
            zone=self.zone,
            country=country,
            subdivision=self.subdivision,
            extra_days=tuple(NamedDay(extra.day, extra.name) for extra in sorted(self.extra_days, key=lambda e: e.day)),
            removed_days=self.removed_days,
        )


def plain_calendar(calendar: ServiceCalendar) -> dict[str, Any]:
    """A calendar as JSON; `AgreedCalendar` gives the same calendar back."""
    return {
        "name": calendar.name,
        "week": {
            day.value: [f"{opening.starts:%H:%M}-{opening.ends:%H:%M}" for opening in openings]
            for day, openings in zip(Weekday, calendar.week, strict=True)
            if openings
        },
        "zone": calendar.zone,
        "country": calendar.country,
        "subdivision": calendar.subdivision,
        "extra_days": [{"day": extra.day.isoformat(), "name": extra.name} for extra in calendar.extra_days],
        "removed_days": sorted(day.isoformat() for day in calendar.removed_days),
    }


def _read_week(written: dict[Weekday, list[str]]) -> Week:
    return tuple(tuple(_read_opening(text) for text in written.get(day, ())) for day in Weekday)


def _read_opening(text: str) -> Opening:
    found = _OPENING.fullmatch(text.strip())
    if found is None:
        message = f"an opening is written 08:00-18:00, not {text!r}"
        raise ValueError(message)
    hours_from, minutes_from, hours_to, minutes_to = (int(part) for part in found.groups())
    return Opening(_time(hours_from, minutes_from), _time(hours_to, minutes_to))


def _time(hours: int, minutes: int) -> time:
    if hours == 24 and minutes:
        message = f"24:{minutes:02} is not a time of day"
        raise ValueError(message)
    return time(hours % 24, minutes)


def _check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        message = f"there is no time zone {zone!r}; write an IANA name such as Europe/Prague"
        raise ValueError(message) from error


def _check_country(country: str, subdivision: str | None) -> None:
    try:
        public_holidays(country, subdivision, _ANY_YEAR, "cs")
    except (NotImplementedError, KeyError, AttributeError) as error:
        place = country if subdivision is None else f"{country}, {subdivision}"
        message = f"the public holidays of {place} are not known; write an ISO 3166 code such as CZ"
        raise ValueError(message) from error
