"""One listed address, number or range of the customer's own: since when and until when it counts.

A change is proposed like any other, so it waits for what the rules of the lists want.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from starlette.datastructures import FormData
from starlette.responses import Response

from channels.web.customer.proposing import asked, propose_change, told
from channels.web.entered import path_id
from channels.web.parts import Form, Link, ask
from channels.web.validity import Entry, entry_words, read_validity, validity_form
from channels.web.visitors import ContactVisit, PageMissingError
from intake.administration import EntryError
from intake.contact_lists.list_changes import ListAction, ListEntity
from intake.people import NumberRange
from intake.queries import Window

Show = Callable[[ContactVisit], Awaitable[Response]]
Take = Callable[[ContactVisit, FormData], Awaitable[Response]]

_ENTITIES = {"addresses": ListEntity.ADDRESS, "numbers": ListEntity.NUMBER, "ranges": ListEntity.RANGE}
IDS = {"addresses": "address_id", "numbers": "number_id", "ranges": "range_id"}


def entry_page(kind: str) -> Show:
    """The page of one entry. kind: addresses, numbers or ranges."""

    async def show_entry(visit: ContactVisit) -> Response:
        entry = await _find(visit, kind)
        return ask(visit, entry_words(entry), _form(visit, kind, entry), links=_links(entry))

    return show_entry


def entry_form(kind: str) -> Take:
    """Its form."""

    async def change_entry(visit: ContactVisit, form: FormData) -> Response:
        entry = await _find(visit, kind)
        try:
            data = read_validity(visit, form, entry)
            proposed = asked(visit, _ENTITIES[kind], data, action=ListAction.CHANGE, entry_id=entry.id)
            change = await propose_change(visit, proposed)
        except EntryError as error:
            change = error
        if isinstance(change, EntryError):
            refused = _form(visit, kind, entry).refused(visit, change, form)
            return ask(visit, entry_words(entry), refused, links=_links(entry))
        return told(change, _home(entry))

    return change_entry


async def _find(visit: ContactVisit, kind: str) -> Entry:
    """The entry of the page's address, of the visitor's customer. Raises PageMissingError."""
    wanted, customer_id, queries = path_id(visit, IDS[kind]), visit.contact.customer_id, visit.site.services.queries
    window = Window(limit=1, after=wanted - 1)

    def look() -> Sequence[Entry]:
        match kind:
            case "addresses":
                return queries.addresses(window, customer_id=customer_id).items
            case "numbers":
                return queries.numbers(window, customer_id=customer_id).items
            case _:
                return queries.number_ranges(window, customer_id=customer_id).items

    found = await asyncio.to_thread(look)
    entry = next((each for each in found if each.id == wanted), None)
    if entry is None:
        raise PageMissingError
    return entry


def _form(visit: ContactVisit, kind: str, entry: Entry) -> Form:
    return validity_form(visit, f"/customer/{kind}/{entry.id}", entry, "ca", until_help="ca_until_help")


def _home(entry: Entry) -> str:
    contact_id = None if isinstance(entry, NumberRange) else entry.contact_id
    return "/customer/company" if contact_id is None else f"/customer/people/{contact_id}"


def _links(entry: Entry) -> tuple[Link, ...]:
    return (Link(href=_home(entry), text="back_there"),)
