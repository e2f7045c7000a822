"""A ticket's clocks with their explanation, and the work noted on it. RULE response-time, fix-time, service-hours"""

import asyncio
from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter

from intake.api.access import Caller, TicketReader, TicketWriter
from intake.api.lists import EntryId
from intake.api.problems import Problem, documented
from intake.api.repeats import IdempotencyKey, do_once, once_of
from intake.api.services import ApiServices, Services
from intake.api.texts import OptionalWords
from intake.api.ticket_schemas import Sent
from intake.api.ticket_views import not_found, order_of
from intake.desk import NoSuchTicket, Outdated
from intake.ports import Transaction
from intake.queries import TicketClocks
from intake.service import NotedWork, Work
from intake.sla.clock import ClockKind, ClockReading, ClockState, read_clock
from intake.sla.explain import Explanation, Line, explain_clock
from intake.terms import Category, Evaluation
from intake.tickets.state import Refusal
from intake.work import WorkResult, note_work, withdraw_work

router = APIRouter(prefix="/api/v1/tickets/{number}", tags=["service level"])


class ShownLine(BaseModel):
    """A stretch of time and why it counts or does not."""

    start: datetime
    end: datetime
    seconds: float
    counted: bool
    reason: str
    words: str

    @classmethod
    def of(cls, line: Line) -> Self:
        """Show a line of an explanation."""
        return cls(
            start=line.start,
            end=line.end,
            seconds=line.length.total_seconds(),
            counted=line.counted,
            reason=line.reason,
            words=line.words,
        )


class ShownClock(BaseModel):
    """A clock read now. Seconds are open time; the counted lines add up to elapsed_seconds."""

    kind: ClockKind
    category: Category
    state: ClockState
    starts_at: datetime
    ended_at: datetime | None
    target_seconds: float | None = Field(description="null when the contract promises nothing")
    elapsed_seconds: float
    remaining_seconds: float | None = Field(description="negative after a breach")
    deadline: datetime | None
    breached: bool
    breaches_at: datetime | None
    lines: list[ShownLine]

    @classmethod
    def of(cls, reading: ClockReading, explanation: Explanation) -> Self:
        """Show a reading with its reasons."""
        return cls(
            kind=reading.kind,
            category=reading.category,
            state=reading.state,
            starts_at=reading.starts_at,
            ended_at=reading.ended_at,
            target_seconds=None if reading.target is None else reading.target.total_seconds(),
            elapsed_seconds=reading.elapsed.total_seconds(),
            remaining_seconds=None if reading.remaining is None else reading.remaining.total_seconds(),
            deadline=reading.deadline,
            breached=reading.breached,
            breaches_at=reading.breaches_at,
            lines=[ShownLine.of(line) for line in explanation.lines],
        )


class ShownClocks(BaseModel):
    """Both clocks of a ticket at one moment."""

    ticket: int
    at: datetime
    contract: str | None = Field(description="the contract in force when the clocks started")
    clocks: list[ShownClock]


class NewWork(Sent):
    """Time worked on the ticket. flag: what it was for; it decides whether the monthly price includes it."""

    minutes: Annotated[int, Field(ge=1, le=1440)]
    flag: Evaluation
    at: AwareDatetime | None = Field(None, description="when; now when it is not said")
    note: OptionalWords = ""


@router.get("/clocks", responses=documented("not-found"))
def read_clocks(
    *,
    services: Services,
    caller: TicketReader,
    number: EntryId,
    at: Annotated[AwareDatetime | None, Query(description="read as of this moment; now when it is not said")] = None,
) -> ShownClocks:
    """What each clock says, and why: every stretch that was counted or skipped, with its reason."""
    found = _clocks(services, caller, number)
    moment = max(at or services.clock(), found.ticket.received_at)
    terms = found.contract.terms_at(found.ticket.received_at)
    return ShownClocks(
        ticket=number,
        at=moment,
        contract=None if terms is None else terms.name,
        clocks=[
            ShownClock.of(
                read_clock(kind, found.history, found.contract, moment),
                explain_clock(kind, found.history, found.contract, moment),
            )
            for kind in ClockKind
        ],
    )


@router.get("/time-entries", responses=documented("not-found"))
def list_work(services: Services, caller: TicketReader, number: EntryId) -> list[NotedWork]:
    """The work noted on the ticket; what was withdrawn is still shown, but counts no longer."""
    _clocks(services, caller, number)
    return list(services.queries.time_entries(number))


@router.post("/time-entries", status_code=201, response_model=NotedWork, responses=documented("not-found"))
async def add_work(
    *,
    services: Services,
    caller: TicketWriter,
    number: EntryId,
    sent: NewWork,
    request: Request,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Note work on the ticket; the same request with the same key notes it once."""
    order = order_of(services, caller, number, None)
    work = Work(at=sent.at or order.at, minutes=sent.minutes, flag=sent.flag, note=sent.note)
    adapter = TypeAdapter(NotedWork)

    def note(tx: Transaction) -> str:
        return adapter.dump_json(_noted(note_work(tx, order, work), number)).decode()

    answered = await do_once(services, caller, await once_of(request, idempotency_key), note)
    return Response(answered.body, 201, media_type="application/json")


@router.delete("/time-entries/{entry_id}", responses=documented("not-found"))
async def remove_work(services: Services, caller: TicketWriter, number: EntryId, entry_id: EntryId) -> NotedWork:
    """Withdraw a time entry; it counts no longer."""
    order = order_of(services, caller, number, None)

    def withdraw(tx: Transaction) -> NotedWork:
        return _noted(withdraw_work(tx, order, entry_id), number)

    return await asyncio.wrap_future(services.writer.submit(withdraw))


def _clocks(services: ApiServices, caller: Caller, number: int) -> TicketClocks:
    found = services.queries.ticket_clocks(number)
    if found is None or caller.customer_id not in {None, found.ticket.customer_id}:
        raise not_found(number)
    return found


def _noted(result: WorkResult, number: int) -> NotedWork:
    match result:
        case NotedWork():
            return result
        case Refusal():
            raise Problem("step-refused", result.message, reason=result.reason)
        case NoSuchTicket() | Outdated():
            raise not_found(number)
