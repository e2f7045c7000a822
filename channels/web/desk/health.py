"""How it is: every part by which requests come in and answers go out, what is wrong with it, and what to do."""

import asyncio

from starlette.responses import Response

from channels.web.desk.health_words import say_trouble
from channels.web.parts import Cell, Listing, Row, Section, show
from channels.web.services import HealthLine
from channels.web.visitors import StaffVisit

_ENGINES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


async def show_health(visit: StaffVisit) -> Response:
    """Endpoints, mailboxes, queues, database."""
    lines = await asyncio.to_thread(visit.site.services.health)
    troubled = [line for line in lines if line.troubles]
    t = visit.t
    lead = t["desk_some_trouble"].format(count=len(troubled)) if troubled else t["desk_all_well"]
    rows = tuple(_row(visit, line) for line in (*troubled, *(line for line in lines if not line.troubles)))
    listing = Listing(columns=("desk_part", "desk_which", "status", "desk_what_to_do"), rows=rows)
    return show(visit, t["desk_health"], Section(title="", lead=lead, listing=listing))


def _row(visit: StaffVisit, line: HealthLine) -> Row:
    t = visit.t
    name, about = _named(visit, line)
    what = (Cell(text=t[f"desk_part_{line.part}"], under=t[f"desk_part_{line.part}_is"]), Cell(text=name, under=about))
    if not line.troubles:
        return (*what, Cell(text=t["desk_well"], badge="good"), Cell(text="–"))
    said = [say_trouble(line.part, each, visit.language) for each in line.troubles]
    advice = dict.fromkeys(each for _, each in said)
    return (
        *what,
        Cell(text=t["desk_trouble"], badge="bad", under=" ".join(each for each, _ in said)),
        Cell(text=" ".join(advice)),
    )


def _named(visit: StaffVisit, line: HealthLine) -> tuple[str, str]:
    match line.part:
        case "database":
            return _ENGINES.get(line.name, line.name), line.about
        case "queue":
            return visit.t["desk_waiting_mails"].format(count=line.about or "?"), ""
    return line.name, line.about
