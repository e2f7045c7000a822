"""What is agreed with the visitor's customer and how to reach us: the contract in force in words, our numbers, mine."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from babel.dates import get_day_names
from babel.numbers import format_decimal
from starlette.responses import Response

from authz.identity import Channel
from channels.web.services import WebServices
from channels.web.visitors import ContactVisit
from intake.people import Address, Contact, Contract, Customer, Number, NumberRange, Validity
from intake.portal_queries import KnownBy
from intake.queries import Window
from intake.service import Access, Maintenance
from intake.sla.availability import percent
from intake.sla.calendar import ServiceCalendar, Week
from intake.sla.contract import Terms
from intake.terms import Category

_AHEAD = timedelta(days=60)
_MOST = Window(limit=200)


@dataclass(frozen=True, slots=True, kw_only=True)
class MineView:
    """Something the visitor is recognized by. state: "counts", "later" or "over". whole: it is the whole company's."""

    text: str
    label: str
    state: str
    valid_from: datetime | None
    valid_until: datetime | None
    whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    customer: Customer | None
    contracts: tuple[Contract, ...]
    terms: Terms | None
    known_by: KnownBy
    access: tuple[Access, ...]
    maintenance: tuple[Maintenance, ...]


async def show_service(visit: ContactVisit) -> Response:
    """The page "our service". RULE access-standard"""
    services, now = visit.site.services, visit.site.services.clock()
    found = await asyncio.to_thread(_read, services, visit.contact, now)
    terms = found.terms
    in_force = next((each for each in found.contracts if holds(each, now)), None)
    return visit.show(
        "portal/service.html",
        customer=found.customer,
        contract=in_force,
        terms=terms,
        hours=() if terms is None else say_hours(terms.calendar, visit.language),
        closed_on_holidays=terms is not None and terms.calendar.country is not None,
        targets=() if terms is None else _targets(terms, visit.language),
        guaranteed="" if terms is None else _percent(terms, visit.language),
        phone_numbers=services.phone_numbers,
        mail_addresses=services.mail_addresses,
        may=sorted(channel for channel in Channel if channel in visit.contact.channels),
        my_addresses=_mine(visit.contact, found.customer, found.known_by.addresses, now),
        my_numbers=_mine(visit.contact, found.customer, (*found.known_by.numbers, *found.known_by.ranges), now),
        workplace=services.workplace_addresses,
        access=[each for each in found.access if holds(each, now)],
        maintenance=found.maintenance,
    )


def holds(entry: Validity | Contract, now: datetime) -> bool:
    """Whether it counts now."""
    return (entry.valid_from is None or entry.valid_from <= now) and (
        entry.valid_until is None or now < entry.valid_until
    )


def say_hours(calendar: ServiceCalendar, language: str) -> tuple[tuple[str, str], ...]:
    """The week in lines of days and hours, days with the same hours together: ("Monday–Friday", "8:00–18:00")."""
    names = get_day_names("wide", "stand-alone" if language == "cs" else "format", language)
    lines = []
    for hours, group in groupby(enumerate(_hours(calendar.week)), key=lambda each: each[1]):
        days = [number for number, _ in group]
        if hours:
            said = names[days[0]] if len(days) == 1 else f"{names[days[0]]}–{names[days[-1]]}"
            lines.append((said, hours))
    return tuple(lines)


def _hours(week: Week) -> Iterable[str]:
    for day in week:
        said = [f"{each.starts.hour}:{each.starts:%M}–{each.ends.hour or 24}:{each.ends:%M}" for each in day]
        yield ", ".join(said)


def say_length(length: timedelta, language: str) -> str:
    """Hours and minutes as an agreement says them: "4 h", "30 min", "1 h 30 min"."""
    hours, minutes = divmod(length // timedelta(minutes=1), 60)
    parts = [f"{format_decimal(hours, locale=language)} h" if hours else "", f"{minutes} min" if minutes else ""]
    return " ".join(part for part in parts if part) or "0 min"


def _targets(terms: Terms, language: str) -> tuple[tuple[Category, str, str], ...]:
    def say(length: timedelta | None) -> str:
        return "–" if length is None else say_length(length, language)

    agreed = [(category, terms.targets_of(category)) for category in Category]
    return tuple((category, say(some.response), say(some.fix)) for category, some in agreed)


def _percent(terms: Terms, language: str) -> str:
    written = percent(terms.guaranteed).rstrip("0").rstrip(".")
    return f"{written.replace('.', ',') if language == 'cs' else written} %"


def _mine(
    contact: Contact,
    customer: Customer | None,
    entries: Sequence[Address | Number | NumberRange],
    now: datetime,
) -> tuple[MineView, ...]:
    """The visitor's own entries, then the whole company's; validity is the narrowest of entry, contact and customer."""
    own = [each for each in entries if getattr(each, "contact_id", None) == contact.id]
    whole = [each for each in entries if getattr(each, "contact_id", None) is None]
    return tuple(_view(each, (each, contact, customer), now) for each in (*own, *whole))


def _view(entry: Address | Number | NumberRange, bounds: tuple[Validity | None, ...], now: datetime) -> MineView:
    known = [each for each in bounds if each is not None]
    starts = max((each.valid_from for each in known if each.valid_from is not None), default=None)
    ends = min((each.valid_until for each in known if each.valid_until is not None), default=None)
    state = "over" if ends is not None and ends <= now else "later" if starts is not None and starts > now else "counts"
    match entry:
        case Address():
            text, label, whole = entry.address, "", entry.contact_id is None
        case Number():
            text, label, whole = entry.number, entry.label, entry.contact_id is None
        case NumberRange():
            text, label, whole = f"{entry.first} – {entry.last}", entry.label, True
    return MineView(text=text, label=label, state=state, valid_from=starts, valid_until=ends, whole=whole)


def _read(services: WebServices, contact: Contact, now: datetime) -> _Found:
    queries, customer_id = services.queries, contact.customer_id
    return _Found(
        customer=queries.customer(customer_id),
        contracts=queries.contracts(_MOST, customer_id=customer_id).items,
        terms=queries.customer_contract(customer_id).terms_at(now),
        known_by=services.portal.known_by(customer_id, contact.id),
        access=queries.access_profiles(_MOST, customer_id=customer_id).items,
        maintenance=queries.maintenance_in(customer_id, now, now + _AHEAD),
    )
