"""The outbox rows as a queue for any number of workers. See `intake.outbox.OutboxQueue`."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Engine, and_, func, or_, select, update

from intake.outgoing import OutboxItem, OutboxKind, OutboxState
from store import rows
from store.engine import reading
from store.tables import outbox


class StoreOutbox:
    """Claims and settles rows, each in a short transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reading = reading(engine)

    def claim(self, *, limit: int, at: datetime, until: datetime) -> Sequence[OutboxItem]:
        due = (
            select(outbox.c.id)
            .where(outbox.c.state == OutboxState.PENDING, outbox.c.next_attempt_at <= at)
            .order_by(outbox.c.next_attempt_at)
            .limit(limit)
        )
        # Most looks find nothing, and that must not keep a writer waiting.
        with self._reading.connect() as connection:
            if connection.execute(due.limit(1)).first() is None:
                return ()
        due = due.with_for_update(skip_locked=True)
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

    def renew(self, item_ids: Collection[int], *, until: datetime) -> None:
        held = (outbox.c.id.in_(item_ids), outbox.c.state == OutboxState.PENDING)
        with self._engine.begin() as connection:
            connection.execute(update(outbox).where(*held).values(next_attempt_at=until))

    def settle(
        self,
        item_id: int,
        *,
        state: OutboxState,
        at: datetime,
        next_attempt_at: datetime | None,
        text: str,
        message_id: str = "",
    ) -> None:
        sent = state is OutboxState.SENT
        values = {
            "state": state,
            "next_attempt_at": next_attempt_at,
            "sent_at": at if sent else None,
            "last_error": None if sent else text,
        } | ({"message_id": message_id} if message_id else {})
        # Another worker may have sent it meanwhile: that it is out is true for ever, everything else is not.
        still = (outbox.c.id == item_id,) if sent else _pending(item_id)
        with self._engine.begin() as connection:
            connection.execute(update(outbox).where(*still), values)

    def give_back(self, item_id: int, *, at: datetime) -> None:
        values = {"attempts": outbox.c.attempts - 1, "next_attempt_at": at}
        with self._engine.begin() as connection:
            connection.execute(update(outbox).where(*_pending(item_id)).values(values))

    def count_pending(self) -> int:
        """How many rows still wait, for the metrics."""
        query = select(func.count()).where(outbox.c.state == OutboxState.PENDING)
        with self._reading.connect() as connection:
            return connection.execute(query).scalar_one()

    def count_written(self, item: OutboxItem, kinds: Collection[OutboxKind], since: datetime) -> int:
        """How many other mails of these kinds were written to the row's recipient from `since` until it was."""
        query = select(func.count()).where(
            outbox.c.recipient == item.recipient,
            outbox.c.created_at > since,
            or_(
                outbox.c.created_at < item.created_at,
                and_(outbox.c.created_at == item.created_at, outbox.c.id < item.id),
            ),
            outbox.c.kind.in_(sorted(kinds)),
        )
        with self._reading.connect() as connection:
            return connection.execute(query).scalar_one()


def _pending(item_id: int) -> tuple[ColumnElement[bool], ...]:
    return outbox.c.id == item_id, outbox.c.state == OutboxState.PENDING
