"""The days on which the whole service desk is closed beside public holidays: one row, read with every contract."""

import hashlib
import json
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from intake.administration import InvalidEntryError
from intake.sla.calendar import NamedDay
from store.entries import Values
from store.tables import site_calendar

SITE_CALENDAR = 0  # the id of the only row

_ZONE = ZoneInfo("Europe/Prague")


def read_site_days(connection: Connection, *, for_update: bool = False) -> tuple[NamedDay, ...] | None:
    """The days in order; None when none were ever entered."""
    query = select(site_calendar.c.days)
    row = connection.execute(query.with_for_update() if for_update else query).first()
    return None if row is None else tuple(NamedDay(date.fromisoformat(each["day"]), each["name"]) for each in row.days)


def site_days_values(days: tuple[NamedDay, ...]) -> Values:
    """The days as the row keeps them."""
    ordered = tuple(sorted(days, key=lambda each: each.day))
    plain = [{"day": each.day.isoformat(), "name": each.name} for each in ordered]
    return {"days": plain, "digest": site_days_digest(ordered)}


def site_days_digest(days: tuple[NamedDay, ...]) -> str:
    """SHA-256, in hex, of the days in their order."""
    return hashlib.sha256(json.dumps([[each.day.isoformat(), each.name] for each in days]).encode()).hexdigest()


def refuse_begun_day(day: date, at: datetime, *, correction: bool) -> None:
    """Refuse a day that has begun at `at` (aware UTC): what was counted on it stays. Raises InvalidEntryError."""
    if not correction and day <= at.astimezone(_ZONE).date():
        message = f"{day} has begun: what was counted stays, unless it is a correction of what never was so."
        raise InvalidEntryError(message, field="day")
