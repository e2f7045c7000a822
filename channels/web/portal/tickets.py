"""One ticket: what was said, its files, a reply, yes or no to a solution and to an offer."""

import asyncio
from functools import partial

from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from authz.decision import Verdict
from channels.web.portal import drafts
from channels.web.portal.forms import Filled, line_of, read_form, submit, text_of
from channels.web.portal.ids import find_ticket, path_id, read_id
from channels.web.portal.requests import EMPTY
from channels.web.portal.ticket_view import show_ticket_page
from channels.web.visitors import ContactVisit, PageMissingError
from intake.desk import Order, Result, Step, accept_offer, decline_offer, move
from intake.files.downloads import download_headers, read_octets
from intake.ports import Transaction
from intake.terms import Status
from intake.tickets.model import StoredAttachment, Ticket

_ANSWERS = {"accept": Status.CLOSED, "reject": Status.IN_PROGRESS}
_OFFERS = frozenset({"accept", "decline"})
_LONGEST_ORDER = 100
# What browsers show as a picture and nothing else; an SVG is a document.
_PICTURES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}


async def show_ticket(visit: ContactVisit) -> Response:
    """One ticket, as its customer may see it."""
    page = await find_ticket(visit)
    filled = await drafts.restore(visit, page.line.ticket.number, EMPTY)
    return await show_ticket_page(visit, page, filled)


async def reply(visit: ContactVisit, form: FormData) -> Response:
    """Say something in a ticket. After the reopen window it opens a linked one."""
    page = await find_ticket(visit)
    filled = await read_form(visit, form, with_subject=False)
    if filled.problems:
        return await show_ticket_page(visit, page, filled, status=422)
    ticket = page.line.ticket
    receipt = await submit(visit, filled, ticket)
    if receipt.verdict is not Verdict.ACCEPT or receipt.ticket_number is None:
        return visit.tell(receipt.public_text, status=403)
    await drafts.forget(visit, ticket.number)
    notice = "said" if receipt.ticket_number == ticket.number else "continued"
    return RedirectResponse(f"/tickets/{receipt.ticket_number}?notice={notice}", 303)


async def answer(visit: ContactVisit, form: FormData) -> Response:
    """Yes or no to a solution, with a comment. RULE status-to-verify."""
    word = str(form.get("answer", ""))
    if word not in _ANSWERS:
        raise PageMissingError
    ticket = (await find_ticket(visit)).line.ticket
    version = read_id(str(form.get("version", "")))
    comment = text_of(form, "comment")
    if word == "accept" and comment and version == ticket.version and ticket.status is Status.TO_VERIFY:
        # A word after the closing would open the ticket again, so it is said before.
        version = await _say(visit, form, ticket, comment) or version
    result = await _do(visit, ticket.number, version, partial(move, step=Step(status=_ANSWERS[word])))
    if isinstance(result, Ticket) and word == "reject" and comment:
        await _say(visit, form, result, comment)
    # Whatever else came out, the ticket's page says how it stands.
    notice = f"?notice={word}ed" if isinstance(result, Ticket) else "?notice=changed_meanwhile"
    return RedirectResponse(f"/tickets/{ticket.number}{notice}", 303)


async def answer_offer(visit: ContactVisit, form: FormData) -> Response:
    """Accept an offer under an order number, or decline it. RULE change-offer."""
    word = str(form.get("answer", ""))
    if word not in _OFFERS:
        raise PageMissingError
    page = await find_ticket(visit)
    ticket, name = page.line.ticket, visit.contact.name
    order_number = line_of(form, "order_number")[:_LONGEST_ORDER]
    if word == "accept" and not order_number:
        problems = {"order_number": visit.t["needed"]}
        return await show_ticket_page(visit, page, EMPTY, status=422, problems=problems)
    command = (
        partial(accept_offer, accepted_by=name, order_number=order_number)
        if word == "accept"
        else partial(decline_offer, declined_by=name)
    )
    result = await _do(visit, ticket.number, read_id(str(form.get("version", ""))), command)
    notice = f"offer_{word}" if isinstance(result, Ticket) else "changed_meanwhile"
    if isinstance(result, Ticket) and (comment := text_of(form, "comment")):
        await _say(visit, form, result, comment)
    return RedirectResponse(f"/tickets/{ticket.number}?notice={notice}", 303)


async def read_file(visit: ContactVisit) -> Response:
    """A file of a ticket, to be saved."""
    attachment, octets = await _file(visit)
    return Response(octets, headers=download_headers(attachment.filename, attachment.content_type, attachment.sha256))


async def read_picture(visit: ContactVisit) -> Response:
    """A picture that stands in the text of a message. Only what is one by its octets is shown."""
    attachment, octets = await _file(visit)
    kind = next((kind for magic, kind in _PICTURES.items() if octets.startswith(magic)), None)
    if kind is None and octets[:4] == b"RIFF" and octets[8:12] == b"WEBP":
        kind = "image/webp"
    if kind is None:
        raise PageMissingError
    headers = download_headers(attachment.filename, attachment.content_type, attachment.sha256)
    return Response(octets, headers=headers | {"Content-Type": kind, "Content-Disposition": "inline"})


async def _file(visit: ContactVisit) -> tuple[StoredAttachment, bytes]:
    page = await find_ticket(visit)
    attachment = page.attachment(path_id(visit, "file_id"))
    if attachment is None or attachment.withheld is not None:
        raise PageMissingError
    services = visit.site.services
    try:
        octets = await asyncio.to_thread(read_octets, attachment, services.blobs, services.rereader)
    except KeyError as error:
        raise PageMissingError from error
    return attachment, octets


async def _say(visit: ContactVisit, form: FormData, ticket: Ticket, comment: str) -> int | None:
    """Keep what was said with an answer; returns the version the ticket has then."""
    once = line_of(form, "once")
    filled = Filled(subject="", text=comment, category="", once=once and f"{once} comment")
    await submit(visit, filled, ticket)
    services = visit.site.services
    page = await asyncio.to_thread(services.queries.ticket_page, ticket.number, services.clock())
    return None if page is None else page.line.ticket.version


async def _do(visit: ContactVisit, number: int, version: int | None, command: partial[Result]) -> Result:
    order = Order(
        number=number,
        actor=visit.actor,
        at=visit.site.services.clock(),
        customer_id=visit.contact.customer_id,
        version=version,
    )

    def work(tx: Transaction) -> Result:
        return command(tx, order)

    return await asyncio.wrap_future(visit.site.services.writer.submit(work))
