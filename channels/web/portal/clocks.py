"""The clocks of a ticket: one sentence each on its page, and a page that explains them figure by figure."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from starlette.responses import Response

from channels.web.portal.clock_words import Told, say_clock, say_counted, say_length, say_line
from channels.web.portal.ids import find_ticket
from channels.web.visitors import ContactVisit
from intake.queries import TicketClocks
from intake.sla.clock import ClockKind, read_clock
from intake.sla.explain import explain_clock


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockView:
    """A clock as it is told."""

    kind: ClockKind
    words: str
    breached: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StretchView:
    """A line of the explanation. length: "–" for what does not count."""

    start: datetime
    end: datetime
    length: str
    words: str


async def read_clocks(visit: ContactVisit, number: int, now: datetime) -> list[ClockView]:
    """The clocks for which something is agreed, in words."""
    found = await asyncio.to_thread(visit.site.services.queries.ticket_clocks, number)
    if found is None:
        return []
    readings = [read_clock(kind, found.history, found.contract, now) for kind in ClockKind]
    told = _told(visit, found, now)
    return [
        ClockView(kind=each.kind, words=say_clock(each, found.contract, told), breached=each.breached)
        for each in readings
        if each.target is not None
    ]


async def show_clock(visit: ContactVisit) -> Response:
    """Every stretch of time that was counted or skipped, with its reason."""
    number, now = (await find_ticket(visit)).line.ticket.number, visit.site.services.clock()
    found = await asyncio.to_thread(visit.site.services.queries.ticket_clocks, number)
    clocks = [] if found is None else [_explained(visit, found, kind, now) for kind in ClockKind]
    return visit.show("portal/clock.html", number=number, clocks=clocks)


def _explained(visit: ContactVisit, found: TicketClocks, kind: ClockKind, now: datetime) -> dict[str, object]:
    reading = read_clock(kind, found.history, found.contract, now)
    explanation = explain_clock(kind, found.history, found.contract, now)
    return {
        "kind": kind,
        "words": say_clock(reading, found.contract, _told(visit, found, now)),
        "target": None if reading.target is None else say_length(reading.target, visit.language),
        "counted": say_counted(explanation.counted, visit.language),
        "lines": [
            StretchView(
                start=line.start,
                end=line.end,
                length=say_length(line.length, visit.language) if line.counted else "–",
                words=say_line(line, visit.language),
            )
            for line in explanation.lines
        ],
    }


def _told(visit: ContactVisit, found: TicketClocks, now: datetime) -> Told:
    zone = ZoneInfo(visit.site.services.zone)
    ticket = found.ticket
    return Told(now=now, status=ticket.status, since=ticket.since, zone=zone, language=visit.language)
