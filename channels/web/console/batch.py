"""Several tickets of the queue at once: into somebody's hands, or closed as duplicates of one of them."""

import asyncio
from functools import partial
from urllib.parse import parse_qsl

from starlette.datastructures import FormData, QueryParams
from starlette.responses import RedirectResponse, Response

from channels.web.console.filters import PAGE, read_address, read_id
from channels.web.console.refusals import say_step_refusal
from channels.web.console.steps import read_merge
from channels.web.refusals import say_refusal
from channels.web.visitors import StaffVisit
from intake.administration import EntryError
from intake.assignment import assign
from intake.conversation.duplicates import DuplicatesRefusedError, NotMerged, merge_all
from intake.desk import Order
from intake.ports import Transaction
from intake.tickets.model import Ticket
from intake.tickets.state import Refusal


async def change(visit: StaffVisit, form: FormData) -> Response:
    """What the form asks for; of what cannot be done with one of them nothing is done with any."""
    return await (_merge(visit, form) if form.get("do") == "merge" else _hand_over(visit, form))


async def _hand_over(visit: StaffVisit, form: FormData) -> Response:
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
    return _back(form, "assigned", count)


async def _merge(visit: StaffVisit, form: FormData) -> Response:
    wanted = read_merge(form)
    chosen = {number for each in form.getlist("number") if (number := read_id(str(each))) is not None}
    # Whoever chose the ticket that stays as well means the others.
    numbers = sorted(chosen - {wanted.into})[:PAGE]
    problems = [
        visit.t[key]
        for key, missing in (
            ("q_choose_some", not numbers),
            ("q_merge_into_needed", not wanted.into),
            ("tk_refused_evaluation_missing", not wanted.evaluation),
        )
        if missing
    ]
    if problems:
        return visit.tell(visit.t["q_not_merged"], " ".join(problems), status=422)
    services, at = visit.site.services, visit.site.services.clock()
    try:
        merged = await asyncio.wrap_future(
            services.writer.submit(lambda tx: merge_all(tx, numbers, wanted, by=visit.actor, at=at))
        )
    except DuplicatesRefusedError as error:
        why = " ".join(_say(visit, each) for each in error.refused)
        return visit.tell(visit.t["q_not_merged"], why, status=409)
    return _back(form, "merged", len(merged))


def _say(visit: StaffVisit, refused: NotMerged) -> str:
    why = refused.why
    said = say_step_refusal(why, visit.language) if isinstance(why, Refusal) else visit.t["not_found"]
    return f"{refused.number}: {said}"


def _back(form: FormData, notice: str, count: int) -> Response:
    query = read_address(QueryParams(parse_qsl(str(form.get("query", ""))[:2000]))).query
    return RedirectResponse(f"/console?{query}{'&' if query else ''}{notice}={count}", 303)


def _assign(tx: Transaction, visit: StaffVisit, numbers: list[int], assignee: int | None) -> int:
    at = visit.site.services.clock()
    # In one order for everybody, so that two who choose the same tickets do not wait for each other.
    results = [assign(tx, Order(number=each, actor=visit.actor, at=at), assignee) for each in sorted(set(numbers))]
    return sum(isinstance(each, Ticket) for each in results)
