"""A customer's people and what each is recognized by: the list with its search, one person, adding and removing."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from starlette.datastructures import FormData
from starlette.responses import Response

from authz.identity import Channel
from channels.web.customer.proposing import asked, propose_change, told
from channels.web.entered import Entered, after_of, first_day, last_day, path_id
from channels.web.parts import (
    Cell,
    Field,
    Form,
    Link,
    Listing,
    Remove,
    Section,
    ask,
    more_of,
    options_of,
    show,
    until_shown,
)
from channels.web.portal.agreed import holds
from channels.web.visitors import ContactVisit, PageMissingError
from intake.administration import EntryError
from intake.contact_lists.list_changes import ChangeState, ListAction, ListChange, ListEntity
from intake.people import Address, AddressData, Contact, ContactData, Number, NumberData
from intake.queries import Window

_PAGE = 50
_PART = 100
_LIST = "/customer/people"
Refused = tuple[str, EntryError, FormData]


async def list_people(visit: ContactVisit) -> Response:
    """The customer's people, by name, address or number."""
    services = visit.site.services
    text = " ".join(visit.request.query_params.get("q", "").replace("\0", "").split())[:200]
    window = Window(limit=_PAGE, after=after_of(visit))
    page = await asyncio.to_thread(services.portal.people, visit.contact.customer_id, window, text=text)
    now = services.clock()
    rows = tuple(
        (
            Cell(
                text=line.contact.name,
                href=f"{_LIST}/{line.contact.id}",
                under=visit.t["ca_is_admin"] if line.contact.is_admin else "",
            ),
            Cell(text=", ".join(line.addresses) or "–"),
            Cell(text=", ".join(line.numbers) or "–"),
            _standing(visit, line.contact, now),
        )
        for line in page.items
    )
    listing = Listing(columns=("ca_name", "ca_addresses", "ca_numbers", "status"), rows=rows, more=more_of(visit, page))
    search = Form(action=_LIST, method="get", submit="search", fields=(Field(name="q", label="ca_search", value=text),))
    links = (
        Link(href=f"{_LIST}/new", text="ca_add_person"),
        Link(href="/customer/import", text="ca_import"),
        Link(href=f"{_LIST}.csv", text="ca_export"),
        Link(href="/customer/company", text="ca_company"),
        Link(href="/customer/check", text="ca_check"),
    )
    return show(
        visit, visit.t["ca_people"], Section(title="", form=search), Section(title="", listing=listing), links=links
    )


async def new_person(visit: ContactVisit) -> Response:
    """The form of a new person."""
    return ask(visit, visit.t["ca_add_person"], _new_form(visit))


async def add_person(visit: ContactVisit, form: FormData) -> Response:
    """Add a person; what the person is recognized by is proved afterwards."""
    entered = Entered(form, visit.site.services.zone)
    more = {
        "addresses": [entered.line("address")] if entered.line("address") else [],
        "numbers": [entered.line("number")] if entered.line("number") else [],
    }
    try:
        proposed = asked(visit, ListEntity.CONTACT, _read_person(visit, form), more=more)
        change = await propose_change(visit, proposed)
    except EntryError as error:
        change = error
    if isinstance(change, EntryError):
        return ask(visit, visit.t["ca_add_person"], _new_form(visit).refused(visit, change, form))
    where = "/customer/changes" if any(more.values()) else _LIST
    return told(change, where, "added")


async def show_person(visit: ContactVisit) -> Response:
    """One person with everything the person is recognized by."""
    return await _page(visit, await find_person(visit))


async def change_person(visit: ContactVisit, form: FormData) -> Response:
    """Change a person; a deactivation binds at once on every channel."""
    contact = await find_person(visit)
    try:
        data = _read_person(visit, form, contact)
        proposed = asked(visit, ListEntity.CONTACT, data, action=ListAction.CHANGE, entry_id=contact.id)
        change = await propose_change(visit, proposed)
    except EntryError as error:
        change = error
    if isinstance(change, EntryError):
        return await _page(visit, contact, refused=("person", change, form))
    return told(change, f"{_LIST}/{contact.id}")


async def add_address(visit: ContactVisit, form: FormData) -> Response:
    """Ask for an address of a person to be listed: it is mailed a code."""
    contact, entered = await find_person(visit), Entered(form, visit.site.services.zone)
    try:
        data = AddressData(
            customer_id=contact.customer_id,
            contact_id=contact.id,
            address=entered.line("address"),
            valid_until=entered.end_of("valid_until"),
        )
        change = await propose_change(visit, asked(visit, ListEntity.ADDRESS, data))
    except EntryError as error:
        change = error
    if isinstance(change, EntryError):
        return await _page(visit, contact, refused=("address", change, form))
    return told(change, f"{_LIST}/{contact.id}", "added")


async def add_number(visit: ContactVisit, form: FormData) -> Response:
    """Ask for a number of a person to be listed: it is proved by a call."""
    contact, entered = await find_person(visit), Entered(form, visit.site.services.zone)
    try:
        data = NumberData(
            customer_id=contact.customer_id,
            contact_id=contact.id,
            number=entered.line("number"),
            label=entered.line("label"),
            valid_until=entered.end_of("valid_until"),
        )
        change = await propose_change(visit, asked(visit, ListEntity.NUMBER, data))
    except EntryError as error:
        change = error
    if isinstance(change, EntryError):
        return await _page(visit, contact, refused=("number", change, form))
    return told(change, f"{_LIST}/{contact.id}", "added")


async def remove_address(visit: ContactVisit, form: FormData) -> Response:
    """Take an address off the list; the audit trail keeps it."""
    queries, customer_id = visit.site.services.queries, visit.contact.customer_id
    wanted = path_id(visit, "address_id")
    found = await asyncio.to_thread(queries.addresses, Window(limit=1, after=wanted - 1), customer_id=customer_id)
    return await _remove(visit, wanted, ListEntity.ADDRESS, found.items)


async def remove_number(visit: ContactVisit, form: FormData) -> Response:
    """Take a number off the list; the audit trail keeps it."""
    queries, customer_id = visit.site.services.queries, visit.contact.customer_id
    wanted = path_id(visit, "number_id")
    found = await asyncio.to_thread(queries.numbers, Window(limit=1, after=wanted - 1), customer_id=customer_id)
    return await _remove(visit, wanted, ListEntity.NUMBER, found.items)


async def _remove(visit: ContactVisit, wanted: int, entity: ListEntity, found: Sequence[Address | Number]) -> Response:
    entry = next((each for each in found if each.id == wanted), None)
    if entry is None:
        raise PageMissingError
    change = await propose_change(visit, asked(visit, entity, entry, action=ListAction.REMOVE, entry_id=entry.id))
    if isinstance(change, EntryError):
        raise PageMissingError
    return told(change, f"{_LIST}/{entry.contact_id}" if entry.contact_id else "/customer/company", "removed")


async def find_person(visit: ContactVisit) -> Contact:
    """The person in the page's address, of the visitor's customer. Raises PageMissingError."""
    found = await asyncio.to_thread(visit.site.services.queries.contact, path_id(visit, "contact_id"))
    if found is None or found.customer_id != visit.contact.customer_id:
        raise PageMissingError
    return found


async def show_refused(visit: ContactVisit, contact: Contact, refused: Refused) -> Response:
    """The person's page with what is wrong in one of its forms."""
    return await _page(visit, contact, refused=refused)


async def _page(visit: ContactVisit, contact: Contact, *, refused: Refused | None = None) -> Response:
    services, t = visit.site.services, visit.t
    own, part = f"{_LIST}/{contact.id}", Window(limit=_PART)
    addresses, numbers, waiting = await asyncio.gather(
        asyncio.to_thread(services.queries.addresses, part, contact_id=contact.id),
        asyncio.to_thread(services.queries.numbers, part, contact_id=contact.id),
        asyncio.to_thread(services.portal.list_changes, contact.customer_id, ChangeState.WAITING, part),
    )
    forms = {
        "person": Form(action=own, fields=_person_fields(visit, contact)),
        "address": Form(action=f"{own}/addresses", fields=(_ADDRESS, _UNTIL), submit="ca_add_address"),
        "number": Form(action=f"{own}/numbers", fields=(_NUMBER, _LABEL, _UNTIL), submit="ca_add_number"),
    }
    forms["invite"] = Form(action=f"{own}/invite", fields=(), submit="desk_invite")
    if refused is not None:
        name, error, typed = refused
        forms[name] = forms[name].refused(visit, error, typed)
    sections = (
        Section(title=t["ca_addresses"], listing=_addresses(visit, addresses.items), form=forms["address"]),
        Section(title=t["ca_numbers"], listing=_numbers(visit, numbers.items), form=forms["number"]),
        *_waiting(visit, contact, waiting.items),
        Section(title=t["ca_person"], form=forms["person"]),
        Section(title="", form=forms["invite"]),
    )
    return show(
        visit, contact.name, *sections, links=(Link(href=_LIST, text="ca_people"),), status=422 if refused else 200
    )


def _addresses(visit: ContactVisit, found: Sequence[Address]) -> Listing:
    rows = tuple(
        (
            Cell(text=each.address, href=f"/customer/addresses/{each.id}"),
            Cell(text=until_shown(visit, each.valid_until)),
            Remove(action=f"/customer/addresses/{each.id}/remove"),
        )
        for each in found
    )
    return Listing(columns=("ca_address", "ca_valid_until", ""), rows=rows)


def _numbers(visit: ContactVisit, found: Sequence[Number]) -> Listing:
    rows = tuple(
        (
            Cell(text=each.number, href=f"/customer/numbers/{each.id}", under=each.label),
            Cell(text=until_shown(visit, each.valid_until)),
            Remove(action=f"/customer/numbers/{each.id}/remove"),
        )
        for each in found
    )
    return Listing(columns=("ca_number", "ca_valid_until", ""), rows=rows)


def _waiting(visit: ContactVisit, contact: Contact, changes: Sequence[ListChange]) -> tuple[Section, ...]:
    mine = [
        each
        for each in changes
        if each.data.get("contact_id") == contact.id
        or (each.entity is ListEntity.CONTACT and each.entry_id == contact.id)
    ]
    if not mine:
        return ()
    rows = tuple((Cell(text=say_change(visit, each), href=f"/customer/changes/{each.id}"),) for each in mine)
    return (Section(title=visit.t["ca_waiting"], listing=Listing(columns=("ca_change",), rows=rows)),)


def say_change(visit: ContactVisit, change: ListChange) -> str:
    """A change in a few words: what it does and to what."""
    data = change.data
    what = data.get("name") or data.get("address") or data.get("number") or ""
    if change.entity is ListEntity.RANGE:
        what = f"{data['first']} – {data['last']}"
    if change.entity is ListEntity.FOUR_EYES:
        return visit.t["ca_four_eyes_on" if data["on"] else "ca_four_eyes_off"]
    key = f"ca_{change.action}_{change.entity.replace(' ', '_')}"
    # The shorter keys are those of the buttons.
    return visit.t[f"{key}_what" if key in _BUTTONS else key].format(what=what)


def _standing(visit: ContactVisit, contact: Contact, now: datetime) -> Cell:
    if not contact.active or not holds(contact, now):
        return Cell(text=visit.t["ca_out"], badge="warn")
    return Cell(text=visit.t["ca_in"], badge="good")


_BUTTONS = frozenset({"ca_add_address", "ca_add_number"})
_UNTIL = Field(name="valid_until", label="ca_valid_until", kind="date", help="ca_until_help")
_ADDRESS = Field(name="address", label="ca_address", help="ca_address_help", required=True)
_NUMBER = Field(name="number", label="ca_number", help="ca_number_help", required=True)
_LABEL = Field(name="label", label="ca_label")


def _new_form(visit: ContactVisit) -> Form:
    data = ContactData(customer_id=visit.contact.customer_id, name="")
    first = (
        Field(name="address", label="ca_address", help="ca_address_help"),
        Field(name="number", label="ca_number", help="ca_number_help"),
    )
    name, *rest = _person_fields(visit, data)
    return Form(action=f"{_LIST}/new", fields=(name, *first, *rest), submit="ca_add_person")


def _person_fields(visit: ContactVisit, contact: ContactData) -> tuple[Field, ...]:
    t, zone = visit.t, visit.site.services.zone
    languages = (("", t["ca_as_company"]), ("cs", t["language_cs"]), ("en", t["language_en"]))
    channels = options_of([str(each) for each in Channel], [t[f"ca_may_{each}"] for each in Channel])
    return (
        Field(name="name", label="ca_name", value=contact.name, required=True),
        Field(name="language", label="language", kind="choose", value=contact.language or "", options=languages),
        Field(name="valid_from", label="ca_valid_from", kind="date", value=first_day(contact.valid_from, zone)),
        Field(
            name="valid_until", label="ca_valid_until", kind="date", value=last_day(contact.valid_until, zone),
            help="ca_until_help",
        ),
        Field(name="channels", label="ca_channels", kind="checks", value=set(contact.channels), options=channels),
        Field(name="active", label="ca_active", kind="check", value=contact.active),
        Field(name="is_admin", label="ca_is_admin", kind="check", value=contact.is_admin),
    )  # fmt: skip


def _read_person(visit: ContactVisit, form: FormData, before: Contact | None = None) -> ContactData:
    entered = Entered(form, visit.site.services.zone)
    return ContactData(
        customer_id=visit.contact.customer_id,
        name=entered.line("name"),
        language=entered.line("language") or None,
        valid_from=entered.begin_of("valid_from", before.valid_from if before else None),
        valid_until=entered.end_of("valid_until", before.valid_until if before else None),
        channels=frozenset(each for each in Channel if each in entered.all("channels")),
        active=entered.checked("active"),
        is_admin=entered.checked("is_admin"),
    )
