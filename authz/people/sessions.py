"""Sessions and log-in attempts: random values, how long they last, when a log-in is locked. Pure; stores nothing."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

# A working day; nobody stays logged in overnight on a shared computer.
SESSION_LENGTH = timedelta(hours=12)

# Free attempts, then a wait that doubles with each further failure.
FREE_FAILURES = 5
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
# Failures older than this no longer count.
FAILURES_FORGOTTEN_AFTER = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSession:
    """A session at the only moment its secret is known.

    kept: what goes into the database. csrf: travels in every form. expires_at: aware UTC.
    """

    secret: str = field(repr=False)
    kept: str
    csrf: str = field(repr=False)
    created_at: datetime
    expires_at: datetime


def new_session(at: datetime) -> NewSession:
    """Start a session. at: aware UTC."""
    secret = random_value()
    return NewSession(
        secret=secret,
        kept=keep_session(secret),
        csrf=random_value(),
        created_at=at,
        expires_at=at + SESSION_LENGTH,
    )


def keep_session(secret: str) -> str:
    """What is kept of a session's secret: its SHA-256 in hex."""
    return hashlib.sha256(secret.encode()).hexdigest()


def random_value() -> str:
    """256 random bits as 43 characters that need no quoting in cookies and forms."""
    return secrets.token_urlsafe(32)


def is_same(given: str, expected: str) -> bool:
    """Compare two secrets in constant time; an empty one equals nothing."""
    return bool(expected) and hmac.compare_digest(given.encode(), expected.encode())


def locked_until(failures: int, last_at: datetime) -> datetime | None:
    """When the next attempt is allowed, or None for now.

    failures: attempts without success, one after another. last_at: the last of them, aware UTC.
    """
    excess = failures - FREE_FAILURES
    if excess < 0:
        return None
    # Past this shift the product exceeds the longest wait anyway, and timedelta overflows at some point.
    return last_at + min(FIRST_WAIT * (1 << min(excess, 20)), LONGEST_WAIT)


def count_failure(failures: int, last_at: datetime | None, at: datetime) -> int:
    """The count after one more attempt. at: aware UTC. An old series of failures starts anew."""
    if last_at is None or at - last_at >= FAILURES_FORGOTTEN_AFTER:
        return 1
    return failures + 1
