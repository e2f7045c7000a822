"""The second factor by phone: what a caller keys, how a PIN is kept, and when guessing is stopped. Pure.

Owns what a PIN may be, its keyed hash and the growing locks. Must not know who asks for one or where it is kept.

A PIN has four to eight digits: whoever holds a stolen database tries all of them, however slow the hash, in minutes.
So it is kept as an HMAC under the service's own secret, which is not in the database, and bound to its contact; a check
costs microseconds, which matters because a PBX waits for it and anybody may key digits.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

FREE_ATTEMPTS = 5  # of one contact's PIN
FREE_ATTEMPTS_OF_NUMBER = 10  # from one number, over all contacts
FREE_ATTEMPTS_UNSEEN = 20  # of all callers of an endpoint who show no number: they cannot be told apart
FIRST_LOCK = timedelta(minutes=15)
LONGEST_LOCK = timedelta(days=1)
FORGOTTEN_AFTER = timedelta(days=1)
TRIES_PER_CALL = 3

_PIN = re.compile(r"[0-9]{4,8}", re.ASCII)
_KEYED = re.compile(r"(?:(?P<contact>[0-9]{1,9})\*)?(?P<pin>[0-9]{4,8})#?", re.ASCII)
_STRAIGHTS = ("01234567890", "09876543210")
_GENERATED_DIGITS = 6


class PinOutcome(StrEnum):
    """What came of an attempt."""

    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "locked"  # not even looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedPin:
    """What a caller keyed: a PIN, and the contact's number before it when the caller ID does not tell who calls."""

    pin: str
    contact_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempts:
    """Wrong attempts in a row. locked_until: aware UTC, None when open."""

    failures: int = 0
    locked_until: datetime | None = None

    def locked(self, at: datetime) -> bool:
        """Whether nothing is looked at now."""
        return self.locked_until is not None and at < self.locked_until


class PinKeys:
    """Keeps and checks PINs under the service's secrets. secrets: the current one first; all of them still check."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys:
            raise ValueError("PINs need a key")
        self._keys = tuple(hmac.digest(key, b"intake phone pin v1", hashlib.sha256) for key in keys)

    def keep(self, contact_id: int, pin: str) -> str:
        """What to keep of a PIN that `pin_problem` accepts: hexadecimal, useless for any other contact."""
        return _digest(self._keys[0], f"pin/{contact_id}/{pin}")

    def verify(self, kept: str, contact_id: int, pin: str) -> bool:
        """Whether this is the contact's PIN; constant time for each key."""
        found = False
        for key in self._keys:
            found |= hmac.compare_digest(_digest(key, f"pin/{contact_id}/{pin}"), kept)
        return found

    def keep_code(self, code_id: int, code: str) -> str:
        """What to keep of a code that proves a number; as `keep`."""
        return _digest(self._keys[0], f"code/{code_id}/{code}")

    def verify_code(self, kept: str, code_id: int, code: str) -> bool:
        """Whether this is the code; constant time for each key."""
        found = False
        for key in self._keys:
            found |= hmac.compare_digest(_digest(key, f"code/{code_id}/{code}"), kept)
        return found

    def tag(self, call_id: str, digits: str) -> str:
        """Tells one keyed entry of a call from another without saying what was keyed."""
        return _digest(self._keys[0], f"keyed/{call_id}/{digits}")[:32]


def pin_problem(pin: str) -> str | None:
    """Why this may not be somebody's PIN, None when it may: four to eight digits that are not the first guess."""
    if not _PIN.fullmatch(pin):
        return "A PIN is 4 to 8 digits."
    if len(set(pin)) == 1 or any(pin in straight for straight in _STRAIGHTS):
        return "Choose digits that are not all the same and not in a row."
    return None


def new_pin() -> str:
    """A PIN nobody can guess: six random digits."""
    while True:
        pin = "".join(secrets.choice("0123456789") for _ in range(_GENERATED_DIGITS))
        if pin_problem(pin) is None:
            return pin


def read_keyed(digits: str) -> KeyedPin | None:
    """Read `PIN` or `CONTACT*PIN`, with or without a closing #; None when it is neither."""
    keyed = _KEYED.fullmatch(digits)
    if keyed is None:
        return None
    contact = keyed["contact"]
    return KeyedPin(pin=keyed["pin"], contact_id=None if contact is None else int(contact))


def count_failure(attempts: Attempts, at: datetime, free: int = FREE_ATTEMPTS) -> Attempts:
    """Count a wrong attempt at an instant (aware).

    Each wrong attempt after the free ones locks twice as long as the one before, over all calls: a caller who hangs up
    and calls again has won nothing.
    """
    failures = attempts.failures + 1
    if failures < free:
        return Attempts(failures=failures)
    doublings = min(failures - free, 16)
    return Attempts(failures=failures, locked_until=at + min(FIRST_LOCK * 2**doublings, LONGEST_LOCK))


def _digest(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
