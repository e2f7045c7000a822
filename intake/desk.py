"""What people do to tickets: say something, move it, re-categorize, offer, fix for now.

Each command is one unit of work in a caller's transaction: it finds the ticket, asks the life cycle, and writes the
row and its history. Decides nothing itself; who may do what is in `intake.tickets`. What a *customer* writes comes in
through `intake.receive` like every request.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from intake.letters.notices import notice_of, write_to_contact
from intake.outgoing import OutboxKind
from intake.ports import PreparedBlob, Transaction
from intake.terms import Category, Evaluation, Status
from intake.tickets import amend
from intake.tickets.lifecycle import transition
from intake.tickets.model import Actor, Comment, EventKind, StoredAttachment, Ticket, TicketEvent
from intake.tickets.record import lifecycle_state, record_change
from intake.tickets.state import STAFF, Change, LifecycleState, Limits, Refusal, RefusalReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Who wants which ticket changed, when.

    number: what people call the ticket. at: aware UTC.
    customer_id: the only customer whose tickets this actor may know of; None for the service desk's own people.
    version: the version the actor has seen; None changes whatever version there is.
    """

    number: int
    actor: Actor
    at: datetime
    customer_id: int | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSuchTicket:
    """There is no such ticket, or it is none of this actor's business; nobody is told which."""

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outdated:
    """The ticket was changed since the actor looked. current: as it is now."""

    current: Ticket


Result = Ticket | Refusal | NoSuchTicket | Outdated


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """A file somebody attaches."""

    filename: str
    content_type: str
    blob: PreparedBlob


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What a technician says. internal: for technicians only; everything else is sent to the contact."""

    text: str
    internal: bool = False
    files: tuple[NewFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A status to move to, and what the step may need. accepted_by: who on the customer's side accepted.

    words: what to say to the customer with it, such as the question; kept as a comment, sent with the notice.
    files: what goes with the words.
    """

    status: Status
    words: str = ""
    files: tuple[NewFile, ...] = ()
    solution: str = ""
    evaluation: frozenset[Evaluation] = frozenset()
    accepted_by: str = ""


def comment(tx: Transaction, order: Order, remark: Remark) -> Result:
    """Add a technician's reply or note; a reply goes out by mail, with its files, when the contact has an address."""
    ticket = find_ordered(tx, order)
    if not isinstance(ticket, Ticket):
        return ticket
    if order.actor.kind not in STAFF:
        return Refusal(reason=RefusalReason.NOT_FOR_ACTOR, message="A customer's message comes in as a request.")
    # A ticket somebody answered no longer calls for attention; a note changes nothing for the customer.
    changed = replace(
        ticket,
        updated_at=max(order.at, ticket.updated_at),
        attention=ticket.attention and remark.internal,
        version=ticket.version + 1,
    )
    tx.update_ticket(changed)
    said = _say(tx, ticket, order, remark)
    if not remark.internal:
        _send(tx, changed, said, remark.files)
    return changed


def move(tx: Transaction, order: Order, step: Step) -> Result:
    """Move a ticket to another status; closing needs a solution and an evaluation. RULE evaluation."""
    ticket = find_ordered(tx, order)
    if not isinstance(ticket, Ticket):
        return ticket
    terms = tx.contract_terms(ticket.customer_id, order.at)
    change = transition(
        lifecycle_state(ticket, terms),
        step.status,
        actor=order.actor,
        at=order.at,
        solution=step.solution,
        evaluation=step.evaluation,
        on_behalf_of=step.accepted_by,
        limits=terms.limits,
    )
    if isinstance(change, Refusal):
        return change
    by_staff = order.actor.kind in STAFF
    words = step.words.strip() if by_staff else ""
    said = _say(tx, ticket, order, Remark(text=words, files=step.files)) if words else None
    changed = record_change(
        tx, ticket, change, attention=not by_staff, words=words, files=_enclosed(step.files) if said is not None else ()
    )
    # What somebody wrote goes out also where nothing is ever sent by itself.
    if said is not None and (notice_of(change) is None or _is_quiet(tx, ticket)):
        _send(tx, changed, said, step.files)
    return changed


def recategorize(tx: Transaction, order: Order, category: Category) -> Result:
    """Move a ticket to another category."""
    return _change(tx, order, lambda state, _: amend.recategorize(state, category, actor=order.actor, at=order.at))


def make_offer(tx: Transaction, order: Order, text: str) -> Result:
    """Record the offer made for a change request. RULE change-offer."""
    return _change(tx, order, lambda state, _: amend.make_offer(state, text, actor=order.actor, at=order.at))


def accept_offer(tx: Transaction, order: Order, *, accepted_by: str, order_number: str) -> Result:
    """Record that the customer accepted: who, when and under which order number. RULE change-offer."""
    return _change(
        tx,
        order,
        lambda state, _: amend.accept_offer(
            state, actor=order.actor, at=order.at, accepted_by=accepted_by, order_number=order_number
        ),
    )


def decline_offer(tx: Transaction, order: Order, *, declined_by: str) -> Result:
    """Record that the customer declined. RULE change-offer."""
    return _change(
        tx, order, lambda state, _: amend.decline_offer(state, actor=order.actor, at=order.at, declined_by=declined_by)
    )


def record_temporary_fix(tx: Transaction, order: Order) -> Result:
    """Record that a temporary fix restored the system. RULE fix-time."""
    return _change(tx, order, lambda state, _: amend.record_temporary_fix(state, actor=order.actor, at=order.at))


def withdraw_temporary_fix(tx: Transaction, order: Order) -> Result:
    """Record that the temporary fix does not hold. RULE fix-time."""
    return _change(tx, order, lambda state, _: amend.withdraw_temporary_fix(state, actor=order.actor, at=order.at))


def _change(tx: Transaction, order: Order, decide: Callable[[LifecycleState, Limits], Change | Refusal]) -> Result:
    ticket = find_ordered(tx, order)
    if not isinstance(ticket, Ticket):
        return ticket
    terms = tx.contract_terms(ticket.customer_id, order.at)
    change = decide(lifecycle_state(ticket, terms), terms.limits)
    if isinstance(change, Refusal):
        return change
    # What a customer does to a ticket is something for a technician to look at.
    return record_change(tx, ticket, change, attention=order.actor.kind not in STAFF)


def find_ordered(tx: Transaction, order: Order) -> Ticket | NoSuchTicket | Outdated:
    """The ticket an order is about, locked, or why it cannot be changed by it."""
    ticket = tx.ticket_by_number(order.number)
    if ticket is None or order.customer_id not in {None, ticket.customer_id}:
        return NoSuchTicket(number=order.number)
    if order.version not in {None, ticket.version}:
        return Outdated(current=ticket)
    return ticket


def _say(tx: Transaction, ticket: Ticket, order: Order, remark: Remark) -> Comment:
    """Keep what a technician says, with its files and its line in the history."""
    said = Comment(
        id=tx.new_id(),
        ticket_id=ticket.id,
        at=order.at,
        actor=order.actor,
        text=remark.text,
        internal=remark.internal,
    )
    tx.add_comment(said)
    _attach(tx, said, remark.files)
    detail = {"comment": said.id, "internal": remark.internal}
    event = TicketEvent(
        id=tx.new_id(), ticket_id=ticket.id, at=order.at, actor=order.actor, kind=EventKind.COMMENT, detail=detail
    )
    tx.add_event(event)
    return said


def _attach(tx: Transaction, said: Comment, files: tuple[NewFile, ...]) -> None:
    for file in files:
        tx.add_blob(file.blob)
        tx.add_attachment(
            StoredAttachment(
                id=tx.new_id(),
                ticket_id=said.ticket_id,
                comment_id=said.id,
                filename=file.filename,
                content_type=file.content_type,
                size=file.blob.size,
                sha256=file.blob.digest,
                inline=False,
                content_id=None,
                blob=file.blob.digest,
                part=None,
            )
        )


def _send(tx: Transaction, ticket: Ticket, said: Comment, files: tuple[NewFile, ...] = ()) -> None:
    conversation = tx.correspondence.conversation(ticket.id)
    payload: dict[str, Any] = {
        "author": said.actor.name,
        "comment": said.id,
        "text": said.text,
        "files": list(_enclosed(files)),
    }
    write_to_contact(tx, ticket, conversation, OutboxKind.REPLY, at=said.at, payload=payload)


def _enclosed(files: tuple[NewFile, ...]) -> tuple[Mapping[str, str], ...]:
    """The files as a row of the outbox names them."""
    return tuple(
        {"filename": file.filename, "content_type": file.content_type, "blob": file.blob.digest} for file in files
    )


def _is_quiet(tx: Transaction, ticket: Ticket) -> bool:
    return tx.correspondence.conversation(ticket.id).quiet
