"""Tickets: the list, one with everything in it, and a new one. RULE channel-web."""

import asyncio
import hashlib
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime

from authz.evidence import Proof
from authz.identity import Channel
from intake.api.access import Caller, TicketReader, TicketWriter
from intake.api.lists import EntryId, Listed, WantedId, WantedWindow, listed
from intake.api.problems import Problem, documented
from intake.api.repeats import IdempotencyKey, reused
from intake.api.services import ApiServices, Services
from intake.api.ticket_schemas import NewTicket, ShownTicket, ShownTicketPage
from intake.api.ticket_views import find_page, show_page, show_ticket, taken_in
from intake.api.versions import IfNoneMatch, etag, is_known
from intake.people import Contact
from intake.queries import Page, TicketFilter, TicketLine
from intake.terms import Category, Status
from intake.web_request import Circumstances, UploadedFile, WebRequest, source_key, web_inbound

router = APIRouter(prefix="/api/v1/tickets", tags=["tickets"])

_SORTED = {"field": "query.sort", "message": "cannot be given together with q"}


@router.get("", responses=documented())
def list_tickets(
    *,
    services: Services,
    caller: TicketReader,
    window: WantedWindow,
    status: Annotated[list[Status] | None, Query(description="any of these")] = None,
    category: Annotated[list[Category] | None, Query(description="any of these")] = None,
    customer_id: WantedId = None,
    contact_id: WantedId = None,
    number: WantedId = None,
    channel: Channel | None = None,
    attention: bool | None = None,
    assignee_id: WantedId = None,
    unassigned: Annotated[bool, Query(description="in nobody's hands")] = False,
    open: Annotated[bool, Query(description="not closed")] = False,  # noqa: A002 - the name in the address
    updated_since: AwareDatetime | None = None,
    subject: Annotated[str | None, Query(max_length=100, description="a part of it, in any case")] = None,
    q: Annotated[
        str | None,
        Query(
            max_length=200,
            description="full text: all of these words, without case and diacritics; a word of three letters or more "
            'is the beginning of one, "quoted words" stand one after the other',
        ),
    ] = None,
    sort: Annotated[Literal["newest", "deadline"], Query(description="deadline: the soonest running one first")] = (
        "newest"
    ),
) -> Listed[ShownTicket]:
    """Tickets, newest first, or by deadline: then only those with a running clock that has one.

    A contact's token sees those of its customer.
    """
    wanted = TicketFilter(
        statuses=frozenset(status or ()),
        categories=frozenset(category or ()),
        customer_id=caller.customer_id or customer_id,
        contact_id=contact_id,
        channel=channel,
        # What calls for a technician and who has it in hand are not for customers, not even by asking.
        attention=attention if caller.contact is None else None,
        assignee_id=assignee_id if caller.contact is None else None,
        unassigned=unassigned and caller.contact is None,
        open=open,
        updated_since=updated_since,
        number=number,
        subject=subject,
    )
    if q is not None and sort != "newest":
        raise Problem("invalid", "What is searched for comes newest first: leave out q or sort.", errors=[_SORTED])
    nobody_elses = customer_id in {None, wanted.customer_id}
    page: Page[TicketLine] = Page(items=(), next_after=None)
    if nobody_elses and q is not None:
        page = services.queries.search_tickets(q, window, customer_id=caller.customer_id, wanted=wanted)
    elif nobody_elses:
        ask = services.queries.tickets if sort == "newest" else services.queries.tickets_by_deadline
        page = ask(wanted, window)
    return listed(page, lambda line: ShownTicket.of(line, to_customer=caller.contact is not None))


@router.get("/{number}", response_model=ShownTicketPage, responses=documented("not-found"))
def read_ticket(
    *, services: Services, caller: TicketReader, number: EntryId, response: Response, if_none_match: IfNoneMatch = None
) -> ShownTicketPage | Response:
    """One ticket with its comments, files, history and the steps this caller can take. Its ETag is its version."""
    page = find_page(services, caller, number)
    version = page.line.ticket.version
    if is_known(if_none_match, version):
        return Response(status_code=304, headers={"ETag": etag(version)})
    return show_page(services, caller, page, response)


@router.post("", status_code=201, responses=documented("request-refused", "not-found", "idempotency-key-reused"))
async def create_ticket(
    *,
    services: Services,
    caller: TicketWriter,
    sent: NewTicket,
    request: Request,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> ShownTicketPage:
    """Make a request; it becomes a ticket by the same steps as a mail. Repeated with its key, it is the same ticket."""
    contact = await asyncio.to_thread(_author, services, caller, sent.contact_id)
    asked = WebRequest(
        subject=sent.subject,
        text=sent.text,
        category=sent.category,
        files=tuple(
            UploadedFile(filename=file.filename, content_type=file.content_type, content=file.content)
            for file in sent.attachments
        ),
    )
    how = circumstances(caller, request, services.clock(), idempotency_key)
    number = await submit(services, asked, contact, how)
    response.headers["Location"] = f"/api/v1/tickets/{number}"
    return await show_ticket(services, caller, number, response)


def _author(services: ApiServices, caller: Caller, contact_id: int | None) -> Contact:
    if caller.contact is not None:
        if contact_id not in {None, caller.contact.id}:
            raise Problem("not-found", "A contact's token makes requests for that contact only; leave contact_id out.")
        return caller.contact
    contact = None if contact_id is None else services.queries.contact(contact_id)
    if contact is None:
        errors = [{"field": "body.contact_id", "message": "names no contact"}]
        raise Problem("invalid", "Say whose request it is: send contact_id.", errors=errors)
    return contact


def circumstances(caller: Caller, request: Request, at: datetime, idempotency_key: str | None) -> Circumstances:
    """How a request came through the API."""
    return Circumstances(
        proof=Proof.TOKEN,
        detail=f"API token {caller.token.id} ({caller.token.name})",
        account="api",
        source_key=source_key(caller.name, idempotency_key),
        at=at,
        peer=None if request.client is None else request.client.host,
        trace_id=request.scope.get("trace_id", ""),
    )


async def submit(services: ApiServices, asked: WebRequest, contact: Contact, how: Circumstances) -> int:
    """Hand a request to the receiver; returns the ticket's number. Raises Problem when it did not become one."""
    inbound = web_inbound(asked, contact, how, services.signer)
    receipt = await services.receiver.receive(inbound)
    number = taken_in(receipt)
    if receipt.duplicate:
        line = await asyncio.to_thread(services.queries.ledger_entry, receipt.ledger_id)
        if line is None or line.entry.blob != hashlib.sha256(inbound.raw.octets).hexdigest():
            raise reused()
    return number
