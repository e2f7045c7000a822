"""Letters and codes that somebody asks for to somebody else's address or number: how many, and when again.

Owns the counting, which is in the database so that every node counts the same. Must not write the letters. What one
machine answers to another is limited elsewhere (`intake.letters.limits`), as are attempts to log in.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from authz.mail.address import address_key
from intake.administration import TooOftenError

LETTERS_OVER = timedelta(hours=24)
CODES_OVER = timedelta(hours=1)
_WHEN = "%Y-%m-%d %H:%M %Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedLimits:
    """The settings slice. zone: IANA name of the zone in which somebody is told when it is possible again.

    mails_per_address, mails_per_customer: letters within `LETTERS_OVER`, to one address and for all of a customer's
    people. codes_per_number, codes_per_customer: codes to prove a number within `CODES_OVER`.
    """

    mails_per_address: int = 5
    mails_per_customer: int = 500
    codes_per_number: int = 5
    codes_per_customer: int = 20
    zone: str = "Europe/Prague"

    def when(self, instant: datetime) -> str:
        """An instant (aware UTC) in words of the zone, never before it: whole minutes, rounded up."""
        up = instant + timedelta(minutes=1) - timedelta(microseconds=1)
        return up.astimezone(ZoneInfo(self.zone)).strftime(_WHEN)


DEFAULT_LIMITS = AskedLimits()


class AskedLetters(Protocol):
    """The rows, inside a transaction. Instants are aware UTC; targets are as `target_of` makes them."""

    def lock(self, customer_id: int) -> None:
        """Let nobody else count for this customer until the transaction ends."""
        ...

    def nth_last_to(self, target: str, nth: int) -> datetime | None:
        """When the nth letter before now was asked for to this target; None when there were fewer."""
        ...

    def nth_last_of(self, customer_id: int, nth: int) -> datetime | None:
        """The same of a customer, whoever it went to."""
        ...

    def add(self, target: str, customer_id: int | None, at: datetime) -> None: ...
    def forget(self, before: datetime) -> int:
        """Delete what was asked for before an instant; returns how many."""
        ...


def count_asked(
    asked: AskedLetters, limits: AskedLimits, address: str, *, customer_id: int | None, at: datetime
) -> None:
    """Count a letter that is about to be written. customer_id: whose admin asks; None for the service desk.

    at: aware UTC now. Raises TooOftenError when there were as many as there may be.
    """
    target = target_of(address)
    if customer_id is not None:
        asked.lock(customer_id)
        full = _full_until(asked.nth_last_of(customer_id, limits.mails_per_customer), at)
        if full is not None:
            message = f"Too many mails were asked for lately; ask again after {limits.when(full)}."
            raise TooOftenError(message, until=full)
    full = _full_until(asked.nth_last_to(target, limits.mails_per_address), at)
    if full is not None:
        message = f"Too many mails went to {address} lately; ask again after {limits.when(full)}."
        raise TooOftenError(message, until=full)
    asked.add(target, customer_id, at)


def may_tell(asked: AskedLetters, limits: AskedLimits, *, customer_id: int, at: datetime) -> bool:
    """Count a letter to a customer's own admin, which nobody asked for: it is left out when there were enough."""
    asked.lock(customer_id)
    if _full_until(asked.nth_last_of(customer_id, limits.mails_per_customer), at) is not None:
        return False
    # Not counted for the address: what colleagues wait for must not keep it from being proved or invited.
    asked.add("", customer_id, at)
    return True


def target_of(address: str) -> str:
    """One name for all spellings of a mailbox. RFC 5233: what stands after a plus is the same person's."""
    local, _, domain = (address_key(address) or address.strip().casefold()).rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"[:320]


def _full_until(last: datetime | None, at: datetime) -> datetime | None:
    return None if last is None or last + LETTERS_OVER <= at else last + LETTERS_OVER
