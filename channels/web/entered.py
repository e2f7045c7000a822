"""What somebody typed into a form of the desk, as the values the lists take, and how a change is carried out.

A value that cannot be read is an `InvalidEntryError` like those of the lists, so that a page says both the same way.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData

from channels.web.visitors import PageMissingError, Visit
from intake.administration import EntryError, InvalidEntryError
from intake.ports import Transaction

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

_LARGEST_ID = 2**53 - 1


class Entered:
    """A form's fields. zone: IANA name of the zone its days are meant in."""

    def __init__(self, form: FormData, zone: str) -> None:
        self._form = form
        self._zone = ZoneInfo(zone)

    def words(self, name: str) -> str:
        """A text of several lines."""
        return str(self._form.get(name, "")).replace("\r\n", "\n").replace("\0", "").strip()

    def line(self, name: str) -> str:
        """A text of one line."""
        return " ".join(self.words(name).split())

    def checked(self, name: str) -> bool:
        """Whether a box is checked."""
        return bool(self._form.get(name))

    def all(self, name: str) -> list[str]:
        """Every value of a group of boxes."""
        return [str(each) for each in self._form.getlist(name)]

    def choice(self, name: str, kind: type[E]) -> E:
        """One of the members of an enumeration. Raises InvalidEntryError."""
        try:
            return kind(self.line(name))
        except ValueError:
            raise InvalidEntryError(f"Choose one of {', '.join(kind)}.", field=name) from None

    def number(self, name: str) -> int | None:
        """A positive whole number, None when nothing was typed. Raises InvalidEntryError."""
        text = self.line(name)
        if not text:
            return None
        found = whole_number(text)
        if found is None:
            raise InvalidEntryError("Give a whole number.", field=name)
        return found

    def day(self, name: str) -> date | None:
        """A day, None when nothing was typed. Raises InvalidEntryError."""
        text = self.line(name)
        if not text:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise InvalidEntryError("Give a day such as 2026-11-22.", field=name) from None

    def begin_of(self, name: str, kept: datetime | None = None) -> datetime | None:
        """The first instant of a day, aware UTC. kept: what it was; the same day leaves it as exact as it was."""
        day = self.day(name)
        if day is None or (kept is not None and day == kept.astimezone(self._zone).date()):
            return None if day is None else kept
        return self._midnight(day)

    def end_of(self, name: str, kept: datetime | None = None) -> datetime | None:
        """The first instant after a day, aware UTC: what is valid until a day is valid on it. kept: what it was."""
        day = self.day(name)
        if day is None:
            return None
        if kept is not None and day.isoformat() == last_day(kept, self._zone.key):
            return kept
        if day == date.max:
            raise InvalidEntryError("Give a day such as 2026-11-22.", field=name)
        return self._midnight(day + timedelta(days=1))

    def _midnight(self, day: date) -> datetime:
        try:
            return datetime.combine(day, time(), self._zone).astimezone(UTC)
        except OverflowError:
            raise InvalidEntryError("Give a day such as 2026-11-22.") from None


def last_day(until: datetime | None, zone: str) -> str:
    """The last day on which something is valid, as a form shows it. until: the first instant after, aware UTC."""
    return "" if until is None else (until.astimezone(ZoneInfo(zone)) - timedelta(microseconds=1)).date().isoformat()


def first_day(since: datetime | None, zone: str) -> str:
    """The first day on which something is valid, as a form shows it. since: aware UTC."""
    return "" if since is None else since.astimezone(ZoneInfo(zone)).date().isoformat()


def whole_number(text: str) -> int | None:
    """A positive whole number that can be an id; None for anything else."""
    if not (text.isascii() and text.isdigit() and len(text) <= 16):
        return None
    number = int(text)
    return number if 0 < number <= _LARGEST_ID else None


def path_id(visit: Visit, name: str = "id") -> int:
    """An id out of the page's address. Raises PageMissingError."""
    found = whole_number(visit.request.path_params[name])
    if found is None:
        raise PageMissingError
    return found


def after_of(visit: Visit) -> int | None:
    """Where the page of a list begins, as its address says."""
    return whole_number(visit.request.query_params.get("after", ""))


def taken(read: T | EntryError) -> T:
    """What was read from a form. Raises the reason for which nothing could be."""
    if isinstance(read, EntryError):
        raise read
    return read


async def carry_out(visit: Visit, work: Callable[[Transaction], T]) -> T | EntryError:
    """Do a change of the lists in one transaction; what is refused comes back as the reason, and nothing is stored."""
    try:
        return await asyncio.wrap_future(visit.site.services.writer.submit(work))
    except EntryError as error:
        return error
