"""Full-text search: the index, and what waits to be indexed read where it lies."""

from typing import Any

from sqlalchemy import ColumnElement, Select, select

from intake.queries import EVERY_TICKET, Page, TicketFilter, TicketLine, Window, cut_page
from intake.tickets.words import read_terms
from store.queries.reading import Reading
from store.queries.tickets import LINES, read_line, ticket_conditions
from store.search.index import Asked
from store.search.queue import unindexed_hits
from store.tables import contacts, customers, tickets


class SearchQueries(Reading):
    """See `intake.queries.Queries`."""

    def search_tickets(
        self, text: str, window: Window, *, customer_id: int | None = None, wanted: TicketFilter = EVERY_TICKET
    ) -> Page[TicketLine]:
        terms = read_terms(text)
        if not terms:
            return Page(items=(), next_after=None)
        most = window.limit + 1

        def newest(query: Select[Any], key: ColumnElement[int], limit: int) -> list[TicketLine]:
            query = query.where(*ticket_conditions(wanted))
            if window.after is not None:
                query = query.where(key < window.after)
            return [read_line(row) for row in connection.execute(query.order_by(key.desc()).limit(limit))]

        with self._engine.connect() as connection:
            asked = Asked(connection.dialect.name, terms, customer_id)
            waiting, hits = unindexed_hits(connection, terms, customer_id)
            # The index comes first: SQLite then reads it in the order wanted, and stops after a page.
            joined = (
                asked.index.join(tickets, tickets.c.id == asked.ticket_id)
                .join(customers, customers.c.id == tickets.c.customer_id)
                .outerjoin(contacts, contacts.c.id == tickets.c.contact_id)
            )
            indexed = select(*LINES.selected_columns).select_from(joined).where(asked.matches)
            # What the index has of a ticket that waits may be outdated.
            lines = [
                line for line in newest(indexed, asked.ticket_id, most + len(waiting)) if line.ticket.id not in waiting
            ]
            if hits:
                lines += newest(LINES.where(tickets.c.id.in_(hits)), tickets.c.id, most)
        lines.sort(key=lambda line: line.ticket.id, reverse=True)
        found = lines[:most]
        return cut_page(found, [line.ticket.id for line in found], window.limit)
