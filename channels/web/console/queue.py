"""The queue: tickets by what has to be done, with filters and search. See `channels.web.console.filters`."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from channels.web.console.filters import QueueAddress, Tab, read_address, read_id, write_instant
from channels.web.console.remaining import Remaining, remaining
from channels.web.services import WebServices
from channels.web.texts.console import DESK_STATUSES
from channels.web.texts.ticket import EVALUATIONS
from channels.web.visitors import StaffVisit
from intake.people import Customer
from intake.queries import Page, TicketLine, Window
from intake.sla.contract import Contract
from intake.terms import SLA_RUNS

_MOST_CUSTOMERS = 20
_MOST_USERS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """A line of the queue. remaining: None while no clock with a target runs. runs: whether the status lets one."""

    line: TicketLine
    remaining: Remaining | None
    runs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What was read for one page. customers: whom the typed name may mean, where it is not one; else None."""

    page: Page[TicketLine]
    contracts: Mapping[int, Contract]
    customers: tuple[Customer, ...] | None = None


async def show(visit: StaffVisit) -> Response:
    """The queue as its address says; for htmx only the list. A ticket's number typed alone leads to the ticket."""
    address = read_address(visit.request.query_params)
    services = visit.site.services
    number = read_id(address.q.removeprefix("#"))
    if number is not None and await asyncio.to_thread(_exists, services, number):
        return RedirectResponse(f"/console/tickets/{number}", 303)
    found = await asyncio.to_thread(_find, services, address, visit.user.id)
    values = list_values(visit, address, found.page, found.contracts)
    views, users = await asyncio.to_thread(_around, services, visit.user.id)
    params = visit.request.query_params
    counts = {key: read_id(params.get(key, "")) for key in ("assigned", "merged")}
    return visit.show(
        "console/queue.html",
        block="list" if visit.is_part else None,
        customers=found.customers,
        views=views,
        users=users,
        notice=" ".join(visit.t[f"q_{key}"].format(count=count) for key, count in counts.items() if count),
        **values,
    )


def list_values(
    visit: StaffVisit, address: QueueAddress, page: Page[TicketLine], contracts: Mapping[int, Contract]
) -> dict[str, Any]:
    """What the list's block needs."""
    now = visit.site.services.clock()
    return {
        "address": address,
        "tabs": [(tab, visit.t[f"tab_{tab}"], address.at_tab(tab).query) for tab in Tab],
        "rows": [
            QueueRow(
                line=line,
                remaining=remaining(line.ticket, contracts[line.ticket.customer_id], now, visit.t),
                runs=SLA_RUNS[line.ticket.status],
            )
            for line in page.items
        ],
        "list_address": _address_of(address.query, address.window),
        "next": _next_page(address, page),
        "statuses": DESK_STATUSES[visit.language],
        "evaluations": EVALUATIONS[visit.language],
    }


def _find(services: WebServices, address: QueueAddress, user_id: int) -> _Found:
    queries = services.queries
    customer_id = None
    if address.customer:
        called = queries.customers_called(address.customer)
        named = called or queries.customers(Window(limit=_MOST_CUSTOMERS), name=address.customer).items
        exact = [each for each in named if each.name.casefold() == address.customer.casefold()] or named
        if len(exact) != 1:
            return _Found(page=Page(items=(), next_after=None), contracts={}, customers=named)
        customer_id = exact[0].id
    wanted = address.wanted(user_id, customer_id)
    if address.q:
        page = queries.search_tickets(address.q, address.window, wanted=wanted)
    elif address.tab is Tab.DEADLINE:
        page = queries.tickets_by_deadline(wanted, address.window)
    else:
        page = queries.tickets(wanted, address.window)
    owners = {line.ticket.customer_id for line in page.items}
    return _Found(page=page, contracts=queries.contracts_of(owners))


def _around(services: WebServices, user_id: int) -> tuple[Any, Any]:
    users = services.queries.users(Window(limit=_MOST_USERS)).items
    return services.queries.queue_views(user_id), [each for each in users if each.active]


def _exists(services: WebServices, number: int) -> bool:
    return services.queries.ticket_clocks(number) is not None


def _next_page(address: QueueAddress, page: Page[TicketLine]) -> str | None:
    if page.next_after is None:
        return None
    return _address_of(address.query, Window(after=page.next_after, after_deadline=page.next_deadline))


def _address_of(query: str, window: Window) -> str:
    place = {} if window.after is None else {"after": str(window.after)}
    if window.after_deadline is not None:
        place["after_deadline"] = write_instant(window.after_deadline)
    parts = [part for part in (query, urlencode(place)) if part]
    return "/console" + ("?" + "&".join(parts) if parts else "")
