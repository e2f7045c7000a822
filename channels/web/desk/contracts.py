"""Contracts: what was agreed, in fields where it is usual and as JSON where not; a year of the calendar."""

import asyncio
import calendar
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import get_day_names, get_month_names
from starlette.datastructures import FormData
from starlette.responses import Response

from channels.web.desk.customers import find_customer
from channels.web.entered import Entered, carry_out, first_day, last_day, path_id, whole_number
from channels.web.navigation import MANAGERS
from channels.web.parts import Field, Form, Link, Section, ask, done, options_of, show
from channels.web.visitors import PageMissingError, StaffVisit
from intake.administration import EntryError, InvalidEntryError
from intake.people import Contract, ContractData
from intake.ports import Transaction
from intake.queries import Window
from intake.sla.calendar import CalendarHistory, day_off, openings_on
from intake.terms import Category

_PUBLISHED = ("weekdays-8-18", "round-the-clock")
_OWN = "own"
_MOST_CONTRACTS = 500
# The years a calendar can be asked for.
_YEARS = range(2000, 2101)


async def new_contract(visit: StaffVisit) -> Response:
    """The form of a new contract; it begins with what the last one says."""
    customer = await find_customer(visit, path_id(visit))
    page = await asyncio.to_thread(
        visit.site.services.queries.contracts, Window(limit=_MOST_CONTRACTS), customer_id=customer.id
    )
    begins = visit.site.services.clock()
    last = max(page.items, key=lambda each: each.valid_from, default=None)
    data = ContractData(
        customer_id=customer.id,
        name="" if last is None else last.name,
        valid_from=begins,
        framework=last is not None and last.framework,
        default_category=Category.C if last is None else last.default_category,
        terms={} if last is None else last.terms,
    )
    return ask(visit, f"{customer.name}: {visit.t['desk_add_contract']}", _form(visit, _adding(customer.id), data))


async def add_contract(visit: StaffVisit, form: FormData) -> Response:
    """Add a contract; what was counted under an earlier one stays."""
    customer = await find_customer(visit, path_id(visit))

    def work(tx: Transaction) -> Contract:
        data = _read(visit, form, customer.id)
        return tx.people.add_contract(data, by=visit.actor, at=visit.site.services.clock())

    added = await carry_out(visit, work)
    if isinstance(added, EntryError):
        empty = ContractData(customer_id=customer.id, name="", valid_from=visit.site.services.clock())
        asked = _form(visit, _adding(customer.id), empty).refused(visit, added, form)
        return ask(visit, f"{customer.name}: {visit.t['desk_add_contract']}", asked)
    return done(f"/desk/contracts/{added.id}", "added")


async def show_contract(visit: StaffVisit) -> Response:
    """One contract."""
    return await _page(visit, await _find(visit))


async def change_contract(visit: StaffVisit, form: FormData) -> Response:
    """Change a contract; one that is in force can only end, or be corrected by name."""
    contract = await _find(visit)
    correction = bool(form.get("correction"))

    def work(tx: Transaction) -> Contract:
        data = _read(visit, form, contract.customer_id, contract)
        at = visit.site.services.clock()
        return tx.people.change_contract(contract.id, data, by=visit.actor, at=at, correction=correction)

    changed = await carry_out(visit, work)
    if isinstance(changed, EntryError):
        return await _page(visit, contract, refused=(changed, form))
    return done(f"/desk/contracts/{contract.id}")


async def show_calendar(visit: StaffVisit) -> Response:
    """A year of a customer's service calendar: every day, open or closed and why."""
    customer = await find_customer(visit, path_id(visit))
    asked = whole_number(visit.request.query_params.get("year", ""))
    today = visit.site.services.clock().astimezone(ZoneInfo(visit.site.services.zone)).date()
    year = asked if asked is not None and asked in _YEARS else today.year
    contract = await asyncio.to_thread(visit.site.services.queries.customer_contract, customer.id)
    months = await asyncio.to_thread(_year, contract.coverage, year)
    names = get_month_names("wide", context="stand-alone", locale=visit.language)
    weekdays = get_day_names("narrow", context="stand-alone", locale=visit.language)
    return visit.show(
        "desk/calendar.html",
        customer=customer,
        year=year,
        today=today,
        months=months,
        month_names=[names[number] for number in range(1, 13)],
        weekday_names=[weekdays[number] for number in range(7)],
        closed=[day for month in months for week in month for day in week if day is not None and day.named],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarDay:
    """A day of the year. state: open, closed, off (a named day) or none (no contract). text: its hours or its name."""

    day: date
    state: str
    text: str

    @property
    def named(self) -> bool:
        """Whether it is closed for a reason of its own."""
        return self.state == "off"


def _year(coverage: CalendarHistory, year: int) -> list[list[list[CalendarDay | None]]]:
    weeks = calendar.Calendar()
    return [
        [
            [_day(coverage, each) if each.month == month else None for each in week]
            for week in weeks.monthdatescalendar(year, month)
        ]
        for month in range(1, 13)
    ]


def _day(coverage: CalendarHistory, day: date) -> CalendarDay:
    found = coverage.at(datetime.combine(day, time(12), UTC))
    if found is None:
        return CalendarDay(day=day, state="none", text="")
    # The day a contract begins or ends on is shown as it is at noon in the contract's own zone.
    found = coverage.at(datetime.combine(day, time(12), ZoneInfo(found.zone))) or found
    off = day_off(found, day)
    if off is not None:
        return CalendarDay(day=day, state="off", text=off[1])
    openings = openings_on(found, day)
    hours = ", ".join(f"{each.starts:%H:%M}–{each.ends:%H:%M}" for each in openings)
    return CalendarDay(day=day, state="open" if openings else "closed", text=hours)


async def _find(visit: StaffVisit) -> Contract:
    found = await asyncio.to_thread(visit.site.services.queries.contract, path_id(visit))
    if found is None:
        raise PageMissingError
    return found


async def _page(
    visit: StaffVisit, contract: Contract, *, refused: tuple[EntryError, FormData] | None = None
) -> Response:
    customer = await find_customer(visit, contract.customer_id)
    form = _form(visit, f"/desk/contracts/{contract.id}", contract, correctable=True)
    if refused is not None:
        form = form.refused(visit, *refused)
    manager = visit.user.role in MANAGERS
    section = Section(
        title="",
        form=form if manager else None,
        facts=() if manager else ((contract.name, json.dumps(contract.terms, indent=2, ensure_ascii=False)),),
    )
    links = (
        Link(href=f"/desk/customers/{customer.id}", text="desk_to_customer"),
        Link(href=f"/desk/customers/{customer.id}/calendar", text="desk_calendar"),
        *([Link(href=f"/desk/audit?entity=contract&entity_id={contract.id}", text="desk_audit")] if manager else []),
    )
    return show(visit, f"{contract.name}, {customer.name}", section, links=links, status=422 if refused else 200)


def _form(visit: StaffVisit, action: str, contract: ContractData, *, correctable: bool = False) -> Form:
    t, zone, terms = visit.t, visit.site.services.zone, dict(contract.terms)
    week = terms.get("calendar", _PUBLISHED[0])
    weeks = options_of((*_PUBLISHED, _OWN), (t["desk_weekdays"], t["desk_around_the_clock"], t["desk_own_hours"]))
    targets: dict[str, Any] = terms.get("targets", {})
    rest = {name: value for name, value in terms.items() if name not in {"targets", *_SIMPLE}}
    if week in _PUBLISHED:
        rest.pop("calendar", None)
    times = [
        Field(
            name=f"{category}-{kind}",
            label=f"desk_{kind}_{category}",
            kind="number",
            value=(targets.get(category) or {}).get(f"{kind}_minutes") or "",
        )
        for category in Category
        for kind in ("response", "fix")
    ]
    categories = options_of([str(each) for each in Category])
    fields = (
        Field(name="name", label="desk_name", value=contract.name, required=True),
        Field(
            name="valid_from",
            label="desk_valid_from",
            kind="date",
            value=first_day(contract.valid_from, zone),
            required=True,
        ),
        Field(name="valid_until", label="desk_valid_until", kind="date", value=last_day(contract.valid_until, zone)),
        Field(
            name="default_category",
            label="desk_default_category",
            kind="choose",
            value=contract.default_category,
            options=categories,
        ),
        Field(name="calendar", label="desk_hours", kind="choose", value=week if week in _PUBLISHED else _OWN, options=weeks),  # noqa: E501
        *times,
        *(Field(name=name, label=f"desk_{name}", value=terms.get(name, "")) for name in _SIMPLE),
        Field(name="framework", label="desk_framework", kind="check", value=contract.framework),
        *([Field(name="correction", label="desk_correction", kind="check")] if correctable else []),
        Field(
            name="rest",
            label="desk_other_terms",
            help="desk_other_terms_help",
            kind="area",
            rows=10,
            value=json.dumps(rest, indent=2, ensure_ascii=False) if rest else "",
        ),
    )  # fmt: skip
    return Form(action=action, fields=fields)


_SIMPLE = ("guaranteed_percent", "monthly_price", "hourly_rate")


def _read(visit: StaffVisit, form: FormData, customer_id: int, before: Contract | None = None) -> ContractData:
    entered = Entered(form, visit.site.services.zone)
    begins = entered.begin_of("valid_from", before.valid_from if before else None)
    if begins is None:
        raise InvalidEntryError("Give a day such as 2026-11-22.", field="valid_from")
    terms = _read_rest(entered)
    week = entered.line("calendar")
    if week in _PUBLISHED:
        terms["calendar"] = week
    targets = {
        str(category): times
        for category in Category
        if (
            times := {
                f"{kind}_minutes": minutes
                for kind in ("response", "fix")
                if (minutes := entered.number(f"{category}-{kind}")) is not None
            }
        )
    }
    if targets:
        terms["targets"] = targets
    terms |= {name: _amount(entered, name) for name in _SIMPLE if entered.line(name)}
    return ContractData(
        customer_id=customer_id,
        name=entered.line("name"),
        # What begins today begins now: the hours that have passed were counted under what was agreed then.
        valid_from=begins if before is not None else _not_past(begins, visit.site.services.clock()),
        valid_until=entered.end_of("valid_until", before.valid_until if before else None),
        framework=entered.checked("framework"),
        default_category=entered.choice("default_category", Category),
        terms=terms,
    )


def _not_past(begins: datetime, now: datetime) -> datetime:
    return now if begins <= now < begins + timedelta(days=1) else begins


def _read_rest(entered: Entered) -> dict[str, Any]:
    text = entered.words("rest")
    try:
        found = json.loads(text) if text else {}
    except (ValueError, RecursionError) as error:
        raise InvalidEntryError(f"The other terms are not JSON: {error}", field="rest") from None
    if not isinstance(found, dict):
        raise InvalidEntryError('The other terms are not JSON: write {"name": value}.', field="rest")
    return found


def _amount(entered: Entered, name: str) -> str:
    text = entered.line(name).replace(" ", "").replace("\u00a0", "").replace(",", ".")
    try:
        found = Decimal(text)
    except InvalidOperation:
        raise InvalidEntryError("Give a number.", field=name) from None
    if not found.is_finite():
        raise InvalidEntryError("Give a number.", field=name)
    return f"{found:f}"


def _adding(customer_id: int) -> str:
    return f"/desk/customers/{customer_id}/contracts/new"
