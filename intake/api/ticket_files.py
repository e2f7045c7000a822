"""The files of a ticket: saved, shown as pictures in their place, read as text, and given out after all."""

import asyncio

from fastapi import APIRouter, Response
from pydantic import BaseModel

from intake.api.access import Caller, QuarantineDecider, TicketReader
from intake.api.lists import EntryId
from intake.api.problems import Problem, documented
from intake.api.services import ApiServices, Services
from intake.api.ticket_views import find_page
from intake.files.downloads import download_headers, image_headers, read_octets
from intake.files.values import give_out
from intake.tickets.model import StoredAttachment

router = APIRouter(prefix="/api/v1/tickets/{number}/attachments/{attachment_id}", tags=["tickets"])

_FOUND = documented("not-found", "file-withheld")


class FileText(BaseModel):
    """What a file says. text: null for a kind nobody can read so."""

    filename: str
    content_type: str
    text: str | None


@router.get("", response_class=Response, responses=_FOUND)
def read_attachment(services: Services, caller: TicketReader, number: EntryId, attachment_id: EntryId) -> Response:
    """The file's own octets, never as something a browser would open in this site."""
    attachment = given_out(services, caller, number, attachment_id)
    headers = download_headers(attachment.filename, attachment.content_type, attachment.sha256)
    return Response(octets_of(services, attachment), headers=headers)


@router.get("/image", response_class=Response, responses=_FOUND)
def show_image(services: Services, caller: TicketReader, number: EntryId, attachment_id: EntryId) -> Response:
    """A picture to show in its place in a mail. Only what is a picture by its octets is shown."""
    attachment = given_out(services, caller, number, attachment_id)
    headers = image_headers(attachment)
    if headers is None:
        raise Problem("not-found", "This file is no picture; save it instead.")
    return Response(octets_of(services, attachment), headers=headers)


@router.get("/text", responses=_FOUND)
def read_text(services: Services, caller: TicketReader, number: EntryId, attachment_id: EntryId) -> FileText:
    """What a nested message, an invitation or a text says."""
    attachment = given_out(services, caller, number, attachment_id)
    kind = attachment.detected_type or attachment.content_type
    text = services.rereader.text_of(octets_of(services, attachment), kind)
    return FileText(filename=attachment.filename, content_type=kind, text=text)


@router.post("/give-out", status_code=204, responses=documented("not-found"))
async def give_out_file(services: Services, caller: QuarantineDecider, number: EntryId, attachment_id: EntryId) -> None:
    """Give out a file that was withheld; the ticket's history says who did."""
    at = services.clock()
    given = services.writer.submit(lambda tx: give_out(tx, number, attachment_id, by=caller.actor, at=at))
    if not await asyncio.wrap_future(given):
        raise Problem("not-found", f"Ticket {number} has no such file that is withheld.")


def given_out(services: ApiServices, caller: Caller, number: int, attachment_id: int) -> StoredAttachment:
    """The ticket's file, as far as the caller may have it. Raises Problem."""
    page = find_page(services, caller, number)
    attachment = (page if caller.contact is None else page.for_customer()).attachment(attachment_id)
    if attachment is None:
        raise Problem("not-found", f"Ticket {number} has no such file that you may see.")
    if attachment.withheld is not None:
        raise Problem("file-withheld", f"{attachment.filename} is withheld.", reason=attachment.withheld)
    return attachment


def octets_of(services: ApiServices, attachment: StoredAttachment) -> bytes:
    """What is in the file. Raises Problem when it is kept no more."""
    try:
        return read_octets(attachment, services.blobs, services.rereader)
    except KeyError:
        raise Problem("not-found", f"The octets of {attachment.filename} are not kept any more.") from None
