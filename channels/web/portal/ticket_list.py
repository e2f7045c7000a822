"""The list of tickets: one's own or the whole company's, by status, by what is searched for, page by page."""

import asyncio
from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.responses import Response

from channels.web.portal.ids import read_id
from channels.web.visitors import ContactVisit
from intake.queries import TicketFilter, Window
from intake.terms import Status

_PAGE = 30
_LONGEST_SEARCH = 200
MINE, COMPANY = "mine", "company"

# What can be chosen: groups that people ask for, then each status.
GROUPS: Mapping[str, frozenset[Status]] = {
    "open": frozenset(Status) - {Status.CLOSED},
    "yours": frozenset({Status.MORE_INFO, Status.TO_VERIFY}),
}


async def list_tickets(visit: ContactVisit) -> Response:
    """The tickets, newest first; as a part of the page when htmx asks for it."""
    asked = visit.request.query_params
    whose = COMPANY if asked.get("whose") == COMPANY else MINE
    status, text = asked.get("status", ""), " ".join(asked.get("q", "").replace("\0", " ").split())[:_LONGEST_SEARCH]
    wanted = TicketFilter(
        statuses=_statuses(status),
        customer_id=visit.contact.customer_id,
        contact_id=visit.contact.id if whose == MINE else None,
    )
    window = Window(limit=_PAGE, after=read_id(asked.get("after", "")))
    queries = visit.site.services.queries
    if text:
        page = await asyncio.to_thread(
            queries.search_tickets, text, window, customer_id=visit.contact.customer_id, wanted=wanted
        )
    else:
        page = await asyncio.to_thread(queries.tickets, wanted, window)
    chosen = {"whose": whose, "status": status, "q": text}
    return visit.show(
        "portal/tickets.html",
        block="list" if visit.is_part else None,
        lines=page.items,
        now=visit.site.services.clock(),
        chosen=chosen,
        groups=tuple(GROUPS),
        tabs={each: _address(chosen | {"whose": each}) for each in (MINE, COMPANY)},
        older=None if page.next_after is None else _address(chosen | {"after": str(page.next_after)}),
        newest=_address(chosen) if window.after is not None else None,
    )


def _statuses(chosen: str) -> frozenset[Status]:
    if chosen in GROUPS:
        return GROUPS[chosen]
    return frozenset({Status(chosen)}) if chosen in set(Status) else frozenset()


def _address(chosen: Mapping[str, str]) -> str:
    query = urlencode({name: value for name, value in chosen.items() if value and (name, value) != ("whose", MINE)})
    return f"/?{query}" if query else "/"
