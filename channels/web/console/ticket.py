"""The page of one ticket, and the small pages around it that only read."""

import asyncio

from starlette.responses import Response

from channels.web.console.clock_words import clock_words
from channels.web.console.event_words import say_events
from channels.web.console.filters import read_id
from channels.web.console.find import find_ticket, path_id
from channels.web.console.ticket_view import show_ticket_page
from channels.web.visitors import PageMissingError, StaffVisit


async def show(visit: StaffVisit) -> Response:
    """One ticket with everything in it."""
    return await show_ticket_page(visit, await find_ticket(visit))


async def changes(visit: StaffVisit) -> Response:
    """What happened since an event the page has seen, to be shown above it."""
    page = await find_ticket(visit)
    seen = read_id(visit.request.query_params.get("seen", "")) or 0
    newer = [each for each in page.events if each.id > seen]
    if not newer:
        # Nothing is swapped then: what the page says already stays.
        return Response(status_code=204)
    changed = say_events(newer, visit.t, visit.language)
    return visit.show("console/ticket.html", block="changes", changed=changed, outdated=False, ticket=page.line.ticket)


async def explain(visit: StaffVisit) -> Response:
    """Why the clocks say what they say: every stretch that counts and every one that does not."""
    services = visit.site.services
    found = await asyncio.to_thread(services.queries.ticket_clocks, path_id(visit, "number"))
    if found is None:
        raise PageMissingError
    clocks = clock_words(found, services.clock(), visit.t, lines=True)
    terms = found.contract.terms_at(found.ticket.received_at)
    return visit.show(
        "console/clock.html", ticket=found.ticket, clocks=clocks, contract=None if terms is None else terms.name
    )
