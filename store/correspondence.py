"""Our own mail inside a transaction: what a ticket's mail continues, what was sent, what was reported of it.

See `intake.letters.correspondence.Correspondence`.
"""

from sqlalchemy import Connection, bindparam, func, insert, select

from authz.decision import Reason
from authz.identity import Channel
from intake.letters.correspondence import Conversation, StoredReport
from intake.outgoing import OutboxItem, OutboxState
from intake.tickets.model import Comment, EventKind
from store import rows
from store.prepared import Prepared
from store.tables import comments, delivery_reports, ledger, outbox, ticket_events

_KEPT = 12  # Message-IDs that are named of a long conversation, beside the first

_CAME_IN = Prepared(
    select(ledger.c.message_id, ledger.c.contact_id, ledger.c.identity)
    .where(
        ledger.c.ticket_id == bindparam("ticket"),
        ledger.c.channel == Channel.MAIL,
        ledger.c.duplicate_of.is_(None),
        ledger.c.reason != Reason.DELIVERY_REPORT,
    )
    .order_by(ledger.c.id)
)
_OPENED = Prepared(
    select(ticket_events.c.detail)
    .where(ticket_events.c.ticket_id == bindparam("ticket"), ticket_events.c.kind == EventKind.CREATED)
    .limit(1)
)


class StoreCorrespondence:
    """On a connection that is inside a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def conversation(self, ticket_id: int) -> Conversation:
        came_in = _CAME_IN.all(self._connection, {"ticket": ticket_id})
        found = [row.message_id for row in came_in if row.message_id is not None]
        wrote_from = {row.contact_id: row.identity for row in came_in if row.contact_id is not None and row.identity}
        opened = _OPENED.first(self._connection, {"ticket": ticket_id})
        named = dict.fromkeys(found[:1] + found[1:][-_KEPT:])
        quiet = opened is not None and bool((opened.detail or {}).get("quiet"))
        return Conversation(message_ids=tuple(named), quiet=quiet, wrote_from=wrote_from)

    def last_said(self, ticket_id: int) -> Comment | None:
        query = (
            select(comments)
            .where(comments.c.ticket_id == ticket_id, comments.c.internal.is_(False))
            .order_by(comments.c.id.desc())
            .limit(1)
        )
        found = self._connection.execute(query).first()
        return None if found is None else rows.read_comment(found)

    def sent(self, item_id: int) -> OutboxItem | None:
        found = self._connection.execute(select(outbox).where(outbox.c.id == item_id)).first()
        return None if found is None else rows.read_outbox_item(found)

    def sent_last(self, ticket_id: int, recipient: str | None) -> OutboxItem | None:
        query = select(outbox).where(outbox.c.ticket_id == ticket_id, outbox.c.state == OutboxState.SENT)
        if recipient is not None:
            query = query.where(func.lower(outbox.c.recipient) == recipient.lower())
        found = self._connection.execute(query.order_by(outbox.c.sent_at.desc(), outbox.c.id.desc()).limit(1)).first()
        return None if found is None else rows.read_outbox_item(found)

    def add_report(self, report: StoredReport) -> None:
        values = {
            "id": report.id,
            "outbox_id": report.outbox_id,
            "at": report.at,
            "action": report.action,
            "permanent": report.permanent,
            "status": report.status,
            "diagnostic": report.diagnostic,
            "ledger_id": report.ledger_id,
        }
        self._connection.execute(insert(delivery_reports), values)
