"""Who takes part in a ticket beside its contact."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from fastapi import APIRouter

from intake.api.access import Caller, TicketWriter
from intake.api.lists import EntryId
from intake.api.problems import Problem, documented
from intake.api.services import ApiServices, Services
from intake.api.texts import Line
from intake.api.ticket_schemas import Sent
from intake.conversation.taking_part import add_participant, remove_participant
from intake.ports import Transaction
from intake.tickets.model import Actor

router = APIRouter(prefix="/api/v1/tickets/{number}/participants", tags=["tickets"])


class SentParticipant(Sent):
    """An address that may write for the ticket's own customer."""

    address: Line


@router.post("", status_code=204, responses=documented("not-found", "step-refused"))
async def add(services: Services, caller: TicketWriter, number: EntryId, sent: SentParticipant) -> None:
    """Let a colleague of the customer's take part; only the service desk does. Once is enough."""
    await _run(services, caller, lambda tx, by, at: add_participant(tx, number, sent.address, by=by, at=at))


@router.delete("/{address}", status_code=204, responses=documented("not-found", "step-refused"))
async def remove(services: Services, caller: TicketWriter, number: EntryId, address: str) -> None:
    """Let somebody take part no longer."""
    await _run(services, caller, lambda tx, by, at: remove_participant(tx, number, address, by=by, at=at))


async def _run(services: ApiServices, caller: Caller, command: Callable[[Transaction, Actor, datetime], None]) -> None:
    if caller.contact is not None:
        raise Problem("step-refused", "Only the service desk says who takes part.", reason="not-for-actor")
    at = services.clock()
    await asyncio.wrap_future(services.writer.submit(lambda tx: command(tx, caller.actor, at)))
