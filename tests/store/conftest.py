"""The world on both engines."""

from collections.abc import Iterator

import pytest

from tests.store.world import World, world


@pytest.fixture
def small_world(database_url: str) -> Iterator[World]:
    """Two customers in a fresh database; the test runs on both engines."""
    with world(database_url) as made:
        yield made
