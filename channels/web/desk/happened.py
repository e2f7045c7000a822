"""What happened to this message, this call? Every input with its decision and the checks behind it."""

import asyncio
from collections.abc import Mapping

from starlette.responses import Response

from authz.decision import Verdict
from authz.identity import Channel
from authz.words import advise, say_check, say_finding
from channels.web.entered import after_of, path_id, whole_number
from channels.web.parts import Cell, Link, Listing, Row, Section, more_of, show
from channels.web.services import WebServices
from channels.web.visitors import PageMissingError, StaffVisit
from intake.ledger import LedgerEntry, claim_of_entry, read_evidence
from intake.queries import CallFilter, CallLine, LedgerFilter, LedgerLine, Window

_PAGE = 50
_BADGES = {Verdict.ACCEPT: "good", Verdict.HOLD: "warn", Verdict.REJECT: "bad", Verdict.RETRY: "warn"}


async def search(visit: StaffVisit) -> Response:
    """Find inputs by who they claim to be from, their Message-ID, their ticket, channel or verdict."""
    asked = visit.request.query_params
    typed = asked.get("what", "").replace("\0", "").strip()[:998]
    wanted = LedgerFilter(
        message_id=typed if typed.startswith("<") else None,
        ticket_number=whole_number(typed.removeprefix("#")),
        identity=typed.casefold() if typed and not typed.startswith("<") and not _is_number(typed) else None,
        channel=Channel(asked["channel"]) if asked.get("channel") in set(Channel) else None,
        verdict=Verdict(asked["verdict"]) if asked.get("verdict") in set(Verdict) else None,
        customer_id=whole_number(asked.get("customer", "")),
    )
    window = Window(limit=_PAGE, after=after_of(visit))
    page = await asyncio.to_thread(visit.site.services.queries.ledger, wanted, window)
    columns = ("received", "desk_channel", "desk_claims", "subject", "desk_verdict", "desk_ticket")
    names = await asyncio.to_thread(_names, visit.site.services, [line.entry for line in page.items])
    rows = tuple(_ledger_row(visit, line, names) for line in page.items)
    listing = Listing(columns=columns, rows=rows, more=more_of(visit, page), empty="desk_nothing_came")
    return visit.show(
        "desk/happened.html",
        title=visit.t["desk_happened"],
        listing=listing,
        what=typed,
        channel=asked.get("channel", ""),
        verdict=asked.get("verdict", ""),
        customer=asked.get("customer", ""),
        channels=list(Channel),
        verdicts=list(Verdict),
    )


async def show_input(visit: StaffVisit) -> Response:
    """One input: the decision, each check in words, and what would have to change."""
    line = await asyncio.to_thread(visit.site.services.queries.ledger_entry, path_id(visit))
    if line is None:
        raise PageMissingError
    entry, t = line.entry, visit.t
    checks = read_evidence(entry.evidence)
    names = await asyncio.to_thread(_names, visit.site.services, [entry])
    facts = (
        (t["received"], visit.site.pages.when(entry.received_at, visit.language)),
        (t["desk_channel"], f"{t[f'desk_channel_{entry.channel}']}, {entry.account}"),
        (t["desk_claims"], ", ".join(filter(None, (_shown(entry), names.get(entry.contact_id or 0)))) or "–"),
        (t["desk_peer"], entry.peer or "–"),
        (t["desk_reverse_path"], "–" if entry.reverse_path is None else f"<{entry.reverse_path}>"),
        ("Message-ID", entry.message_id or "–"),
        (t["desk_verdict"], f"{t[f'desk_verdict_{entry.verdict}']} – {visit.reasons[entry.reason]}"),
        (t["desk_detail"], say_finding(entry.detail, visit.language)),
        (t["desk_trace"], entry.trace_id or "–"),
    )
    sections = [
        Section(title="", facts=facts),
        Section(title=t["desk_checks"], lines=tuple(say_check(check, visit.language) for check in checks)),
    ]
    advice = advise(entry.reason, claim_of_entry(entry), checks, visit.language)
    if advice:
        sections.append(Section(title=t["desk_to_get_in"], lines=tuple(advice)))
    links = [Link(href="/desk/happened", text="desk_happened")]
    if line.ticket_number is not None:
        links.append(Link(href=f"/console/tickets/{line.ticket_number}", text="desk_ticket"))
    if entry.verdict is Verdict.HOLD:
        links.append(Link(href=f"/desk/quarantine/{entry.id}", text="desk_quarantine"))
    return show(visit, entry.subject or t["desk_no_subject"], *sections, links=links)


async def list_calls(visit: StaffVisit) -> Response:
    """Calls, newest first, by the caller's number."""
    caller = visit.request.query_params.get("caller", "").replace("\0", "").strip()[:32]
    wanted = CallFilter(caller=caller.replace(" ", "") or None)
    page = await asyncio.to_thread(
        visit.site.services.queries.calls, wanted, Window(limit=_PAGE, after=after_of(visit))
    )
    columns = ("desk_started", "desk_caller", "desk_who", "desk_called", "desk_verdict", "desk_ticket")
    rows = tuple(_call_row(visit, each) for each in page.items)
    listing = Listing(columns=columns, rows=rows, more=more_of(visit, page), empty="desk_nothing_came")
    return visit.show("desk/calls.html", title=visit.t["desk_calls"], listing=listing, caller=caller)


async def show_call(visit: StaffVisit) -> Response:
    """One call: the decision, its checks, and every event."""
    page = await asyncio.to_thread(visit.site.services.queries.call, path_id(visit))
    if page is None:
        raise PageMissingError
    line, t, when = page.line, visit.t, visit.site.pages.when
    facts = (
        (t["desk_started"], when(line.started_at, visit.language)),
        (t["desk_caller"], line.caller_e164 or line.caller_shown or "–"),
        (t["desk_called"], line.called_number or "–"),
        (t["desk_who"], ", ".join(filter(None, (line.contact_name, line.customer_name))) or "–"),
        (t["desk_endpoint"], line.endpoint),
        (t["status"], t[f"call_state_{line.outcome}"]),
        (t["desk_verdict"], f"{t[f'desk_verdict_{line.verdict}']} – {visit.reasons[line.reason]}"),
        (t["desk_detail"], say_finding(page.detail, visit.language)),
    )
    checks = tuple(say_check(check, visit.language) for check in read_evidence(page.evidence))
    events = Listing(
        columns=("desk_when", "desk_event"),
        rows=tuple(
            (Cell(text=when(each.at, visit.language)), Cell(text=t[f"desk_event_{each.kind}"])) for each in page.events
        ),
    )
    links = [Link(href="/desk/calls", text="desk_calls")]
    if line.ticket_number is not None:
        links.append(Link(href=f"/console/tickets/{line.ticket_number}", text="desk_ticket"))
    sections = (
        Section(title="", facts=facts),
        Section(title=t["desk_checks"], lines=checks),
        Section(title=t["desk_events"], listing=events),
    )
    return show(visit, f"{t['desk_call']} {line.caller_e164 or line.caller_shown}", *sections, links=links)


def _names(services: WebServices, entries: list[LedgerEntry]) -> Mapping[int, str]:
    """The contacts the inputs were found to be from, by id, with their customers. Blocking."""
    found = {}
    for contact_id in {each.contact_id for each in entries if each.contact_id is not None}:
        contact = services.queries.contact(contact_id)
        customer = None if contact is None else services.queries.customer(contact.customer_id)
        if contact is not None:
            found[contact_id] = contact.name if customer is None else f"{contact.name}, {customer.name}"
    return found


def _shown(entry: LedgerEntry) -> str:
    """Who it claims to be from, as an address or a number; the id of a contact says nothing to anybody."""
    return "" if entry.identity == str(entry.contact_id) else entry.identity or ""


def _ledger_row(visit: StaffVisit, line: LedgerLine, names: Mapping[int, str]) -> Row:
    entry, t = line.entry, visit.t
    return (
        Cell(text=visit.site.pages.when(entry.received_at, visit.language), href=f"/desk/happened/{entry.id}"),
        Cell(text=t[f"desk_channel_{entry.channel}"], under=entry.account),
        _who(entry, names.get(entry.contact_id or 0, "")),
        Cell(text=entry.subject or "–"),
        Cell(
            text=t[f"desk_verdict_{entry.verdict}"],
            badge=_BADGES[entry.verdict],
            under=visit.reasons[entry.reason],
        ),
        _ticket_cell(line.ticket_number),
    )


def _who(entry: LedgerEntry, name: str) -> Cell:
    shown = _shown(entry)
    return Cell(text=shown, under=name) if shown else Cell(text=name or "–")


def _call_row(visit: StaffVisit, line: CallLine) -> Row:
    return (
        Cell(text=visit.site.pages.when(line.started_at, visit.language), href=f"/desk/calls/{line.id}"),
        Cell(text=line.caller_e164 or line.caller_shown or "–"),
        Cell(text=line.contact_name or line.customer_name or "–"),
        Cell(text=line.called_number or "–"),
        Cell(
            text=visit.t[f"desk_verdict_{line.verdict}"],
            badge=_BADGES[line.verdict],
            under=visit.reasons[line.reason],
        ),
        _ticket_cell(line.ticket_number),
    )


def _ticket_cell(number: int | None) -> Cell:
    return Cell(text="–") if number is None else Cell(text=f"{number}", href=f"/console/tickets/{number}")


def _is_number(text: str) -> bool:
    return whole_number(text.removeprefix("#")) is not None
