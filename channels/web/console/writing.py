"""Writing in a ticket: a reply to the customer, an internal note, the draft that is kept meanwhile, who looks too."""

import asyncio
from functools import partial

from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from channels.web.console.filters import read_id
from channels.web.console.find import find_ticket, path_id
from channels.web.console.orders import Wish, carry_out, typed
from channels.web.console.steps import text_of
from channels.web.console.ticket_view import WITH_REPLY, show_ticket_page
from channels.web.visitors import StaffVisit
from intake.console import PRESENT, Draft
from intake.desk import NewFile, Order, Remark, Result, Step, comment, move
from intake.files.downloads import file_name
from intake.ports import Transaction
from intake.terms import Status
from intake.tickets.model import Ticket

MOST_FILES = 10
_LONGEST = 100_000


async def say(visit: StaffVisit, form: FormData) -> Response:
    """Send a reply, or keep an internal note; `insert` only puts a passage into what was typed."""
    if form.get("do") == "insert":
        return await _insert(visit, form)
    text, internal = text_of(form, "text"), form.get("do") == "note"
    uploads = [each for each in form.getlist("files") if isinstance(each, UploadFile) and each.filename]
    problems = _problems(visit, text, len(uploads))
    files = () if problems else tuple([await _file(visit, each) for each in uploads])
    remark = Remark(text=text, internal=internal, files=files)
    then = None if internal else next((each for each in WITH_REPLY if each == form.get("then")), None)
    notice = "noted" if internal else "replied" if then is None else "replied_moved"
    command = partial(_say, user_id=visit.user.id, remark=remark, then=then)
    return await carry_out(visit, form, Wish(command=command, notice=notice, name="reply", problems=problems))


async def keep_draft(visit: StaffVisit, form: FormData) -> Response:
    """Keep what is typed so far."""
    number = path_id(visit, "number")
    draft = Draft(text=text_of(form, "text")[:_LONGEST], internal=False, at=visit.site.services.clock())
    writer = visit.site.services.writer
    await asyncio.wrap_future(writer.submit(lambda tx: tx.console.keep_draft(visit.user.id, number, draft)))
    return Response(status_code=204)


async def look(visit: StaffVisit, form: FormData) -> Response:
    """Note that the visitor has the ticket open, and tell who else has."""
    page, services = await find_ticket(visit), visit.site.services
    number, at = page.line.ticket.number, services.clock()
    await asyncio.wrap_future(services.writer.submit_later(lambda tx: tx.console.look_at(visit.user.id, number, at)))
    looking = await asyncio.to_thread(services.queries.who_looks_at, page.line.ticket.id, at - PRESENT)
    others = tuple(name for each, name in looking if each != visit.user.id)
    return visit.show("console/ticket.html", block="others", others=others)


async def _insert(visit: StaffVisit, form: FormData) -> Response:
    chosen = read_id(str(form.get("snippet", "")))
    snippet = None if chosen is None else await asyncio.to_thread(visit.site.services.queries.snippet, chosen)
    kept = dict(typed(form))
    text = text_of(form, "text")
    if snippet is not None:
        kept["text"] = ["\n\n".join(each for each in (text, snippet.text) if each)]
    return await show_ticket_page(visit, await find_ticket(visit), typed=kept, form_name="reply")


def _problems(visit: StaffVisit, text: str, files: int) -> tuple[str, ...]:
    problems = []
    if not text:
        problems.append(f"{visit.t['tk_text']}: {visit.t['needed']}")
    elif len(text) > _LONGEST:
        problems.append(f"{visit.t['tk_text']}: {visit.t['too_long'].format(count=_LONGEST)}")
    if files > MOST_FILES:
        problems.append(visit.t["too_many_files"].format(count=MOST_FILES))
    return tuple(problems)


def _say(tx: Transaction, order: Order, user_id: int, remark: Remark, then: Status | None) -> Result:
    if then is None:
        result = comment(tx, order, remark)
    else:
        result = move(tx, order, Step(status=then, words=remark.text, files=remark.files))
    if isinstance(result, Ticket):
        tx.console.keep_draft(user_id, order.number, Draft(text="", internal=False, at=order.at))
    return result


async def _file(visit: StaffVisit, upload: UploadFile) -> NewFile:
    octets = await upload.read()
    blob = await asyncio.to_thread(visit.site.services.blobs.prepare, octets)
    content_type = upload.content_type or "application/octet-stream"
    return NewFile(filename=file_name(upload.filename), content_type=content_type[:127], blob=blob)
