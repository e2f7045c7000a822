"""Drafts as rows. See `intake.drafts.Drafts`."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete
from sqlalchemy.dialects import postgresql, sqlite

from intake.drafts import Draft
from store.tables import drafts

_KEY = ("contact_id", "about")
_WORDS = ("subject", "text", "category", "saved_at")


class StoreDrafts:
    """On a connection that is inside a transaction. Commit and rollback are the writer's."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, draft: Draft) -> None:
        if not (draft.subject or draft.text):
            self.forget(draft.contact_id, draft.about)
            return
        dialect = sqlite if self._connection.dialect.name == "sqlite" else postgresql
        values = {name: getattr(draft, name) for name in (*_KEY, *_WORDS)}
        statement = dialect.insert(drafts).values(values)
        again = statement.on_conflict_do_update(
            index_elements=list(_KEY), set_={name: statement.excluded[name] for name in _WORDS}
        )
        self._connection.execute(again)

    def forget(self, contact_id: int, about: int) -> None:
        self._connection.execute(delete(drafts).where(drafts.c.contact_id == contact_id, drafts.c.about == about))

    def forget_old(self, before: datetime) -> int:
        return self._connection.execute(delete(drafts).where(drafts.c.saved_at < before)).rowcount


def read_draft(row: Row[Any]) -> Draft:
    """A row as its value."""
    return Draft(**{name: getattr(row, name) for name in (*_KEY, *_WORDS)})
