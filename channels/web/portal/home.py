"""The first page: a contact's requests; the service desk's people have a place of their own."""

from starlette.responses import RedirectResponse, Response

from channels.web.doors import AnyVisit
from channels.web.portal.ticket_list import list_tickets
from channels.web.visitors import ContactVisit


async def show(visit: AnyVisit) -> Response:
    """Show what is first for this visitor."""
    if isinstance(visit, ContactVisit):
        return await list_tickets(visit)
    return RedirectResponse("/console", 303)
