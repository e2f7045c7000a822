"""Tickets' histories for the service level, read from the events: one ticket, or a customer's month as a stream.

Owns the translation of events into `TicketHistory`. Must not compute anything.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Row, Select, and_, bindparam, or_, select, union

from intake.sla.history import CategoryEvent, StatusEvent, TemporaryFixEvent, TicketHistory
from intake.sla.spans import Span
from intake.terms import Category, Status
from intake.tickets.model import EventKind, Ticket
from intake.tickets.state import STAFF
from store.prepared import Prepared
from store.tables import ticket_events, tickets

_TELLING = (EventKind.STATUS, EventKind.CATEGORY, EventKind.TEMPORARY_FIX)
_EVENT = (
    ticket_events.c.id.label("event_id"),
    ticket_events.c.at,
    ticket_events.c.kind,
    ticket_events.c.actor_kind,
    ticket_events.c.before,
    ticket_events.c.after,
)
_OF_TICKET = Prepared(
    select(*_EVENT).where(
        ticket_events.c.ticket_id == bindparam("ticket"),
        or_(*(ticket_events.c.kind == kind for kind in _TELLING)),
    )
)
_STREAMED = 500


def ticket_history(connection: Connection, ticket: Ticket) -> TicketHistory:
    """The history of one ticket."""
    events = _OF_TICKET.all(connection, {"ticket": ticket.id})
    return _history(ticket.number, ticket.received_at, ticket.category, ticket.subject, events)


def stream_histories(
    connection: Connection, customer_id: int, span: Span, *, only_a: bool = False
) -> Iterator[TicketHistory]:
    """The histories of a customer's tickets that may have lived in a span, one after another.

    only_a: of those that are or were category A. Memory holds one ticket at a time.
    """
    # Whatever happens to a ticket touches it: one that was closed and left alone before has no part in the span.
    # Two looks into two indexes; with OR the whole history of the customer would be read.
    of_customer = select(tickets.c.id).where(tickets.c.customer_id == customer_id)
    living = union(
        of_customer.where(tickets.c.updated_at >= span.start), of_customer.where(tickets.c.closed_at.is_(None))
    )
    wanted = [tickets.c.id.in_(living), tickets.c.archived.is_(False), tickets.c.received_at < span.end]
    for _, history in stream_histories_of(connection, [*wanted, *([_was_a()] if only_a else [])]):
        yield history


def stream_open(connection: Connection, customer_id: int) -> Iterator[tuple[int, TicketHistory]]:
    """The ids and histories of a customer's tickets that are not closed."""
    wanted = [tickets.c.customer_id == customer_id, tickets.c.status != Status.CLOSED]
    return ((row.ticket_id, history) for row, history in stream_histories_of(connection, wanted))


def stream_histories_of(
    connection: Connection, wanted: Iterable[ColumnElement[bool]], extra: Iterable[Column[Any]] = ()
) -> Iterator[tuple[Row[Any], TicketHistory]]:
    """The histories of the tickets that are wanted, each with a row that has `ticket_id`, `number` and `extra`."""
    telling = and_(ticket_events.c.ticket_id == tickets.c.id, ticket_events.c.kind.in_(_TELLING))
    query: Select[Any] = (
        select(
            tickets.c.id.label("ticket_id"),
            tickets.c.number,
            tickets.c.received_at,
            tickets.c.category,
            tickets.c.subject,
            *extra,
            *_EVENT,
        )
        .outerjoin(ticket_events, telling)
        .where(*wanted)
        .order_by(tickets.c.id)
        .execution_options(yield_per=_STREAMED)
    )
    for _, group in groupby(connection.execute(query), key=lambda row: row.ticket_id):
        first, *others = group
        events = [row for row in (first, *others) if row.event_id is not None]
        yield first, _history(first.number, first.received_at, Category(first.category), first.subject, events)


def _was_a() -> ColumnElement[bool]:
    changes = ticket_events.alias()
    left_a = select(changes.c.id).where(
        changes.c.ticket_id == tickets.c.id,
        changes.c.kind == EventKind.CATEGORY,
        changes.c.before == Category.A,
    )
    return or_(tickets.c.category == Category.A, left_a.exists())


def _history(
    number: int, received_at: datetime, category: Category, subject: str, events: Iterable[Any]
) -> TicketHistory:
    """category: the present one; the first one is what the first change of category left."""
    statuses: list[StatusEvent] = []
    categories: list[CategoryEvent] = []
    fixes: list[TemporaryFixEvent] = []
    first = category
    # Ids are of the node that gave them; the times of one ticket never run backwards.
    for row in sorted(events, key=lambda event: (event.at, event.event_id)):
        match row.kind:
            case EventKind.STATUS:
                by_staff = row.actor_kind in STAFF
                statuses.append(StatusEvent(at=row.at, status=Status(row.after), by_technician=by_staff))
            case EventKind.CATEGORY:
                first = first if categories else Category(row.before)
                categories.append(CategoryEvent(at=row.at, category=Category(row.after)))
            case EventKind.TEMPORARY_FIX:
                fixes.append(TemporaryFixEvent(at=row.at, holds=row.after == "recorded"))
    return TicketHistory(
        ticket=number,
        received_at=received_at,
        category=first,
        statuses=tuple(statuses),
        categories=tuple(categories),
        temporary_fixes=tuple(fixes),
        subject=subject,
    )
