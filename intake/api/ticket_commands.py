"""What people do to a ticket. Every change of its state needs the version it is meant for (If-Match)."""

from functools import partial

from fastapi import APIRouter

from intake import desk
from intake.api.problems import documented
from intake.api.ticket_schemas import (
    Acceptance,
    NewCategory,
    NewOffer,
    NewStatus,
    Refusal,
    ShownTicketPage,
)
from intake.api.ticket_views import WantedChange

router = APIRouter(
    prefix="/api/v1/tickets/{number}",
    tags=["tickets"],
    responses=documented("not-found", "step-refused", "version-outdated", "precondition-required"),
)


@router.put("/status")
async def change_status(change: WantedChange, sent: NewStatus) -> ShownTicketPage:
    """Move the ticket to another status. Closing needs a solution and an evaluation. RULE evaluation."""
    step = desk.Step(
        status=sent.status,
        solution=sent.solution,
        evaluation=frozenset(sent.evaluation),
        accepted_by=sent.accepted_by,
        words=sent.words,
    )
    return await change.run(partial(desk.move, step=step))


@router.put("/category")
async def change_category(change: WantedChange, sent: NewCategory) -> ShownTicketPage:
    """Move the ticket to another category; the history of categories is kept."""
    return await change.run(partial(desk.recategorize, category=sent.category))


@router.put("/offer")
async def make_offer(change: WantedChange, sent: NewOffer) -> ShownTicketPage:
    """Record the offer made for a change request. RULE change-offer."""
    return await change.run(partial(desk.make_offer, text=sent.text))


@router.put("/offer/acceptance")
async def accept_offer(change: WantedChange, sent: Acceptance) -> ShownTicketPage:
    """Record that the customer accepted: who and under which order number. RULE change-offer."""
    return await change.run(partial(desk.accept_offer, accepted_by=sent.accepted_by, order_number=sent.order_number))


@router.put("/offer/refusal")
async def decline_offer(change: WantedChange, sent: Refusal) -> ShownTicketPage:
    """Record that the customer declined; another offer can be made. RULE change-offer."""
    return await change.run(partial(desk.decline_offer, declined_by=sent.declined_by))


@router.put("/temporary-fix")
async def record_temporary_fix(change: WantedChange) -> ShownTicketPage:
    """Record that a temporary fix restored the system: the fix time ends. RULE fix-time."""
    return await change.run(desk.record_temporary_fix)


@router.delete("/temporary-fix")
async def withdraw_temporary_fix(change: WantedChange) -> ShownTicketPage:
    """Record that the temporary fix does not hold: the fix time runs on. RULE fix-time."""
    return await change.run(desk.withdraw_temporary_fix)
