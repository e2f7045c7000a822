"""Several tickets of the queue at once: into somebody's hands."""

import asyncio
from functools import partial
from urllib.parse import parse_qsl

from starlette.datastructures import FormData, QueryParams
from starlette.responses import RedirectResponse, Response

from channels.web.console.filters import PAGE, read_address, read_id
from channels.web.refusals import say_refusal
from channels.web.visitors import StaffVisit
from intake.administration import EntryError
from intake.assignment import assign
from intake.desk import Order
from intake.ports import Transaction
from intake.tickets.model import Ticket


async def hand_over(visit: StaffVisit, form: FormData) -> Response:
    """Give the chosen tickets to a user, or to nobody: all of them or, when that user cannot have any, none."""
    numbers = [number for each in form.getlist("number") if (number := read_id(str(each))) is not None][:PAGE]
    assignee = visit.user.id if form.get("do") == "take" else read_id(str(form.get("to", "")))
    if not numbers:
        return visit.tell(visit.t["q_not_assigned"], visit.t["q_choose_some"], status=422)
    services = visit.site.services
    work = partial(_assign, visit=visit, numbers=numbers, assignee=assignee)
    try:
        count = await asyncio.wrap_future(services.writer.submit(work))
    except EntryError as error:
        return visit.tell(visit.t["q_not_assigned"], say_refusal(error, visit.language), status=422)
    query = read_address(QueryParams(parse_qsl(str(form.get("query", ""))[:2000]))).query
    return RedirectResponse(f"/console?{query}{'&' if query else ''}assigned={count}", 303)


def _assign(tx: Transaction, visit: StaffVisit, numbers: list[int], assignee: int | None) -> int:
    at = visit.site.services.clock()
    # In one order for everybody, so that two who choose the same tickets do not wait for each other.
    results = [assign(tx, Order(number=each, actor=visit.actor, at=at), assignee) for each in sorted(set(numbers))]
    return sum(isinstance(each, Ticket) for each in results)
