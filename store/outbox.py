"""The outbox rows as a queue for any number of workers. See `intake.outbox.OutboxQueue`."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine, func, select, update

from intake.outgoing import OutboxItem, OutboxState
from store import rows
from store.tables import outbox


class StoreOutbox:
    """Claims and settles rows, each in a short transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def claim(self, *, limit: int, at: datetime, until: datetime) -> Sequence[OutboxItem]:
        due = (
            select(outbox.c.id)
            .where(outbox.c.state == OutboxState.PENDING, outbox.c.next_attempt_at <= at)
            .order_by(outbox.c.next_attempt_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        with self._engine.begin() as connection:
            ids = connection.execute(due).scalars().all()
            if not ids:
                return ()
            chosen = outbox.c.id.in_(ids)
            connection.execute(
                update(outbox).where(chosen).values(attempts=outbox.c.attempts + 1, next_attempt_at=until)
            )
            found = connection.execute(select(outbox).where(chosen).order_by(outbox.c.id))
            return tuple(rows.read_outbox_item(row) for row in found)

    def settle(
        self, item_id: int, *, state: OutboxState, at: datetime, next_attempt_at: datetime | None, text: str
    ) -> None:
        sent = state is OutboxState.SENT
        values = {
            "state": state,
            "next_attempt_at": next_attempt_at,
            "sent_at": at if sent else None,
            "last_error": None if sent else text,
        }
        with self._engine.begin() as connection:
            connection.execute(update(outbox).where(outbox.c.id == item_id), values)

    def give_back(self, item_id: int, *, at: datetime) -> None:
        values = {"attempts": outbox.c.attempts - 1, "next_attempt_at": at}
        with self._engine.begin() as connection:
            connection.execute(update(outbox).where(outbox.c.id == item_id).values(values))

    def count_pending(self) -> int:
        """How many rows still wait, for the metrics."""
        query = select(func.count()).where(outbox.c.state == OutboxState.PENDING)
        with self._engine.connect().execution_options(reads_only=True) as connection:
            return connection.execute(query).scalar_one()
