"""What callers prove themselves by: PINs of contacts, codes of new numbers, and calls verified by calling back."""

import asyncio
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from authz.decision import Reason, Verdict
from intake.api.access import PeopleReader, PeopleWriter, TicketWriter
from intake.api.lists import EntryId
from intake.api.people_schemas import Ref
from intake.api.problems import Problem, documented
from intake.api.services import Services
from intake.api.texts import ShortLine
from intake.api.ticket_schemas import Sent
from intake.contact_lists.number_codes import CodeOutcome, CodeResult, GivenCode, confirm_code, confirmed, request_code
from intake.people import Number, NumberData
from intake.phone.call_back import CallBackRefusal, finish_call_back, start_call_back
from intake.phone.calls import CallRecord
from intake.phone.pins import set_pin
from intake.ports import Transaction

router = APIRouter(prefix="/api/v1", tags=["phone"])

_FOUND = documented("not-found")
_NO_STORE = {"Cache-Control": "no-store"}
Code = Annotated[str, Field(min_length=1, max_length=20)]


class PinState(BaseModel):
    """Whether a contact has a PIN; never the PIN itself."""

    set_at: datetime | None
    failures: int = 0
    locked_until: datetime | None = None


class SentPin(Sent):
    """A contact's new PIN: four to eight digits. Without one, one is made."""

    pin: Annotated[str, Field(max_length=20)] | None = None


class GivenPin(BaseModel):
    """pin: the PIN that was made, in this answer only; null when it was sent."""

    contact_id: int
    pin: str | None


class WantedCode(Sent):
    """The number somebody wants to have listed, and for whom."""

    number: Annotated[str, Field(min_length=1, max_length=40)]
    customer_id: Ref
    contact_id: Ref | None = None


class SentCode(Sent):
    """The code that was given back by telephone. Null: it was keyed in a call from the number itself."""

    code: Code | None = None
    customer_id: Ref
    label: ShortLine = ""


class SentCallCode(Sent):
    """The code that was given back."""

    code: Code


class VerifiedCall(BaseModel):
    """What was decided on the call with the call back as evidence."""

    call_id: int
    verdict: Verdict
    reason: Reason
    customer_id: int | None
    contact_id: int | None


@router.get("/contacts/{contact_id}/pin", responses=_FOUND)
async def read_pin(services: Services, caller: PeopleReader, contact_id: EntryId) -> PinState:
    """Whether the contact has a PIN, and whether it is locked."""

    def work(tx: Transaction) -> PinState:
        tx.people.contact(contact_id)
        kept = tx.phone_proofs.pin(contact_id)
        if kept is None:
            return PinState(set_at=None)
        attempts = kept.attempts
        return PinState(set_at=kept.set_at, failures=attempts.failures, locked_until=attempts.locked_until)

    return await asyncio.wrap_future(services.writer.submit(work))


@router.put("/contacts/{contact_id}/pin", responses=_FOUND)
async def change_pin(
    services: Services, caller: PeopleWriter, contact_id: EntryId, sent: SentPin, response: Response
) -> GivenPin:
    """Set or replace a contact's PIN; a lock ends with it. Nobody can read it afterwards."""
    at = services.clock()
    made = await asyncio.wrap_future(
        services.writer.submit(lambda tx: set_pin(tx, services.pins, contact_id, sent.pin, by=caller.actor, at=at))
    )
    response.headers.update(_NO_STORE)
    return GivenPin(contact_id=contact_id, pin=made)


@router.delete("/contacts/{contact_id}/pin", status_code=204, responses=_FOUND)
async def remove_pin(services: Services, caller: PeopleWriter, contact_id: EntryId) -> None:
    """Take a contact's PIN away."""
    at = services.clock()
    await asyncio.wrap_future(
        services.writer.submit(lambda tx: tx.phone_proofs.remove_pin(contact_id, by=caller.actor, at=at))
    )


@router.post("/number-codes", status_code=201, responses=documented("not-found", "too-often"))
async def ask_for_code(services: Services, caller: PeopleWriter, sent: WantedCode, response: Response) -> GivenCode:
    """Make the code that proves a number, for whoever calls it to say there. It is in this answer only."""
    at = services.clock()

    def work(tx: Transaction) -> GivenCode:
        tx.people.customer(sent.customer_id)
        return request_code(
            tx,
            services.pins,
            sent.number,
            customer_id=sent.customer_id,
            contact_id=sent.contact_id,
            by=caller.actor,
            at=at,
            limits=services.asked,
        )

    response.headers.update(_NO_STORE)
    return await asyncio.wrap_future(services.writer.submit(work))


@router.post("/number-codes/{code_id}/confirmation", status_code=201, responses=documented("not-found", "entry-taken"))
async def take_code(services: Services, caller: PeopleWriter, code_id: EntryId, sent: SentCode) -> Number:
    """Take the code back and put the number on the list. Five wrong ones end it."""
    at = services.clock()

    def work(tx: Transaction) -> Number | CodeOutcome:
        kept = confirmed(tx, code_id, customer_id=sent.customer_id, at=at)
        if kept is None and sent.code is None:
            return CodeOutcome.USED_UP
        if kept is None:
            taken = _take(tx, services, code_id, sent, at)
            if taken.kept is None or taken.outcome is not CodeOutcome.CONFIRMED:
                return taken.outcome
            kept = taken.kept
        data = NumberData(
            customer_id=kept.customer_id, contact_id=kept.contact_id, number=kept.number, label=sent.label
        )
        return tx.people.add_number(data, by=caller.actor, at=at)

    added = await asyncio.wrap_future(services.writer.submit(work))
    if added is CodeOutcome.UNKNOWN:
        raise Problem("not-found", f"There is no code {code_id}.")
    if isinstance(added, CodeOutcome):
        raise Problem("invalid", f"The number was not added: the code is {added}.")
    return added


@router.post(
    "/calls/{call_id}/call-back", status_code=201, responses=documented("not-found", "request-refused", "too-often")
)
async def call_back(services: Services, caller: TicketWriter, call_id: EntryId, response: Response) -> GivenCode:
    """Make the code to say to whoever answers when the caller's listed number is called back."""
    if caller.contact is not None:
        raise Problem("not-found", f"There is no call {call_id}.")
    at = services.clock()
    given = await asyncio.wrap_future(
        services.writer.submit(lambda tx: start_call_back(tx, services.pins, call_id, by=caller.actor, at=at))
    )
    response.headers.update(_NO_STORE)
    if isinstance(given, CallBackRefusal):
        raise _refused(call_id, given)
    return given


@router.post("/calls/{call_id}/call-back/{code_id}", responses=documented("not-found", "request-refused"))
async def verify_call(
    services: Services, caller: TicketWriter, call_id: EntryId, code_id: EntryId, sent: SentCallCode
) -> VerifiedCall:
    """Take the code back; the call is decided on again, with the call back as evidence."""
    if caller.contact is not None:
        raise Problem("not-found", f"There is no call {call_id}.")
    at = services.clock()

    def work(tx: Transaction) -> CallRecord | CallBackRefusal:
        return finish_call_back(tx, services.pins, code_id, sent.code, call_id=call_id, by=caller.actor, at=at)

    done = await asyncio.wrap_future(services.writer.submit(work))
    if isinstance(done, CallBackRefusal):
        raise _refused(call_id, done)
    return VerifiedCall(
        call_id=call_id,
        verdict=done.verdict,
        reason=done.reason,
        customer_id=done.customer_id,
        contact_id=done.contact_id,
    )


def _take(tx: Transaction, services: Services, code_id: int, sent: SentCode, at: datetime) -> CodeResult:
    known = tx.phone_proofs.code(code_id)
    if known is None or known.customer_id != sent.customer_id or known.call_id is not None:
        return CodeResult(outcome=CodeOutcome.UNKNOWN)
    return confirm_code(tx, services.pins, code_id, sent.code or "", at=at)


def _refused(call_id: int, refusal: CallBackRefusal) -> Problem:
    if refusal is CallBackRefusal.NO_SUCH_CALL:
        return Problem("not-found", f"There is no call {call_id}.")
    if refusal in {CallBackRefusal.WRONG, CallBackRefusal.USED_UP}:
        return Problem("invalid", f"The call was not verified: {refusal}.")
    return Problem("request-refused", f"The call cannot be verified so: {refusal}.")
