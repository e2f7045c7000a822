"""What belongs together: merging, splitting and linking tickets of one customer."""

import asyncio
from functools import partial
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from intake.api.access import TicketReader
from intake.api.lists import LARGEST_ID, EntryId
from intake.api.problems import Problem, documented
from intake.api.services import Services
from intake.api.texts import Line, OptionalWords
from intake.api.ticket_schemas import Sent, Shown, ShownTicketPage
from intake.api.ticket_views import WantedChange, find_page, show_ticket
from intake.conversation import merging
from intake.conversation.duplicates import DuplicatesRefusedError, merge_all
from intake.conversation.links import LinkKind
from intake.desk import Order, Result, find_ordered
from intake.ports import Transaction
from intake.terms import Category, Evaluation, Status
from intake.tickets.model import Ticket
from intake.tickets.state import Refusal

_MOST_DUPLICATES = 50

router = APIRouter(
    prefix="/api/v1/tickets/{number}",
    tags=["tickets"],
    responses=documented("not-found", "step-refused", "version-outdated", "precondition-required"),
)


class ShownLink(Shown):
    """Another ticket. outward: this one was merged into it, or split off it; else the reverse."""

    kind: LinkKind
    outward: bool
    number: int
    subject: str
    status: Status


class ShownLinks(BaseModel):
    """The tickets that belong to one."""

    items: list[ShownLink]


class WantedMerge(Sent):
    """The ticket this one is a duplicate of. solution: what to say beside its number."""

    into: int = Field(ge=1, le=LARGEST_ID)
    evaluation: list[Evaluation] = Field(min_length=1, max_length=len(Evaluation))
    solution: OptionalWords = ""


class WantedDuplicates(Sent):
    """The tickets that are duplicates of this one. solution: what to say beside its number."""

    numbers: list[Annotated[int, Field(ge=1, le=LARGEST_ID)]] = Field(min_length=1, max_length=_MOST_DUPLICATES)
    evaluation: list[Evaluation] = Field(min_length=1, max_length=len(Evaluation))
    solution: OptionalWords = ""


class WantedSplit(Sent):
    """What was said here and is another matter. category: this ticket's when it is not stated."""

    comment_id: int = Field(ge=1, le=LARGEST_ID)
    subject: Line
    category: Category | None = None


@router.get("/links", responses=documented("not-found"))
async def list_links(*, services: Services, caller: TicketReader, number: EntryId) -> ShownLinks:
    """The tickets merged with this one, split off it, or linked to it."""
    await asyncio.to_thread(find_page, services, caller, number)
    found = await asyncio.to_thread(services.queries.linked_tickets, number)
    return ShownLinks(items=[ShownLink.model_validate(each) for each in found])


@router.put("/merge")
async def merge_ticket(change: WantedChange, sent: WantedMerge) -> ShownTicketPage:
    """Close this ticket as a duplicate of another one; what is mailed to it later lands there. RULE evaluation."""
    wanted = merging.Merge(into=sent.into, evaluation=frozenset(sent.evaluation), solution=sent.solution)
    return await change.run(partial(merging.merge, wanted=wanted))


@router.delete("/merge")
async def separate_ticket(change: WantedChange) -> ShownTicketPage:
    """Take a merge back; the ticket stays closed until somebody reopens it."""
    return await change.run(merging.separate)


@router.post("/duplicates")
async def merge_duplicates(change: WantedChange, sent: WantedDuplicates) -> ShownTicketPage:
    """Close several tickets as duplicates of this one, all of them or none. RULE evaluation."""
    into = merging.Merge(into=change.number, evaluation=frozenset(sent.evaluation), solution=sent.solution)

    def work(tx: Transaction, order: Order) -> Result:
        found = find_ordered(tx, order)
        if isinstance(found, Ticket):
            merge_all(tx, sent.numbers, into, by=order.actor, at=order.at)
        return found

    try:
        return await change.run(work)
    except DuplicatesRefusedError as error:
        first, numbers = error.refused[0], [each.number for each in error.refused]
        if isinstance(first.why, Refusal):
            detail = f"Ticket {first.number}: {first.why.message}"
            raise Problem("step-refused", detail, reason=first.why.reason, numbers=numbers) from error
        raise Problem("not-found", f"There is no ticket {first.number} that you may see.", numbers=numbers) from error


@router.post("/split", status_code=201)
async def split_ticket(change: WantedChange, sent: WantedSplit) -> ShownTicketPage:
    """Open a ticket for something said in this one. Its clock starts when that was received. RULE fix-time."""
    wanted = merging.Split(comment_id=sent.comment_id, subject=sent.subject, category=sent.category)
    opened = await change.carry_out(partial(merging.split, wanted=wanted))
    change.response.headers["Location"] = f"/api/v1/tickets/{opened.number}"
    return await show_ticket(change.services, change.caller, opened.number, change.response)


@router.put("/links/{other}")
async def link_tickets(change: WantedChange, other: EntryId) -> ShownTicketPage:
    """Link another ticket of the same customer to this one."""
    return await change.run(partial(merging.link, other=other))


@router.delete("/links/{other}")
async def unlink_tickets(change: WantedChange, other: EntryId) -> ShownTicketPage:
    """Take such a link back."""
    return await change.run(partial(merging.unlink, other=other))
