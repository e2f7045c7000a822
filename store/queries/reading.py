"""One short read transaction per question, and pages cut by the last id seen."""

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Engine, Row, Select

from intake.queries import Page, Window, cut_page
from store.engine import reading

T = TypeVar("T")


class Reading:
    """Questions to a database; none of them waits for the writer."""

    def __init__(self, engine: Engine) -> None:
        self._engine = reading(engine)

    def _one(self, query: Select[Any], read: Callable[[Row[Any]], T]) -> T | None:
        with self._engine.connect() as connection:
            found = connection.execute(query).first()
        return None if found is None else read(found)

    def _newest_first(
        self, query: Select[Any], key: ColumnElement[int], window: Window, read: Callable[[Row[Any]], T]
    ) -> Page[T]:
        if window.after is not None:
            query = query.where(key < window.after)
        return self._page(query.order_by(key.desc()), key, window, read)

    def _oldest_first(
        self, query: Select[Any], key: ColumnElement[int], window: Window, read: Callable[[Row[Any]], T]
    ) -> Page[T]:
        if window.after is not None:
            query = query.where(key > window.after)
        return self._page(query.order_by(key), key, window, read)

    def _page(
        self, query: Select[Any], key: ColumnElement[int], window: Window, read: Callable[[Row[Any]], T]
    ) -> Page[T]:
        # One more than asked for says whether there is a next page.
        keyed = query.add_columns(key.label("page_key")).limit(window.limit + 1)
        with self._engine.connect() as connection:
            found = connection.execute(keyed).all()
        return cut_page([read(row) for row in found], [row.page_key for row in found], window.limit)
