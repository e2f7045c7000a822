"""The queue: the tickets whose deadline comes first."""

import asyncio

from starlette.responses import Response

from channels.web.visitors import StaffVisit
from intake.queries import TicketFilter, Window

_PAGE = 50


async def show(visit: StaffVisit) -> Response:
    """The tickets with a running deadline, the soonest first."""
    queries = visit.site.services.queries
    page = await asyncio.to_thread(queries.tickets_by_deadline, TicketFilter(), Window(limit=_PAGE))
    return visit.show("console/queue.html", lines=page.items)
