"""A migrated database and its writer, as fixtures that `tests/conftest.py` makes known everywhere."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from store.engine import open_engine
from store.migrate import migrate
from store.writer import GroupWriter


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A fresh database at the current schema; the test runs on both engines."""
    opened = open_engine(database_url)
    migrate(opened)
    yield opened
    opened.dispose()


@pytest.fixture
def writer(engine: Engine) -> Iterator[GroupWriter]:
    """The writer of that database."""
    started = GroupWriter(engine)
    yield started
    started.stop()
