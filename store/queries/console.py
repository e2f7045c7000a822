"""What technicians keep for their work, and which tickets changed lately."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from intake.console import Draft, FoundContact, QueueView, Snippet, TicketVersion
from intake.sla.contract import Contract
from store.console import read_snippet, read_view
from store.contracts import customer_contract
from store.folded import is_named
from store.people_rows import read_contact
from store.queries.reading import Reading
from store.tables import (
    addresses,
    contacts,
    customers,
    numbers,
    presences,
    queue_views,
    reply_drafts,
    snippets,
    tickets,
    users,
)

_FEWEST_DIGITS = 5


class ConsoleQueries(Reading):
    """See `intake.console.ConsoleQueries`."""

    def queue_views(self, user_id: int) -> tuple[QueueView, ...]:
        query = select(queue_views).where(queue_views.c.user_id == user_id).order_by(queue_views.c.position)
        with self._engine.connect() as connection:
            return tuple(map(read_view, connection.execute(query)))

    def snippets(self, *, active: bool = True) -> tuple[Snippet, ...]:
        query = select(snippets).order_by(snippets.c.language, snippets.c.name)
        if active:
            query = query.where(snippets.c.active)
        with self._engine.connect() as connection:
            return tuple(map(read_snippet, connection.execute(query)))

    def snippet(self, snippet_id: int) -> Snippet | None:
        return self._one(select(snippets).where(snippets.c.id == snippet_id), read_snippet)

    def reply_draft(self, user_id: int, ticket_id: int) -> Draft | None:
        query = select(reply_drafts).where(reply_drafts.c.user_id == user_id, reply_drafts.c.ticket_id == ticket_id)
        return self._one(query, lambda row: Draft(text=row.text, internal=bool(row.internal), at=row.at))

    def who_looks_at(self, ticket_id: int, since: datetime) -> tuple[tuple[int, str], ...]:
        query = (
            select(users.c.id, users.c.name)
            .join(presences, presences.c.user_id == users.c.id)
            .where(presences.c.ticket_id == ticket_id, presences.c.seen_at >= since)
            .order_by(users.c.name)
        )
        with self._engine.connect() as connection:
            return tuple((row.id, row.name) for row in connection.execute(query))

    def find_contacts(self, text: str, most: int) -> tuple[FoundContact, ...]:
        query = (
            select(contacts, customers.c.name.label("customer_name"))
            .join(customers, customers.c.id == contacts.c.customer_id)
            .where(_is_meant(text))
            .order_by(contacts.c.name, contacts.c.id)
            .limit(most)
        )
        with self._engine.connect() as connection:
            return tuple(
                FoundContact(contact=read_contact(row), customer_name=row.customer_name)
                for row in connection.execute(query)
            )

    def contracts_of(self, customer_ids: Collection[int]) -> Mapping[int, Contract]:
        with self._engine.connect() as connection, connection.begin():
            return {each: customer_contract(connection, each) for each in customer_ids}

    def changed_tickets(self, since: datetime, most: int) -> tuple[TicketVersion, ...]:
        query = (
            select(tickets.c.number, tickets.c.version, tickets.c.updated_at)
            .where(tickets.c.updated_at >= since)
            .order_by(tickets.c.updated_at.desc())
            .limit(most)
        )
        with self._engine.connect() as connection:
            return tuple(
                TicketVersion(number=row.number, version=row.version, updated_at=row.updated_at)
                for row in connection.execute(query)
            )

    def latest_change(self) -> datetime | None:
        with self._engine.connect() as connection:
            latest: datetime | None = connection.execute(select(func.max(tickets.c.updated_at))).scalar()
            return latest


def _is_meant(text: str) -> ColumnElement[bool]:
    """Whether a contact is meant by what was typed, by its shape."""
    digits = "".join(char for char in text if char.isdigit())
    if "@" in text:
        return contacts.c.id.in_(
            select(addresses.c.contact_id).where(addresses.c.address_key.contains(text.lower(), autoescape=True))
        )
    if len(digits) >= _FEWEST_DIGITS:
        return contacts.c.id.in_(select(numbers.c.contact_id).where(numbers.c.e164.contains(digits)))
    return is_named(text, contacts.c.name, customers.c.name)
