"""The terms of a contract as the fields of a form: filled in from terms, and read back with all that is wrong at once.

Owns the names of the fields and how people write hours, amounts and days. What may be agreed is `intake.sla.agreed`'s.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from starlette.datastructures import FormData

from intake.sla.access import AccessPrices
from intake.sla.agreed import find_problems, read_terms, written_terms
from intake.sla.agreed_calendar import Weekday
from intake.sla.calendar import ROUND_THE_CLOCK, WEEKDAYS_8_18, ServiceCalendar
from intake.sla.contract import Terms
from intake.terms import Category, Evaluation

PUBLISHED: Mapping[str, ServiceCalendar] = {"weekdays-8-18": WEEKDAYS_8_18, "round-the-clock": ROUND_THE_CLOCK}
OWN_HOURS = "own"
# Whose public holidays are closed: as is usual for these hours, none, or a country's.
USUAL, NONE = "usual", "none"
COUNTRIES = ("CZ", "SK")
KINDS = ("response", "fix")
ACCESS = tuple(AccessPrices.__slots__)
SWITCHES = ("clock_from_receipt", "pauses_are_available", "example")
AMOUNTS = ("guaranteed_percent", "discount_per_nine_percent", "monthly_price", "hourly_rate")

_OPENING = re.compile(r"(\d{1,2})(?:[:.]([0-5]\d))?\s*[-–]\s*(\d{1,2})(?:[:.]([0-5]\d))?", re.ASCII)
_LAST_HOUR = 23
_LENGTH = re.compile(
    r"(?:(\d{1,4})\s*h)?\s*(?:(\d{1,6})\s*min)?|(\d{1,4}):([0-5]\d)|(\d{1,4}(?:[.,]\d{1,4})?)", re.ASCII
)
_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)|(\d{1,2})\.\s*(\d{1,2})\.\s*(\d{4})", re.ASCII)
_SPACES = re.compile(r"\s")


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsForm:
    """What stands in the fields. chosen: of the groups of boxes. problems: keys of words, by the name of the field."""

    values: Mapping[str, str]
    included: frozenset[str]
    problems: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")


def fill_in(terms: Terms) -> TermsForm:
    """The form that says these terms."""
    plain = written_terms(terms)
    calendar, targets = terms.calendar, plain["targets"]
    published = next((name for name, each in PUBLISHED.items() if each.week == calendar.week), OWN_HOURS)
    usual = PUBLISHED[published].country if published in PUBLISHED else WEEKDAYS_8_18.country
    holidays = USUAL if calendar.country == usual else calendar.country or NONE
    names = {each.name for each in PUBLISHED.values()} | {"agreed hours"}
    values = {
        "week": published,
        "calendar_name": "" if calendar.name in names else calendar.name,
        "zone": calendar.zone,
        "holidays": holidays,
        "subdivision": calendar.subdivision or "",
        "extra_days": "\n".join(f"{each.day.isoformat()} {each.name}" for each in calendar.extra_days),
        "removed_days": "\n".join(each.isoformat() for each in sorted(calendar.removed_days)),
        "currency": terms.currency,
        "warn_at_percent": ", ".join(plain["warn_at_percent"]),
        "reopen_days": str(plain["reopen_days"]),
        "acceptance_open_days": str(plain["acceptance_open_days"]),
        **{name: _plain(plain[name]) for name in AMOUNTS},
        **{f"rate-{flag}": _plain(plain["rates"].get(flag, "")) for flag in Evaluation},
        **{f"access-{name}": _plain(plain["access_prices"][name]) for name in ACCESS},
        **{
            f"{category}-{kind}": _hours((targets.get(category) or {}).get(f"{kind}_minutes"))
            for category in Category
            for kind in KINDS
        },
        **{
            f"hours-{day}": ", ".join(f"{each.starts:%H:%M}–{_end(f'{each.ends:%H:%M}')}" for each in openings)
            for day, openings in zip(Weekday, calendar.week, strict=True)
        },
        **{name: "yes" for name in SWITCHES[:2] if plain["options"][name]},
        **({"example": "yes"} if terms.example else {}),
    }
    return TermsForm(values=values, included=frozenset(plain["options"]["included"]))


def read_form(form: FormData) -> tuple[dict[str, Any], TermsForm]:
    """The terms as they are written down, every one of them, and the form with what is wrong; empty terms then."""
    values = {name: value for name, value in form.items() if isinstance(value, str)}
    included = frozenset(str(each) for each in form.getlist("included") if each in set(Evaluation))
    problems: dict[str, str] = {}
    written = _read(values, included, problems)
    for each in find_problems(written):
        name = _field_of(each.field)
        # Hours that could not be read are no hours: that is told once, at their day.
        if name != "week" or not any(known.startswith("hours-") for known in problems):
            problems.setdefault(name, "contract_bad_value")
    read = TermsForm(values=values, included=included, problems=problems)
    return ({} if problems else written_terms(read_terms(written, name="contract"))), read


def is_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether both say the same terms, however they are written down."""
    return written_terms(read_terms(one, name="contract")) == written_terms(read_terms(other, name="contract"))


def _read(values: Mapping[str, str], included: frozenset[str], problems: dict[str, str]) -> dict[str, Any]:
    def amount(name: str) -> str:
        text = _SPACES.sub("", values.get(name, "")).replace(",", ".").removesuffix("%")
        if text and not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,9})?", text):
            problems[name] = "contract_bad_number"
            return ""
        return text

    def whole(name: str) -> int | None:
        text = values.get(name, "").strip()
        if text and not re.fullmatch(r"[0-9]{1,6}", text):
            problems[name] = "contract_bad_number"
            return None
        return int(text) if text else None

    def days(name: str) -> list[tuple[date, str]]:
        found = []
        for line in filter(None, map(str.strip, values.get(name, "").splitlines())):
            read = _day(line)
            if read is None:
                problems[name] = f"contract_bad_{name}"
            else:
                found.append(read)
        return found

    targets = {
        str(category): {f"{kind}_minutes": _target(values, f"{category}-{kind}", problems) for kind in KINDS}
        for category in Category
    }
    warnings = [each.strip().removesuffix("%") for each in re.split(r"[;,]\s*", values.get("warn_at_percent", ""))]
    terms: dict[str, Any] = {
        "calendar": _calendar(values, problems)
        | {
            "extra_days": [{"day": day.isoformat(), "name": name or "–"} for day, name in days("extra_days")],
            "removed_days": [day.isoformat() for day, _ in days("removed_days")],
        },
        "targets": {category: times for category, times in targets.items() if any(times.values())},
        "rates": {flag: text for flag in Evaluation if (text := amount(f"rate-{flag}"))},
        "access_prices": {name: text for name in ACCESS if (text := amount(f"access-{name}"))},
        "options": {name: bool(values.get(name)) for name in SWITCHES[:2]} | {"included": sorted(included)},
        "warn_at_percent": [each for each in warnings if each],
        "example": bool(values.get("example")),
    }
    terms |= {name: text for name in AMOUNTS if (text := amount(name))}
    terms |= {name: days_ for name in ("reopen_days", "acceptance_open_days") if (days_ := whole(name)) is not None}
    currency = values.get("currency", "").strip().upper()
    return terms | ({"currency": currency} if currency else {})


def _calendar(values: Mapping[str, str], problems: dict[str, str]) -> dict[str, Any]:
    week = values.get("week", "")
    calendar: dict[str, Any] = {"week": week, "zone": values.get("zone", "").strip() or WEEKDAYS_8_18.zone}
    if week not in PUBLISHED:
        calendar["week"] = {str(day): _openings(values, f"hours-{day}", problems) for day in Weekday}
        if not any(calendar["week"].values()) and not any(f"hours-{day}" in problems for day in Weekday):
            problems["week"] = "contract_no_hours"
    holidays = values.get("holidays", USUAL)
    if holidays != USUAL:
        calendar["country"] = None if holidays == NONE else holidays
    if values.get("subdivision", "").strip():
        calendar["subdivision"] = values["subdivision"].strip()
    if values.get("calendar_name", "").strip():
        calendar["name"] = values["calendar_name"].strip()
    return calendar


def _openings(values: Mapping[str, str], name: str, problems: dict[str, str]) -> list[str]:
    """A day's openings, as "8:00–12:00, 13–17"."""
    openings = []
    for each in filter(None, (part.strip() for part in re.split(r"[,;]", values.get(name, "")))):
        found = _OPENING.fullmatch(each)
        if found is None:
            problems[name] = "contract_bad_hours"
            return []
        starts, starts_minutes, ends, ends_minutes = found.groups()
        if int(starts) > _LAST_HOUR or int(ends) > _LAST_HOUR + (not int(ends_minutes or 0)):
            problems[name] = "contract_bad_hours"
            return []
        openings.append(f"{int(starts):02}:{starts_minutes or '00'}-{int(ends):02}:{ends_minutes or '00'}")
    return openings


def _target(values: Mapping[str, str], name: str, problems: dict[str, str]) -> int | None:
    """Minutes out of "4", "0,5", "1:30", "4 h" or "30 min"; nothing promises nothing."""
    text = values.get(name, "").strip()
    found = _LENGTH.fullmatch(text)
    if not text:
        return None
    if found is None:
        problems[name] = "contract_bad_length"
        return None
    hours, minutes, whole, rest, decimal = found.groups()
    if decimal is not None:
        return round(float(decimal.replace(",", ".")) * 60)
    return int(hours or whole or 0) * 60 + int(minutes or rest or 0)


def _day(line: str) -> tuple[date, str] | None:
    """A day and its name, as "2026-12-24 Štědrý den" or "24. 12. 2026 Štědrý den"."""
    found = _DAY.match(line)
    if found is None:
        return None
    year, month, day, czech_day, czech_month, czech_year = found.groups()
    try:
        read = date(int(year or czech_year), int(month or czech_month), int(day or czech_day))
    except ValueError:
        return None
    return read, line[found.end() :].strip(" –-:")


def _field_of(path: str) -> str:
    """The field that says what is at a place of the terms."""
    parts = path.split(".")[1:]
    match parts:
        case ["targets", category, kind, *_]:
            return f"{category}-{kind.removesuffix('_minutes')}"
        case ["rates", flag, *_]:
            return f"rate-{flag}"
        case ["access_prices", name, *_]:
            return f"access-{name}"
        case ["calendar", ("extra_days" | "removed_days" | "zone") as name, *_]:
            return name
        case ["calendar", "name", *_]:
            return "calendar_name"
        case ["calendar", *_]:
            return "week"
    return parts[0] if parts else "week"


def _hours(minutes: int | None) -> str:
    if minutes is None:
        return ""
    hours, rest = divmod(minutes, 60)
    return f"{hours}:{rest:02}" if rest else str(hours)


def _plain(amount: str) -> str:
    return amount.rstrip("0").rstrip(".") if "." in amount else amount


def _end(text: str) -> str:
    return "24:00" if text == "00:00" else text
