"""Letters that somebody asked for to an address, as rows. See `intake.letters.asked.AskedLetters`."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, insert, select

from store.tables import asked_letters, customers


class StoreAsked:
    """On a connection that is inside a transaction. Commit and rollback are the writer's."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def lock(self, customer_id: int) -> None:
        self._connection.execute(
            select(customers.c.id).where(customers.c.id == customer_id).with_for_update(key_share=True)
        )

    def nth_last_to(self, target: str, nth: int) -> datetime | None:
        return self._nth_last(asked_letters.c.target == target, nth)

    def nth_last_of(self, customer_id: int, nth: int) -> datetime | None:
        return self._nth_last(asked_letters.c.customer_id == customer_id, nth)

    def _nth_last(self, whose: ColumnElement[bool], nth: int) -> datetime | None:
        found = select(asked_letters.c.asked_at).where(whose).order_by(asked_letters.c.asked_at.desc())
        return self._connection.execute(found.limit(1).offset(nth - 1)).scalar()

    def add(self, target: str, customer_id: int | None, at: datetime) -> None:
        values = {"target": target, "customer_id": customer_id, "asked_at": at}
        self._connection.execute(insert(asked_letters), values)

    def forget(self, before: datetime) -> int:
        return self._connection.execute(delete(asked_letters).where(asked_letters.c.asked_at < before)).rowcount
