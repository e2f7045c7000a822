"""The visitor's tickets: the list, a new request, one ticket, a reply, yes or no to a solution, files."""

import asyncio
from functools import partial
from typing import Any

from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from authz.decision import Verdict
from authz.people.sessions import random_value
from channels.web.portal.forms import MOST_FILES, Filled, read_form, submit
from channels.web.visitors import ContactVisit, PageMissingError
from intake.desk import Order, Step, move
from intake.downloads import download_headers, read_octets
from intake.queries import TicketFilter, TicketPage, Window
from intake.terms import Status
from intake.tickets.model import Ticket

_PAGE = 30
_LARGEST_ID = 2**53 - 1
_EMPTY = Filled(subject="", text="", category="", once="")
_ANSWERS = {"accept": Status.CLOSED, "reject": Status.IN_PROGRESS}


async def list_tickets(visit: ContactVisit) -> Response:
    """The customer's tickets, newest first."""
    after = _number(visit.request.query_params.get("after", ""))
    wanted = TicketFilter(customer_id=visit.contact.customer_id)
    page = await asyncio.to_thread(visit.site.services.queries.tickets, wanted, Window(limit=_PAGE, after=after))
    return visit.show("portal/tickets.html", lines=page.items, next_after=page.next_after)


async def new_request(visit: ContactVisit) -> Response:
    """The request form."""
    return _request_form(visit, _EMPTY)


async def send_request(visit: ContactVisit, form: FormData) -> Response:
    """Make a request; it becomes a ticket by the same steps as a mail."""
    filled = await read_form(visit, form, with_subject=True)
    if filled.problems:
        return _request_form(visit, filled, status=422)
    receipt = await submit(visit, filled, None)
    if receipt.verdict is not Verdict.ACCEPT or receipt.ticket_number is None:
        return visit.tell(receipt.public_text, status=403)
    return RedirectResponse(f"/tickets/{receipt.ticket_number}?notice=made", 303)


async def show_ticket(visit: ContactVisit) -> Response:
    """One ticket, as its customer may see it."""
    return _ticket_page(visit, await _find(visit), _EMPTY)


async def reply(visit: ContactVisit, form: FormData) -> Response:
    """Say something in a ticket. After the reopen window it opens a linked one."""
    page = await _find(visit)
    filled = await read_form(visit, form, with_subject=False)
    if filled.problems:
        return _ticket_page(visit, page, filled, status=422)
    ticket = page.line.ticket
    receipt = await submit(visit, filled, ticket)
    if receipt.verdict is not Verdict.ACCEPT or receipt.ticket_number is None:
        return visit.tell(receipt.public_text, status=403)
    notice = "said" if receipt.ticket_number == ticket.number else "continued"
    return RedirectResponse(f"/tickets/{receipt.ticket_number}?notice={notice}", 303)


async def answer(visit: ContactVisit, form: FormData) -> Response:
    """Yes or no to a solution. RULE status-to-verify."""
    number = _number(visit.request.path_params["number"])
    word, version = str(form.get("answer", "")), _number(str(form.get("version", "")))
    if number is None or word not in _ANSWERS:
        raise PageMissingError
    order = Order(
        number=number,
        actor=visit.actor,
        at=visit.site.services.clock(),
        customer_id=visit.contact.customer_id,
        version=version,
    )
    work = partial(move, order=order, step=Step(status=_ANSWERS[word]))
    result = await asyncio.wrap_future(visit.site.services.writer.submit(work))
    # Whatever else came out, the ticket's page says how it stands.
    notice = f"?notice={word}ed" if isinstance(result, Ticket) else ""
    return RedirectResponse(f"/tickets/{number}{notice}", 303)


async def read_file(visit: ContactVisit) -> Response:
    """A file of a ticket, to be saved."""
    page = await _find(visit)
    file_id = _number(visit.request.path_params["file_id"])
    attachment = None if file_id is None else page.attachment(file_id)
    if attachment is None:
        raise PageMissingError
    services = visit.site.services
    octets = await asyncio.to_thread(read_octets, attachment, services.blobs, services.rereader)
    return Response(octets, headers=download_headers(attachment.filename, attachment.content_type, attachment.sha256))


async def _find(visit: ContactVisit) -> TicketPage:
    number = _number(visit.request.path_params["number"])
    if number is None:
        raise PageMissingError
    services = visit.site.services
    page = await asyncio.to_thread(services.queries.ticket_page, number, services.clock())
    if page is None or page.line.ticket.customer_id != visit.contact.customer_id:
        raise PageMissingError
    return page.for_customer()


def _request_form(visit: ContactVisit, filled: Filled, *, status: int = 200) -> Response:
    return visit.show("portal/request.html", status=status, filled=filled, **_form_values(visit, filled))


def _ticket_page(visit: ContactVisit, page: TicketPage, filled: Filled, *, status: int = 200) -> Response:
    notice = visit.request.query_params.get("notice", "")
    text = visit.t[notice] if notice in {"made", "said", "continued", "accepted", "rejected"} else ""
    return visit.show(
        "portal/ticket.html",
        status=status,
        ticket=page.line.ticket,
        contact_name=page.line.contact_name,
        comments=page.comments,
        files={
            comment.id: [each for each in page.attachments if each.comment_id == comment.id]
            for comment in page.comments
        },
        to_verify=page.line.ticket.status is Status.TO_VERIFY,
        notice=text.format(number=page.line.ticket.number),
        filled=filled,
        **_form_values(visit, filled),
    )


def _form_values(visit: ContactVisit, filled: Filled) -> dict[str, Any]:
    megabytes = visit.site.services.max_body_octets // 2**20
    return {
        "once": filled.once or random_value(),
        "files_help": visit.t["files_help"].format(count=MOST_FILES, size=megabytes),
    }


def _number(text: str) -> int | None:
    if not (text.isascii() and text.isdigit() and len(text) <= 16):
        return None
    number = int(text)
    return number if 0 < number <= _LARGEST_ID else None
