"""The visitor's tickets: the list, a new request, one ticket, a reply, yes or no to a solution, files."""

import asyncio
from functools import partial

from starlette.responses import RedirectResponse, Response

from authz.decision import Verdict
from authz.identity import Channel
from authz.people.sessions import random_value
from channels.web.forms import MOST_FILES, Filled, read_form, submit
from channels.web.visitors import Visit
from intake.desk import Order, Step, move
from intake.downloads import download_headers, read_octets
from intake.queries import TicketFilter, TicketPage, Window
from intake.terms import Status
from intake.tickets.model import Actor, ActorKind, Ticket

_PAGE = 30
_LARGEST_ID = 2**53 - 1
_EMPTY = Filled(subject="", text="", category="", once="")
_ANSWERS = {"accept": Status.CLOSED, "reject": Status.IN_PROGRESS}


async def list_tickets(visit: Visit) -> Response:
    """The customer's tickets, newest first."""
    after = _number(visit.request.query_params.get("after", ""))
    wanted = TicketFilter(customer_id=visit.contact.customer_id)
    page = await asyncio.to_thread(visit.site.services.queries.tickets, wanted, Window(limit=_PAGE, after=after))
    return visit.show("tickets.html", lines=page.items, next_after=page.next_after)


async def new_request(visit: Visit) -> Response:
    """The request form."""
    return _request_form(visit, _EMPTY)


async def send_request(visit: Visit) -> Response:
    """Make a request; it becomes a ticket by the same steps as a mail."""
    async with visit.request.form(max_files=MOST_FILES + 1, max_fields=20) as form:
        if not visit.is_own_form(form.get("csrf")):
            return form_expired(visit)
        filled = await read_form(visit, form, with_subject=True)
    if filled.problems:
        return _request_form(visit, filled, status=422)
    receipt = await submit(visit, filled, None)
    if receipt.verdict is not Verdict.ACCEPT or receipt.ticket_number is None:
        return visit.show("message.html", status=403, title=receipt.public_text, text="")
    return RedirectResponse(f"/tickets/{receipt.ticket_number}?notice=made", 303)


async def show_ticket(visit: Visit) -> Response:
    """One ticket, as its customer may see it."""
    page = await _find(visit)
    return not_found(visit) if page is None else _ticket_page(visit, page, _EMPTY)


async def reply(visit: Visit) -> Response:
    """Say something in a ticket. After the reopen window it opens a linked one."""
    page = await _find(visit)
    async with visit.request.form(max_files=MOST_FILES + 1, max_fields=20) as form:
        if not visit.is_own_form(form.get("csrf")):
            return form_expired(visit)
        filled = await read_form(visit, form, with_subject=False)
    if page is None:
        return not_found(visit)
    if filled.problems:
        return _ticket_page(visit, page, filled, status=422)
    ticket = page.line.ticket
    receipt = await submit(visit, filled, ticket)
    if receipt.verdict is not Verdict.ACCEPT or receipt.ticket_number is None:
        return visit.show("message.html", status=403, title=receipt.public_text, text="")
    notice = "said" if receipt.ticket_number == ticket.number else "continued"
    return RedirectResponse(f"/tickets/{receipt.ticket_number}?notice={notice}", 303)


async def answer(visit: Visit) -> Response:
    """Yes or no to a solution. RULE status-to-verify."""
    number = _number(visit.request.path_params["number"])
    async with visit.request.form(max_files=0, max_fields=10) as form:
        if not visit.is_own_form(form.get("csrf")):
            return form_expired(visit)
        word, version = str(form.get("answer", "")), _number(str(form.get("version", "")))
    if number is None or word not in _ANSWERS:
        return not_found(visit)
    contact = visit.contact
    order = Order(
        number=number,
        actor=Actor(kind=ActorKind.CONTACT, name=contact.name, channel=Channel.WEB, id=contact.id),
        at=visit.site.services.clock(),
        customer_id=contact.customer_id,
        version=version,
    )
    work = partial(move, order=order, step=Step(status=_ANSWERS[word]))
    result = await asyncio.wrap_future(visit.site.services.writer.submit(work))
    # Whatever else came out, the ticket's page says how it stands.
    notice = f"?notice={word}ed" if isinstance(result, Ticket) else ""
    return RedirectResponse(f"/tickets/{number}{notice}", 303)


async def read_file(visit: Visit) -> Response:
    """A file of a ticket, to be saved."""
    page = await _find(visit)
    file_id = _number(visit.request.path_params["file_id"])
    attachment = None if page is None or file_id is None else page.attachment(file_id)
    if attachment is None:
        return not_found(visit)
    services = visit.site.services
    octets = await asyncio.to_thread(read_octets, attachment, services.blobs, services.rereader)
    return Response(octets, headers=download_headers(attachment.filename, attachment.content_type, attachment.sha256))


def not_found(visit: Visit) -> Response:
    """No such page, or none of this visitor's business; nobody is told which."""
    return visit.show("message.html", status=404, title=visit.t["not_found"], text=visit.t["not_found_help"])


def form_expired(visit: Visit) -> Response:
    """The form was not made for this session."""
    return visit.show("message.html", status=403, title=visit.t["form_expired"], text="")


async def _find(visit: Visit) -> TicketPage | None:
    number = _number(visit.request.path_params["number"])
    if number is None:
        return None
    services = visit.site.services
    page = await asyncio.to_thread(services.queries.ticket_page, number, services.clock())
    if page is None or page.line.ticket.customer_id != visit.contact.customer_id:
        return None
    return page.for_customer()


def _request_form(visit: Visit, filled: Filled, *, status: int = 200) -> Response:
    return visit.show("request.html", status=status, filled=filled, **_form_values(visit, filled))


def _ticket_page(visit: Visit, page: TicketPage, filled: Filled, *, status: int = 200) -> Response:
    notice = visit.request.query_params.get("notice", "")
    text = visit.t[notice] if notice in {"made", "said", "continued", "accepted", "rejected"} else ""
    return visit.show(
        "ticket.html",
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


def _form_values(visit: Visit, filled: Filled) -> dict[str, object]:
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
