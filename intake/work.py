"""Noting work on a ticket, in a caller's transaction. Who pays for it is decided by its flag, on the statement."""

from dataclasses import replace

from intake.desk import NoSuchTicket, Order, Outdated, find_ordered
from intake.ports import Transaction
from intake.service import NotedWork, Work
from intake.tickets.model import EventKind, Ticket, TicketEvent
from intake.tickets.state import STAFF, Refusal, RefusalReason

WorkResult = NotedWork | Refusal | NoSuchTicket | Outdated


def note_work(tx: Transaction, order: Order, work: Work) -> WorkResult:
    """Add a time entry. Raises InvalidEntryError for a length or time that cannot be. RULE service-hours"""
    ticket = _ticket(tx, order)
    if not isinstance(ticket, Ticket):
        return ticket
    noted = tx.service.add_work(tx.new_id(), ticket, work, by=order.actor, at=order.at)
    _record(tx, order, ticket, noted, "noted")
    return noted


def withdraw_work(tx: Transaction, order: Order, entry_id: int) -> WorkResult:
    """Take a time entry back; it stays in the ticket, but counts no longer. Raises UnknownEntryError."""
    ticket = _ticket(tx, order)
    if not isinstance(ticket, Ticket):
        return ticket
    noted = tx.service.withdraw_work(ticket, entry_id, by=order.actor, at=order.at)
    _record(tx, order, ticket, noted, "withdrawn")
    return noted


def _ticket(tx: Transaction, order: Order) -> Ticket | Refusal | NoSuchTicket | Outdated:
    ticket = find_ordered(tx, order)
    if isinstance(ticket, Ticket) and order.actor.kind not in STAFF:
        return Refusal(reason=RefusalReason.NOT_FOR_ACTOR, message="Only the service desk notes its work.")
    return ticket


def _record(tx: Transaction, order: Order, ticket: Ticket, noted: NotedWork, what: str) -> None:
    entry = noted.entry
    tx.update_ticket(replace(ticket, updated_at=max(order.at, ticket.updated_at), version=ticket.version + 1))
    detail = {"entry": entry.id, "minutes": entry.minutes, "flag": entry.flag.value}
    event = TicketEvent(
        id=tx.new_id(),
        ticket_id=ticket.id,
        at=order.at,
        actor=order.actor,
        kind=EventKind.TIME_ENTRY,
        after=what,
        detail=detail,
    )
    tx.add_event(event)
