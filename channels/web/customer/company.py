"""What the whole company is recognized by: domains, switchboards, blocks of numbers; and how its lists are kept."""

import asyncio

from starlette.datastructures import FormData
from starlette.responses import Response

from channels.web.customer.proposing import asked, propose_change, told
from channels.web.entered import Entered, path_id
from channels.web.parts import Cell, Field, Form, Link, Listing, Remove, Row, Section, show, until_shown
from channels.web.visitors import ContactVisit, PageMissingError
from intake.administration import EntryError
from intake.contact_lists.list_changes import ListAction, ListEntity, ProposedChange
from intake.people import AddressData, NumberRangeData
from intake.queries import Window

_OWN = "/customer/company"
Refused = tuple[str, EntryError, FormData]


async def show_company(visit: ContactVisit) -> Response:
    """The company's entries, and the four-eyes rule."""
    return await _page(visit)


async def add_range(visit: ContactVisit, form: FormData) -> Response:
    """Ask for a block of numbers; the service desk confirms it."""
    entered = Entered(form, visit.site.services.zone)
    try:
        data = NumberRangeData(
            customer_id=visit.contact.customer_id,
            first=entered.line("first"),
            last=entered.line("last"),
            label=entered.line("label"),
            valid_until=entered.end_of("valid_until"),
        )
        change = await propose_change(visit, asked(visit, ListEntity.RANGE, data))
    except EntryError as error:
        change = error
    return (
        await _page(visit, ("range", change, form)) if isinstance(change, EntryError) else told(change, _OWN, "added")
    )


async def add_domain(visit: ContactVisit, form: FormData) -> Response:
    """Ask for a whole domain; the service desk confirms it."""
    entered = Entered(form, visit.site.services.zone)
    domain = entered.line("domain").removeprefix("*@").removeprefix("@")
    try:
        data = AddressData(
            customer_id=visit.contact.customer_id,
            contact_id=None,
            address=f"*@{domain}",
            valid_until=entered.end_of("valid_until"),
        )
        change = await propose_change(visit, asked(visit, ListEntity.ADDRESS, data))
    except EntryError as error:
        change = error
    return (
        await _page(visit, ("domain", change, form)) if isinstance(change, EntryError) else told(change, _OWN, "added")
    )


async def remove_range(visit: ContactVisit, form: FormData) -> Response:
    """Take a block of numbers off the list."""
    wanted, customer_id = path_id(visit, "range_id"), visit.contact.customer_id
    window = Window(limit=1, after=wanted - 1)
    found = await asyncio.to_thread(visit.site.services.queries.number_ranges, window, customer_id=customer_id)
    entry = next((each for each in found.items if each.id == wanted), None)
    if entry is None:
        raise PageMissingError
    proposed = asked(visit, ListEntity.RANGE, entry, action=ListAction.REMOVE, entry_id=entry.id)
    change = await propose_change(visit, proposed)
    if isinstance(change, EntryError):
        raise PageMissingError
    return told(change, _OWN, "removed")


async def set_four_eyes(visit: ContactVisit, form: FormData) -> Response:
    """Let every change wait for a second admin, or no longer; ending it is such a change itself."""
    proposed = ProposedChange(
        customer_id=visit.contact.customer_id,
        entity=ListEntity.FOUR_EYES,
        action=ListAction.CHANGE,
        data={"on": bool(form.get("four_eyes"))},
    )
    change = await propose_change(visit, proposed)
    if isinstance(change, EntryError):
        raise PageMissingError
    return told(change, _OWN)


async def _page(visit: ContactVisit, refused: Refused | None = None) -> Response:
    services, t, customer_id = visit.site.services, visit.t, visit.contact.customer_id
    known_by, four_eyes = await asyncio.gather(
        asyncio.to_thread(services.portal.known_by, customer_id, None),
        asyncio.to_thread(services.portal.four_eyes, customer_id),
    )
    until = Field(name="valid_until", label="ca_valid_until", kind="date", help="ca_until_help")
    forms = {
        "range": Form(
            action="/customer/ranges",
            fields=(
                Field(name="first", label="ca_first_number", required=True),
                Field(name="last", label="ca_last_number", required=True),
                Field(name="label", label="ca_label"),
                until,
            ),
            submit="ca_add_range",
        ),
        "domain": Form(
            action="/customer/domains",
            fields=(Field(name="domain", label="ca_domain", help="ca_domain_help", required=True), until),
            submit="ca_add_domain",
        ),
    }
    if refused is not None:
        name, error, typed = refused
        forms[name] = forms[name].refused(visit, error, typed)
    rows: list[Row] = [
        (
            Cell(text=each.address, href=f"/customer/addresses/{each.id}"),
            Cell(text=until_shown(visit, each.valid_until)),
            Remove(action=f"/customer/addresses/{each.id}/remove"),
        )
        for each in known_by.addresses
    ]
    rows += [
        (
            Cell(text=each.number, href=f"/customer/numbers/{each.id}", under=each.label),
            Cell(text=until_shown(visit, each.valid_until)),
            Remove(action=f"/customer/numbers/{each.id}/remove"),
        )
        for each in known_by.numbers
    ]
    rows += [
        (
            Cell(text=f"{each.first} – {each.last}", href=f"/customer/ranges/{each.id}", under=each.label),
            Cell(text=until_shown(visit, each.valid_until)),
            Remove(action=f"/customer/ranges/{each.id}/remove"),
        )
        for each in known_by.ranges
    ]
    rule = Form(
        action="/customer/four-eyes",
        fields=(Field(name="four_eyes", label="ca_four_eyes", kind="check", value=four_eyes),),
    )
    sections = (
        Section(
            title=t["ca_company_known"], listing=Listing(columns=("ca_entry", "ca_valid_until", ""), rows=tuple(rows))
        ),
        Section(title=t["ca_add_range"], form=forms["range"]),
        Section(title=t["ca_add_domain"], form=forms["domain"]),
        Section(title=t["ca_rules"], form=rule),
    )
    links = (Link(href="/customer/people", text="ca_people"),)
    return show(visit, t["ca_company"], *sections, links=links, status=422 if refused else 200)
