"""The quarantine as a place where people work: what is held and why, in words, what it says, and the decision."""

import asyncio

from starlette.datastructures import FormData
from starlette.responses import Response

from authz.words import advise, say_check, say_finding
from channels.web.choosing import choose_contact, choose_customer, contact_words, customer_words
from channels.web.desk.held_refusals import say_held_refusal
from channels.web.entered import Entered, after_of, path_id
from channels.web.parts import Cell, Field, Form, Link, Listing, Section, done, more_of, show
from channels.web.visitors import PageMissingError, StaffVisit
from intake.administration import EntryError
from intake.files.downloads import download_headers
from intake.ledger import HeldState, claim_of_entry, read_evidence
from intake.quarantine import QuarantineError, Release
from intake.queries import HeldLine, Window
from intake.submission import Submission

_PAGE = 50
_LONGEST_PREVIEW = 20_000


async def list_held(visit: StaffVisit) -> Response:
    """What waits for a decision; with ?state=all everything that was ever held."""
    every = visit.request.query_params.get("state") == "all"
    state = None if every else HeldState.HELD
    window = Window(limit=_PAGE, after=after_of(visit))
    page = await asyncio.to_thread(visit.site.services.queries.quarantine, state, window)
    rows = tuple(
        (
            Cell(text=line.entry.subject or visit.t["desk_no_subject"], href=f"/desk/quarantine/{line.held.id}"),
            Cell(text=line.entry.identity or "–", under=line.entry.account),
            Cell(text=visit.reasons[line.entry.reason], under=line.entry.reason),
            Cell(text=visit.site.pages.when(line.entry.received_at, visit.language)),
            Cell(text=visit.t[f"desk_state_{line.held.state}"], badge="warn" if line.held.state == "held" else ""),
        )
        for line in page.items
    )
    columns = ("subject", "desk_claims", "desk_reason", "received", "status")
    listing = Listing(columns=columns, rows=rows, more=more_of(visit, page), empty="desk_nothing_held")
    other = Link(href="/desk/quarantine", text="desk_waiting") if every else Link(
        href="/desk/quarantine?state=all", text="desk_all_held"
    )  # fmt: skip
    return show(visit, visit.t["desk_quarantine"], Section(title="", listing=listing), links=(other,))


async def show_held(visit: StaffVisit) -> Response:
    """One held request: who it claims to be from, each check in words, what it says, and what can be decided."""
    return await _page(visit, await _find(visit))


async def release(visit: StaffVisit, form: FormData) -> Response:
    """Release a held request into the ticket it would have made, once or for all mail of that address to come."""
    line = await _find(visit)
    entered = Entered(form, visit.site.services.zone)
    try:
        customer_id = await choose_customer(visit, form, "customer")
        contact_id = await choose_contact(visit, form, "contact")
        wanted = Release(
            held_id=line.held.id,
            by=visit.actor,
            at=visit.site.services.clock(),
            customer_id=customer_id,
            contact_id=contact_id,
            note=entered.words("note")[:2000] or None,
            from_receipt=entered.checked("from_receipt"),
            authorize=form.get("decision") == "authorize",
        )
        receipt = await visit.site.services.quarantine.release(wanted)
    except QuarantineError as error:
        return await _page(visit, line, refused=(EntryError(say_held_refusal(error, visit.language)), form))
    except EntryError as error:
        return await _page(visit, line, refused=(error, form))
    return done(f"/console/tickets/{receipt.ticket_number}", "released")


async def reject(visit: StaffVisit, form: FormData) -> Response:
    """Settle a held request as not wanted; nobody is told."""
    line = await _find(visit)
    note = Entered(form, visit.site.services.zone).words("note")[:2000] or None
    try:
        await visit.site.services.quarantine.reject(
            line.held.id, by=visit.actor, at=visit.site.services.clock(), note=note
        )
    except QuarantineError as error:
        return await _page(visit, line, refused=(EntryError(say_held_refusal(error, visit.language)), form))
    return done("/desk/quarantine")


async def read_raw(visit: StaffVisit) -> Response:
    """The octets as they came, to be saved."""
    line = await _find(visit)
    try:
        octets = await asyncio.to_thread(visit.site.services.blobs.read, line.entry.blob or "")
    except KeyError:
        raise PageMissingError from None
    name = f"request-{line.held.id}.eml"
    return Response(octets, headers=download_headers(name, "message/rfc822", line.entry.blob or ""))


async def _find(visit: StaffVisit) -> HeldLine:
    found = await asyncio.to_thread(visit.site.services.queries.held, path_id(visit))
    if found is None:
        raise PageMissingError
    return found


async def _page(visit: StaffVisit, line: HeldLine, *, refused: tuple[EntryError, FormData] | None = None) -> Response:
    t, entry, held, own = visit.t, line.entry, line.held, f"/desk/quarantine/{line.held.id}"
    checks = read_evidence(entry.evidence)
    said = await asyncio.to_thread(_read, visit, entry.blob)
    pages = visit.site.pages
    facts = [
        (t["desk_claims"], entry.identity or "–"),
        (t["desk_receiver"], entry.account),
        (t["received"], pages.when(entry.received_at, visit.language)),
        (t["desk_peer"], entry.peer or "–"),
        (t["desk_reverse_path"], "–" if entry.reverse_path is None else f"<{entry.reverse_path}>"),
        (t["status"], t[f"desk_state_{held.state}"]),
    ]
    if held.decided_by:
        when = "" if held.decided_at is None else pages.when(held.decided_at, visit.language)
        facts.append((t["desk_decided_by"], f"{held.decided_by}, {when}"))
    if held.note:
        facts.append((t["desk_note"], held.note))
    advice = advise(entry.reason, claim_of_entry(entry), checks, visit.language)
    sections = [
        Section(title=t["desk_about"], facts=tuple(facts)),
        Section(
            title=t["desk_why"],
            lead=visit.reasons[entry.reason],
            lines=(
                *filter(None, (say_finding(entry.detail, visit.language),)),
                *(say_check(check, visit.language) for check in checks),
            ),
        ),
    ]
    if advice:
        sections.append(Section(title=t["desk_to_get_in"], lines=tuple(advice)))
    forms = await _forms(visit, line, refused) if held.state is HeldState.HELD else ()
    links = [Link(href="/desk/quarantine", text="desk_quarantine")]
    if entry.blob is not None:
        links.append(Link(href=f"{own}/raw", text="desk_raw"))
    if line.ticket_number is not None:
        links.append(Link(href=f"/console/tickets/{line.ticket_number}", text="desk_ticket"))
    return visit.show(
        "desk/held.html",
        status=422 if refused else 200,
        title=entry.subject or t["desk_no_subject"],
        sections=sections,
        links=links,
        notice="",
        said=None if said is None else said.text[:_LONGEST_PREVIEW],
        files=[] if said is None else [file.filename for file in said.attachments],
        forms=forms,
    )


async def _forms(visit: StaffVisit, line: HeldLine, refused: tuple[EntryError, FormData] | None) -> tuple[Form, ...]:
    t, own, entry = visit.t, f"/desk/quarantine/{line.held.id}", line.entry
    decisions = (("once", t["desk_release_once"]), ("authorize", t["desk_release_authorize"]))
    contact = await contact_words(visit, entry.contact_id)
    # A contact says whose it is; the customer is asked for only where none is known.
    customer = "" if contact else await customer_words(visit, entry.customer_id)
    release = Form(
        action=f"{own}/release",
        submit="desk_release",
        fields=(
            Field(name="decision", label="desk_decision", kind="choose", options=decisions),
            Field(name="contact", label="desk_contact", value=contact, help="desk_contact_help", suggest="contact"),
            Field(name="customer", label="desk_customer", value=customer, help="desk_whose_help", suggest="customer"),
            Field(name="note", label="desk_note"),
            Field(name="from_receipt", label="desk_from_receipt", kind="check"),
        ),
    )
    reject = Form(action=f"{own}/reject", submit="desk_reject", fields=(Field(name="note", label="desk_note"),))
    return (release if refused is None else release.refused(visit, *refused), reject)


def _read(visit: StaffVisit, blob: str | None) -> Submission | None:
    services = visit.site.services
    if blob is None:
        return None
    try:
        return services.rereader.read(services.blobs.read(blob))
    except KeyError:
        return None
