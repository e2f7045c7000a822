"""A migrated database and its writer, as fixtures that `tests/conftest.py` makes known everywhere."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from store.engine import open_engine
from store.migrate import migrate
from store.writer import GroupWriter


def bring_up(url: str) -> None:
    """Migrate a database and leave it without a connection, everything in its file."""
    opened = open_engine(url)
    migrate(opened)
    opened.dispose()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A fresh database at the current schema; the test runs on both engines."""
    opened = open_engine(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def writer(engine: Engine) -> Iterator[GroupWriter]:
    """The writer of that database."""
    started = GroupWriter(engine)
    yield started
    started.stop()
