"""Views, snippets, drafts and who looks at what, as rows. See `intake.console.ConsoleAdmin`."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Table, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from intake.administration import InvalidEntryError, UnknownEntryError
from intake.console import Draft, QueueView, QueueViewData, Snippet, SnippetData
from intake.tickets.model import Actor
from store.conflicts import conflicts
from store.entries import Entries, Values
from store.people_rows import clean_language, clean_text
from store.tables import presences, queue_views, reply_drafts, snippets, tickets

_MOST_VIEWS = 50
_LONGEST_QUERY = 1000
_LONGEST_TEXT = 100_000
_PRESENCE_KEPT = timedelta(hours=1)


class StoreConsole(Entries):
    """On a connection that is inside a transaction. Commit and rollback are the writer's."""

    def add_view(self, user_id: int, data: QueueViewData) -> QueueView:
        name = clean_text("name", data.name, 60)
        if len(data.query) > _LONGEST_QUERY or not data.query.isprintable():
            raise InvalidEntryError("These filters are too long to keep.", field="query")
        mine = self._views(user_id)
        same = next((row for row in mine if row.name == name), None)
        if same is None and len(mine) >= _MOST_VIEWS:
            raise InvalidEntryError(f"At most {_MOST_VIEWS} views; remove one first.", field="name")
        if same is not None:
            changed = update(queue_views).where(queue_views.c.id == same.id).values(query=data.query)
            return read_view(self._connection.execute(changed.returning(*queue_views.c)).one())
        values = {"user_id": user_id, "name": name, "position": len(mine) + 1, "query": data.query}
        # Another tab of the same user may have kept one of this name meanwhile: the work is done again then.
        with conflicts():
            added = self._connection.execute(insert(queue_views).values(values).returning(*queue_views.c)).one()
        return read_view(added)

    def remove_view(self, user_id: int, view_id: int) -> None:
        mine = self._views(user_id)
        self._index(mine, view_id)
        self._connection.execute(delete(queue_views).where(queue_views.c.id == view_id))
        self._place([row for row in mine if row.id != view_id])

    def move_view(self, user_id: int, view_id: int, *, up: bool) -> None:
        mine = self._views(user_id)
        at = self._index(mine, view_id)
        to = at - 1 if up else at + 1
        if 0 <= to < len(mine):
            mine[at], mine[to] = mine[to], mine[at]
            self._place(mine)

    def add_snippet(self, data: SnippetData, *, by: Actor, at: datetime) -> Snippet:
        return read_snippet(self._add(snippets, "snippet", _snippet_values(data), by=by, at=at))

    def change_snippet(self, snippet_id: int, data: SnippetData, *, by: Actor, at: datetime) -> Snippet:
        before = self._row(snippets, "snippet", snippet_id)
        return read_snippet(self._change(snippets, "snippet", before, _snippet_values(data), by=by, at=at))

    def keep_draft(self, user_id: int, ticket_number: int, draft: Draft) -> None:
        ticket_id = self._ticket_id(ticket_number)
        if ticket_id is None:
            return
        mine = (reply_drafts.c.user_id == user_id, reply_drafts.c.ticket_id == ticket_id)
        if not draft.text.strip():
            self._connection.execute(delete(reply_drafts).where(*mine))
            return
        text = draft.text.replace("\0", "")[:_LONGEST_TEXT]
        self._put(
            reply_drafts,
            {"user_id": user_id, "ticket_id": ticket_id},
            {"text": text, "internal": draft.internal, "at": draft.at},
        )

    def look_at(self, user_id: int, ticket_number: int, at: datetime) -> None:
        ticket_id = self._ticket_id(ticket_number)
        if ticket_id is not None:
            self._connection.execute(delete(presences).where(presences.c.seen_at < at - _PRESENCE_KEPT))
            self._put(presences, {"ticket_id": ticket_id, "user_id": user_id}, {"seen_at": at})

    def _views(self, user_id: int) -> list[Row[Any]]:
        mine = select(queue_views).where(queue_views.c.user_id == user_id).order_by(queue_views.c.position)
        return list(self._connection.execute(mine.with_for_update()))

    def _index(self, views: list[Row[Any]], view_id: int) -> int:
        for at, row in enumerate(views):
            if row.id == view_id:
                return at
        raise UnknownEntryError(f"There is no view {view_id}.")

    def _place(self, views: list[Row[Any]]) -> None:
        for position, row in enumerate(views, 1):
            if row.position != position:
                self._connection.execute(
                    update(queue_views).where(queue_views.c.id == row.id).values(position=position)
                )

    def _ticket_id(self, number: int) -> int | None:
        found: int | None = self._connection.execute(select(tickets.c.id).where(tickets.c.number == number)).scalar()
        return found

    def _put(self, table: Table, key: Values, values: Values) -> None:
        made = postgresql.insert if self._connection.dialect.name == "postgresql" else sqlite.insert
        statement = made(table).values(key | values)
        self._connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=values))


def _snippet_values(data: SnippetData) -> Values:
    text = data.text.replace("\r\n", "\n").replace("\0", "").strip()
    if not text or len(text) > _LONGEST_TEXT:
        raise InvalidEntryError(f"Give a text of at most {_LONGEST_TEXT} characters.", field="text")
    return {
        "name": clean_text("name", data.name, 100),
        "language": clean_language(data.language),
        "text": text,
        "active": data.active,
    }


def read_view(row: Row[Any]) -> QueueView:
    return QueueView(id=row.id, name=row.name, position=row.position, query=row.query)


def read_snippet(row: Row[Any]) -> Snippet:
    return Snippet(id=row.id, name=row.name, language=row.language, text=row.text, active=bool(row.active))
