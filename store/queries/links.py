"""Which tickets belong to one. See `intake.conversation.links.LinkQueries`."""

from collections.abc import Sequence

from sqlalchemy import literal, select, union_all

from intake.conversation.links import LinkedTicket, LinkKind
from intake.terms import Status
from store.queries.reading import Reading
from store.tables import ticket_links, tickets


class LinkQueries(Reading):
    """See `intake.conversation.links.LinkQueries`."""

    def linked_tickets(self, number: int) -> Sequence[LinkedTicket]:
        this = select(tickets.c.id).where(tickets.c.number == number).scalar_subquery()
        from_here = select(ticket_links.c.other_id.label("id"), ticket_links.c.kind, literal(1).label("outward")).where(
            ticket_links.c.ticket_id == this
        )
        to_here = select(ticket_links.c.ticket_id, ticket_links.c.kind, literal(0)).where(
            ticket_links.c.other_id == this
        )
        both = union_all(from_here, to_here).subquery()
        query = (
            select(both.c.kind, both.c.outward, tickets.c.number, tickets.c.subject, tickets.c.status)
            .join(tickets, tickets.c.id == both.c.id)
            .order_by(tickets.c.number)
        )
        with self._engine.connect() as connection:
            return tuple(
                LinkedTicket(
                    kind=LinkKind(row.kind),
                    outward=bool(row.outward),
                    number=row.number,
                    subject=row.subject,
                    status=Status(row.status),
                )
                for row in connection.execute(query)
            )
