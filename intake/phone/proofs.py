"""What callers prove themselves by besides their number: PINs and codes. Values and the Protocol of their rows.

Must not know how a PIN is hashed (`authz.phone.pin`) or which call it is keyed in (`channels.phone`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from authz.phone.pin import Attempts
from intake.tickets.model import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPin:
    """A contact's PIN as kept. set_at: aware UTC."""

    contact_id: int
    pin_hash: str
    set_at: datetime
    attempts: Attempts = field(default_factory=Attempts)


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberCode:
    """A code of a number as kept. number: E.164. call_id: of the call whose caller it proves. Instants: aware UTC."""

    id: int
    number: str
    customer_id: int
    contact_id: int | None
    call_id: int | None
    code_hash: str
    requested_at: datetime
    requested_by: str
    expires_at: datetime
    failures: int = 0
    confirmed_at: datetime | None = None


class PhoneProofs(Protocol):
    """The rows, inside a transaction."""

    def pin(self, contact_id: int) -> KeptPin | None:
        """The contact's PIN, locked until the transaction ends."""
        ...

    def set_pin(self, pin: KeptPin, *, by: Actor, at: datetime) -> None:
        """Set or replace a contact's PIN; audited, without the PIN. Raises UnknownEntryError."""
        ...

    def remove_pin(self, contact_id: int, *, by: Actor, at: datetime) -> None:
        """Take a contact's PIN away; audited. Raises UnknownEntryError when there is none."""
        ...

    def keep_pin_attempts(self, contact_id: int, attempts: Attempts) -> None: ...

    def caller_attempts(self, caller: str, at: datetime) -> Attempts:
        """Wrong attempts from a number or of an endpoint's withheld callers, locked until the transaction ends."""
        ...

    def keep_caller_attempts(self, caller: str, attempts: Attempts, at: datetime) -> None: ...

    def code(self, code_id: int) -> NumberCode | None:
        """The code, locked until the transaction ends."""
        ...

    def codes_since(self, at: datetime, *, number: str, customer_id: int | None = None) -> Sequence[NumberCode]:
        """The codes of the number or of the customer asked for since an instant, locked; oldest first."""
        ...

    def add_code(self, code: NumberCode) -> None: ...

    def update_code(self, code: NumberCode) -> None: ...

    def forget(self, before: datetime) -> None:
        """Delete attempts nobody added to, and codes that ended, before an instant."""
        ...
