"""Reading and changing one row of the lists, with its line in the audit trail and its errors in the core's words."""

from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import Connection, Row, Table, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from intake.administration import TakenEntryError, UnknownEntryError
from intake.tickets.model import Actor
from store.rows import actor_values
from store.tables import audit

Values = dict[str, Any]

# What is shown of these in the audit trail is that they changed, never what they are.
_SECRET = frozenset({"password_hash", "token_hash", "code_hash", "sealed_secret", "old_sealed_secret"})


class Entries:
    """Rows of the lists on a connection inside a transaction. Entities are named as in the audit trail."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def _row(self, table: Table, entity: str, entry_id: int) -> Row[Any]:
        """Read a row and lock it. Raises UnknownEntryError."""
        found = self._connection.execute(select(table).where(table.c.id == entry_id).with_for_update()).first()
        if found is None:
            raise UnknownEntryError(f"There is no {entity} {entry_id}.")
        return found

    def _add(self, table: Table, entity: str, values: Values, *, by: Actor, at: datetime) -> Row[Any]:
        """Insert a row and say so. Raises TakenEntryError for a unique value that is used already."""
        try:
            added = self._connection.execute(insert(table).values(values).returning(*table.c)).one()
        except IntegrityError as error:
            raise TakenEntryError(f"Such a {entity} exists already; change that one.") from error
        self._audit(entity, added.id, "added", None, added, by=by, at=at)
        return added

    def _change(
        self, table: Table, entity: str, before: Row[Any], values: Values, *, by: Actor, at: datetime
    ) -> Row[Any]:
        """Update a row and say what changed; an unchanged row leaves no line."""
        if all(getattr(before, name) == value for name, value in values.items()):
            return before
        statement = update(table).where(table.c.id == before.id).values(values).returning(*table.c)
        try:
            after = self._connection.execute(statement).one()
        except IntegrityError as error:
            raise TakenEntryError(f"Another {entity} has these values already; change that one.") from error
        self._audit(entity, before.id, "changed", before, after, by=by, at=at)
        return after

    def _remove(self, table: Table, entity: str, entry_id: int, *, by: Actor, at: datetime) -> None:
        before = self._row(table, entity, entry_id)
        self._connection.execute(delete(table).where(table.c.id == entry_id))
        self._audit(entity, entry_id, "removed", before, None, by=by, at=at)

    def _audit(
        self,
        entity: str,
        entity_id: int,
        action: str,
        before: Row[Any] | None,
        after: Row[Any] | None,
        *,
        by: Actor,
        at: datetime,
    ) -> None:
        line = {
            "at": at,
            **actor_values(by),
            "entity": entity,
            "entity_id": str(entity_id),
            "action": action,
            "before": None if before is None else _shown(before),
            "after": None if after is None else _shown(after),
        }
        self._connection.execute(insert(audit), line)


def _shown(row: Row[Any]) -> Values:
    return {name: _json(name, value) for name, value in row._asdict().items()}


def _json(name: str, value: Any) -> Any:
    if name in _SECRET:
        return None if value is None else "set"
    if isinstance(value, datetime):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value
