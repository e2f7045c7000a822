"""The second factor by phone: a PIN keyed by the caller, hashed at rest and limited in attempts. Pure but for the salt.

Owns what a PIN may be, how it is kept and when guessing is stopped. Must not know who asks for one.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

FREE_ATTEMPTS = 5
FIRST_LOCK = timedelta(minutes=15)
LONGEST_LOCK = timedelta(days=1)

_PIN = re.compile(r"[0-9]{4,8}", re.ASCII)
_STRAIGHTS = ("01234567890", "09876543210")
_HASHER = PasswordHasher()


class PinOutcome(StrEnum):
    """What came of an attempt."""

    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "locked"  # not even looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class PinRecord:
    """What is kept for one contact. failures: wrong attempts in a row. locked_until: aware UTC, None when open."""

    pin_hash: str
    failures: int = 0
    locked_until: datetime | None = None


def pin_problem(pin: str) -> str | None:
    """Why this may not be somebody's PIN, None when it may: four to eight digits that are not the first guess."""
    if not _PIN.fullmatch(pin):
        return "A PIN is 4 to 8 digits."
    if len(set(pin)) == 1 or any(pin in straight for straight in _STRAIGHTS):
        return "Choose digits that are not all the same and not in a row."
    return None


def hash_pin(pin: str) -> str:
    """The hash to keep of a PIN that `pin_problem` accepts."""
    return _HASHER.hash(pin)


def check_pin(record: PinRecord, keyed: str, at: datetime) -> tuple[PinOutcome, PinRecord]:
    """Check what a caller keyed (a closing # is dropped) and say what to keep now.

    at: now, aware. Each wrong attempt after the free ones locks twice as long as the one before, over all calls: a
    caller who hangs up and calls again has won nothing.
    """
    if record.locked_until is not None and at < record.locked_until:
        return PinOutcome.LOCKED, record
    if _verifies(record.pin_hash, keyed.removesuffix("#")):
        return PinOutcome.RIGHT, replace(record, failures=0, locked_until=None)
    failures = record.failures + 1
    locked_until = None
    if failures >= FREE_ATTEMPTS:
        doublings = min(failures - FREE_ATTEMPTS, 16)
        locked_until = at + min(FIRST_LOCK * 2**doublings, LONGEST_LOCK)
    return PinOutcome.WRONG, replace(record, failures=failures, locked_until=locked_until)


def _verifies(pin_hash: str, keyed: str) -> bool:
    if not _PIN.fullmatch(keyed):
        return False
    try:
        return _HASHER.verify(pin_hash, keyed)
    except (Argon2Error, InvalidHashError):
        return False
