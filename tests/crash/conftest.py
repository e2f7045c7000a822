"""The parts of the end-to-end tests on a PostgreSQL that keeps what it commits over a crash."""

from collections.abc import Iterator

import pytest

from tests.e2e.conftest import (
    database,
    make_gateway,
    names,
    seeded_file,
    seeded_template,
    smarthost,
)
from tests.servers import postgres

__all__ = ["database", "make_gateway", "names", "seeded_file", "seeded_template", "smarthost"]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Cluster]:
    """Nothing is traded for speed here: a commit is on the disk."""
    with postgres.postgres(durable=True) as cluster:
        yield cluster
