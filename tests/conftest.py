"""Fixtures every test may use. What a server is and does stands beside it in tests/servers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.postgres import Cluster, postgres


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Cluster]:
    """One PostgreSQL for the whole run."""
    with postgres() as cluster:
        yield cluster


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh, empty database; the test runs on both engines."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'intake.db'}"
        return
    cluster: Cluster = request.getfixturevalue("postgres_server")
    with cluster.database() as url:
        yield url
