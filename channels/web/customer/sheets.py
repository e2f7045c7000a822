"""The list as a file: out as CSV; in by a preview that shows every difference, then done as it was shown or not at all.

What was uploaded waits as the admin's draft, so that what is applied is what was looked at.
"""

import asyncio
import base64
import binascii
from functools import partial

from starlette.datastructures import FormData, UploadFile
from starlette.responses import RedirectResponse, Response

from channels.web.entered import carry_out
from channels.web.refusals import say_refusal
from channels.web.visitors import ContactVisit
from intake.administration import EntryError
from intake.contact_lists.apply import apply_plan
from intake.contact_lists.columns import CellError
from intake.contact_lists.customer_admin import TriedOut
from intake.contact_lists.customer_import import plan_digest, propose_plan
from intake.contact_lists.listing import read_entries, read_listed
from intake.contact_lists.plan import Plan, plan_import
from intake.contact_lists.sheet import read_sheet, write_sheet
from intake.drafts import Draft
from intake.ports import Transaction

# Beside the drafts of requests and replies, which count from 0 on.
_ABOUT = -1
_LARGEST = 2**21
_SHOWN = 500


async def export(visit: ContactVisit) -> Response:
    """The customer's people as CSV, as Excel opens it."""
    listed = await asyncio.to_thread(read_listed, visit.site.services.queries, visit.contact.customer_id)
    text = write_sheet(listed, language=visit.language, excel=True)
    headers = {"Content-Disposition": 'attachment; filename="contacts.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


async def choose(visit: ContactVisit) -> Response:
    """The form for a file."""
    return _page(visit)


async def preview(visit: ContactVisit, form: FormData) -> Response:
    """What the file would change. Changes nothing."""
    upload = form.get("file")
    octets = await upload.read(_LARGEST + 1) if isinstance(upload, UploadFile) else b""
    if not octets:
        return _page(visit, problem=visit.t["ca_import_choose"])
    if len(octets) > _LARGEST:
        return _page(visit, problem=visit.t["ca_import_large"].format(size=_LARGEST // 2**20))
    complete, services = bool(form.get("complete")), visit.site.services
    plan = await _plan(visit, octets, complete=complete)
    problem = "" if plan.errors else await _collision(visit, plan)
    draft = Draft(
        contact_id=visit.contact.id,
        about=_ABOUT,
        subject="complete" if complete else "partial",
        text=base64.b64encode(octets).decode(),
        category="",
        saved_at=services.clock(),
    )
    await asyncio.wrap_future(services.writer.submit(lambda tx: tx.drafts.keep(draft)))
    return _page(visit, plan=plan, problem=problem)


async def apply(visit: ContactVisit, form: FormData) -> Response:
    """Do what was previewed; what has to be proved waits for its proof."""
    services = visit.site.services
    draft = await asyncio.to_thread(services.portal.draft, visit.contact.id, _ABOUT)
    if draft is None:
        return _page(visit, problem=visit.t["ca_import_choose"])
    try:
        octets = base64.b64decode(draft.text, validate=True)
    except binascii.Error:
        octets = b""
    plan = await _plan(visit, octets, complete=draft.subject == "complete")
    if plan.errors or plan_digest(plan) != form.get("plan"):
        return _page(visit, plan=plan, problem=visit.t["ca_import_changed"])
    at, url = services.clock(), services.public_url

    def work(tx: Transaction) -> int:
        waiting = propose_plan(tx, plan, by=visit.actor, at=at, url=url, limits=services.sign_in.asked)
        tx.drafts.forget(visit.contact.id, _ABOUT)
        return waiting

    result = await carry_out(visit, work)
    if isinstance(result, EntryError):
        return _page(visit, plan=plan, problem=say_refusal(result, visit.language, to_customer=True))
    return RedirectResponse("/customer/changes" if result else "/customer/people?notice=saved", 303)


async def _plan(visit: ContactVisit, octets: bytes, *, complete: bool) -> Plan:
    def read() -> Plan:
        customer_id = visit.contact.customer_id
        current = read_entries(visit.site.services.queries, customer_id)
        return plan_import(read_sheet(octets), customer_id, current, complete=complete)

    return await asyncio.to_thread(read)


async def _collision(visit: ContactVisit, plan: Plan) -> str:
    """Why the plan could not be carried out as a whole; "" when it could."""
    at = visit.site.services.clock()

    def work(tx: Transaction) -> None:
        apply_plan(tx, plan, by=visit.actor, at=at)
        raise TriedOut

    try:
        await asyncio.wrap_future(visit.site.services.writer.submit(partial(work)))
    except TriedOut:
        return ""
    except EntryError as error:
        return say_refusal(error, visit.language, to_customer=True)
    return ""


def _page(visit: ContactVisit, *, plan: Plan | None = None, problem: str = "") -> Response:
    return visit.show(
        "customer/import.html",
        status=422 if problem or (plan is not None and plan.errors) else 200,
        plan=plan,
        digest="" if plan is None else plan_digest(plan),
        shown=() if plan is None else plan.changes[:_SHOWN],
        errors=() if plan is None else [(each.line, _said(visit, each)) for each in plan.errors[:_SHOWN]],
        problem=problem,
    )


def _said(visit: ContactVisit, error: CellError) -> str:
    return say_refusal(EntryError(error.message), visit.language, to_customer=True)
