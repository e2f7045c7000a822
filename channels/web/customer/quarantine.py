"""Requests that wait in quarantine under the customer's name: why, what they say, and the admin's decision."""

import asyncio

from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from authz.evidence import Proof
from authz.identity import Channel
from authz.mail.address import address_key
from channels.web.customer.proposing import asked, propose_change, told
from channels.web.entered import Entered, after_of, path_id, whole_number
from channels.web.parts import Cell, Listing, Section, more_of, show
from channels.web.refusals import say_refusal
from channels.web.visitors import ContactVisit, PageMissingError
from intake.administration import EntryError
from intake.contact_lists.list_changes import ListChange, ListEntity
from intake.ledger import HeldState, LedgerEntry, read_evidence
from intake.people import AddressData, Contact
from intake.quarantine import QuarantineError, Release
from intake.queries import HeldLine, Window
from intake.submission import Submission

_PAGE = 50
_LIST = "/customer/quarantine"
_LONGEST_PREVIEW = 20_000
_MOST_PEOPLE = Window(limit=200)


async def list_held(visit: ContactVisit) -> Response:
    """What waits under this customer's name."""
    window = Window(limit=_PAGE, after=after_of(visit))
    page = await asyncio.to_thread(visit.site.services.portal.held_for, visit.contact.customer_id, window)
    rows = tuple(
        (
            Cell(text=line.entry.subject or visit.t["no_subject"], href=f"{_LIST}/{line.held.id}"),
            Cell(text=line.entry.identity or "–"),
            Cell(text=visit.reasons[line.entry.reason]),
            Cell(text=visit.site.pages.when(line.entry.received_at, visit.language)),
        )
        for line in page.items
    )
    columns = ("subject", "ca_claims", "ca_reason", "received")
    listing = Listing(columns=columns, rows=rows, more=more_of(visit, page), empty="ca_nothing_held")
    return show(visit, visit.t["ca_quarantine"], Section(title="", listing=listing))


async def show_held(visit: ContactVisit) -> Response:
    """One request: why it waits, what it says, and what can be decided."""
    return await _page(visit, await _find(visit))


async def release(visit: ContactVisit, form: FormData) -> Response:
    """Let it in this once, or also ask for its address to be listed; the address is proved like any other."""
    line = await _find(visit)
    services, customer_id = visit.site.services, visit.contact.customer_id
    contact = await _person(visit, Entered(form, services.zone).line("contact_id"))
    if contact is None:
        return await _page(visit, line, problem=visit.t["ca_choose_person"])
    authorize = form.get("decision") == "authorize"
    address = address_key(line.entry.identity or "") if line.entry.channel is Channel.MAIL else None
    proposed: ListChange | None = None
    if authorize and address is not None:
        data = AddressData(customer_id=customer_id, contact_id=contact.id, address=address)
        result = await propose_change(visit, asked(visit, ListEntity.ADDRESS, data))
        if isinstance(result, EntryError):
            return await _page(visit, line, problem=say_refusal(result, visit.language, to_customer=True))
        proposed = result
    wanted = Release(
        held_id=line.held.id,
        by=visit.actor,
        at=services.clock(),
        customer_id=customer_id,
        contact_id=contact.id,
        note=_note(visit, form),
    )
    try:
        receipt = await services.quarantine.release(wanted)
    except (QuarantineError, EntryError):
        return await _page(visit, line, problem=visit.t["changed_meanwhile"])
    return told(proposed, f"/tickets/{receipt.ticket_number}")


async def reject(visit: ContactVisit, form: FormData) -> Response:
    """Settle it as not wanted; nobody is told."""
    line, services = await _find(visit), visit.site.services
    try:
        await services.quarantine.reject(line.held.id, by=visit.actor, at=services.clock(), note=_note(visit, form))
    except QuarantineError:
        return await _page(visit, line, problem=visit.t["changed_meanwhile"])
    return RedirectResponse(f"{_LIST}?notice=saved", 303)


def _note(visit: ContactVisit, form: FormData) -> str | None:
    return Entered(form, visit.site.services.zone).words("note")[:2000] or None


async def _person(visit: ContactVisit, chosen: str) -> Contact | None:
    """The person of the visitor's customer that was chosen."""
    contact_id = whole_number(chosen)
    if contact_id is None:
        return None
    found = await asyncio.to_thread(visit.site.services.queries.contact, contact_id)
    return found if found is not None and found.customer_id == visit.contact.customer_id else None


async def _people(visit: ContactVisit, known: int | None) -> list[Contact]:
    """Whose request it may be: who the lists knew it to be first, then the active people."""
    queries, customer_id = visit.site.services.queries, visit.contact.customer_id
    page = await asyncio.to_thread(queries.contacts, _MOST_PEOPLE, customer_id=customer_id)
    first = None if known is None else await _person(visit, str(known))
    return [*([] if first is None else [first]), *(each for each in page.items if each.active and each.id != known)]


async def _find(visit: ContactVisit) -> HeldLine:
    """The request in the page's address, when it waits under this customer's name. Raises PageMissingError."""
    wanted = path_id(visit, "held_id")
    window = Window(limit=1, after=wanted + 1)
    page = await asyncio.to_thread(visit.site.services.portal.held_for, visit.contact.customer_id, window)
    line = next((each for each in page.items if each.held.id == wanted), None)
    if line is None or line.held.state is not HeldState.HELD:
        raise PageMissingError
    return line


async def _page(visit: ContactVisit, line: HeldLine, *, problem: str = "") -> Response:
    people, said = await asyncio.gather(
        _people(visit, line.entry.contact_id),
        asyncio.to_thread(_read, visit, line.entry),
    )
    return visit.show(
        "customer/held.html",
        status=422 if problem else 200,
        held=line.held,
        entry=line.entry,
        reason=visit.reasons[line.entry.reason],
        text="" if said is None else said.text[:_LONGEST_PREVIEW],
        files=() if said is None else [each.filename for each in said.attachments],
        people=people,
        chosen=line.entry.contact_id,
        can_authorize=line.entry.channel is Channel.MAIL and line.entry.customer_id is None,
        problem=problem,
    )


def _read(visit: ContactVisit, entry: LedgerEntry) -> Submission | None:
    services = visit.site.services
    if entry.blob is None:
        return None
    try:
        octets = services.blobs.read(entry.blob)
    except KeyError:
        return None
    if any(check.proof is Proof.FORWARDED for check in read_evidence(entry.evidence)):
        # What a technician wrote above it is not for the customer.
        forward = services.rereader.forward(octets)
        return None if forward is None else forward.submission
    return services.rereader.read(octets)
