"""Dates and message identifiers of a header. RFC 5322 §3.3, §3.6.4, §4.3.

Owns the two token formats that are compared and sorted by. Reads what is readable, returns None or nothing for the
rest; never raises.
"""

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz
from typing import Final

_DATE_LIMIT: Final = 120
_BRACKETED: Final = re.compile(r"<([^<>]{1,998})>")
_BARE_ID: Final = re.compile(r"[^\s<>\"(),;:]+@[^\s<>\"(),;:]+")


def read_date(value: str) -> datetime | None:
    """Read a Date field. The writer's own offset is kept; without one it is UTC."""
    try:
        fields = parsedate_tz(value[:_DATE_LIMIT])
        if fields is None:
            moment = datetime.fromisoformat(value.strip())
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        offset = timezone(timedelta(seconds=fields[9] or 0))
        return datetime(*fields[:5], min(fields[5], 59), tzinfo=offset)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def read_ids(value: str, limit: int) -> tuple[str, ...]:
    """Read the message identifiers of a field as normalized `<id>` strings, in order, each once.

    limit: how many are kept; of more, the first and the last ones (the thread's root and its end).
    """
    found = ["<" + "".join(inner.split()) + ">" for inner in _BRACKETED.findall(value)]
    if not found:
        found = [f"<{bare}>" for bare in _BARE_ID.findall(value[:2000])]
    unique = [identifier for identifier in dict.fromkeys(found) if identifier != "<>"]
    if len(unique) > limit:
        unique = [unique[0], *unique[1 - limit :]]
    return tuple(unique)


def read_id(value: str) -> str | None:
    """Read a Message-ID field; without brackets the whole value is the identifier."""
    if ids := read_ids(value, 2):
        return ids[0]
    bare = "".join(value.split()).strip("<>")
    return f"<{bare}>" if bare else None
