"""Numbers that stand in addresses of pages, and the ticket one of them names, if it is the visitor's customer's."""

import asyncio

from channels.web.visitors import ContactVisit, PageMissingError
from intake.queries import TicketPage

_LARGEST_ID = 2**53 - 1


def read_id(text: str) -> int | None:
    """The number, or None for what is none."""
    if not (text.isascii() and text.isdigit() and len(text) <= 16):
        return None
    number = int(text)
    return number if 0 < number <= _LARGEST_ID else None


def path_id(visit: ContactVisit, name: str) -> int:
    """The number in the page's address. Raises PageMissingError."""
    found = read_id(visit.request.path_params[name])
    if found is None:
        raise PageMissingError
    return found


async def find_ticket(visit: ContactVisit) -> TicketPage:
    """The ticket in the page's address, as its customer may see it. Raises PageMissingError."""
    number = path_id(visit, "number")
    services = visit.site.services
    page = await asyncio.to_thread(services.queries.ticket_page, number, services.clock())
    if page is None or page.line.ticket.customer_id != visit.contact.customer_id:
        raise PageMissingError
    return page.for_customer()
