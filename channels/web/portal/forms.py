"""The request form and the reply: what was filled in, what is wrong with it, and how it goes to the receiver."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from starlette.datastructures import FormData, UploadFile

from authz.evidence import Proof
from authz.people.sessions import random_value
from channels.web.visitors import ContactVisit
from intake.files.downloads import file_name
from intake.ports import Receipt
from intake.terms import Category
from intake.tickets.model import Ticket
from intake.web_request import Circumstances, UploadedFile, WebRequest, form_key, web_inbound

MOST_FILES = 10
LONGEST_SUBJECT = 255
LONGEST_TEXT = 100_000
ACCOUNT = "portal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A form as it was filled in. problems: texts by the name of the field. once: the same for the same form.

    saved_at: when it was kept as a draft, aware UTC.
    """

    subject: str
    text: str
    category: str
    once: str
    files: tuple[UploadedFile, ...] = ()
    problems: dict[str, str] = field(default_factory=dict)
    saved_at: datetime | None = None


async def read_form(visit: ContactVisit, form: FormData, *, with_subject: bool) -> Filled:
    """Read a form; what is wrong with it is in `problems`. with_subject: a new request, not a reply."""
    texts = visit.t
    subject = line_of(form, "subject")
    text = text_of(form)
    category = str(form.get("category", ""))
    problems: dict[str, str] = {}
    if with_subject:
        _check(problems, "subject", subject, LONGEST_SUBJECT, texts)
    if category and category not in set(Category):
        category = ""
    _check(problems, "text", text, LONGEST_TEXT, texts)
    uploads = [each for each in form.getlist("files") if isinstance(each, UploadFile) and each.filename]
    if len(uploads) > MOST_FILES:
        problems["files"] = texts["too_many_files"].format(count=MOST_FILES)
    files = () if problems else tuple([await _read(upload) for upload in uploads])
    return Filled(
        subject=subject, text=text, category=category, once=line_of(form, "once"), files=files, problems=problems
    )


async def submit(visit: ContactVisit, filled: Filled, answers: Ticket | None) -> Receipt:
    """Hand it to the receiver. The same form sent twice is one request; changed in between, it is two."""
    services = visit.site.services
    asked = WebRequest(
        subject=answers.subject if answers is not None else filled.subject,
        text=filled.text,
        category=Category(filled.category) if filled.category else None,
        files=filled.files,
        answers=answers,
    )
    client = visit.request.client
    how = Circumstances(
        proof=Proof.SESSION,
        detail=f"logged in as {visit.contact.login}",
        account=ACCOUNT,
        source_key=form_key(f"contact {visit.contact.id}", filled.once, asked, visit.contact),
        at=services.clock(),
        peer=None if client is None else client.host,
        trace_id=str(visit.request.scope.get("trace_id", "")),
    )
    return await services.receiver.receive(web_inbound(asked, visit.contact, how, services.signer))


def form_values(visit: ContactVisit, filled: Filled) -> dict[str, Any]:
    """What the template of a form needs besides what was filled in."""
    megabytes = visit.site.services.max_body_octets // 2**20
    return {
        "once": filled.once or random_value(),
        "files_help": visit.t["files_help"].format(count=MOST_FILES, size=megabytes),
    }


def line_of(form: FormData, name: str) -> str:
    """A field of one line, without what cannot be printed."""
    value = str(form.get(name, ""))
    return " ".join("".join(char if char.isprintable() else " " for char in value).split())


def text_of(form: FormData, name: str = "text") -> str:
    """A field of many lines."""
    return str(form.get(name, "")).replace("\r\n", "\n").replace("\0", "").strip()


def _check(problems: dict[str, str], name: str, value: str, longest: int, texts: Mapping[str, str]) -> None:
    if not value:
        problems[name] = texts["needed"]
    elif len(value) > longest:
        problems[name] = texts["too_long"].format(count=longest)


async def _read(upload: UploadFile) -> UploadedFile:
    content_type = upload.content_type or "application/octet-stream"
    return UploadedFile(filename=file_name(upload.filename), content_type=content_type, content=await upload.read())
