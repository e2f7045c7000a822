"""A migrated database and its writer, as fixtures that `tests/conftest.py` makes known everywhere."""

import sqlite3
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from store.engine import open_engine
from store.migrate import migrate
from store.writer import GroupWriter


def open_quick(url: str) -> Engine:
    """Open a database that nobody will miss after a power cut: its commits do not wait for the disk.

    What proves that nothing is lost (tests/crash, tests/e2e) runs the service, with the store's own `open_engine`.
    """
    opened = open_engine(url)
    if opened.dialect.name == "sqlite":
        event.listen(opened, "connect", _no_waiting)
    return opened


def _no_waiting(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    connection.execute("PRAGMA synchronous = OFF")


def bring_up(url: str) -> None:
    """Migrate a database and leave it without a connection, everything in its file."""
    opened = open_quick(url)
    migrate(opened)
    opened.dispose()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A fresh database at the current schema; the test runs on both engines."""
    opened = open_quick(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def writer(engine: Engine) -> Iterator[GroupWriter]:
    """The writer of that database."""
    started = GroupWriter(engine)
    yield started
    started.stop()
