"""What technicians do to two tickets of one customer: merge duplicates, split off what is another matter, link.

Each command is one unit of work in a caller's transaction, as those of `intake.desk` are. The clocks of the tickets
stay what their own histories make them: a merge adds nothing to the other ticket's, and a split-off ticket's clock
starts when what it is about was received.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from intake.conversation.links import LinkKind, SaidAt
from intake.desk import NoSuchTicket, Order, Outdated, Result, find_ordered
from intake.ports import Transaction
from intake.terms import CATEGORY_NAMES, Category, Evaluation, Status
from intake.tickets.lifecycle import transition
from intake.tickets.model import ActorKind, EventKind, Ticket, TicketEvent
from intake.tickets.record import current_deadlines, lifecycle_state, record_change, with_deadlines
from intake.tickets.state import STAFF, Refusal, RefusalReason

# The more urgent first. What is merged into something less urgent would be promised less than its customer was.
_URGENCY = (Category.A, Category.B, Category.C)


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """Which ticket the ordered one is a duplicate of. solution: what to say beside the number of the other ticket.

    evaluation: closing needs at least one flag, a duplicate too. RULE evaluation
    """

    into: int
    evaluation: frozenset[Evaluation]
    solution: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Which comment of the ordered ticket is another matter. category: the ordered ticket's when None."""

    comment_id: int
    subject: str
    category: Category | None = None


def merge(tx: Transaction, order: Order, wanted: Merge) -> Result:
    """Close a ticket as a duplicate of another one; returns it. What is mailed to it later lands in the other."""
    pair = _find_pair(tx, order, wanted.into, RefusalReason.MERGE_NOT_POSSIBLE)
    if not isinstance(pair, tuple):
        return pair
    ticket, into = pair
    problem = _no_merge(tx, ticket, into)
    if problem is not None:
        return Refusal(reason=RefusalReason.MERGE_NOT_POSSIBLE, message=problem)
    closed = _close_duplicate(tx, order, ticket, into, wanted)
    if isinstance(closed, Refusal):
        return closed
    tx.links.add(closed.id, LinkKind.MERGED, into.id)
    tx.links.lead_on(closed.id, into.id)
    for participant in tx.participants.of(closed.id):
        tx.participants.add(replace(participant, ticket_id=into.id))
    _note(tx, order, closed, "merged-into", into)
    _note(tx, order, into, "merged", closed)
    # What the duplicate says belongs to the other one's story: somebody should look.
    _touch(tx, into, order.at, attention=True)
    return closed


def separate(tx: Transaction, order: Order) -> Result:
    """Take a merge back: mail to the ticket lands in it again. Its status is left to whoever reopens it."""
    ticket = _find_own(tx, order)
    if not isinstance(ticket, Ticket):
        return ticket
    into_id = tx.links.merged_into(ticket.id)
    into = None if into_id is None else tx.ticket(into_id)
    if into is None:
        message = f"Ticket {ticket.number} is merged into no other one."
        return Refusal(reason=RefusalReason.UNCHANGED, message=message)
    tx.links.remove(ticket.id, LinkKind.MERGED, into.id)
    _note(tx, order, ticket, "separated", into)
    _note(tx, order, into, "separated", ticket)
    return _touch(tx, ticket, order.at)


def split(tx: Transaction, order: Order, wanted: Split) -> Result:
    """Open a ticket for something the customer said in another one; returns the new ticket."""
    ticket = _find_own(tx, order)
    if not isinstance(ticket, Ticket):
        return ticket
    said = tx.links.said(ticket.id, wanted.comment_id)
    problem = _no_split(said, wanted)
    if said is None or problem is not None:
        return Refusal(reason=RefusalReason.SPLIT_NOT_POSSIBLE, message=problem or "")
    opened = _open(tx, order, ticket, said, wanted)
    tx.links.move_comment(said.comment.id, opened.id)
    for each in (ticket.id, opened.id):
        tx.search.mark(each)
    tx.links.add(opened.id, LinkKind.SPLIT, ticket.id)
    for participant in tx.participants.of(ticket.id):
        tx.participants.add(replace(participant, ticket_id=opened.id))
    _note(tx, order, opened, "split-from", ticket)
    _note(tx, order, ticket, "split-off", opened, comment=said.comment.id)
    _touch(tx, ticket, order.at)
    return opened


def link(tx: Transaction, order: Order, other: int) -> Result:
    """Link two tickets that have to do with each other."""
    pair = _find_pair(tx, order, other, RefusalReason.LINK_NOT_POSSIBLE)
    if not isinstance(pair, tuple):
        return pair
    ticket, linked = pair
    if not tx.links.add(ticket.id, LinkKind.RELATED, linked.id):
        return Refusal(reason=RefusalReason.UNCHANGED, message=f"Tickets {ticket.number} and {other} are linked.")
    _note(tx, order, ticket, "linked", linked)
    _note(tx, order, linked, "linked", ticket)
    _touch(tx, linked, order.at)
    return _touch(tx, ticket, order.at)


def unlink(tx: Transaction, order: Order, other: int) -> Result:
    """Take a link back; a merge is taken back by `separate`."""
    pair = _find_pair(tx, order, other, RefusalReason.LINK_NOT_POSSIBLE)
    if not isinstance(pair, tuple):
        return pair
    ticket, linked = pair
    if not tx.links.remove(ticket.id, LinkKind.RELATED, linked.id):
        return Refusal(reason=RefusalReason.UNCHANGED, message=f"Tickets {ticket.number} and {other} are not linked.")
    _note(tx, order, ticket, "unlinked", linked)
    _note(tx, order, linked, "unlinked", ticket)
    _touch(tx, linked, order.at)
    return _touch(tx, ticket, order.at)


def _find_own(tx: Transaction, order: Order) -> Ticket | Refusal | NoSuchTicket | Outdated:
    found = find_ordered(tx, order)
    if isinstance(found, Ticket) and order.actor.kind not in STAFF:
        return Refusal(reason=RefusalReason.NOT_FOR_ACTOR, message="This is for the service desk's own people.")
    return found


def _find_pair(
    tx: Transaction, order: Order, other: int, refusal: RefusalReason
) -> tuple[Ticket, Ticket] | Refusal | NoSuchTicket | Outdated:
    """The ordered ticket and another one of the same customer, both locked."""
    ticket = _find_own(tx, order)
    if not isinstance(ticket, Ticket):
        return ticket
    if other == ticket.number:
        return Refusal(reason=refusal, message="A ticket has nothing to do with itself; name another one.")
    found = tx.ticket_by_number(other)
    if found is None:
        return Refusal(reason=refusal, message=f"There is no ticket {other}.")
    if found.customer_id != ticket.customer_id:
        return Refusal(reason=refusal, message=f"Ticket {other} is another customer's.")
    return ticket, found


def _no_merge(tx: Transaction, ticket: Ticket, into: Ticket) -> str | None:
    """Why the one cannot be merged into the other, as a sentence."""
    for each in (ticket, into):
        merged_into = tx.links.merged_into(each.id)
        if merged_into is not None:
            known = tx.ticket(merged_into)
            return f"Ticket {each.number} is merged already, into {known.number if known else merged_into}."
    if into.status is Status.CLOSED and ticket.status is not Status.CLOSED:
        return f"Ticket {into.number} is closed and nobody works on it: reopen it first."
    if ticket.status is not Status.CLOSED and _is_more_urgent(ticket.category, into.category):
        # RULE availability: an incident that is not over must not end by becoming part of a lesser one.
        names = f"{CATEGORY_NAMES[ticket.category]} into {CATEGORY_NAMES[into.category]}"
        return f"{names} would promise the customer less: move one of the two to another category first."
    return None


def _is_more_urgent(one: Category, other: Category) -> bool:
    if other not in _URGENCY:
        return one in _URGENCY
    return one in _URGENCY and _URGENCY.index(one) < _URGENCY.index(other)


def _close_duplicate(tx: Transaction, order: Order, ticket: Ticket, into: Ticket, wanted: Merge) -> Ticket | Refusal:
    if ticket.status is Status.CLOSED:
        return _touch(tx, ticket, order.at)
    terms = tx.contract_terms(ticket.customer_id, order.at)
    sentence = f"Vyřešíme v požadavku / We will solve it in ticket #{into.number}."
    change = transition(
        lifecycle_state(ticket, terms),
        Status.CLOSED,
        actor=order.actor,
        at=order.at,
        solution="\n".join(filter(None, (sentence, wanted.solution.strip()))),
        evaluation=wanted.evaluation,
        limits=terms.limits,
    )
    return change if isinstance(change, Refusal) else record_change(tx, ticket, change)


def _no_split(said: SaidAt | None, wanted: Split) -> str | None:
    if said is None:
        return "This ticket has no such comment."
    if said.comment.internal or said.comment.actor.kind is not ActorKind.CONTACT:
        return "Only what the customer said can become a ticket of its own."
    if said.opened:
        return "This comment opened the ticket; without it the ticket would say nothing."
    return None if wanted.subject.strip() else "A ticket needs a subject."


def _open(tx: Transaction, order: Order, source: Ticket, said: SaidAt, wanted: Split) -> Ticket:
    # RULE fix-time, response-time: counted from when the request was received, not from when it was split off.
    ticket = Ticket(
        id=tx.new_id(),
        number=tx.next_ticket_number(),
        customer_id=source.customer_id,
        contact_id=source.contact_id if said.comment.actor.id is None else said.comment.actor.id,
        subject=wanted.subject.strip()[:255],
        category=wanted.category or source.category,
        status=Status.NEW,
        channel=said.comment.actor.channel,
        received_at=said.clock_at,
        since=said.clock_at,
        updated_at=max(order.at, said.clock_at),
        attention=True,
        reply_to=source.reply_to,
    )
    ticket = with_deadlines(ticket, current_deadlines(tx, ticket, order.at))
    tx.add_ticket(ticket)
    detail = {"category": ticket.category, "note": f"split off ticket {source.number}"}
    created = TicketEvent(
        id=tx.new_id(),
        ticket_id=ticket.id,
        at=said.clock_at,
        actor=said.comment.actor,
        kind=EventKind.CREATED,
        after=Status.NEW,
        detail=detail,
    )
    tx.add_event(created)
    tx.add_event(
        replace(created, id=tx.new_id(), kind=EventKind.COMMENT, after=None, detail={"comment": said.comment.id})
    )
    return ticket


def _note(tx: Transaction, order: Order, ticket: Ticket, how: str, other: Ticket, **more: int) -> None:
    event = TicketEvent(
        id=tx.new_id(),
        ticket_id=ticket.id,
        at=max(order.at, ticket.updated_at),
        actor=order.actor,
        kind=EventKind.LINK,
        after=how,
        detail={"ticket": other.number, **more},
    )
    tx.add_event(event)


def _touch(tx: Transaction, ticket: Ticket, at: datetime, *, attention: bool = False) -> Ticket:
    changed = replace(
        ticket,
        updated_at=max(at, ticket.updated_at),
        attention=ticket.attention or attention,
        version=ticket.version + 1,
    )
    tx.update_ticket(changed)
    return changed
