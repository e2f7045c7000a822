"""How the cells of a list of contacts are read: each column's values, or a sentence that says what is wrong. Pure."""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from authz.mail.address import address_key
from authz.phone.number import read_number
from intake.contact_lists.columns import Column
from intake.tickets.words import fold_words

PRAGUE = ZoneInfo("Europe/Prague")

_DAY = re.compile(r"(?P<day>\d{1,2})\.\s*(?P<month>\d{1,2})\.\s*(?P<year>\d{4})", re.ASCII)
_TRUE = frozenset({"1", "a", "ano", "y", "yes", "true", "x", "pravda"})
_FALSE = frozenset({"0", "n", "ne", "no", "false", "nepravda"})


def read_cell(column: Column, text: str) -> Any:
    """The value a cell says; see `intake.contact_lists.columns.ContactRow`. Raises ValueError with a sentence."""
    return _READERS[column](text)


def _read_name(text: str) -> str:
    name = " ".join(text.split())
    if len(name) > 200 or not name.isprintable():
        raise ValueError("A name has at most 200 characters, all of them printable.")
    return name


def _read_id(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise ValueError(f"{text[:40]!r} is no contact's id; leave the cell empty for a new contact.")
    return int(text)


def _read_addresses(text: str) -> tuple[str, ...]:
    found = _several(text)
    for address in found:
        if address.startswith("*@") or address_key(address) is None:
            raise ValueError(f"{address[:80]!r} is not a plain mail address; write it like jan@firma.cz.")
    return found


def _read_numbers(text: str) -> tuple[str, ...]:
    numbers = []
    for written in _several(text):
        e164 = read_number(written).e164
        if e164 is None:
            raise ValueError(f"{written[:40]!r} is not a full phone number; write it like +420 555 123 456.")
        numbers.append(e164)
    return tuple(dict.fromkeys(numbers))


def _several(text: str) -> tuple[str, ...]:
    parts = (part.strip() for part in re.split(r"[,;\n|]", text))
    return tuple(dict.fromkeys(part for part in parts if part))


def _read_flag(text: str) -> bool:
    folded = text.casefold()
    if folded in _TRUE or folded in _FALSE:
        return folded in _TRUE
    raise ValueError(f"{text[:40]!r} is neither ano nor ne.")


def _read_language(text: str) -> str:
    known = {"cs": "cs", "cz": "cs", "cesky": "cs", "cestina": "cs", "en": "en", "anglicky": "en", "english": "en"}
    language = known.get(" ".join(fold_words(text)))
    if language is None:
        raise ValueError(f"{text[:40]!r} is neither cs nor en.")
    return language


def _read_instant(text: str) -> datetime:
    """The beginning of a day, or an instant as it was written by us. Raises ValueError."""
    day = _DAY.fullmatch(text)
    message = f"{text[:40]!r} is no date; write it like 31. 12. 2026."
    try:
        if day:
            return _midnight(date(int(day["year"]), int(day["month"]), int(day["day"])))
        read = datetime.fromisoformat(text)
        return _midnight(read.date()) if read.tzinfo is None else read.astimezone(PRAGUE)
    except (ValueError, OverflowError) as error:
        raise ValueError(message) from error


def _read_end(text: str) -> datetime:
    """A day is meant whole: the validity ends when it is over."""
    read = _read_instant(text)
    has_time = "T" in text or ":" in text
    return read if has_time else _midnight(read.date() + timedelta(days=1))


def _midnight(day: date) -> datetime:
    if not 1900 <= day.year <= 9000:
        raise ValueError("not a year")
    return datetime.combine(day, time(), PRAGUE)


_READERS: dict[Column, Callable[[str], Any]] = {
    Column.ID: _read_id,
    Column.NAME: _read_name,
    Column.ADDRESSES: _read_addresses,
    Column.NUMBERS: _read_numbers,
    Column.ACTIVE: _read_flag,
    Column.MAIL: _read_flag,
    Column.PHONE: _read_flag,
    Column.WEB: _read_flag,
    Column.ADMIN: _read_flag,
    Column.LANGUAGE: _read_language,
    Column.VALID_FROM: _read_instant,
    Column.VALID_UNTIL: _read_end,
}
