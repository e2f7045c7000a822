"""A contact on one page: who it is, what it may, what it is recognized by, its tickets and calls."""

import asyncio
from dataclasses import dataclass

from starlette.responses import Response

from channels.web.console.find import path_id
from channels.web.services import WebServices
from channels.web.texts.console import DESK_STATUSES
from channels.web.visitors import PageMissingError, StaffVisit
from intake.people import Address, Contact, Customer, Number
from intake.queries import CallFilter, CallLine, Page, TicketFilter, TicketLine, Window

_TICKETS = 30
_CALLS = 10
_ENTRIES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFile:
    """Everything on the page."""

    contact: Contact
    customer: Customer
    addresses: tuple[Address, ...]
    numbers: tuple[Number, ...]
    tickets: Page[TicketLine]
    calls: tuple[CallLine, ...]


async def show(visit: StaffVisit) -> Response:
    """The contact the address names."""
    found = await asyncio.to_thread(_read, visit.site.services, path_id(visit, "contact_id"))
    if found is None:
        raise PageMissingError
    return visit.show(
        "console/contact.html", found=found, now=visit.site.services.clock(), statuses=DESK_STATUSES[visit.language]
    )


def _read(services: WebServices, contact_id: int) -> ContactFile | None:
    queries = services.queries
    contact = queries.contact(contact_id)
    customer = None if contact is None else queries.customer(contact.customer_id)
    if contact is None or customer is None:
        return None
    return ContactFile(
        contact=contact,
        customer=customer,
        addresses=queries.addresses(Window(limit=_ENTRIES), contact_id=contact_id).items,
        numbers=queries.numbers(Window(limit=_ENTRIES), contact_id=contact_id).items,
        tickets=queries.tickets(TicketFilter(contact_id=contact_id), Window(limit=_TICKETS)),
        calls=queries.calls(
            CallFilter(customer_id=contact.customer_id, contact_id=contact_id), Window(limit=_CALLS)
        ).items,
    )
