"""Finding what a technician's page is about, by its address. Whatever is not there is a missing page."""

import asyncio

from channels.web.console.filters import read_id
from channels.web.visitors import PageMissingError, StaffVisit
from intake.queries import LedgerLine, TicketPage
from intake.tickets.model import Comment, StoredAttachment


def path_id(visit: StaffVisit, name: str) -> int:
    """The number in the page's address."""
    found = read_id(str(visit.request.path_params[name]))
    if found is None:
        raise PageMissingError
    return found


async def find_ticket(visit: StaffVisit) -> TicketPage:
    """The ticket the page is about."""
    number = path_id(visit, "number")
    services = visit.site.services
    page = await asyncio.to_thread(services.queries.ticket_page, number, services.clock())
    if page is None:
        raise PageMissingError
    return page


async def find_comment(visit: StaffVisit) -> tuple[TicketPage, Comment]:
    """The ticket, and what was said in it."""
    page, wanted = await find_ticket(visit), path_id(visit, "comment_id")
    comment = next((each for each in page.comments if each.id == wanted), None)
    if comment is None:
        raise PageMissingError
    return page, comment


async def find_origin(visit: StaffVisit, comment: Comment) -> LedgerLine:
    """The input something came in by."""
    queries = visit.site.services.queries
    line = None if comment.ledger_id is None else await asyncio.to_thread(queries.ledger_entry, comment.ledger_id)
    if line is None:
        raise PageMissingError
    return line


async def find_file(visit: StaffVisit) -> StoredAttachment:
    """A file of the ticket that may be given out."""
    page = await find_ticket(visit)
    attachment = page.attachment(path_id(visit, "file_id"))
    if attachment is None or attachment.withheld is not None:
        raise PageMissingError
    return attachment
