"""A ticket a technician makes for a customer who called, came, or asked in some other way.

It goes to the receiver like every request: whether the contact may ask by that channel is decided there.
"""

import asyncio
from dataclasses import dataclass, field, replace

from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from authz.decision import Verdict
from authz.evidence import Proof
from authz.identity import Channel
from authz.people.sessions import random_value
from channels.web.console.filters import read_id
from channels.web.console.steps import line_of, text_of
from channels.web.texts import REASON_WORDS
from channels.web.visitors import PageMissingError, StaffVisit
from intake.people import Contact, Customer
from intake.receive import Inbound
from intake.terms import Category
from intake.web_request import Circumstances, WebRequest, source_key, web_inbound

LONGEST_SUBJECT = 255
LONGEST_TEXT = 100_000
_MOST_FOUND = 30
_ACCOUNT = "console"
# By what the customer turned to us. What came by mail comes in by itself.
WAYS = (Channel.PHONE, Channel.WEB)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """The form as it was filled in. once: the same for the same form. problems: by the name of the field."""

    subject: str = ""
    text: str = ""
    category: str = ""
    way: str = Channel.PHONE
    once: str = ""
    problems: dict[str, str] = field(default_factory=dict)


async def choose(visit: StaffVisit) -> Response:
    """Look for the contact, then the form for the one that is chosen."""
    params, queries = visit.request.query_params, visit.site.services.queries
    chosen = read_id(params.get("contact", ""))
    if chosen is not None:
        return await _form(visit, chosen, Entered())
    who = " ".join(params.get("who", "").split())[:200]
    found = await asyncio.to_thread(queries.find_contacts, who, _MOST_FOUND) if who else ()
    return visit.show("console/new_who.html", who=who, found=found, most=_MOST_FOUND)


async def make(visit: StaffVisit, form: FormData) -> Response:
    """Make the ticket, or say why not."""
    contact_id = read_id(str(form.get("contact", "")))
    if contact_id is None:
        raise PageMissingError
    entered = _read(visit, form)
    if entered.problems:
        return await _form(visit, contact_id, entered, status=422)
    contact, _ = await _contact(visit, contact_id)
    receipt = await visit.site.services.receiver.receive(_inbound(visit, contact, entered))
    if receipt.verdict is not Verdict.ACCEPT or receipt.ticket_number is None:
        why = REASON_WORDS[visit.language].get(receipt.reason, receipt.public_text)
        return await _form(visit, contact_id, replace(entered, problems={"way": why}), status=409)
    return RedirectResponse(f"/console/tickets/{receipt.ticket_number}?notice=made", 303)


def _inbound(visit: StaffVisit, contact: Contact, entered: Entered) -> Inbound:
    services, way = visit.site.services, Channel(entered.way)
    asked = WebRequest(
        subject=entered.subject,
        text=f"{entered.text}\n\n({visit.t['new_written_by'].format(name=visit.user.name)})",
        category=Category(entered.category) if entered.category else None,
    )
    client = visit.request.client
    how = Circumstances(
        proof=Proof.SESSION,
        detail=f"{visit.user.name} of the service desk, for {contact.name} ({way})",
        account=_ACCOUNT,
        source_key=source_key(f"user {visit.user.id}", entered.once or None),
        at=services.clock(),
        peer=None if client is None else client.host,
        trace_id=str(visit.request.scope.get("trace_id", "")),
    )
    made = web_inbound(asked, contact, how, services.signer)
    submission = made.submission
    return replace(
        made,
        raw=replace(made.raw, channel=way),
        claim=replace(made.claim, channel=way),
        submission=None if submission is None else replace(submission, channel=way),
    )


def _read(visit: StaffVisit, form: FormData) -> Entered:
    subject, text = line_of(form, "subject"), text_of(form, "text")
    category, way = str(form.get("category", "")), str(form.get("way", ""))
    problems = {}
    for name, value, longest in (("subject", subject, LONGEST_SUBJECT), ("text", text, LONGEST_TEXT)):
        if not value:
            problems[name] = visit.t["needed"]
        elif len(value) > longest:
            problems[name] = visit.t["too_long"].format(count=longest)
    return Entered(
        subject=subject,
        text=text,
        category=category if category in set(Category) else "",
        way=way if way in WAYS else Channel.PHONE,
        once=line_of(form, "once")[:100],
        problems=problems,
    )


async def _form(visit: StaffVisit, contact_id: int, entered: Entered, *, status: int = 200) -> Response:
    contact, customer = await _contact(visit, contact_id)
    return visit.show(
        "console/new_ticket.html",
        status=status,
        contact=contact,
        customer=customer,
        entered=entered,
        once=entered.once or random_value(),
        ways=[(way.value, visit.t[f"new_way_{way.value}"]) for way in WAYS],
    )


async def _contact(visit: StaffVisit, contact_id: int) -> tuple[Contact, Customer]:
    queries = visit.site.services.queries
    contact = await asyncio.to_thread(queries.contact, contact_id)
    customer = None if contact is None else await asyncio.to_thread(queries.customer, contact.customer_id)
    if contact is None or customer is None:
        raise PageMissingError
    return contact, customer
