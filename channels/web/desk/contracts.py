"""Contracts: what is agreed with a customer, in words and in the fields of a form."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from starlette.datastructures import FormData
from starlette.responses import Response

from channels.web.desk.contract_fields import OWN_HOURS, TermsForm, fill_in, is_same, read_form
from channels.web.desk.contract_words import labels_of, say_terms
from channels.web.desk.customers import find_customer
from channels.web.entered import Entered, carry_out, first_day, last_day, path_id
from channels.web.navigation import MANAGERS
from channels.web.parts import Link, done
from channels.web.refusals import say_refusal
from channels.web.visitors import PageMissingError, StaffVisit
from intake.administration import EntryError, InvalidEntryError
from intake.people import Contract, ContractData, Customer
from intake.ports import Transaction
from intake.queries import Window
from intake.sla.agreed import TermsError, read_terms
from intake.terms import Category

_MOST_CONTRACTS = 500
_BOXES = ("framework", "correction")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Filled:
    """The form as it was filled in. head: what is not of the terms. problems: words by field; "" is the whole form."""

    head: Mapping[str, str]
    terms: TermsForm
    problems: Mapping[str, str]


async def new_contract(visit: StaffVisit) -> Response:
    """The form of a new contract; it begins with what the last one says."""
    customer = await find_customer(visit, path_id(visit))
    page = await asyncio.to_thread(
        visit.site.services.queries.contracts, Window(limit=_MOST_CONTRACTS), customer_id=customer.id
    )
    last = max(page.items, key=lambda each: each.valid_from, default=None)
    data = ContractData(
        customer_id=customer.id,
        name="" if last is None else last.name,
        valid_from=visit.site.services.clock(),
        framework=last is not None and last.framework,
        default_category=Category.C if last is None else last.default_category,
        terms={} if last is None else last.terms,
    )
    return _form_page(visit, customer, _filled(visit, data))


async def add_contract(visit: StaffVisit, form: FormData) -> Response:
    """Add a contract; what was counted under an earlier one stays."""
    customer = await find_customer(visit, path_id(visit))
    data, filled = _read(visit, form, customer.id)
    if data is None:
        return _form_page(visit, customer, filled)
    at = visit.site.services.clock()
    added = await carry_out(visit, lambda tx: tx.people.add_contract(data, by=visit.actor, at=at))
    if isinstance(added, EntryError):
        return _form_page(visit, customer, _refused(visit, filled, added))
    return done(f"/desk/contracts/{added.id}", "added")


async def show_contract(visit: StaffVisit) -> Response:
    """One contract."""
    contract = await _find(visit)
    return await _page(visit, contract, _filled(visit, contract))


async def change_contract(visit: StaffVisit, form: FormData) -> Response:
    """Change a contract; one that is in force can only end, or be corrected by name."""
    contract = await _find(visit)
    correction = bool(form.get("correction"))
    read, filled = _read(visit, form, contract.customer_id, contract)
    if read is None:
        return await _page(visit, contract, filled)
    # The same terms in other words are no change: one in force may end although the form writes everything out.
    data = replace(read, terms=contract.terms) if _says_the_same(contract, read) else read
    at = visit.site.services.clock()

    def work(tx: Transaction) -> Contract:
        return tx.people.change_contract(contract.id, data, by=visit.actor, at=at, correction=correction)

    changed = await carry_out(visit, work)
    if isinstance(changed, EntryError):
        return await _page(visit, contract, _refused(visit, filled, changed))
    return done(f"/desk/contracts/{contract.id}")


async def _find(visit: StaffVisit) -> Contract:
    found = await asyncio.to_thread(visit.site.services.queries.contract, path_id(visit))
    if found is None:
        raise PageMissingError
    return found


async def _page(visit: StaffVisit, contract: Contract, filled: _Filled) -> Response:
    customer = await find_customer(visit, contract.customer_id)
    return _form_page(visit, customer, filled, contract)


def _form_page(visit: StaffVisit, customer: Customer, filled: _Filled, contract: Contract | None = None) -> Response:
    t, manager = visit.t, visit.user.role in MANAGERS
    own = f"/desk/customers/{customer.id}"
    links = [Link(href=own, text="desk_to_customer"), Link(href=f"{own}/calendar", text="desk_calendar")]
    if manager and contract is not None:
        links.append(Link(href=f"/desk/audit?entity=contract&entity_id={contract.id}", text="desk_audit"))
    title = f"{customer.name}: {t['desk_add_contract']}" if contract is None else f"{contract.name}, {customer.name}"
    notice = visit.request.query_params.get("notice", "")
    return visit.show(
        "desk/contract.html",
        status=422 if filled.problems else 200,
        title=title,
        links=links,
        notice=t[notice] if notice in {"saved", "added"} else "",
        contract=contract,
        said=None if contract is None else say_terms(visit, contract),
        filled=filled if manager else None,
        action=f"{own}/contracts/new" if contract is None else f"/desk/contracts/{contract.id}",
        own_hours=OWN_HOURS,
        labels=labels_of(visit.language),
    )


def _filled(visit: StaffVisit, data: ContractData) -> _Filled:
    zone = visit.site.services.zone
    head = {
        "name": data.name,
        "valid_from": first_day(data.valid_from, zone),
        "valid_until": last_day(data.valid_until, zone),
        "default_category": str(data.default_category),
        "framework": "yes" if data.framework else "",
    }
    try:
        terms = read_terms(data.terms, name=data.name)
    except TermsError:
        # Written down before a later release read them otherwise: they are agreed anew.
        terms = read_terms({}, name=data.name)
    return _Filled(head=head, terms=fill_in(terms), problems={})


def _refused(visit: StaffVisit, filled: _Filled, error: EntryError) -> _Filled:
    field = error.field if error.field in filled.head else ""
    return replace(filled, problems={field or "": say_refusal(error, visit.language)})


def _says_the_same(contract: Contract, read: ContractData) -> bool:
    try:
        return is_same(contract.terms, read.terms)
    except TermsError:
        return False


def _read(
    visit: StaffVisit, form: FormData, customer_id: int, before: Contract | None = None
) -> tuple[ContractData | None, _Filled]:
    """What was agreed, or nothing and everything that has to be mended."""
    entered, t = Entered(form, visit.site.services.zone), visit.t
    names = ("name", "valid_from", "valid_until", "default_category", *_BOXES)
    written, terms = read_form(form)
    problems = {name: t[key] for name, key in terms.problems.items()}

    def take(name: str, read: Any) -> Any:
        try:
            return read()
        except InvalidEntryError as error:
            problems[name] = say_refusal(error, visit.language)
            return None

    begins = take("valid_from", lambda: entered.begin_of("valid_from", before.valid_from if before else None))
    until = take("valid_until", lambda: entered.end_of("valid_until", before.valid_until if before else None))
    category = take("default_category", lambda: entered.choice("default_category", Category))
    for name, value in (("name", entered.line("name")), ("valid_from", begins)):
        if not value:
            problems.setdefault(name, t["needed"])
    head = {name: entered.line(name) for name in names}
    filled = _Filled(head=head, terms=terms, problems=problems)
    if problems:
        return None, filled
    data = ContractData(
        customer_id=customer_id,
        name=head["name"],
        # What begins today begins now: the hours that have passed were counted under what was agreed then.
        valid_from=begins if before is not None else _not_past(begins, visit.site.services.clock()),
        valid_until=until,
        framework=entered.checked("framework"),
        default_category=category,
        terms=written,
    )
    return data, filled


def _not_past(begins: datetime, now: datetime) -> datetime:
    return now if begins <= now < begins + timedelta(days=1) else begins
