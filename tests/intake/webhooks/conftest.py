"""The world on both engines."""

from tests.store.conftest import small_world

__all__ = ["small_world"]
