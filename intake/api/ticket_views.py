"""From what the desk or the receiver answered to what the API answers. Shared by all routes about tickets."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Response

from authz.decision import Verdict
from intake.api.access import Caller, TicketWriter
from intake.api.lists import EntryId
from intake.api.problems import Problem
from intake.api.services import ApiServices, Services
from intake.api.ticket_schemas import ShownTicketPage
from intake.api.versions import IfMatch, etag, required_version
from intake.desk import NoSuchTicket, Order, Outdated, Result
from intake.ports import Receipt, Transaction
from intake.queries import TicketPage
from intake.tickets.lifecycle import legal_targets
from intake.tickets.model import Ticket
from intake.tickets.record import lifecycle_state
from intake.tickets.state import Refusal


def find_page(services: ApiServices, caller: Caller, number: int) -> TicketPage:
    """The ticket with everything in it. Raises Problem when there is none or it is another customer's. Blocking."""
    page = services.queries.ticket_page(number, services.clock())
    if page is None or caller.customer_id not in {None, page.line.ticket.customer_id}:
        raise not_found(number)
    return page


def show_page(services: ApiServices, caller: Caller, page: TicketPage, response: Response) -> ShownTicketPage:
    """Show the ticket to this caller and set its ETag."""
    state = lifecycle_state(page.line.ticket, page.terms)
    steps = legal_targets(state, caller.actor, at=services.clock(), limits=page.terms.limits)
    response.headers["ETag"] = etag(page.line.ticket.version)
    response.headers["Cache-Control"] = "private, no-cache"
    return ShownTicketPage.of_page(page, steps, to_customer=caller.contact is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketChange:
    """A request to change one ticket. version: the one it is meant for, None for whatever there is."""

    services: ApiServices
    caller: Caller
    number: int
    version: int | None
    response: Response

    async def run(self, command: Callable[[Transaction, Order], Result]) -> ShownTicketPage:
        """Run a command of the desk and show the ticket as it is then. Raises Problem for every refusal."""
        await self.carry_out(command)
        return await show_ticket(self.services, self.caller, self.number, self.response)

    async def carry_out(self, command: Callable[[Transaction, Order], Result]) -> Ticket:
        """Run a command of the desk; returns the ticket it is about then. Raises Problem for every refusal."""
        order = order_of(self.services, self.caller, self.number, self.version)

        def work(tx: Transaction) -> Ticket:
            return done(command(tx, order), self.number)

        return await asyncio.wrap_future(self.services.writer.submit(work))


def _ticket_change(
    *, services: Services, caller: TicketWriter, number: EntryId, response: Response, if_match: IfMatch = None
) -> TicketChange:
    version = required_version(if_match)
    return TicketChange(services=services, caller=caller, number=number, version=version, response=response)


WantedChange = Annotated[TicketChange, Depends(_ticket_change)]


async def show_ticket(services: ApiServices, caller: Caller, number: int, response: Response) -> ShownTicketPage:
    """Read and show a ticket without blocking the event loop."""
    page = await asyncio.to_thread(find_page, services, caller, number)
    return show_page(services, caller, page, response)


def order_of(services: ApiServices, caller: Caller, number: int, version: int | None) -> Order:
    """The desk's view of a request to change a ticket."""
    return Order(
        number=number, actor=caller.actor, at=services.clock(), customer_id=caller.customer_id, version=version
    )


def done(result: Result, number: int) -> Ticket:
    """The changed ticket, or the Problem that says why it was not changed."""
    match result:
        case Ticket():
            return result
        case NoSuchTicket():
            raise not_found(number)
        case Outdated(current=current):
            detail = f"Ticket {number} has version {current.version} by now."
            raise Problem("version-outdated", detail, headers={"ETag": etag(current.version)})
        case Refusal():
            raise Problem(
                "step-refused",
                result.message,
                reason=result.reason,
                missing=list(result.missing),
                legal=[target.status for target in result.legal],
            )


def taken_in(receipt: Receipt) -> int:
    """The number of the ticket a request became, or the Problem that says why it became none."""
    if receipt.verdict is Verdict.ACCEPT and receipt.ticket_number is not None:
        return receipt.ticket_number
    more: dict[str, Any] = {"reason": receipt.reason, "ledger_id": receipt.ledger_id}
    if receipt.verdict is Verdict.RETRY:
        raise Problem("temporary", receipt.public_text, headers={"Retry-After": "60"}, **more)
    raise Problem("request-refused", receipt.public_text, **more)


def not_found(number: int) -> Problem:
    """No such ticket, or none of this caller's business."""
    return Problem("not-found", f"There is no ticket {number} that you may see.")
