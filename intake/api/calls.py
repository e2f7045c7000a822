"""Calls: what was decided and why, who is calling now, the agent's form, and a refused number that is let in."""

import asyncio
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter

from authz.decision import Reason, Verdict
from authz.phone.number import read_number
from intake.api.access import LedgerReader, TicketReader, TicketWriter
from intake.api.call_stream import changed_calls, stream_calls
from intake.api.lists import LARGEST_ID, EntryId, Listed, WantedId, WantedWindow, listed
from intake.api.problems import Problem, documented
from intake.api.repeats import IdempotencyKey, do_once, once_of
from intake.api.services import ApiServices, Services
from intake.api.texts import Line, OptionalWords, ShortLine
from intake.api.ticket_files import given_out, octets_of
from intake.api.ticket_schemas import Sent
from intake.api.writing import WantedWriting
from intake.files.downloads import download_headers
from intake.people import Number, NumberData
from intake.phone.call_form import CallForm, FormRefusal, take_form
from intake.phone.screen_pop import ScreenPop, pop_call, pop_number
from intake.ports import Transaction
from intake.queries import CallFilter, CallLine, CallPage, CallRecording
from intake.terms import Category

router = APIRouter(prefix="/api/v1/calls", tags=["calls"])

SentId = Annotated[int, Field(ge=1, le=LARGEST_ID)]


class ShownCallEvent(BaseModel):
    """What the PBX told. data: everything it said."""

    at: datetime
    kind: str
    data: dict[str, Any]


class ShownCall(BaseModel):
    """A call with its decision and events. detail, evidence: why it was decided so, and by which checks.

    recordings: messages the caller left, with the file on the call's ticket once it is fetched.
    """

    id: int
    endpoint: str
    call_id: str
    direction: str
    state: str
    caller_shown: str
    caller_e164: str | None
    called_number: str | None
    agent: str | None
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    cause: str | None
    verdict: Verdict
    reason: Reason
    customer_id: int | None
    customer_name: str | None
    contact_id: int | None
    contact_name: str | None
    ticket_number: int | None
    detail: str
    evidence: list[dict[str, Any]]
    events: list[ShownCallEvent]
    recordings: list[CallRecording]

    @classmethod
    def of(cls, page: CallPage) -> "ShownCall":
        events = [ShownCallEvent(at=each.at, kind=each.kind, data=each.data) for each in page.events]
        return cls(
            **asdict(page.line),
            detail=page.detail,
            evidence=list(page.evidence),
            events=events,
            recordings=list(page.recordings),
        )


class NewAuthorization(Sent):
    """Whose the call's number is. Without a contact it is the customer's switchboard."""

    customer_id: SentId
    contact_id: SentId | None = None
    label: ShortLine = ""
    valid_from: AwareDatetime | None = None
    valid_until: AwareDatetime | None = None


class NewCallTicket(Sent):
    """The agent's form. ticket_number: the ticket the call is about, when it is not a new one."""

    subject: Line
    text: OptionalWords = ""
    category: Category | None = None
    contact_id: SentId | None = None
    ticket_number: SentId | None = None


class MadeTicket(BaseModel):
    """The ticket a call became or joined."""

    ticket_number: int


_MADE = TypeAdapter(MadeTicket)


@router.get("", responses=documented())
def list_calls(
    *,
    services: Services,
    caller: LedgerReader,
    window: WantedWindow,
    number: Annotated[str | None, Query(max_length=20, description="the caller as E.164")] = None,
    customer_id: WantedId = None,
    endpoint: Annotated[str | None, Query(max_length=100)] = None,
    started_from: AwareDatetime | None = None,
    started_until: AwareDatetime | None = None,
) -> Listed[CallLine]:
    """Calls, newest first."""
    wanted = CallFilter(
        caller=number,
        customer_id=customer_id,
        endpoint=endpoint,
        started_from=started_from,
        started_until=started_until,
    )
    return listed(services.queries.calls(wanted, window), lambda line: line)


@router.get(
    "/live",
    response_class=StreamingResponse,
    responses={**documented(), 200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def watch_calls(services: Services, caller: LedgerReader) -> StreamingResponse:
    """Server-sent events: an event `call` for each call that goes on, and again whenever one rings, changes or ends."""
    told: dict[int, CallLine] = {}
    first = await asyncio.to_thread(changed_calls, services, told, services.clock(), first=True)
    return StreamingResponse(
        stream_calls(services, told, first),
        media_type="text/event-stream",
        # Without the second one nginx collects the events before it passes them on.
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


@router.get("/screen-pop", responses=documented())
def pop_caller(
    services: Services,
    caller: LedgerReader,
    number: Annotated[str, Query(max_length=40, description="the caller, as E.164 or as people write it")],
) -> ScreenPop:
    """Who a number belongs to, what is agreed and open, and the last calls: for a screen, before there is a call."""
    return pop_number(services.queries, read_number(number).e164, services.clock())


@router.get("/{call_id}/screen-pop", responses=documented("not-found"))
def pop(services: Services, caller: LedgerReader, call_id: EntryId) -> ScreenPop:
    """The same for a call, with the call itself."""
    found = pop_call(services.queries, call_id, services.clock())
    if found is None:
        raise _no_such_call(call_id)
    return found


@router.get("/{call_id}", responses=documented("not-found"))
def read_call(services: Services, caller: LedgerReader, call_id: EntryId) -> ShownCall:
    """One call: the decision, the checks behind it, and every event."""
    return ShownCall.of(_find(services, call_id))


@router.get(
    "/{call_id}/recordings/{recording_id}",
    response_class=Response,
    responses={
        **documented("not-found", "file-withheld"),
        200: {"content": {"audio/*": {"schema": {"type": "string", "format": "binary"}}}},
    },
)
def read_recording(services: Services, caller: TicketReader, call_id: EntryId, recording_id: EntryId) -> Response:
    """A message's sound, as a file to save. It is a file of the call's ticket and takes the right to read that."""
    if caller.contact is not None:
        raise _no_such_call(call_id)
    page = _find(services, call_id)
    kept = next((each for each in page.recordings if each.id == recording_id), None)
    if kept is None or kept.attachment_id is None or page.line.ticket_number is None:
        raise Problem("not-found", f"Call {call_id} has no such recording that was fetched.")
    attachment = given_out(services, caller, page.line.ticket_number, kept.attachment_id)
    headers = download_headers(attachment.filename, attachment.content_type, attachment.sha256)
    return Response(octets_of(services, attachment), headers=headers)


@router.post(
    "/{call_id}/authorization",
    status_code=201,
    response_model=Number,
    responses=documented("not-found", "entry-taken", "idempotency-key-reused"),
)
async def authorize_number(writing: WantedWriting, call_id: EntryId, sent: NewAuthorization) -> Response:
    """Authorize the number a call came from, so that the next one is let in."""
    page = await asyncio.to_thread(_find, writing.services, call_id)
    number = page.line.caller_e164
    if number is None or page.line.direction != "in":
        raise Problem("invalid", f"Call {call_id} came from no number that could be authorized.")
    data = NumberData(number=number, **sent.model_dump())
    return await writing.add(
        Number, lambda people, by, at: people.add_number(data, by=by, at=at), collection="/api/v1/numbers"
    )


@router.post(
    "/{call_id}/ticket",
    status_code=201,
    response_model=MadeTicket,
    responses=documented("not-found", "request-refused", "idempotency-key-reused"),
)
async def file_call(
    *,
    services: Services,
    caller: TicketWriter,
    call_id: EntryId,
    sent: NewCallTicket,
    request: Request,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """The agent's quick form: the call becomes a ticket, or joins one of the caller's customer."""
    if caller.contact is not None:
        raise _no_such_call(call_id)
    form = CallForm(**sent.model_dump())
    at = services.clock()

    def work(tx: Transaction) -> str:
        made = take_form(tx, call_id, form, by=caller.actor, at=at, signer=services.signer)
        if made is FormRefusal.NO_SUCH_CALL:
            raise _no_such_call(call_id)
        if made is FormRefusal.NOT_AUTHORIZED:
            raise Problem("request-refused", f"Nothing was filed: {made}.")
        if isinstance(made, FormRefusal):
            raise Problem("invalid", f"Nothing was filed: {made}.")
        return _MADE.dump_json(MadeTicket(ticket_number=made.number)).decode()

    answered = await do_once(services, caller, await once_of(request, idempotency_key), work)
    location = f"/api/v1/tickets/{_MADE.validate_json(answered.body).ticket_number}"
    return Response(answered.body, 201, {"Location": location}, "application/json")


def _find(services: ApiServices, call_id: int) -> CallPage:
    page = services.queries.call(call_id)
    if page is None:
        raise _no_such_call(call_id)
    return page


def _no_such_call(call_id: int) -> Problem:
    return Problem("not-found", f"There is no call {call_id}.")
