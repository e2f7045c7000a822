"""Contacts of a customer and what they are recognized by: addresses and numbers."""

import asyncio
from collections.abc import Callable

from starlette.datastructures import FormData
from starlette.responses import Response

from authz.identity import Channel
from channels.web.desk.customers import find_customer
from channels.web.entered import Entered, after_of, carry_out, first_day, last_day, path_id
from channels.web.navigation import ADMINS, MANAGERS
from channels.web.parts import (
    Cell,
    Field,
    Form,
    Link,
    Listing,
    Remove,
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
from intake.people import Address, AddressData, Contact, ContactData, Number, NumberData
from intake.ports import Transaction
from intake.queries import Window

_PART = 100


async def list_contacts(visit: StaffVisit) -> Response:
    """A customer's contacts, when they are many."""
    customer = await find_customer(visit, path_id(visit))
    window = Window(limit=_PART, after=after_of(visit))
    page = await asyncio.to_thread(visit.site.services.queries.contacts, window, customer_id=customer.id)
    rows = tuple(
        (Cell(text=each.name, href=f"/desk/contacts/{each.id}", under=each.login or ""), yes_or_no(visit, each.active))
        for each in page.items
    )
    listing = Listing(columns=("desk_name", "desk_active"), rows=rows, more=more_of(visit, page))
    return show(visit, f"{customer.name}: {visit.t['desk_contacts']}", Section(title="", listing=listing))


async def new_contact(visit: StaffVisit) -> Response:
    """The form of a new contact."""
    customer = await find_customer(visit, path_id(visit))
    data = ContactData(customer_id=customer.id, name="")
    return ask(visit, _adding(visit, customer.name), _contact_form(visit, f"{_of(customer.id)}/contacts/new", data))


async def add_contact(visit: StaffVisit, form: FormData) -> Response:
    """Add a contact."""
    customer = await find_customer(visit, path_id(visit))
    asked = _contact_form(visit, f"{_of(customer.id)}/contacts/new", ContactData(customer_id=customer.id, name=""))
    at = visit.site.services.clock()

    def work(tx: Transaction) -> Contact:
        return tx.people.add_contact(_read_contact(visit, form, customer.id), by=visit.actor, at=at)

    added = await carry_out(visit, work)
    if isinstance(added, EntryError):
        return ask(visit, _adding(visit, customer.name), asked.refused(visit, added, form))
    return done(f"/desk/contacts/{added.id}", "added")


async def show_contact(visit: StaffVisit) -> Response:
    """One contact with everything it is recognized by."""
    return await contact_page(visit, await find_contact(visit))


async def change_contact(visit: StaffVisit, form: FormData) -> Response:
    """Change a contact; a deactivation binds at once on every channel."""
    contact = await find_contact(visit)

    def work(tx: Transaction) -> None:
        data = _read_contact(visit, form, contact.customer_id, contact)
        tx.people.change_contact(contact.id, data, by=visit.actor, at=visit.site.services.clock())

    refusal = await carry_out(visit, work)
    if isinstance(refusal, EntryError):
        return await contact_page(visit, contact, refused=("contact", refusal, form))
    return done(f"/desk/contacts/{contact.id}")


async def add_address(visit: StaffVisit, form: FormData) -> Response:
    """Authorize an address of a contact."""

    def work(tx: Transaction, contact: Contact, entered: Entered) -> None:
        data = AddressData(
            customer_id=contact.customer_id,
            contact_id=contact.id,
            address=entered.line("address"),
            valid_until=entered.end_of("valid_until"),
        )
        tx.people.add_address(data, by=visit.actor, at=visit.site.services.clock())

    return await _add(visit, form, "address", work)


async def add_number(visit: StaffVisit, form: FormData) -> Response:
    """Authorize a number of a contact."""

    def work(tx: Transaction, contact: Contact, entered: Entered) -> None:
        data = NumberData(
            customer_id=contact.customer_id,
            contact_id=contact.id,
            number=entered.line("number"),
            label=entered.line("label"),
            valid_until=entered.end_of("valid_until"),
        )
        tx.people.add_number(data, by=visit.actor, at=visit.site.services.clock())

    return await _add(visit, form, "number", work)


async def remove_address(visit: StaffVisit, form: FormData) -> Response:
    """Take an address off the list; the audit trail keeps it."""
    address_id, at = path_id(visit), visit.site.services.clock()

    def work(tx: Transaction) -> Address:
        found = tx.people.address(address_id)
        tx.people.remove_address(address_id, by=visit.actor, at=at)
        return found

    return _removed(await carry_out(visit, work))


async def remove_number(visit: StaffVisit, form: FormData) -> Response:
    """Take a number off the list; the audit trail keeps it."""
    number_id, at = path_id(visit), visit.site.services.clock()

    def work(tx: Transaction) -> Number:
        found = tx.people.number(number_id)
        tx.people.remove_number(number_id, by=visit.actor, at=at)
        return found

    return _removed(await carry_out(visit, work))


async def find_contact(visit: StaffVisit) -> Contact:
    """The contact of the page's address. Raises PageMissingError."""
    found = await asyncio.to_thread(visit.site.services.queries.contact, path_id(visit))
    if found is None:
        raise PageMissingError
    return found


async def _add(
    visit: StaffVisit, form: FormData, name: str, work: Callable[[Transaction, Contact, Entered], None]
) -> Response:
    contact = await find_contact(visit)
    entered = Entered(form, visit.site.services.zone)
    refusal = await carry_out(visit, lambda tx: work(tx, contact, entered))
    if isinstance(refusal, EntryError):
        return await contact_page(visit, contact, refused=(name, refusal, form))
    return done(f"/desk/contacts/{contact.id}", "added")


def _removed(found: Address | Number | EntryError) -> Response:
    if isinstance(found, EntryError):
        raise PageMissingError
    where = _of(found.customer_id) if found.contact_id is None else f"/desk/contacts/{found.contact_id}"
    return done(where, "removed")


async def contact_page(
    visit: StaffVisit, contact: Contact, *, refused: tuple[str, EntryError, FormData] | None = None
) -> Response:
    queries, t, own = visit.site.services.queries, visit.t, f"/desk/contacts/{contact.id}"
    customer = await find_customer(visit, contact.customer_id)
    addresses, numbers = await asyncio.gather(
        asyncio.to_thread(queries.addresses, Window(limit=_PART), contact_id=contact.id),
        asyncio.to_thread(queries.numbers, Window(limit=_PART), contact_id=contact.id),
    )
    until = Field(name="valid_until", label="desk_valid_until", kind="date")
    forms = {
        "login": Form(action=f"{own}/invite", fields=(), submit="desk_invite"),
        "pin": Form(
            action=f"{own}/pin",
            fields=(Field(name="pin", label="desk_pin", help="desk_pin_help"),),
            submit="desk_set_pin",
        ),
        "contact": _contact_form(visit, own, contact),
        "address": Form(
            action=f"{own}/addresses",
            fields=(Field(name="address", label="desk_address", required=True), until),
            submit="desk_add",
        ),
        "number": Form(
            action=f"{own}/numbers",
            fields=(
                Field(name="number", label="desk_number", required=True, help="desk_number_help"),
                Field(name="label", label="desk_label"),
                until,
            ),
            submit="desk_add",
        ),
    }
    if refused is not None:
        name, error, typed = refused
        forms[name] = forms[name].refused(visit, error, typed)
    admin = visit.user.role in ADMINS
    sections = (
        Section(
            title=t["desk_addresses"],
            listing=Listing(
                columns=("desk_address", "desk_valid_until", ""),
                rows=tuple(
                    (
                        Cell(text=each.address, href=f"/desk/addresses/{each.id}" if admin else None),
                        Cell(text=until_shown(visit, each.valid_until)),
                        Remove(action=f"/desk/addresses/{each.id}/remove") if admin else Cell(text=""),
                    )
                    for each in addresses.items
                ),
            ),
            form=forms["address"] if admin else None,
        ),
        Section(
            title=t["desk_numbers"],
            listing=Listing(
                columns=("desk_number", "desk_label", "desk_valid_until", ""),
                rows=tuple(
                    (
                        Cell(text=each.number, href=f"/desk/numbers/{each.id}" if admin else None),
                        Cell(text=each.label or "–"),
                        Cell(text=until_shown(visit, each.valid_until)),
                        Remove(action=f"/desk/numbers/{each.id}/remove") if admin else Cell(text=""),
                    )
                    for each in numbers.items
                ),
            ),
            form=forms["number"] if admin else None,
        ),
        Section(
            title=t["desk_site_login"],
            listing=Listing(
                columns=("login", ""),
                rows=((Cell(text=contact.login), Remove(action=f"{own}/login/remove") if admin else Cell(text="")),)
                if contact.login
                else (),
            ),
            form=forms["login"] if admin else None,
        ),
        *([Section(title=t["desk_pin"], form=forms["pin"])] if admin else []),
        *([Section(title=t["desk_data"], form=forms["contact"])] if admin else []),
    )
    links = (
        Link(href=_of(customer.id), text="desk_to_customer"),
        *(
            [Link(href=f"/desk/audit?entity=contact&entity_id={contact.id}", text="desk_audit")]
            if visit.user.role in MANAGERS
            else []
        ),
    )
    title = f"{contact.name}, {customer.name}"
    return show(visit, title, *sections, links=links, status=200 if refused is None else 422)


def _contact_form(visit: StaffVisit, action: str, contact: ContactData) -> Form:
    t, zone = visit.t, visit.site.services.zone
    languages = (("", t["desk_as_customer"]), ("cs", t["language_cs"]), ("en", t["language_en"]))
    channels = options_of([str(each) for each in Channel], [t[f"desk_channel_{each}"] for each in Channel])
    fields = (
        Field(name="name", label="desk_name", value=contact.name, required=True),
        Field(name="language", label="language", kind="choose", value=contact.language or "", options=languages),
        Field(name="valid_from", label="desk_valid_from", kind="date", value=first_day(contact.valid_from, zone)),
        Field(name="valid_until", label="desk_valid_until", kind="date", value=last_day(contact.valid_until, zone)),
        Field(name="channels", label="desk_channels", kind="checks", value=set(contact.channels), options=channels),
        Field(name="active", label="desk_active", kind="check", value=contact.active),
        Field(name="is_admin", label="desk_is_admin", kind="check", value=contact.is_admin),
    )
    return Form(action=action, fields=fields)


def _read_contact(visit: StaffVisit, form: FormData, customer_id: int, before: Contact | None = None) -> ContactData:
    entered = Entered(form, visit.site.services.zone)
    return ContactData(
        customer_id=customer_id,
        name=entered.line("name"),
        language=entered.line("language") or None,
        valid_from=entered.begin_of("valid_from", before.valid_from if before else None),
        valid_until=entered.end_of("valid_until", before.valid_until if before else None),
        channels=frozenset(each for each in Channel if each in entered.all("channels")),
        active=entered.checked("active"),
        is_admin=entered.checked("is_admin"),
    )


def _adding(visit: StaffVisit, customer: str) -> str:
    return f"{customer}: {visit.t['desk_add_contact']}"


def _of(customer_id: int) -> str:
    return f"/desk/customers/{customer_id}"
