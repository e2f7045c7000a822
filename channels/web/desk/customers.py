"""Customers: the list, one of them with everything that hangs on it, adding and changing."""

import asyncio

from starlette.datastructures import FormData
from starlette.responses import Response

from channels.web.entered import Entered, after_of, carry_out, first_day, last_day, path_id
from channels.web.navigation import ADMINS, MANAGERS
from channels.web.parts import (
    Cell,
    Field,
    Form,
    Link,
    Listing,
    Remove,
    Row,
    Section,
    ask,
    done,
    more_of,
    options_of,
    show,
    until_shown,
    yes_or_no,
)
from channels.web.visitors import PageMissingError, StaffVisit
from intake.administration import EntryError
from intake.people import Contact, Contract, Customer, CustomerData, NumberRange
from intake.ports import Transaction
from intake.queries import Window

_PAGE = 50
_PART = 100


async def list_customers(visit: StaffVisit) -> Response:
    """Customers, oldest first, by a part of their name."""
    name = visit.request.query_params.get("name", "").replace("\0", "").strip()[:100]
    queries = visit.site.services.queries
    page = await asyncio.to_thread(queries.customers, Window(limit=_PAGE, after=after_of(visit)), name=name or None)
    rows = tuple(
        (
            Cell(text=each.name, href=f"/desk/customers/{each.id}"),
            yes_or_no(visit, each.active),
            Cell(text=until_shown(visit, each.valid_until)),
        )
        for each in page.items
    )
    listing = Listing(
        columns=("desk_customer", "desk_active", "desk_valid_until"), rows=rows, more=more_of(visit, page)
    )
    links = [Link(href="/desk/customers/new", text="desk_add_customer")] if visit.user.role in ADMINS else []
    return visit.show("desk/customers.html", title=visit.t["desk_customers"], listing=listing, links=links, name=name)


async def new_customer(visit: StaffVisit) -> Response:
    """The form of a new customer."""
    return ask(visit, visit.t["desk_add_customer"], _form(visit, "/desk/customers/new", CustomerData(name="")))


async def add_customer(visit: StaffVisit, form: FormData) -> Response:
    """Add a customer."""
    asked, at = _form(visit, "/desk/customers/new", CustomerData(name="")), visit.site.services.clock()
    added = await carry_out(visit, lambda tx: tx.people.add_customer(_read(visit, form), by=visit.actor, at=at))
    if isinstance(added, EntryError):
        return ask(visit, visit.t["desk_add_customer"], asked.refused(visit, added, form))
    return done(f"/desk/customers/{added.id}", "added")


async def show_customer(visit: StaffVisit) -> Response:
    """One customer: its people, what it is recognized by as a company, its contracts, and the form of its data."""
    return await _page(visit, path_id(visit))


async def change_customer(visit: StaffVisit, form: FormData) -> Response:
    """Change a customer; a deactivation binds at once on every channel."""
    customer = await find_customer(visit, path_id(visit))
    customer_id, at = customer.id, visit.site.services.clock()

    def work(tx: Transaction) -> Customer:
        return tx.people.change_customer(customer_id, _read(visit, form, customer), by=visit.actor, at=at)

    changed = await carry_out(visit, work)
    if isinstance(changed, EntryError):
        return await _page(visit, customer_id, refused=(changed, form))
    return done(f"/desk/customers/{customer_id}")


async def find_customer(visit: StaffVisit, customer_id: int) -> Customer:
    """The customer. Raises PageMissingError."""
    found = await asyncio.to_thread(visit.site.services.queries.customer, customer_id)
    if found is None:
        raise PageMissingError
    return found


async def _page(visit: StaffVisit, customer_id: int, *, refused: tuple[EntryError, FormData] | None = None) -> Response:
    queries, t = visit.site.services.queries, visit.t
    customer = await find_customer(visit, customer_id)
    window = Window(limit=_PART)
    contacts, ranges, contracts = await asyncio.gather(
        asyncio.to_thread(queries.contacts, window, customer_id=customer_id),
        asyncio.to_thread(queries.number_ranges, window, customer_id=customer_id),
        asyncio.to_thread(queries.contracts, window, customer_id=customer_id),
    )
    own = f"/desk/customers/{customer_id}"
    admin, manager = visit.user.role in ADMINS, visit.user.role in MANAGERS
    sections = [
        Section(
            title=t["desk_contacts"],
            listing=Listing(
                columns=("desk_name", "desk_channels", "desk_active", "desk_valid_until"),
                rows=tuple(_contact_row(visit, each) for each in contacts.items),
                more=None if contacts.next_after is None else f"{own}/contacts?after={contacts.next_after}",
            ),
            links=(Link(href=f"{own}/contacts/new", text="desk_add_contact"),) if admin else (),
        ),
        Section(
            title=t["desk_ranges"],
            listing=Listing(
                columns=("desk_range", "desk_label", "desk_valid_until", ""),
                rows=tuple(_range_row(visit, each, removable=admin) for each in ranges.items),
            ),
            links=(Link(href=f"{own}/ranges/new", text="desk_add_range"),) if admin else (),
        ),
        Section(
            title=t["desk_contracts"],
            listing=Listing(
                columns=("desk_contract", "desk_valid_from", "desk_valid_until", "desk_framework"),
                rows=tuple(_contract_row(visit, each) for each in contracts.items),
            ),
            links=(Link(href=f"{own}/contracts/new", text="desk_add_contract"),) if manager else (),
        ),
    ]
    status = 200
    if admin:
        form = _form(visit, own, customer)
        if refused is not None:
            form, status = form.refused(visit, *refused), 422
        sections.append(Section(title=t["desk_data"], form=form))
    links = [
        Link(href=f"{own}/calendar", text="desk_calendar"),
        Link(href=f"/desk/happened?customer={customer_id}", text="desk_happened"),
    ]
    if manager:
        links += [
            Link(href=f"{own}/statements", text="desk_statements"),
            Link(href=f"{own}/maintenance", text="desk_maintenance"),
            Link(href=f"/desk/audit?entity=customer&entity_id={customer_id}", text="desk_audit"),
        ]
    return show(visit, customer.name, *sections, links=links, status=status)


def _contact_row(visit: StaffVisit, contact: Contact) -> Row:
    channels = ", ".join(visit.t[f"desk_channel_{each}"] for each in sorted(contact.channels))
    return (
        Cell(text=contact.name, href=f"/desk/contacts/{contact.id}", under=contact.login or ""),
        Cell(text=channels or "–", under=visit.t["desk_is_admin"] if contact.is_admin else ""),
        yes_or_no(visit, contact.active),
        Cell(text=until_shown(visit, contact.valid_until)),
    )


def _range_row(visit: StaffVisit, each: NumberRange, *, removable: bool) -> Row:
    cells = (
        Cell(text=f"{each.first} – {each.last}", href=f"/desk/ranges/{each.id}" if removable else None),
        Cell(text=each.label or "–"),
        Cell(text=until_shown(visit, each.valid_until)),
    )
    return (*cells, Remove(action=f"/desk/ranges/{each.id}/remove") if removable else Cell(text=""))


def _contract_row(visit: StaffVisit, contract: Contract) -> Row:
    return (
        Cell(text=contract.name, href=f"/desk/contracts/{contract.id}"),
        Cell(text=visit.site.pages.day(contract.valid_from, visit.language)),
        Cell(text=until_shown(visit, contract.valid_until)),
        Cell(text=visit.t["yes"] if contract.framework else visit.t["no"]),
    )


def _form(visit: StaffVisit, action: str, customer: CustomerData) -> Form:
    zone = visit.site.services.zone
    languages = options_of(("cs", "en"), (visit.t["language_cs"], visit.t["language_en"]))
    fields = (
        Field(name="name", label="desk_name", value=customer.name, required=True),
        Field(name="language", label="language", kind="choose", value=customer.language, options=languages),
        Field(name="valid_from", label="desk_valid_from", kind="date", value=first_day(customer.valid_from, zone)),
        Field(name="valid_until", label="desk_valid_until", kind="date", value=last_day(customer.valid_until, zone)),
        Field(name="active", label="desk_active", kind="check", value=customer.active),
        Field(name="ask_pin", label="desk_ask_pin", kind="check", value=customer.ask_pin),
    )
    return Form(action=action, fields=fields)


def _read(visit: StaffVisit, form: FormData, before: Customer | None = None) -> CustomerData:
    entered = Entered(form, visit.site.services.zone)
    return CustomerData(
        name=entered.line("name"),
        language=entered.line("language"),
        valid_from=entered.begin_of("valid_from", before.valid_from if before else None),
        valid_until=entered.end_of("valid_until", before.valid_until if before else None),
        active=entered.checked("active"),
        ask_pin=entered.checked("ask_pin"),
    )
