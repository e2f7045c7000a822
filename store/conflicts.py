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
        raise ConflictError(str(error.orig)) from error
