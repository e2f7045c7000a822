"""Held requests: what is there, with the evidence, and a person's decision."""

import asyncio
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from authz.decision import PUBLIC_TEXT, Reason
from authz.identity import Channel
from authz.words import advise, say_check
from intake.api.access import QuarantineDecider, QuarantineReader
from intake.api.lists import EntryId, Listed, WantedWindow, listed
from intake.api.people_schemas import Ref
from intake.api.problems import Problem, documented
from intake.api.services import ApiServices, Services
from intake.api.texts import OptionalWords
from intake.api.ticket_schemas import Sent
from intake.ledger import HeldState, claim_of_entry, read_evidence
from intake.quarantine import QuarantineError, Release
from intake.queries import HeldLine

router = APIRouter(prefix="/api/v1/quarantine", tags=["quarantine"])

_LONGEST_PREVIEW = 20_000


class ShownHeld(BaseModel):
    """A held request. identity: who it claims to be from. reason: why it was held."""

    id: int
    state: HeldState
    channel: Channel
    account: str
    received_at: datetime
    identity: str | None
    subject: str | None
    reason: Reason
    detail: str
    customer_id: int | None
    contact_id: int | None
    decided_at: datetime | None
    decided_by: str | None
    note: str | None
    ticket: int | None = Field(description="the ticket it became when it was released")


class Preview(BaseModel):
    """What the request says. html: without anything active; nothing is loaded from elsewhere when it is shown."""

    subject: str
    text: str
    html: str | None
    attachments: list[str]


class ShownHeldPage(ShownHeld):
    """A held request with the checks that were made and what it says.

    words: the reason and each check in a sentence. advice: what would have to change for the next one to get in.
    """

    reverse_path: str | None
    peer: str | None
    message_id: str | None
    evidence: list[dict[str, Any]]
    words: list[str]
    advice: list[str]
    preview: Preview | None


class SentRelease(Sent):
    """A person's word that the request is genuine. customer_id, contact_id: whose it is, when the lists do not know.

    from_receipt: start the clocks when it was received instead of now.
    authorize: put the address it claims to be from on the list of that contact.
    """

    customer_id: Ref | None = None
    contact_id: Ref | None = None
    note: OptionalWords = ""
    from_receipt: bool = False
    authorize: bool = False


class SentRejection(Sent):
    """Why it is not wanted."""

    note: OptionalWords = ""


class Released(BaseModel):
    """What the release led to."""

    ticket: int
    ledger_id: int


@router.get("", responses=documented())
def list_held(
    *, services: Services, caller: QuarantineReader, window: WantedWindow, state: HeldState | None = HeldState.HELD
) -> Listed[ShownHeld]:
    """Held requests, newest first; by default those that wait for a decision."""
    return listed(services.queries.quarantine(state, window), lambda line: ShownHeld(**_fields(line)))


@router.get("/{held_id}", responses=documented("not-found"))
def read_held(services: Services, caller: QuarantineReader, held_id: EntryId) -> ShownHeldPage:
    """One held request, with its evidence and what it says."""
    line = _find(services, held_id)
    entry = line.entry
    checks = read_evidence(entry.evidence)
    return ShownHeldPage(
        **_fields(line),
        reverse_path=entry.reverse_path,
        peer=entry.peer,
        message_id=entry.message_id,
        evidence=entry.evidence,
        words=[PUBLIC_TEXT[entry.reason], *map(say_check, checks)],
        advice=list(advise(entry.reason, claim_of_entry(entry), checks)),
        preview=_preview(services, entry.blob),
    )


@router.get("/{held_id}/raw", response_class=Response, responses=documented("not-found"))
def read_raw(services: Services, caller: QuarantineReader, held_id: EntryId) -> Response:
    """The octets as they came, to be saved."""
    line = _find(services, held_id)
    try:
        octets = services.blobs.read(line.entry.blob or "")
    except KeyError:
        raise Problem("not-found", f"The octets of request {held_id} are not kept any more.") from None
    headers = {
        "Content-Disposition": f'attachment; filename="request-{held_id}.eml"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return Response(octets, media_type="application/octet-stream", headers=headers)


@router.post("/{held_id}/release", responses=documented("not-found", "quarantine-decision"))
async def release(services: Services, caller: QuarantineDecider, held_id: EntryId, sent: SentRelease) -> Released:
    """Release a held request into the ticket it would have made."""
    await asyncio.to_thread(_check, services, held_id, sent.customer_id)
    wanted = Release(
        held_id=held_id,
        by=caller.actor,
        at=services.clock(),
        customer_id=sent.customer_id,
        contact_id=sent.contact_id,
        note=sent.note or None,
        from_receipt=sent.from_receipt,
        authorize=sent.authorize,
    )
    try:
        receipt = await services.quarantine.release(wanted)
    except QuarantineError as error:
        raise Problem("quarantine-decision", str(error)) from error
    if receipt.ticket_number is None:
        raise Problem("internal", "The request was released, but led to no ticket.")
    return Released(ticket=receipt.ticket_number, ledger_id=receipt.ledger_id)


@router.post("/{held_id}/reject", status_code=204, responses=documented("not-found", "quarantine-decision"))
async def reject(services: Services, caller: QuarantineDecider, held_id: EntryId, sent: SentRejection) -> None:
    """Settle a held request as not wanted; nobody is told."""
    await asyncio.to_thread(_check, services, held_id, None)
    try:
        await services.quarantine.reject(held_id, by=caller.actor, at=services.clock(), note=sent.note or None)
    except QuarantineError as error:
        raise Problem("quarantine-decision", str(error)) from error


def _check(services: ApiServices, held_id: int, customer_id: int | None) -> None:
    _find(services, held_id)
    if customer_id is not None and services.queries.customer(customer_id) is None:
        errors = [{"field": "body.customer_id", "message": "names no customer"}]
        raise Problem("invalid", f"There is no customer {customer_id}.", errors=errors)


def _find(services: ApiServices, held_id: int) -> HeldLine:
    line = services.queries.held(held_id)
    if line is None:
        raise Problem("not-found", f"There is no held request {held_id}.")
    return line


def _fields(line: HeldLine) -> dict[str, Any]:
    held, entry = line.held, line.entry
    return {
        "id": held.id,
        "state": held.state,
        "channel": entry.channel,
        "account": entry.account,
        "received_at": entry.received_at,
        "identity": entry.identity,
        "subject": entry.subject,
        "reason": entry.reason,
        "detail": entry.detail,
        "customer_id": entry.customer_id,
        "contact_id": entry.contact_id,
        "decided_at": held.decided_at,
        "decided_by": held.decided_by,
        "note": held.note,
        "ticket": line.ticket_number,
    }


def _preview(services: ApiServices, blob: str | None) -> Preview | None:
    if blob is None:
        return None
    try:
        submission = services.rereader.read(services.blobs.read(blob))
    except KeyError:
        return None
    return Preview(
        subject=submission.subject,
        text=submission.text[:_LONGEST_PREVIEW],
        html=submission.html,
        attachments=[file.filename for file in submission.attachments],
    )
