"""The quarantine kept in order: what nobody decided about in time goes, octets and all. See `intake.retention`."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from authz.decision import Reason
from authz.identity import Channel
from intake.ledger import HeldState
from intake.tickets.model import Actor
from store import rows
from store.engine import reading
from store.tables import attachments, audit, blobs, ledger, outbox, quarantine


class StoreRetention:
    """The rows, each batch in a transaction of its own. Blocking."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def delete_held(self, *, before: datetime, at: datetime, by: Actor, limit: int) -> int:
        """Forget up to `limit` requests held before an instant: those nobody decided about, and those rejected.

        Their ledger entries stay, without the octets. Returns how many there were; 0 when all is done.
        """
        chosen = (
            select(quarantine.c.id, quarantine.c.state, ledger.c.blob)
            .join(ledger, ledger.c.id == quarantine.c.id)
            .where(
                quarantine.c.state.in_((HeldState.HELD, HeldState.REJECTED)),
                quarantine.c.held_at < before,
                ledger.c.blob.is_not(None),
            )
            .order_by(quarantine.c.id)
            .limit(limit)
            .with_for_update(of=quarantine, skip_locked=True)
        )
        with self._engine.begin() as connection:
            found = connection.execute(chosen).all()
            for row in found:
                if row.state == HeldState.HELD:
                    _settle(connection, row.id, at, by)
            connection.execute(update(ledger).where(ledger.c.id.in_([row.id for row in found])), {"blob": None})
            _drop_unreferenced(connection, [row.blob for row in found])
        return len(found)

    def count_held(self) -> dict[tuple[Channel, Reason], int]:
        """How many wait for a decision, for the metrics."""
        query = (
            select(ledger.c.channel, ledger.c.reason, func.count().label("held"))
            .join(quarantine, quarantine.c.id == ledger.c.id)
            .where(quarantine.c.state == HeldState.HELD)
            .group_by(ledger.c.channel, ledger.c.reason)
        )
        with reading(self._engine).connect() as connection:
            return {(Channel(row.channel), Reason(row.reason)): row.held for row in connection.execute(query)}

    def was_written(self, message_id: str) -> bool:
        """Whether the outbox has, or had, a mail of ours with this Message-ID."""
        with reading(self._engine).connect() as connection:
            query = select(outbox.c.id).where(outbox.c.message_id == message_id).limit(1)
            return connection.execute(query).first() is not None


def _settle(connection: Connection, held_id: int, at: datetime, by: Actor) -> None:
    decided = {"state": HeldState.DELETED, "decided_at": at, "decided_by": by.name}
    connection.execute(update(quarantine).where(quarantine.c.id == held_id), decided)
    line = {"at": at, **rows.actor_values(by), "entity": "quarantine", "entity_id": str(held_id)}
    connection.execute(insert(audit), line | {"action": HeldState.DELETED})


def _drop_unreferenced(connection: Connection, digests: Sequence[str]) -> None:
    """Delete the rows of blobs that nothing refers to any more; large ones' files are collected later."""
    in_ledger = select(ledger.c.id).where(ledger.c.blob == blobs.c.digest).exists()
    in_ticket = select(attachments.c.id).where(attachments.c.blob == blobs.c.digest).exists()
    connection.execute(delete(blobs).where(blobs.c.digest.in_(digests), ~in_ledger, ~in_ticket))
