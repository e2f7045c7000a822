"""What people decide about a ticket's files."""

from dataclasses import replace
from datetime import datetime

from intake.ports import Transaction
from intake.tickets.model import Actor, EventKind, TicketEvent


def give_out(tx: Transaction, number: int, attachment_id: int, *, by: Actor, at: datetime) -> bool:
    """Withhold a file of a ticket no longer, on record; False when there is no such file that is withheld.

    at: aware UTC.
    """
    ticket = tx.ticket_by_number(number)
    file = tx.attachment(attachment_id)
    if ticket is None or file is None or file.ticket_id != ticket.id or file.withheld is None:
        return False
    tx.give_out(file.id)
    tx.update_ticket(replace(ticket, updated_at=max(at, ticket.updated_at), version=ticket.version + 1))
    detail = {"attachment": file.id, "comment": file.comment_id}
    event = TicketEvent(
        id=tx.new_id(),
        ticket_id=ticket.id,
        at=at,
        actor=by,
        kind=EventKind.FILE,
        before=file.withheld,
        after=file.filename,
        detail=detail,
    )
    tx.add_event(event)
    return True
