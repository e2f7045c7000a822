"""What came in, as it came: the message's headers and source, why it was let in, the files in it.

Nothing of it is ever given to the browser as something it would run.
"""

import asyncio

from starlette.responses import Response

from authz.decision import Decision
from authz.words import say_check, say_decision
from channels.web.console.find import find_comment, find_file, find_origin
from channels.web.pictures import picture_kind
from channels.web.visitors import PageMissingError, StaffVisit
from intake.files.downloads import content_disposition, download_headers, read_octets
from intake.ledger import LedgerEntry, read_evidence
from intake.tickets.model import StoredAttachment

_LONGEST_HEAD = 65_536
_HIDDEN = {"\t", "\n"}


async def show(visit: StaffVisit) -> Response:
    """Where something said came from: the decision and its checks in words, and the head of the message."""
    page, comment = await find_comment(visit)
    entry = (await find_origin(visit, comment)).entry
    octets = None if entry.blob is None else await asyncio.to_thread(_read, visit, entry.blob)
    return visit.show(
        "console/original.html",
        ticket=page.line.ticket,
        comment=comment,
        entry=entry,
        why=evidence_words(entry, visit.language),
        head=None if octets is None else _head(octets),
    )


async def download(visit: StaffVisit) -> Response:
    """The source of a message as text, to be saved."""
    page, comment = await find_comment(visit)
    entry = (await find_origin(visit, comment)).entry
    octets = None if entry.blob is None else await asyncio.to_thread(_read, visit, entry.blob)
    if octets is None:
        raise PageMissingError
    name = f"{page.line.ticket.number}-{comment.id}.eml.txt"
    headers = download_headers(name, "application/octet-stream", entry.blob or "")
    headers |= {"Content-Type": "text/plain; charset=utf-8", "Content-Disposition": content_disposition(name)}
    return Response(octets, headers=headers)


async def read_file(visit: StaffVisit) -> Response:
    """A file of a ticket, to be saved."""
    attachment = await find_file(visit)
    octets = await _octets(visit, attachment)
    return Response(octets, headers=download_headers(attachment.filename, attachment.content_type, attachment.sha256))


async def read_picture(visit: StaffVisit) -> Response:
    """A picture that stands in the text of a message. Only what is one by its octets is shown."""
    attachment = await find_file(visit)
    octets = await _octets(visit, attachment)
    kind = picture_kind(octets)
    if kind is None:
        raise PageMissingError
    headers = download_headers(attachment.filename, attachment.content_type, attachment.sha256)
    return Response(octets, headers=headers | {"Content-Type": kind, "Content-Disposition": "inline"})


def evidence_words(entry: LedgerEntry, language: str) -> tuple[str, ...]:
    """Why an input was let in: the decision and each check, as sentences."""
    decision = Decision(verdict=entry.verdict, reason=entry.reason, detail=entry.detail)
    checks = (say_check(check, language) for check in read_evidence(entry.evidence))
    return (say_decision(decision, language), *checks)


async def _octets(visit: StaffVisit, attachment: StoredAttachment) -> bytes:
    services = visit.site.services
    try:
        return await asyncio.to_thread(read_octets, attachment, services.blobs, services.rereader)
    except KeyError:
        raise PageMissingError from None


def _read(visit: StaffVisit, digest: str) -> bytes | None:
    try:
        return visit.site.services.blobs.read(digest)
    except KeyError:
        return None


def _head(octets: bytes) -> str:
    """The lines before the first empty one, as text; what cannot be shown is shown as a mark."""
    text = octets[:_LONGEST_HEAD].replace(b"\r\n", b"\n").partition(b"\n\n")[0].decode("utf-8", "replace")
    return "".join(char if char.isprintable() or char in _HIDDEN else "\ufffd" for char in text)
