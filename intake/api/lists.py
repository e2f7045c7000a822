"""Pages of a list: how long, from where, and the opaque cursor to the next one."""

import base64
import binascii
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Generic, TypeVar

from fastapi import Depends, Path, Query
from pydantic import BaseModel, Field

from intake.api.problems import Problem
from intake.queries import Page, Window

T = TypeVar("T")
M = TypeVar("M")

LARGEST_ID = 2**53 - 1  # what every JSON reader keeps exact

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CURSOR = re.compile(r"a(\d{1,16})(?:d(\d{1,17}))?", re.ASCII)

EntryId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
WantedId = Annotated[int | None, Query(ge=1, le=LARGEST_ID)]


class Listed(BaseModel, Generic[T]):
    """A page of a list."""

    items: list[T]
    next_cursor: str | None = Field(description="send it as `cursor` for the next page; null on the last one")


def _window(
    limit: Annotated[int, Query(ge=1, le=200, description="lines a page")] = 50,
    cursor: Annotated[str | None, Query(max_length=64, description="next_cursor of the page before")] = None,
) -> Window:
    if cursor is None:
        return Window(limit=limit)
    after, deadline = _read_cursor(cursor)
    return Window(limit=limit, after=after, after_deadline=deadline)


WantedWindow = Annotated[Window, Depends(_window)]


def listed(page: Page[T], show: Callable[[T], M]) -> Listed[M]:
    """The page as the API gives it."""
    cursor = None if page.next_after is None else _write_cursor(page.next_after, page.next_deadline)
    return Listed(items=[show(item) for item in page.items], next_cursor=cursor)


def _write_cursor(after: int, deadline: datetime | None) -> str:
    text = f"a{after}" if deadline is None else f"a{after}d{(deadline - _EPOCH) // timedelta.resolution}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[int, datetime | None]:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        text = ""
    found = _CURSOR.fullmatch(text)
    if found is None or int(found[1]) > LARGEST_ID:
        errors = [{"field": "query.cursor", "message": "is not a cursor of this API"}]
        raise Problem("invalid", "The cursor cannot be read; begin without one.", errors=errors)
    return int(found[1]), None if found[2] is None else _EPOCH + int(found[2]) * timedelta.resolution
