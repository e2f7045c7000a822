"""What the technicians' page of a ticket shows. Reads; changes nothing."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import shorten

from markupsafe import Markup
from starlette.responses import Response

from channels.web.console.clock_words import ClockWords, clock_words
from channels.web.console.event_words import say_events
from channels.web.console.originals import evidence_words
from channels.web.said_html import page_html
from channels.web.services import WebServices
from channels.web.texts.console import DESK_STATUSES
from channels.web.texts.ticket import EVALUATIONS, NEEDS
from channels.web.visitors import StaffVisit
from intake.console import PRESENT, Draft, Snippet
from intake.conversation.links import LinkedTicket
from intake.letters.correspondence import Delivery
from intake.people import User
from intake.queries import TicketClocks, TicketFilter, TicketPage, Window
from intake.service import NotedWork
from intake.terms import Status
from intake.tickets.lifecycle import legal_targets
from intake.tickets.model import Comment, StoredAttachment, Ticket
from intake.tickets.record import lifecycle_state
from intake.tickets.state import Target

_MOST_USERS = 200
_MOST_TICKETS = 100
_FEWEST_WORDS = 3
_LONGEST_SUBJECT = 80
# What a reply alone is enough for: it starts the work, or it is the question.
WITH_REPLY = (Status.IN_PROGRESS, Status.MORE_INFO, Status.POSTPONED)
# With these a solution may be written down, whether the step needs one or not. RULE evaluation
_SOLVING = frozenset({Status.TO_VERIFY, Status.CLOSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidView:
    """Something said, with its files. html: formatted, when it came so. can_split: it may get a ticket of its own."""

    comment: Comment
    html: Markup | None
    files: tuple[StoredAttachment, ...]
    can_split: bool
    split_subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What is read for the page beside the ticket itself."""

    clocks: TicketClocks | None
    work: tuple[NotedWork, ...]
    deliveries: Sequence[Delivery]
    links: Sequence[LinkedTicket]
    snippets: tuple[Snippet, ...]
    draft: Draft | None
    users: tuple[User, ...]
    others: tuple[str, ...]
    why: tuple[str, ...]
    other_tickets: tuple[Ticket, ...]
    more_others: bool


async def show_ticket_page(
    visit: StaffVisit,
    page: TicketPage,
    *,
    status: int = 200,
    typed: Mapping[str, list[str]] | None = None,
    form_name: str = "",
    problems: tuple[str, ...] = (),
    seen: int | None = None,
) -> Response:
    """Make the page. typed: of the form `form_name`. seen: the last event its sender saw; what came after is shown."""
    services, ticket = visit.site.services, page.line.ticket
    now = services.clock()
    around = await asyncio.to_thread(read_around, services, page, visit.user.id, visit.language)
    notice = visit.request.query_params.get("notice", "")
    steps = legal_targets(lifecycle_state(ticket, page.terms), visit.actor, at=now, limits=page.terms.limits)
    newer = [each for each in page.events if seen is not None and each.id > seen]
    return visit.show(
        "console/ticket.html",
        status=status,
        line=page.line,
        ticket=ticket,
        said=said_views(page),
        happened=say_events(page.events, visit.t, visit.language),
        changed=say_events(newer, visit.t, visit.language),
        steps=steps,
        blocked={step.status: ", ".join(NEEDS[visit.language][each] for each in step.blocked_by) for step in steps},
        can_solve=_SOLVING,
        then=_then(visit, ticket, steps),
        usual_then=_usual_then(ticket, steps),
        clocks=_clocks(visit, around.clocks),
        around=around,
        others=around.others,
        me=visit.user.id,
        last_event=page.events[-1].id if page.events else 0,
        notice=visit.t.get(f"tk_done_{notice}", ""),
        typed=typed or {},
        form_name=form_name,
        problems=problems,
        outdated=status == 409 and not problems,
        statuses=DESK_STATUSES[visit.language],
        evaluations=EVALUATIONS[visit.language],
    )


def read_around(services: WebServices, page: TicketPage, user_id: int, language: str) -> Around:
    """Everything else the page shows. Blocking."""
    queries, ticket = services.queries, page.line.ticket
    first = next((each.ledger_id for each in page.comments if each.ledger_id is not None), None)
    origin = None if first is None else queries.ledger_entry(first)
    looking = queries.who_looks_at(ticket.id, services.clock() - PRESENT)
    theirs = queries.tickets(TicketFilter(customer_id=ticket.customer_id), Window(limit=_MOST_TICKETS))
    others = [each.ticket for each in theirs.items if each.ticket.id != ticket.id]
    return Around(
        clocks=queries.ticket_clocks(ticket.number),
        work=queries.time_entries(ticket.number),
        deliveries=queries.deliveries(ticket.number),
        links=queries.linked_tickets(ticket.number),
        snippets=queries.snippets(),
        draft=queries.reply_draft(user_id, ticket.id),
        users=tuple(each for each in queries.users(Window(limit=_MOST_USERS)).items if each.active),
        others=tuple(name for each, name in looking if each != user_id),
        why=() if origin is None else evidence_words(origin.entry, language),
        other_tickets=tuple(sorted(others, key=lambda each: each.status is Status.CLOSED)),
        more_others=theirs.next_after is not None,
    )


def said_views(page: TicketPage) -> list[SaidView]:
    """The conversation, oldest first."""
    by_comment: dict[int, list[StoredAttachment]] = {}
    for each in page.attachments:
        by_comment.setdefault(each.comment_id, []).append(each)
    views = []
    for index, comment in enumerate(page.comments):
        files = by_comment.get(comment.id, [])
        images = {
            file.content_id.strip("<>"): f"/console/tickets/{page.line.ticket.number}/pictures/{file.id}"
            for file in files
            if file.content_id is not None and file.withheld is None
        }
        html = page_html(comment.html, images) if comment.html else None
        kept = tuple(file for file in files if not (file.inline and html))
        can_split = index > 0 and comment.actor.kind == "contact"
        subject = _first_words(comment.text) if can_split else ""
        views.append(SaidView(comment=comment, html=html, files=kept, can_split=can_split, split_subject=subject))
    return views


def _first_words(text: str) -> str:
    """What a ticket about this could be called: the first line that is more than a greeting."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    first = next((each for each in lines if len(each.split()) >= _FEWEST_WORDS and not each.endswith(",")), "")
    return shorten(first, _LONGEST_SUBJECT, placeholder="…")


def _then(visit: StaffVisit, ticket: Ticket, steps: Sequence[Target]) -> list[tuple[str, str]]:
    """What may become of the ticket with a reply, in words."""
    names = DESK_STATUSES[visit.language]
    possible = [(each.value, visit.t["tk_then_move"].format(status=names[each])) for each in _possible(steps)]
    return [("", visit.t["tk_then_stay"].format(status=names[ticket.status])), *possible] if possible else []


def _usual_then(ticket: Ticket, steps: Sequence[Target]) -> str:
    """A reply to a new ticket begins the work, unless somebody says otherwise."""
    begins = ticket.status is Status.NEW and Status.IN_PROGRESS in _possible(steps)
    return Status.IN_PROGRESS.value if begins else ""


def _possible(steps: Sequence[Target]) -> list[Status]:
    return [each.status for each in steps if each.status in WITH_REPLY and not each.blocked_by]


def _clocks(visit: StaffVisit, found: TicketClocks | None) -> list[ClockWords]:
    if found is None:
        return []
    return clock_words(found, visit.site.services.clock(), visit.t)
