"""When to try again to send a mail. Pure.

RFC 5321 §4.5.4.1: after the first tries the pause is at least 30 minutes, and giving up takes 4 to 5 days.
"""

from datetime import datetime, timedelta

_MINUTES = (1, 5, 15, 30, 60, 120, *(240,) * 23)
PAUSES = tuple(timedelta(minutes=minutes) for minutes in _MINUTES)


def next_attempt(attempts: int, at: datetime) -> datetime | None:
    """Return when to try again, or None when it is time to give up.

    attempts: made so far, at least 1. at: when the last one failed, aware; the result has its zone.
    """
    if attempts < 1:
        raise ValueError("there was no attempt yet")
    return at + PAUSES[attempts - 1] if attempts <= len(PAUSES) else None
