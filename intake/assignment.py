"""Putting a ticket into somebody's hands, in a caller's transaction. It changes no clock and tells no customer."""

from dataclasses import replace

from intake.administration import InvalidEntryError
from intake.desk import Order, Result, find_ordered
from intake.people import User
from intake.ports import Transaction
from intake.tickets.model import EventKind, Ticket, TicketEvent
from intake.tickets.state import STAFF, Refusal, RefusalReason


def assign(tx: Transaction, order: Order, assignee_id: int | None) -> Result:
    """Give a ticket to a user of the service desk, or with None to nobody.

    Raises UnknownEntryError when there is no such user, InvalidEntryError for one who does not work here any more.
    """
    ticket = find_ordered(tx, order)
    if not isinstance(ticket, Ticket):
        return ticket
    if order.actor.kind not in STAFF:
        return Refusal(reason=RefusalReason.NOT_FOR_ACTOR, message="Only the service desk hands out its work.")
    if assignee_id == ticket.assignee_id:
        return ticket
    assignee = None if assignee_id is None else _user(tx, assignee_id)
    before = None if ticket.assignee_id is None else tx.people.user(ticket.assignee_id).name
    changed = replace(
        ticket, assignee_id=assignee_id, updated_at=max(order.at, ticket.updated_at), version=ticket.version + 1
    )
    tx.update_ticket(changed)
    event = TicketEvent(
        id=tx.new_id(),
        ticket_id=ticket.id,
        at=order.at,
        actor=order.actor,
        kind=EventKind.ASSIGNED,
        before=before,
        after=None if assignee is None else assignee.name,
        detail={"assignee": assignee_id},
    )
    tx.add_event(event)
    return changed


def _user(tx: Transaction, user_id: int) -> User:
    user = tx.people.user(user_id)
    if not user.active:
        raise InvalidEntryError(f"{user.name} is not active; choose somebody else.", field="assignee_id")
    return user
