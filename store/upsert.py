"""Inserting what may be there already, in both databases' words."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import Connection, Insert, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from intake.ports import ConflictError


def insert_or_keep(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row unless its key is taken; says whether it was inserted."""
    return connection.execute(_statement(table, connection.dialect.name), dict(values)).rowcount == 1


@contextmanager
def conflicts() -> Iterator[None]:
    """Tell the core of a unique key that is taken in its own words."""
    try:
        yield
    except IntegrityError as error:
        raise ConflictError(str(error.orig)) from error


@cache
def _statement(table: Table, dialect: str) -> Insert:
    if dialect == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing()
    return postgresql.insert(table).on_conflict_do_nothing()
