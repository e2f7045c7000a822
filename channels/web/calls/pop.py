"""What to know of a caller, on one page; and what becomes of the call: a ticket, or a call back that proves who it was.

Owns what is shown. Everything is put together by `intake.phone.screen_pop` and done by `intake.phone.call_form` and
`intake.phone.call_back`, as for the API.
"""

import asyncio
from datetime import timedelta

from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from authz.decision import Verdict
from authz.phone.number import read_number
from channels.web.choosing import choose_contact
from channels.web.entered import path_id, whole_number
from channels.web.parts import Cell, Field, Form, Link, Listing, Section, options_of, show
from channels.web.refusals import say_refusal
from channels.web.texts import CATEGORIES, STATUSES
from channels.web.visitors import PageMissingError, StaffVisit
from intake.administration import EntryError
from intake.contact_lists.number_codes import GivenCode
from intake.phone.call_back import CallBackRefusal, finish_call_back, start_call_back
from intake.phone.call_form import CallForm, FormRefusal, take_form
from intake.phone.screen_pop import ScreenPop, pop_call, pop_number
from intake.queries import CallLine, TicketLine, Window
from intake.terms import Category

_BADGES = {Verdict.ACCEPT: "good", Verdict.HOLD: "warn", Verdict.REJECT: "bad", Verdict.RETRY: "warn"}
_MOST_PEOPLE = 100
_LONGEST_SUBJECT, _LONGEST_TEXT = 255, 20_000
# A telephone opens the page while it rings, and sometimes before the call is on record.
_THIS_CALL = timedelta(hours=1)


async def show_caller(visit: StaffVisit) -> Response:
    """The page a telephone opens: the call that goes on from the number, or what there is about the number."""
    number = read_number(visit.request.query_params.get("number", "")).e164
    if number is None:
        raise PageMissingError
    services = visit.site.services
    found = await asyncio.to_thread(pop_number, services.queries, number, services.clock())
    latest = next(iter(found.last_calls), None)
    if latest is not None and latest.direction == "in" and services.clock() - latest.started_at < _THIS_CALL:
        return RedirectResponse(f"/console/calls/{latest.id}", 303)
    return show(visit, number, *_about(visit, found))


async def show_call(visit: StaffVisit) -> Response:
    """A call: who it is, what is open, and what to do with it."""
    found = await _find(visit)
    caller, *around = _about(visit, found)
    # Whoever holds the line writes first and reads what was before afterwards.
    return show(visit, _title(visit, found), caller, *await _steps(visit, found), *around)


async def file(visit: StaffVisit, form: FormData) -> Response:
    """The agent's quick form."""
    found = await _find(visit)
    services, call_id = visit.site.services, path_id(visit)
    category = str(form.get("category", ""))
    subject, text = str(form.get("subject", "")).strip(), str(form.get("text", "")).strip()
    if not _is_line(subject) or len(text) > _LONGEST_TEXT or "\0" in text:
        return await _again(visit, found, EntryError(visit.t["call_subject_needed"], field="subject"), form)
    try:
        contact_id = whole_number(str(form.get("contact", ""))) or await choose_contact(visit, form, "contact")
    except EntryError as error:
        return await _again(visit, found, error, form)
    written = CallForm(
        subject=subject,
        text=text.replace("\r\n", "\n"),
        category=Category(category) if category in set(Category) else None,
        contact_id=contact_id,
        ticket_number=whole_number(str(form.get("ticket", ""))),
    )
    at = services.clock()
    try:
        made = await asyncio.wrap_future(
            services.writer.submit(
                lambda tx: take_form(tx, call_id, written, by=visit.actor, at=at, signer=services.signer)
            )
        )
    except EntryError as error:
        return await _again(visit, found, error, form)
    if isinstance(made, FormRefusal):
        return await _again(visit, found, EntryError(visit.t[f"call_refused_{made.name.lower()}"]), form)
    return RedirectResponse(f"/console/tickets/{made.number}", 303)


async def call_back(visit: StaffVisit, form: FormData) -> Response:
    """Make the code that is said to whoever answers at the caller's number; it is on this page only."""
    services, call_id = visit.site.services, path_id(visit)
    try:
        given = await asyncio.wrap_future(
            services.writer.submit(
                lambda tx: start_call_back(tx, services.pins, call_id, by=visit.actor, at=services.clock())
            )
        )
    except EntryError as error:
        return visit.tell(say_refusal(error, visit.language), status=422)
    if isinstance(given, CallBackRefusal):
        return _refused(visit, given)
    response = show(visit, visit.t["call_back"], _code_section(visit, given, call_id))
    response.headers["Cache-Control"] = "no-store"
    return response


async def confirm(visit: StaffVisit, form: FormData) -> Response:
    """Take the code that came back from the one who was called."""
    services, call_id = visit.site.services, path_id(visit)
    code_id = whole_number(visit.request.path_params["code"])
    if code_id is None:
        raise PageMissingError
    said = str(form.get("said", ""))[:20]
    done = await asyncio.wrap_future(
        services.writer.submit(
            lambda tx: finish_call_back(
                tx, services.pins, code_id, said, call_id=call_id, by=visit.actor, at=services.clock()
            )
        )
    )
    if isinstance(done, CallBackRefusal):
        return _refused(visit, done)
    return RedirectResponse(f"/console/calls/{call_id}", 303)


async def _find(visit: StaffVisit) -> ScreenPop:
    services = visit.site.services
    found = await asyncio.to_thread(pop_call, services.queries, path_id(visit), services.clock())
    if found is None:
        raise PageMissingError
    return found


def _title(visit: StaffVisit, found: ScreenPop) -> str:
    call = found.call
    if call is None:
        return found.number or visit.t["call_hidden"]
    who = call.contact_name or call.customer_name or call.caller_e164 or call.caller_shown or visit.t["call_hidden"]
    return visit.t["call_from"].format(who=who)


def _about(visit: StaffVisit, found: ScreenPop) -> list[Section]:
    """Who it is, what is open, who called before."""
    t = visit.t
    sections = [Section(title=t["call_caller"], facts=_facts(visit, found))]
    if found.open_tickets:
        rows = tuple(_ticket_row(visit, line) for line in found.open_tickets)
        listing = Listing(columns=("number", "subject", "status"), rows=rows)
        sections.append(Section(title=t["call_open_tickets"], listing=listing))
    if found.last_calls:
        rows = tuple(_call_row(visit, line) for line in found.last_calls)
        listing = Listing(columns=("received", "call_called", "call_agent", "call_outcome"), rows=rows)
        sections.append(Section(title=t["call_before"], listing=listing))
    return sections


def _facts(visit: StaffVisit, found: ScreenPop) -> tuple[tuple[str, str], ...]:
    t, call = visit.t, found.call
    facts = [(t["call_number"], found.number or (call.caller_shown if call else "") or t["call_hidden"])]
    for customer in found.customers:
        people = ", ".join(person.name for person in customer.people)
        state = "" if customer.active else f" ({t['call_not_active']})"
        facts.append((t["desk_customer"], f"{customer.name}{state}"))
        if people:
            facts.append((t["call_people"], people))
        contract = customer.contract or t["call_no_contract"]
        facts.append((t["call_contract"], f"{contract}, {t['call_framework']}" if customer.framework else contract))
    if not found.customers:
        facts.append((t["desk_customer"], t["call_nobody"]))
    if call is not None:
        facts += [
            (t["received"], visit.site.pages.when(call.started_at, visit.language)),
            (t["call_called"], call.called_number or "–"),
            (t["call_agent"], call.agent or "–"),
            (t["call_decision"], visit.reasons[call.reason]),
        ]
        if call.ticket_number is not None:
            facts.append((t["call_ticket"], f"#{call.ticket_number}"))
    return tuple(facts)


def _ticket_row(visit: StaffVisit, line: TicketLine) -> tuple[Cell, ...]:
    ticket = line.ticket
    return (
        Cell(text=str(ticket.number)),
        Cell(text=ticket.subject, href=f"/console/tickets/{ticket.number}", under=line.contact_name or ""),
        Cell(text=STATUSES[visit.language][ticket.status]),
    )


def _call_row(visit: StaffVisit, line: CallLine) -> tuple[Cell, ...]:
    outcome = visit.t[f"call_state_{line.outcome}"]
    return (
        Cell(text=visit.site.pages.when(line.started_at, visit.language), href=f"/console/calls/{line.id}"),
        Cell(text=line.called_number or "–"),
        Cell(text=line.agent or "–"),
        Cell(text=outcome, badge=None if line.verdict is Verdict.ACCEPT else _BADGES[line.verdict]),
    )


async def _steps(visit: StaffVisit, found: ScreenPop) -> list[Section]:
    """What can be done with the call now."""
    call, t = found.call, visit.t
    if call is None or call.direction != "in":
        return []
    if call.verdict is Verdict.ACCEPT:
        title = t["call_add_to_ticket"] if call.ticket_number is not None else t["call_make_ticket"]
        return [Section(title=title, form=await _form(visit, found))]
    if found.customers and call.caller_e164 is not None:
        form = Form(action=f"/console/calls/{call.id}/call-back", fields=(), submit="call_back_start")
        return [Section(title=t["call_back"], facts=((t["call_back_how"], t["call_back_help"]),), form=form)]
    return [Section(title="", links=(Link(href=f"/desk/calls/{call.id}", text="call_why"),))]


async def _form(visit: StaffVisit, found: ScreenPop) -> Form:
    call, t = found.call, visit.t
    if call is None:
        raise PageMissingError
    window = Window(limit=_MOST_PEOPLE)
    people = await asyncio.to_thread(visit.site.services.queries.contacts, window, customer_id=call.customer_id)
    named = tuple((str(each.id), each.name) for each in people.items if each.active)
    contact = Field(
        name="contact", label="call_contact", kind="choose", options=(("", t["call_contact_of_call"]), *named)
    )
    if people.next_after is not None:
        contact = Field(name="contact", label="call_contact", help="call_contact_of_call", suggest="contact")
    tickets = [("", t["call_new_ticket"])]
    tickets += [
        (str(each.ticket.number), f"#{each.ticket.number} {each.ticket.subject}") for each in found.open_tickets
    ]
    words = [t["call_category_contract"], *(CATEGORIES[visit.language][each][0] for each in Category)]
    return Form(
        action=f"/console/calls/{call.id}/ticket",
        submit="call_file",
        fields=(
            Field(name="subject", label="subject", required=True),
            Field(name="text", label="call_text", kind="area"),
            Field(name="category", label="category", kind="choose", options=options_of(["", *Category], words)),
            contact,
            Field(name="ticket", label="call_ticket", kind="choose", options=tuple(tickets)),
        ),
    )


async def _again(visit: StaffVisit, found: ScreenPop, problem: EntryError, typed: FormData) -> Response:
    if found.call is None or found.call.verdict is not Verdict.ACCEPT:
        return visit.tell(say_refusal(problem, visit.language), status=422)
    form = (await _form(visit, found)).refused(visit, problem, typed)
    section = Section(title=visit.t["call_make_ticket"], form=form)
    return show(visit, _title(visit, found), section, *_about(visit, found), status=422)


def _code_section(visit: StaffVisit, given: GivenCode, call_id: int) -> Section:
    t = visit.t
    facts = (
        (t["call_number"], given.number),
        (t["call_code"], given.code),
        (t["call_code_until"], visit.site.pages.when(given.expires_at, visit.language)),
    )
    form = Form(
        action=f"/console/calls/{call_id}/call-back/{given.id}",
        fields=(Field(name="said", label="call_code_said", required=True),),
        submit="call_code_confirm",
    )
    return Section(title=t["call_back_say"], facts=facts, form=form)


def _refused(visit: StaffVisit, refusal: CallBackRefusal) -> Response:
    if refusal is CallBackRefusal.NO_SUCH_CALL:
        raise PageMissingError
    return visit.tell(visit.t[f"call_back_refused_{refusal.name.lower()}"], status=422)


def _is_line(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_SUBJECT and text.isprintable()
