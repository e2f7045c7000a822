"""A unique key that is taken, in the core's words."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError

from intake.ports import ConflictError


@contextmanager
def conflicts() -> Iterator[None]:
    """Tell the core of a unique key that is taken in its own words."""
    try:
        yield
    except IntegrityError as error:
        if not _is_taken_key(error):
            raise
        raise ConflictError(str(error.orig)) from error


def _is_taken_key(error: IntegrityError) -> bool:
    """A unique or primary key, not a missing reference: doing it again would not help that."""
    state = getattr(error.orig, "sqlstate", None)
    name = getattr(error.orig, "sqlite_errorname", None)
    return state == "23505" or name in {"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"}
