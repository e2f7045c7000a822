"""The service desk lets somebody take part in a ticket, or no longer; on record like everything else."""

from dataclasses import replace
from datetime import datetime

from authz.mail.address import address_key
from intake.administration import InvalidEntryError, UnknownEntryError
from intake.conversation.participants import Part, Participant, find_colleague
from intake.ports import Transaction
from intake.tickets.model import Actor, EventKind, Ticket, TicketEvent


def add_participant(tx: Transaction, number: int, address: str, *, by: Actor, at: datetime) -> None:
    """Let an address of the ticket's own customer take part. at: aware UTC.

    Raises UnknownEntryError without such a ticket, InvalidEntryError for an address that is not that customer's.
    """
    ticket = _ticket(tx, number)
    found = find_colleague(tx, ticket.customer_id, address, at)
    if found is None:
        raise InvalidEntryError(
            "Only people who may write for the ticket's own customer take part; list the address first.",
            field="address",
        )
    key, contact_id = found
    joined = Participant(
        ticket_id=ticket.id, key=key, address=address, contact_id=contact_id, part=Part.ADDED, joined_at=at
    )
    if tx.participants.add(joined):
        _note(tx, ticket, by, at, before=None, after=address)


def remove_participant(tx: Transaction, number: int, address: str, *, by: Actor, at: datetime) -> None:
    """Let an address take part no longer; who answers again joins again. at: aware UTC.

    Raises UnknownEntryError without such a ticket or participant.
    """
    ticket = _ticket(tx, number)
    if not tx.participants.remove(ticket.id, address_key(address) or address):
        raise UnknownEntryError(f"{address} takes no part in ticket {number}.")
    _note(tx, ticket, by, at, before=address, after=None)


def _ticket(tx: Transaction, number: int) -> Ticket:
    ticket = tx.ticket_by_number(number)
    if ticket is None:
        raise UnknownEntryError(f"There is no ticket {number}.")
    return ticket


def _note(tx: Transaction, ticket: Ticket, by: Actor, at: datetime, *, before: str | None, after: str | None) -> None:
    tx.update_ticket(replace(ticket, updated_at=max(at, ticket.updated_at), version=ticket.version + 1))
    event = TicketEvent(
        id=tx.new_id(),
        ticket_id=ticket.id,
        at=at,
        actor=by,
        kind=EventKind.PARTICIPANT,
        before=before,
        after=after,
        detail={"part": Part.ADDED} if after is not None else {},
    )
    tx.add_event(event)
