"""How it is: every part by which requests come in and answers go out, and what is wrong with it."""

import asyncio

from starlette.responses import Response

from channels.web.parts import Cell, Listing, Section, show
from channels.web.visitors import StaffVisit


async def show_health(visit: StaffVisit) -> Response:
    """Endpoints, mailboxes, queues, database."""
    lines = await asyncio.to_thread(visit.site.services.health)
    t = visit.t
    rows = tuple(
        (
            Cell(text=t[f"desk_part_{line.part}"]),
            Cell(text=line.name, under=line.about),
            Cell(text=t["desk_well"], badge="good")
            if not line.troubles
            else Cell(text=t["desk_trouble"], badge="bad", under="; ".join(line.troubles)),
        )
        for line in lines
    )
    listing = Listing(columns=("desk_part", "desk_name", "desk_health"), rows=rows)
    return show(visit, t["desk_health"], Section(title="", listing=listing))
