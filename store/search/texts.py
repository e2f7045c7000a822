"""The searchable words of tickets, read from where they are kept. Only reads."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, select

from intake.tickets.words import fold_words
from store.tables import comments, contacts, customers, tickets

_MOST_WORDS = 8_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketWords:
    """What a ticket is found by, folded.

    head: number, subject and the people's names. said: what its customer may read. noted: internal notes.
    """

    ticket_id: int
    customer_id: int
    head: tuple[str, ...]
    said: tuple[str, ...]
    noted: tuple[str, ...]

    def sections(self, *, to_customer: bool) -> tuple[tuple[str, ...], ...]:
        """What may be searched. to_customer: internal notes may not."""
        return (self.head, self.said) if to_customer else (self.head, self.said, self.noted)


def read_words(connection: Connection, ticket_ids: Collection[int]) -> list[TicketWords]:
    """The words of these tickets; what a ticket says after its first eight thousand words is left out."""
    heads = (
        select(tickets, customers.c.name.label("customer_name"), contacts.c.name.label("contact_name"))
        .join(customers, customers.c.id == tickets.c.customer_id)
        .outerjoin(contacts, contacts.c.id == tickets.c.contact_id)
        .where(tickets.c.id.in_(ticket_ids))
    )
    texts = (
        select(comments.c.ticket_id, comments.c.internal, comments.c.actor_name, comments.c.text, comments.c.elided)
        .where(comments.c.ticket_id.in_(ticket_ids))
        .order_by(comments.c.id)
    )
    said: defaultdict[int, list[str]] = defaultdict(list)
    noted: defaultdict[int, list[str]] = defaultdict(list)
    for row in connection.execute(texts):
        kept = (noted if row.internal else said)[row.ticket_id]
        # What a later message quotes was said here before; a first one may quote what nobody else has.
        quoted = "" if kept else row.elided
        if len(kept) < _MOST_WORDS:
            kept += fold_words(f"{row.actor_name}\n{row.text}\n{quoted}", _MOST_WORDS - len(kept))
    return [
        TicketWords(
            ticket_id=row.id,
            customer_id=row.customer_id,
            head=tuple(
                fold_words(f"{row.number} {row.subject}\n{row.customer_name}\n{row.contact_name or row.reply_to or ''}")
            ),
            said=tuple(said[row.id]),
            noted=tuple(noted[row.id]),
        )
        for row in connection.execute(heads)
    ]
