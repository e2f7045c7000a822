"""Links of tickets as rows. See `intake.conversation.links.TicketLinks`."""

from sqlalchemy import Connection, bindparam, delete, select, update

from intake.conversation.links import LinkKind, SaidAt
from intake.tickets.model import EventKind
from store import rows
from store.prepared import Prepared, prepare_insert_or_keep
from store.tables import attachments, comments, ledger, message_ids, ticket_events, ticket_links

_KEEP = prepare_insert_or_keep(ticket_links)
_MERGED_INTO = Prepared(
    select(ticket_links.c.other_id).where(
        ticket_links.c.ticket_id == bindparam("ticket"), ticket_links.c.kind == LinkKind.MERGED
    )
)


class StoreLinks:
    """On a connection that is inside a transaction. Commit and rollback are the writer's."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, ticket_id: int, kind: LinkKind, other_id: int) -> bool:
        first, second = _in_order(ticket_id, kind, other_id)
        return _KEEP.run(self._connection, {"ticket_id": first, "kind": kind, "other_id": second}) == 1

    def remove(self, ticket_id: int, kind: LinkKind, other_id: int) -> bool:
        first, second = _in_order(ticket_id, kind, other_id)
        gone = delete(ticket_links).where(
            ticket_links.c.ticket_id == first, ticket_links.c.kind == kind, ticket_links.c.other_id == second
        )
        return self._connection.execute(gone).rowcount == 1

    def merged_into(self, ticket_id: int) -> int | None:
        found = _MERGED_INTO.first(self._connection, {"ticket": ticket_id})
        return None if found is None else int(found.other_id)

    def lead_on(self, ticket_id: int, other_id: int) -> None:
        merged = (ticket_links.c.other_id == ticket_id) & (ticket_links.c.kind == LinkKind.MERGED)
        self._connection.execute(update(ticket_links).where(merged).values(other_id=other_id))

    def said(self, ticket_id: int, comment_id: int) -> SaidAt | None:
        of_ticket = select(comments).where(comments.c.ticket_id == ticket_id)
        found = self._connection.execute(of_ticket.where(comments.c.id == comment_id)).first()
        if found is None:
            return None
        first = self._connection.execute(of_ticket.order_by(comments.c.id).limit(1)).one()
        told = select(ticket_events.c.at, ticket_events.c.detail).where(
            ticket_events.c.ticket_id == ticket_id, ticket_events.c.kind == EventKind.COMMENT
        )
        at = next(
            (row.at for row in self._connection.execute(told) if (row.detail or {}).get("comment") == comment_id),
            found.at,
        )
        return SaidAt(comment=rows.read_comment(found), clock_at=at, opened=first.id == comment_id)

    def move_comment(self, comment_id: int, ticket_id: int) -> None:
        run = self._connection.execute
        run(update(comments).where(comments.c.id == comment_id).values(ticket_id=ticket_id))
        run(update(attachments).where(attachments.c.comment_id == comment_id).values(ticket_id=ticket_id))
        entry_id = run(select(comments.c.ledger_id).where(comments.c.id == comment_id)).scalar_one()
        if entry_id is None:
            return
        run(update(ledger).where(ledger.c.id == entry_id).values(ticket_id=ticket_id))
        message_id = run(select(ledger.c.message_id).where(ledger.c.id == entry_id)).scalar_one()
        if message_id is not None:
            run(update(message_ids).where(message_ids.c.message_id == message_id).values(ticket_id=ticket_id))


def _in_order(ticket_id: int, kind: LinkKind, other_id: int) -> tuple[int, int]:
    """What is simply related is so in both directions."""
    swap = kind is LinkKind.RELATED and other_id < ticket_id
    return (other_id, ticket_id) if swap else (ticket_id, other_id)
