"""A customer's contacts as files: CSV and vCard out, CSV in, with a preview of what it would change."""

import asyncio
import hashlib
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from intake.api.access import PeopleReader, PeopleWriter
from intake.api.lists import EntryId
from intake.api.problems import Problem, documented
from intake.api.services import ApiServices, Services
from intake.contact_lists.apply import apply_plan
from intake.contact_lists.columns import Column
from intake.contact_lists.listing import read_entries, read_listed
from intake.contact_lists.plan import Change, Plan, plan_import
from intake.contact_lists.sheet import read_sheet, write_sheet
from intake.contact_lists.vcards import write_vcards
from intake.people import Customer

router = APIRouter(prefix="/api/v1/customers/{customer_id}", tags=["people"])

_CSV: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"text/csv": {"schema": {"type": "string", "maxLength": 10_000_000}}},
        "description": "CSV with semicolons, commas or tabs in UTF-8, UTF-16 or windows-1250; the first line names the "
        "columns, as the exported file does.",
    }
}
Complete = Annotated[bool, Query(description="deactivate the active contacts that are not in the file")]


class CellProblem(BaseModel):
    """What cannot be taken. line: of the file. column: null for the line as a whole."""

    line: int
    column: Column | None
    message: str


class ShownDifference(BaseModel):
    """One field that changes."""

    field: str
    before: Any
    after: Any


class ShownChange(BaseModel):
    """What happens to one contact. line: of the file; null for one that was left out."""

    change: Change
    line: int | None
    contact_id: int | None
    name: str
    differences: list[ShownDifference]


class ShownPlan(BaseModel):
    """What an import would do. With errors it does nothing."""

    digest: str = Field(description="of the plan; an import that names it does this plan or nothing")
    changes: list[ShownChange]
    unchanged: int
    errors: list[CellProblem]


class ImportDone(BaseModel):
    """How many contacts were added, changed or deactivated."""

    changed: int


@router.get(
    "/contacts.csv", response_class=Response, responses={200: {"content": {"text/csv": {}}}, **documented("not-found")}
)
def export_csv(
    *,
    services: Services,
    caller: PeopleReader,
    customer_id: EntryId,
    language: Annotated[Literal["cs", "en"], Query(description="of the names of the columns")] = "cs",
    excel: Annotated[bool, Query(description="begin with a byte order mark, by which Excel knows UTF-8")] = False,
) -> Response:
    """The customer's contacts as CSV with semicolons. Cells a spreadsheet would compute begin with an apostrophe."""
    customer = _customer(services, customer_id)
    text = write_sheet(read_listed(services.queries, customer.id), language=language, excel=excel)
    return _file(text, "text/csv; charset=utf-8", f"contacts-{customer.id}.csv")


@router.get(
    "/contacts.vcf",
    response_class=Response,
    responses={200: {"content": {"text/vcard": {}}}, **documented("not-found")},
)
def export_vcards(services: Services, caller: PeopleReader, customer_id: EntryId) -> Response:
    """The customer's active contacts as vCard 4.0. RFC 6350"""
    customer = _customer(services, customer_id)
    active = (each for each in read_listed(services.queries, customer.id) if each.contact.active)
    text = write_vcards(active, customer.name, services.clock())
    return _file(text, "text/vcard; charset=utf-8", f"contacts-{customer.id}.vcf")


@router.post("/contacts/import-plan", responses=documented("not-found"), openapi_extra=_CSV)
async def plan_contacts_import(
    *, services: Services, caller: PeopleReader, customer_id: EntryId, request: Request, complete: Complete = False
) -> ShownPlan:
    """What importing this file would change. Changes nothing."""
    octets = await request.body()
    return _show(await asyncio.to_thread(_plan, services, customer_id, octets, complete))


@router.post("/contacts/import", responses=documented("not-found", "entry-taken", "conflict"), openapi_extra=_CSV)
async def import_contacts(
    *,
    services: Services,
    caller: PeopleWriter,
    customer_id: EntryId,
    request: Request,
    complete: Complete = False,
    plan: Annotated[str | None, Query(max_length=64, description="digest of the plan that was looked at")] = None,
) -> ImportDone:
    """Do what the plan says, all of it or nothing. Done already, it changes nothing."""
    planned = await asyncio.to_thread(_plan, services, customer_id, await request.body(), complete)
    if plan is not None and plan != _digest(planned):
        raise Problem("conflict", "The list was changed since that plan was made; look at a new one.")
    if planned.errors:
        errors = [{"field": f"line {each.line}", "message": each.message} for each in planned.errors[:100]]
        raise Problem("invalid", "Some lines of the file cannot be taken; nothing was changed.", errors=errors)
    at: datetime = services.clock()
    work = services.writer.submit(lambda tx: apply_plan(tx, planned, by=caller.actor, at=at))
    return ImportDone(changed=await asyncio.wrap_future(work))


def _customer(services: ApiServices, customer_id: int) -> Customer:
    found = services.queries.customer(customer_id)
    if found is None:
        raise Problem("not-found", f"There is no customer {customer_id}.")
    return found


def _plan(services: ApiServices, customer_id: int, octets: bytes, complete: bool) -> Plan:
    _customer(services, customer_id)
    current = read_entries(services.queries, customer_id)
    return plan_import(read_sheet(octets), customer_id, current, complete=complete)


def _show(plan: Plan) -> ShownPlan:
    return ShownPlan(
        digest=_digest(plan),
        changes=[
            ShownChange(
                change=each.change,
                line=each.line,
                contact_id=None if each.before is None else each.before.contact.id,
                name=each.after.name,
                differences=[
                    ShownDifference(field=one.field, before=_plain(one.before), after=_plain(one.after))
                    for one in each.differences
                ],
            )
            for each in plan.changes
        ],
        unchanged=plan.unchanged,
        errors=[CellProblem(line=each.line, column=each.column, message=each.message) for each in plan.errors],
    )


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset) else value


def _digest(plan: Plan) -> str:
    """Of everything the plan would do: the same file against the same list has the same."""
    told = repr([(each.change, each.before, each.after, each.new_addresses, each.new_numbers) for each in plan.changes])
    return hashlib.sha256(told.encode()).hexdigest()


def _file(text: str, media_type: str, filename: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{filename}"', "Cache-Control": "private, no-store"}
    return Response(text, media_type=media_type, headers=headers)
