"""PINs of contacts: set, taken away and tried. Runs inside a transaction, so that no attempt goes uncounted.

Owns whose PIN is looked at and what a wrong one costs. Must not know of calls: `channels.phone.pin_entry` does.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from authz.phone.pin import (
    FREE_ATTEMPTS_OF_NUMBER,
    FREE_ATTEMPTS_UNSEEN,
    Attempts,
    KeyedPin,
    PinKeys,
    PinOutcome,
    count_failure,
    new_pin,
    pin_problem,
)
from intake.administration import InvalidEntryError
from intake.phone.proofs import KeptPin, PhoneProofs
from intake.ports import Transaction
from intake.tickets.model import Actor

_UNSEEN = "withheld:"


@dataclass(frozen=True, slots=True, kw_only=True)
class PinResult:
    """What came of an attempt. contact_id: whose PIN it was, when it was right."""

    outcome: PinOutcome
    contact_id: int | None = None


def set_pin(tx: Transaction, keys: PinKeys, contact_id: int, pin: str | None, *, by: Actor, at: datetime) -> str | None:
    """Give a contact a PIN, or a new one; earlier wrong attempts are forgotten.

    pin: None makes one. Returns the PIN that was made, None when it was given: nobody is ever shown it again.
    Raises InvalidEntryError for a PIN that is too easy, UnknownEntryError for a contact that does not exist.
    """
    chosen = new_pin() if pin is None else pin
    problem = pin_problem(chosen)
    if problem is not None:
        raise InvalidEntryError(problem, field="pin")
    kept = KeptPin(contact_id=contact_id, pin_hash=keys.keep(contact_id, chosen), set_at=at)
    tx.phone_proofs.set_pin(kept, by=by, at=at)
    return chosen if pin is None else None


def try_pin(
    proofs: PhoneProofs, keys: PinKeys, keyed: KeyedPin, contacts: Iterable[int], *, caller: str, at: datetime
) -> PinResult:
    """Check what a caller keyed, and count it when it is wrong.

    contacts: who the caller ID may be; not looked at when the caller keyed a contact's number. caller: the number as
    E.164, or `unseen` of the endpoint. at: aware UTC now. A number is limited over all the contacts it tries.
    """
    of_caller = proofs.caller_attempts(caller, at)
    if of_caller.locked(at):
        return PinResult(outcome=PinOutcome.LOCKED)
    wanted = set(contacts) if keyed.contact_id is None else {keyed.contact_id}
    # In one order, so that two callers never wait for each other in a circle.
    found = [pin for pin in (proofs.pin(each) for each in sorted(wanted)) if pin is not None]
    open_now = [pin for pin in found if not pin.attempts.locked(at)]
    if found and not open_now:
        return PinResult(outcome=PinOutcome.LOCKED)
    right = next((pin for pin in open_now if keys.verify(pin.pin_hash, pin.contact_id, keyed.pin)), None)
    if right is not None:
        proofs.keep_pin_attempts(right.contact_id, Attempts())
        return PinResult(outcome=PinOutcome.RIGHT, contact_id=right.contact_id)
    for pin in open_now:
        proofs.keep_pin_attempts(pin.contact_id, count_failure(pin.attempts, at))
    free = FREE_ATTEMPTS_UNSEEN if caller.startswith(_UNSEEN) else FREE_ATTEMPTS_OF_NUMBER
    proofs.keep_caller_attempts(caller, count_failure(of_caller, at, free), at)
    return PinResult(outcome=PinOutcome.WRONG)


def unseen(endpoint: str) -> str:
    """By what the attempts of an endpoint's callers without a number are counted."""
    return f"{_UNSEEN}{endpoint}"
