"""Carrying out what a technician orders, and showing what came of it.

Whatever was typed survives a refusal: the page comes back with it, and says what changed meanwhile.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from channels.web.console.filters import read_id
from channels.web.console.find import find_ticket, path_id
from channels.web.console.refusals import say_step_refusal
from channels.web.console.ticket_view import show_ticket_page
from channels.web.refusals import say_refusal
from channels.web.visitors import PageMissingError, StaffVisit
from intake.administration import EntryError
from intake.desk import NoSuchTicket, Order, Outdated
from intake.ports import Transaction
from intake.service import NotedWork
from intake.tickets.model import Ticket
from intake.tickets.state import Refusal

Outcome = Ticket | NotedWork | Refusal | NoSuchTicket | Outdated
Command = Callable[[Transaction, Order], Outcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a form asks for. notice: key of what is said when it is done. name: of the form, as its page knows it.

    problems: why it cannot even be tried. to: where to go then, None to the ticket itself.
    """

    command: Command
    notice: str
    name: str
    problems: tuple[str, ...] = ()
    to: Callable[[Outcome], str] | None = field(default=None)


async def carry_out(visit: StaffVisit, form: FormData, wish: Wish) -> Response:
    """Do what the form asks for and go back to the ticket."""
    number = path_id(visit, "number")
    if wish.problems:
        return await _again(visit, form, wish, wish.problems, 422)
    order = Order(
        number=number,
        actor=visit.actor,
        at=visit.site.services.clock(),
        version=read_id(str(form.get("version", ""))),
    )
    if order.version is None:
        raise PageMissingError
    try:
        result = await asyncio.wrap_future(visit.site.services.writer.submit(lambda tx: wish.command(tx, order)))
    except EntryError as error:
        return await _again(visit, form, wish, (say_refusal(error, visit.language),), 422)
    match result:
        case NoSuchTicket():
            raise PageMissingError
        case Outdated():
            return await _again(visit, form, wish, (), 409)
        case Refusal():
            return await _again(visit, form, wish, (say_step_refusal(result, visit.language),), 409)
    target = f"/console/tickets/{number}" if wish.to is None else wish.to(result)
    return RedirectResponse(f"{target}?notice={wish.notice}", 303)


async def _again(visit: StaffVisit, form: FormData, wish: Wish, problems: tuple[str, ...], status: int) -> Response:
    """The ticket as it is now, with what was typed and why it was not taken."""
    page = await find_ticket(visit)
    seen = read_id(str(form.get("seen", "")))
    return await show_ticket_page(
        visit, page, status=status, typed=typed(form), form_name=wish.name, problems=problems, seen=seen
    )


def typed(form: FormData) -> Mapping[str, list[str]]:
    """What was typed, by the names of the fields; files have to be chosen again."""
    texts: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        if isinstance(value, str) and name not in {"csrf", "version", "seen"}:
            texts.setdefault(name, []).append(value)
    return texts
