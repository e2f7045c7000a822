"""Monthly statements: read in three formats, closed, amended."""

import asyncio
from concurrent.futures import Future
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Response
from pydantic import AwareDatetime, BaseModel

from intake.api.access import ServiceReader, ServiceWriter
from intake.api.lists import EntryId
from intake.api.people_schemas import Language
from intake.api.problems import Problem, documented
from intake.api.services import ApiServices, Services
from intake.api.texts import Words
from intake.api.ticket_schemas import Sent, ShownActor, shown_actor
from intake.service import ClosedMonth
from intake.sla.render import statement_csv
from intake.statements.months import (
    Drawn,
    Month,
    StatementError,
    amend_month,
    close_month,
    draw_statement,
    months_before,
    show_statement,
)
from intake.statements.page import PAGE_POLICY, statement_page

router = APIRouter(prefix="/api/v1/customers/{customer_id}/statements/{month}", tags=["statements"])

_REFUSED = documented("not-found", "statement-refused")


class Format(StrEnum):
    """How a statement is written."""

    JSON = "json"
    CSV = "csv"
    HTML = "html"


_MEDIA = {
    Format.JSON: "application/json",
    Format.CSV: "text/csv; charset=utf-8; header=present",
    Format.HTML: "text/html; charset=utf-8",
}

MonthOrFile = Annotated[str, Path(max_length=12, description="2026-06, or 2026-06.csv, .html, .json")]
JustMonth = Annotated[str, Path(max_length=12, description="2026-06")]


class Revision(BaseModel):
    """A frozen statement: 0 is the closing, the others are amendments. digest: SHA-256 of its JSON, hex."""

    revision: int
    digest: str
    closed_at: AwareDatetime
    closed_by: ShownActor
    note: str


class Amendment(Sent):
    """Why a closed statement is corrected."""

    note: Words


@router.get("", responses=_REFUSED, response_class=Response)
def read_statement(
    *,
    services: Services,
    caller: ServiceReader,
    customer_id: EntryId,
    month: MonthOrFile,
    language: Annotated[Language, Query(description="of the page")] = "cs",
    accept: Annotated[str, Header()] = "",
) -> Response:
    """The statement of a finished month: as it was closed, else as the history has it now.

    Canonical JSON, CSV or a page to print, by the suffix or by Accept. The ETag is the digest of the JSON.
    """
    name, _, suffix = month.partition(".")
    written = _format(suffix, accept)
    drawn = _shown(services, customer_id, name)
    headers = {"Vary": "Accept", "Cache-Control": "private, no-cache", "ETag": f'"{drawn.digest}-{written}-{language}"'}
    if drawn.revisions:
        headers["Intake-Revision"] = str(drawn.revisions[-1].revision)
    match written:
        case Format.JSON:
            octets = drawn.document
        case Format.CSV:
            octets = statement_csv(drawn.statement)
        case Format.HTML:
            before = months_before(services.queries, drawn)
            octets = statement_page(drawn, before, language=language, workplace=services.workplace_addresses).encode()
    headers["Content-Security-Policy"] = PAGE_POLICY
    return Response(octets, headers=headers | {"Content-Type": _MEDIA[written]})


@router.get("/revisions", responses=_REFUSED)
def list_revisions(services: Services, caller: ServiceReader, customer_id: EntryId, month: JustMonth) -> list[Revision]:
    """The closing of the month and its amendments; empty while it is open."""
    asked = str(_month(month))
    return [_revision(each) for each in services.queries.closed_months(customer_id, asked, asked)]


@router.get("/revisions/{revision}", responses=_REFUSED, response_class=Response)
def read_revision(
    services: Services,
    caller: ServiceReader,
    customer_id: EntryId,
    month: JustMonth,
    revision: Annotated[int, Path(ge=0, le=10_000)],
) -> Response:
    """One frozen statement, in JSON, exactly as it was closed."""
    asked = str(_month(month))
    for each in services.queries.closed_months(customer_id, asked, asked):
        if each.revision == revision:
            return Response(each.document, media_type="application/json")
    raise Problem("not-found", f"{asked} has no revision {revision}.")


@router.put("/closing", responses=_REFUSED)
async def close(services: Services, caller: ServiceWriter, customer_id: EntryId, month: JustMonth) -> Revision:
    """Close the month: its statement is frozen as it is now."""
    drawn = await asyncio.to_thread(_drawn, services, customer_id, month)
    at = services.clock()
    work = services.writer.submit(lambda tx: close_month(tx, drawn, by=caller.actor, at=at))
    return _revision(await _settled(work))


@router.post("/amendments", status_code=201, responses=_REFUSED)
async def amend(
    services: Services, caller: ServiceWriter, customer_id: EntryId, month: JustMonth, sent: Amendment
) -> Revision:
    """Correct a closed month by an amendment that says what changed and why; the closing stays as it is."""
    drawn = await asyncio.to_thread(_drawn, services, customer_id, month)
    asked = str(_month(month))
    revisions = await asyncio.to_thread(services.queries.closed_months, customer_id, asked, asked)
    if not revisions:
        raise Problem("statement-refused", f"{asked} is not closed; there is nothing to amend.")
    at = services.clock()
    work = services.writer.submit(
        lambda tx: amend_month(tx, drawn, revisions[-1], by=caller.actor, at=at, note=sent.note)
    )
    return _revision(await _settled(work))


async def _settled(work: Future[ClosedMonth]) -> ClosedMonth:
    try:
        return await asyncio.wrap_future(work)
    except StatementError as error:
        raise Problem("statement-refused", str(error)) from error


def _shown(services: ApiServices, customer_id: int, month: str) -> Drawn:
    asked = _month(month)
    try:
        return show_statement(services.queries, customer_id, asked, services.clock())
    except StatementError as error:
        raise Problem("statement-refused", str(error)) from error


def _drawn(services: ApiServices, customer_id: int, month: str) -> Drawn:
    asked = _month(month)
    try:
        return draw_statement(services.queries, customer_id, asked, services.clock())
    except StatementError as error:
        raise Problem("statement-refused", str(error)) from error


def _month(text: str) -> Month:
    try:
        return Month.read(text)
    except StatementError as error:
        raise Problem("invalid", str(error), errors=[{"field": "path.month", "message": str(error)}]) from error


def _format(suffix: str, accept: str) -> Format:
    """By the suffix, else the first media type of Accept that is one of ours, else JSON."""
    if suffix:
        if suffix not in set(Format):
            raise Problem("not-found", f"A statement is written as {', '.join(Format)}.")
        return Format(suffix)
    for wanted in accept.split(","):
        media = wanted.partition(";")[0].strip().lower()
        for written in Format:
            if media == _MEDIA[written].partition(";")[0]:
                return written
    return Format.JSON


def _revision(closed: ClosedMonth) -> Revision:
    return Revision(
        revision=closed.revision,
        digest=closed.digest,
        closed_at=closed.closed_at,
        closed_by=shown_actor(closed.closed_by),
        note=closed.note,
    )
