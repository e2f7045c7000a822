"""Who is calling now: a list that renews itself. Any node may have answered the PBX, so the database is asked."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

from starlette.responses import Response, StreamingResponse

from channels.web.visitors import Site, StaffVisit
from intake.login.signin import Visitor, find_visitor
from intake.queries import CallLine

# Calls that just ended stay in sight for a while.
RECENT = timedelta(minutes=10)
POLL_SECONDS = 1.0
_SILENT_POLLS = 15


async def show(visit: StaffVisit) -> Response:
    """The list; for htmx only its table."""
    lines = await asyncio.to_thread(_lines, visit.site)
    block = "list" if visit.is_part else None
    return visit.show("calls/live.html", block=block, calls=lines)


async def stream(visit: StaffVisit) -> Response:
    """Server-sent events: `calls` whenever the list is no longer what it was."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(tell_changes(visit), media_type="text/event-stream", headers=headers)


async def tell_changes(visit: StaffVisit) -> AsyncIterator[str]:
    """The events as text, until the service stops or the listener is no longer logged in."""
    services = visit.site.services
    yield ": calls\nretry: 3000\n\n"
    known = await asyncio.to_thread(_lines, visit.site)
    silent = 0
    while not services.closing.is_set():
        await _wait(services.closing)
        found = await asyncio.to_thread(_lines, visit.site)
        silent = 0 if found != known else silent + 1
        if found != known:
            known = found
            yield "event: calls\ndata: changed\n\n"
        elif silent >= _SILENT_POLLS:
            if not isinstance(await asyncio.to_thread(_visitor, visit), Visitor):
                return
            # Proxies close what says nothing.
            yield ": nothing new\n\n"
            silent = 0


def _lines(site: Site) -> list[CallLine]:
    """Newest first."""
    return list(reversed(site.services.queries.live_calls(site.services.clock() - RECENT, ())))


def _visitor(visit: StaffVisit) -> object:
    return find_visitor(visit.site.services.queries, visit.kept, visit.site.services.clock())


async def _wait(closing: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(closing.wait(), POLL_SECONDS)
    except TimeoutError:
        return
