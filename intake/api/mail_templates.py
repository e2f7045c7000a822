"""How our mail is worded: the templates, a change, a look at what it makes. See `intake.letters.templates`."""

import asyncio
from datetime import datetime
from typing import Annotated, Self, TypeVar

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field

from intake.api.access import TemplateReader, TemplateWriter
from intake.api.lists import LARGEST_ID
from intake.api.problems import Problem, documented
from intake.api.services import ApiServices, Services
from intake.api.ticket_schemas import Sent
from intake.api.versions import IfMatch, etag, optional_version
from intake.letters.templates import (
    IN_SUBJECT,
    MOST_SUBJECT,
    MOST_TEXT,
    PLACEHOLDERS,
    REQUIRED,
    USUAL,
    MailTemplate,
    TemplateError,
    Wording,
    kind_of,
    language_of,
    set_name_of,
)
from intake.letters.wordings import preview, set_wording
from intake.outgoing import OutboxKind
from intake.ports import Transaction
from intake.tickets.model import Actor, Ticket

router = APIRouter(prefix="/api/v1/mail-templates", tags=["mail"])

T = TypeVar("T")

KindName = Annotated[str, Path(max_length=40, description="such as to-verify")]
SetName = Annotated[str, Query(max_length=60, description="the set of wordings that rules choose; empty is the usual")]
LanguageName = Annotated[str, Path(max_length=8, description="cs or en")]


class ShownTemplate(BaseModel):
    """A wording in force. own: somebody's own words, not the ones in code. version: 0 while nobody changed it."""

    kind: OutboxKind
    language: str
    name: str = Field(description="the set it belongs to; empty is the usual one")
    subject: str
    text: str
    version: int
    own: bool
    changed_at: datetime | None
    changed_by: str | None
    placeholders: list[str] = Field(description="what may stand in the text as {name}")
    required: list[str] = Field(description="what must stand in the text")
    subject_placeholders: list[str] = Field(description="what may stand in the subject; number must")

    @classmethod
    def of(cls, template: MailTemplate) -> Self:
        """As the API shows it."""
        return cls(
            kind=template.kind,
            language=template.language,
            name=template.name,
            subject=template.wording.subject,
            text=template.wording.text,
            version=template.version,
            own=template.own,
            changed_at=template.changed_at,
            changed_by=template.changed_by,
            placeholders=sorted(PLACEHOLDERS[template.kind]),
            required=sorted(REQUIRED.get(template.kind, ())),
            subject_placeholders=sorted(IN_SUBJECT),
        )


class SentWording(Sent):
    """A wording."""

    subject: Annotated[str, Field(max_length=MOST_SUBJECT)]
    text: Annotated[str, Field(max_length=MOST_TEXT)]


class WantedPreview(Sent):
    """What to try out. Without words, the ones in force; ticket: the number of one to take the values from."""

    subject: Annotated[str | None, Field(max_length=MOST_SUBJECT)] = None
    text: Annotated[str | None, Field(max_length=MOST_TEXT)] = None
    ticket: Annotated[int | None, Field(ge=1, le=LARGEST_ID)] = None


class ShownPreview(BaseModel):
    """A letter as it would be sent, in both forms; the links in it work for no ticket."""

    subject: str
    text: str
    html: str


@router.get("", responses=documented())
def list_templates(services: Services, caller: TemplateReader) -> list[ShownTemplate]:
    """Every kind of mail in every language, as it is worded now."""
    return [ShownTemplate.of(each) for each in services.queries.mail_templates()]


@router.get("/{kind}/{language}", responses=documented("not-found"))
def read_template(
    *,
    services: Services,
    caller: TemplateReader,
    kind: KindName,
    language: LanguageName,
    name: SetName = USUAL,
    response: Response,
) -> ShownTemplate:
    """One template; what a set does not word itself has the usual words. Its ETag is its version."""
    template = services.queries.mail_template(*_named(kind, language, name))
    response.headers["ETag"] = etag(template.version)
    return ShownTemplate.of(template)


@router.get("/{kind}/{language}/versions", responses=documented("not-found"))
def list_versions(
    services: Services, caller: TemplateReader, kind: KindName, language: LanguageName, name: SetName = USUAL
) -> list[ShownTemplate]:
    """All wordings somebody put in force, newest first."""
    return [ShownTemplate.of(each) for each in services.queries.mail_template_versions(*_named(kind, language, name))]


@router.put("/{kind}/{language}", responses=documented("not-found", "entry-taken", "version-outdated"))
async def put_template(
    *,
    services: Services,
    caller: TemplateWriter,
    kind: KindName,
    language: LanguageName,
    name: SetName = USUAL,
    sent: SentWording,
    response: Response,
    if_match: IfMatch = None,
) -> ShownTemplate:
    """Put a wording in force, for mails sent from now on. With If-Match only if nobody changed it meanwhile."""
    wording = Wording(subject=sent.subject, text=sent.text)
    seen = optional_version(if_match)
    return await _put(services, caller.actor, _named(kind, language, name), wording, seen=seen, response=response)


@router.delete("/{kind}/{language}", responses=documented("not-found"))
async def reset_template(
    *,
    services: Services,
    caller: TemplateWriter,
    kind: KindName,
    language: LanguageName,
    name: SetName = USUAL,
    response: Response,
) -> ShownTemplate:
    """Go back to the wording in code, or of a set to the usual one."""
    return await _put(services, caller.actor, _named(kind, language, name), None, seen=None, response=response)


@router.post("/{kind}/{language}/preview", responses=documented("not-found"))
def preview_template(
    *,
    services: Services,
    caller: TemplateReader,
    kind: KindName,
    language: LanguageName,
    wanted: WantedPreview,
    name: SetName = USUAL,
) -> ShownPreview:
    """See what a wording makes, with an example or with the values of a ticket. Nothing is kept or sent."""
    chosen, spoken, of_set = _named(kind, language, name)
    current = services.queries.mail_template(chosen, spoken, of_set).wording
    wording = Wording(
        subject=current.subject if wanted.subject is None else wanted.subject,
        text=current.text if wanted.text is None else wanted.text,
    )
    ticket = _ticket(services, wanted.ticket)
    try:
        made = preview(
            chosen,
            spoken,
            wording,
            options=services.letters,
            signer=services.signer,
            at=services.clock(),
            ticket=ticket,
        )
    except TemplateError as error:
        raise _refused(error) from error
    return ShownPreview(subject=made.subject, text=made.text, html=made.html)


async def _put(
    services: ApiServices,
    actor: Actor,
    named: tuple[OutboxKind, str, str],
    wording: Wording | None,
    *,
    seen: int | None,
    response: Response,
) -> ShownTemplate:
    at = services.clock()

    def work(tx: Transaction) -> MailTemplate:
        kind, language, name = named
        return set_wording(tx, kind, language, wording, by=actor, at=at, seen=seen, name=name)

    try:
        template = await asyncio.wrap_future(services.writer.submit(work))
    except TemplateError as error:
        raise _refused(error) from error
    response.headers["ETag"] = etag(template.version)
    return ShownTemplate.of(template)


def _named(kind: str, language: str, name: str) -> tuple[OutboxKind, str, str]:
    try:
        return kind_of(kind), language_of(language), set_name_of(name)
    except TemplateError as error:
        raise Problem("not-found", str(error)) from error


def _ticket(services: ApiServices, number: int | None) -> Ticket | None:
    if number is None:
        return None
    page = services.queries.ticket_page(number, services.clock())
    if page is None:
        raise Problem("not-found", f"There is no ticket {number}.")
    return page.line.ticket


def _refused(error: TemplateError) -> Problem:
    errors = [
        {"field": "body.subject" if problem.startswith("The subject") else "body.text", "message": problem}
        for problem in error.problems
    ]
    return Problem("invalid", "The wording cannot be used.", errors=errors)
