"""What is said in a ticket, and the files in it.

A customer's message comes in through the receiver like a mail; a technician's is written by the desk and sent out.
"""

import asyncio
import hashlib
import json
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response, UploadFile

from intake.api.access import Caller, TicketWriter
from intake.api.lists import EntryId
from intake.api.problems import Problem, documented
from intake.api.repeats import IdempotencyKey, Once, do_once, once_for, once_of
from intake.api.services import ApiServices, Services
from intake.api.texts import OptionalWords
from intake.api.ticket_schemas import NewComment, ShownTicketPage
from intake.api.ticket_views import done, find_page, order_of, show_ticket
from intake.api.tickets import circumstances, submit
from intake.api.versions import IfMatch, optional_version
from intake.desk import NewFile, Outdated, Remark, comment
from intake.files.downloads import file_name
from intake.people import Contact
from intake.ports import PreparedBlob, Transaction
from intake.web_request import UploadedFile, WebRequest

router = APIRouter(prefix="/api/v1/tickets/{number}", tags=["tickets"])

_REFUSALS = documented(
    "not-found", "request-refused", "step-refused", "version-outdated", "idempotency-key-reused", "body-too-large"
)
_MOST_FILES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Somebody at a ticket. version: the one seen, None when it does not matter. key: the Idempotency-Key."""

    services: ApiServices
    caller: Caller
    number: int
    version: int | None
    key: str | None
    request: Request
    response: Response


def _visit(
    *,
    services: Services,
    caller: TicketWriter,
    number: EntryId,
    request: Request,
    response: Response,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> Visit:
    return Visit(
        services=services,
        caller=caller,
        number=number,
        version=optional_version(if_match),
        key=idempotency_key,
        request=request,
        response=response,
    )


WantedVisit = Annotated[Visit, Depends(_visit)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """A comment on its way to either the receiver or the desk."""

    text: str
    internal: bool
    files: tuple[UploadedFile, ...] = ()


@router.post("/comments", status_code=201, responses=_REFUSALS)
async def add_comment(visit: WantedVisit, sent: NewComment) -> ShownTicketPage:
    """Say something. A technician's reply goes to the contact by mail; a note (internal) goes to nobody.

    The answer is the ticket; a customer who writes after the reopen window gets the new, linked one.
    """
    once = await once_of(visit.request, visit.key)
    return await _say(visit, _Said(text=sent.text, internal=sent.internal), once)


@router.post("/attachments", status_code=201, responses=_REFUSALS)
async def add_attachments(
    visit: WantedVisit,
    files: list[UploadFile],
    text: Annotated[OptionalWords, Form(description="what to say with the files")] = "",
    internal: Annotated[bool, Form()] = False,
) -> ShownTicketPage:
    """Add files, as a comment that has them."""
    if len(files) > _MOST_FILES:
        errors = [{"field": "body.files", "message": f"at most {_MOST_FILES} at once"}]
        raise Problem("invalid", "Too many files at once.", errors=errors)
    uploaded = tuple([await _read_upload(file) for file in files])
    once = once_for(visit.request, visit.key, _summary(text, internal, uploaded))
    return await _say(visit, _Said(text=text, internal=internal, files=uploaded), once)


async def _say(visit: Visit, said: _Said, once: Once) -> ShownTicketPage:
    contact = visit.caller.contact
    number = await (_answer(visit, said, once) if contact is None else _write_in(visit, contact, said))
    visit.response.headers["Location"] = f"/api/v1/tickets/{number}"
    return await show_ticket(visit.services, visit.caller, number, visit.response)


async def _write_in(visit: Visit, contact: Contact, said: _Said) -> int:
    if said.internal:
        raise Problem("step-refused", "Only the service desk writes internal notes.", reason="not-for-actor")
    services = visit.services
    page = await asyncio.to_thread(find_page, services, visit.caller, visit.number)
    ticket = page.line.ticket
    if visit.version not in {None, ticket.version}:
        done(Outdated(current=ticket), visit.number)
    asked = WebRequest(subject=ticket.subject, text=said.text, files=said.files, answers=ticket)
    how = circumstances(visit.caller, visit.request, services.clock(), visit.key)
    return await submit(services, asked, contact, how)


async def _answer(visit: Visit, said: _Said, once: Once) -> int:
    services = visit.services
    blobs = await asyncio.to_thread(_prepare, services, said.files)
    files = tuple(
        NewFile(filename=file.filename, content_type=file.content_type, blob=blob)
        for file, blob in zip(said.files, blobs, strict=True)
    )
    remark = Remark(text=said.text, internal=said.internal, files=files)
    order = order_of(services, visit.caller, visit.number, visit.version)

    def work(tx: Transaction) -> str:
        return str(done(comment(tx, order, remark), visit.number).number)

    return int((await do_once(services, visit.caller, once, work)).body)


def _prepare(services: ApiServices, files: tuple[UploadedFile, ...]) -> list[PreparedBlob]:
    return [services.blobs.prepare(file.content) for file in files]


async def _read_upload(file: UploadFile) -> UploadedFile:
    content_type = file.content_type or "application/octet-stream"
    return UploadedFile(filename=file_name(file.filename), content_type=content_type, content=await file.read())


def _summary(text: str, internal: bool, files: tuple[UploadedFile, ...]) -> bytes:
    digests = [[file.filename, hashlib.sha256(file.content).hexdigest()] for file in files]
    return json.dumps([text, internal, digests]).encode()
