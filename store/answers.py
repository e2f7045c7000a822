"""The answers given to requests that may be repeated. See `intake.answers.Answers`."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from intake.answers import GivenAnswer
from store.conflicts import conflicts
from store.tables import idempotency_keys


class StoreAnswers:
    """On a connection that is inside a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def given(self, key: str) -> GivenAnswer | None:
        found = self._connection.execute(select(idempotency_keys).where(idempotency_keys.c.key == key)).first()
        return None if found is None else GivenAnswer(**dict(found._mapping))  # noqa: SLF001 - SQLAlchemy's public name

    def keep(self, answer: GivenAnswer) -> None:
        values = {
            "key": answer.key,
            "request_digest": answer.request_digest,
            "status": answer.status,
            "body": answer.body,
            "created_at": answer.created_at,
        }
        with conflicts():  # another request with the same key was answered just now
            self._connection.execute(insert(idempotency_keys), values)

    def forget(self, before: datetime) -> int:
        statement = delete(idempotency_keys).where(idempotency_keys.c.created_at < before)
        return self._connection.execute(statement).rowcount
