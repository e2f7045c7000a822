"""Tickets for people: the list, and one ticket with everything in it."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, literal, select, tuple_

from intake.ports import ContractTerms
from intake.queries import Page, TicketFilter, TicketLine, TicketPage, Window
from intake.tickets.model import Comment, StoredAttachment
from store import rows
from store.contracts import customer_contract
from store.participants import OF_TICKET, read_participant
from store.queries.reading import Reading
from store.tables import attachments, comments, contacts, customers, ticket_events, tickets, users

# Asked for each line and not joined: whoever joins the lines to something else need not know of it.
_ASSIGNEE = select(users.c.name).where(users.c.id == tickets.c.assignee_id).scalar_subquery().label("assignee_name")

LINES = (
    select(tickets, customers.c.name.label("customer_name"), contacts.c.name.label("contact_name"), _ASSIGNEE)
    .join(customers, customers.c.id == tickets.c.customer_id)
    .outerjoin(contacts, contacts.c.id == tickets.c.contact_id)
)


class TicketQueries(Reading):
    """See `intake.queries.Queries`."""

    def tickets(self, wanted: TicketFilter, window: Window) -> Page[TicketLine]:
        return self._newest_first(LINES.where(*ticket_conditions(wanted)), tickets.c.id, window, read_line)

    def tickets_by_deadline(self, wanted: TicketFilter, window: Window) -> Page[TicketLine]:
        query = LINES.where(*ticket_conditions(wanted), tickets.c.next_deadline.is_not(None))
        if window.after is not None and window.after_deadline is not None:
            last = tuple_(literal(window.after_deadline, tickets.c.next_deadline.type), literal(window.after))
            query = query.where(tuple_(tickets.c.next_deadline, tickets.c.id) > last)
        page = self._page(query.order_by(tickets.c.next_deadline, tickets.c.id), tickets.c.id, window, read_line)
        deadline = page.items[-1].ticket.next_deadline if page.next_after is not None else None
        return replace(page, next_deadline=deadline)

    def ticket_page(self, number: int, at: datetime) -> TicketPage | None:
        with self._engine.connect() as connection:
            found = connection.execute(LINES.where(tickets.c.number == number)).first()
            if found is None:
                return None
            line = read_line(found)
            said, files, done = (
                connection.execute(select(table).where(table.c.ticket_id == found.id).order_by(table.c.id)).all()
                for table in (comments, attachments, ticket_events)
            )
            joined = connection.execute(OF_TICKET, {"ticket": found.id}).all()
            terms = ContractTerms.of(customer_contract(connection, line.ticket.customer_id).terms_at(at))
        return TicketPage(
            line=line,
            comments=tuple(map(rows.read_comment, said)),
            attachments=tuple(map(rows.read_attachment, files)),
            events=tuple(map(rows.read_event, done)),
            terms=terms,
            participants=tuple(map(read_participant, joined)),
        )

    def attachment(self, attachment_id: int) -> StoredAttachment | None:
        return self._one(select(attachments).where(attachments.c.id == attachment_id), rows.read_attachment)

    def comment(self, comment_id: int) -> Comment | None:
        return self._one(select(comments).where(comments.c.id == comment_id), rows.read_comment)


def read_line(row: Row[Any]) -> TicketLine:
    """A row of `LINES` as its value."""
    return TicketLine(
        ticket=rows.read_ticket(row),
        customer_name=row.customer_name,
        contact_name=row.contact_name,
        assignee_name=row.assignee_name,
    )


def ticket_conditions(wanted: TicketFilter) -> list[ColumnElement[bool]]:
    """What must hold of a row of `LINES`."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.statuses:
        conditions.append(tickets.c.status.in_(sorted(wanted.statuses)))
    if wanted.categories:
        conditions.append(tickets.c.category.in_(sorted(wanted.categories)))
    if wanted.updated_since is not None:
        conditions.append(tickets.c.updated_at >= wanted.updated_since)
    if wanted.open:
        conditions.append(tickets.c.closed_at.is_(None))
    if wanted.unassigned:
        conditions.append(tickets.c.assignee_id.is_(None))
    if wanted.subject:
        conditions.append(tickets.c.subject.icontains(wanted.subject, autoescape=True))
    for column, value in (
        (tickets.c.customer_id, wanted.customer_id),
        (tickets.c.contact_id, wanted.contact_id),
        (tickets.c.channel, wanted.channel),
        (tickets.c.attention, wanted.attention),
        (tickets.c.assignee_id, wanted.assignee_id),
        (tickets.c.number, wanted.number),
    ):
        if value is not None:
            conditions.append(column == value)
    return conditions
