"""What the page of a ticket shows: the conversation, the clocks in words, what can be answered, what happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from markupsafe import Markup
from starlette.responses import Response

from channels.web.portal.clocks import read_clocks
from channels.web.portal.forms import Filled, form_values
from channels.web.said_html import page_html
from channels.web.texts import CATEGORIES, STATUSES
from channels.web.visitors import ContactVisit
from intake.queries import TicketPage
from intake.terms import Category, Status
from intake.tickets.model import Comment, EventKind, StoredAttachment, Ticket, TicketEvent

_NOTICES = frozenset(
    {"made", "said", "continued", "accepted", "rejected", "offer_accept", "offer_decline", "changed_meanwhile"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidView:
    """Something said, with its files. html: formatted, when it came so."""

    comment: Comment
    html: Markup | None
    files: tuple[StoredAttachment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HappenedView:
    """A line of the history. text: key of its words. words: what is put into them."""

    event: TicketEvent
    text: str
    words: Mapping[str, str] = field(default_factory=dict)


async def show_ticket_page(
    visit: ContactVisit,
    page: TicketPage,
    filled: Filled,
    *,
    status: int = 200,
    problems: Mapping[str, str] | None = None,
) -> Response:
    """Make the page. filled: the reply as it was filled in. problems: of another form, by the name of the field."""
    ticket, now = page.line.ticket, visit.site.services.clock()
    notice = visit.request.query_params.get("notice", "")
    text = visit.t[notice] if notice in _NOTICES else ""
    return visit.show(
        "portal/ticket.html",
        status=status,
        ticket=ticket,
        contact_name=page.line.contact_name,
        said=_said(page),
        happened=_happened(visit, page.events),
        to_verify=ticket.status is Status.TO_VERIFY,
        offer_open=_offer_is_open(ticket),
        closed=ticket.status is Status.CLOSED,
        reopen_until=_reopen_until(page, now),
        clocks=await read_clocks(visit, ticket.number, now),
        notice=text.format(number=ticket.number),
        problems=problems or {},
        filled=filled,
        **form_values(visit, filled),
    )


def _said(page: TicketPage) -> list[SaidView]:
    by_comment: dict[int, list[StoredAttachment]] = {}
    for each in page.attachments:
        by_comment.setdefault(each.comment_id, []).append(each)
    number = page.line.ticket.number
    return [_said_view(number, each, by_comment.get(each.id, [])) for each in page.comments]


def _said_view(number: int, comment: Comment, files: Sequence[StoredAttachment]) -> SaidView:
    images = {
        file.content_id.strip("<>"): f"/tickets/{number}/pictures/{file.id}"
        for file in files
        if file.content_id is not None and file.withheld is None
    }
    html = page_html(comment.html, images) if comment.html else None
    return SaidView(comment=comment, html=html, files=tuple(file for file in files if not (file.inline and html)))


def _happened(visit: ContactVisit, events: Sequence[TicketEvent]) -> list[HappenedView]:
    """What changed about the ticket; what was said stands in the conversation."""
    return [view for view in (_happened_view(visit, each) for each in events) if view is not None]


def _happened_view(visit: ContactVisit, event: TicketEvent) -> HappenedView | None:
    language = visit.language
    match event.kind:
        case EventKind.CREATED:
            return HappenedView(event=event, text="happened_created")
        case EventKind.STATUS if event.after in set(Status):
            words = {"status": STATUSES[language][Status(event.after)]}
            return HappenedView(event=event, text="happened_status", words=words)
        case EventKind.CATEGORY if event.after in set(Category):
            words = {"category": CATEGORIES[language][Category(event.after)][0]}
            return HappenedView(event=event, text="happened_category", words=words)
        case EventKind.TEMPORARY_FIX:
            key = "happened_fix" if event.after == "recorded" else "happened_fix_withdrawn"
            return HappenedView(event=event, text=key)
        case EventKind.OFFER:
            return HappenedView(event=event, text=_offer_text(event))
    return None


def _offer_text(event: TicketEvent) -> str:
    if event.detail.get("accepted_by"):
        return "happened_offer_accepted"
    return "happened_offer_declined" if (event.after or "").startswith("offer declined") else "happened_offer"


def _offer_is_open(ticket: Ticket) -> bool:
    offer = ticket.offer
    return offer is not None and offer.accepted_at is None and offer.declined_at is None


def _reopen_until(page: TicketPage, now: datetime) -> datetime | None:
    """Until when a word opens the ticket again; None when it is open, or too late."""
    ticket = page.line.ticket
    if ticket.status is not Status.CLOSED or ticket.closed_at is None:
        return None
    until = ticket.closed_at + page.terms.limits.reopen_window
    return until if now < until else None
