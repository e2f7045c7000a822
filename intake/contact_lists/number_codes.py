"""Codes that prove a telephone number by a call back: of a number to be listed, or of the caller of one call.

Two ways lead to the same proof. The service desk calls the number and says the code, and whoever was called gives it
back; or the code is shown to who asked, and is keyed in a call from that very number (`channels.phone.pin_entry`).
Runs inside a transaction. Owns how long a code lasts, how often it may be asked for and guessed; never shows one twice.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from authz.phone.number import CallerKind, read_number
from authz.phone.pin import PinKeys, new_pin
from intake.administration import InvalidEntryError, TooOftenError
from intake.letters.asked import CODES_OVER, DEFAULT_LIMITS, AskedLimits
from intake.phone.proofs import NumberCode, PhoneProofs
from intake.ports import Transaction
from intake.tickets.model import Actor

LASTS = timedelta(minutes=15)
MOST_FAILURES = 5
# A confirmed number is listed within this time, and so long a code counts against the limits.
LIMITED_OVER = CODES_OVER


class CodeOutcome(StrEnum):
    """What came of a code that was given back."""

    CONFIRMED = "confirmed"
    WRONG = "wrong"
    USED_UP = "used-up"  # confirmed before, expired, replaced, or guessed at too often
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenCode:
    """A code at the only moment it is known. number: E.164. expires_at: aware UTC."""

    id: int
    number: str
    code: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeResult:
    """What came of it. kept: the code's row, unless it is unknown."""

    outcome: CodeOutcome
    kept: NumberCode | None = None


def request_code(
    tx: Transaction,
    keys: PinKeys,
    number: str,
    *,
    customer_id: int,
    contact_id: int | None = None,
    call_id: int | None = None,
    by: Actor,
    at: datetime,
    limits: AskedLimits = DEFAULT_LIMITS,
) -> GivenCode:
    """Make a code for a number; the earlier ones of the same number and customer are worth nothing from now on.

    number: as people write it. call_id: of the call whose caller it proves; None when the number is to be listed.
    at: aware UTC now. Raises InvalidEntryError for a number nobody can be called at, TooOftenError.
    """
    read = read_number(number)
    if read.kind is not CallerKind.E164 or read.e164 is None:
        raise InvalidEntryError("Write the number in full, such as +420555123456.", field="number")
    recent = tx.phone_proofs.codes_since(at - LIMITED_OVER, number=read.e164, customer_id=customer_id)
    same = [code for code in recent if code.number == read.e164]
    own = [code for code in recent if code.customer_id == customer_id]
    full = [
        sorted(each.requested_at for each in asked)[-most] + LIMITED_OVER
        for asked, most in ((same, limits.codes_per_number), (own, limits.codes_per_customer))
        if len(asked) >= most
    ]
    if full:
        message = f"Too many codes were asked for; try again after {limits.when(max(full))}."
        raise TooOftenError(message, field="number", until=max(full))
    for code in same:
        if code.customer_id == customer_id and code.confirmed_at is None and code.expires_at > at:
            tx.phone_proofs.update_code(replace(code, expires_at=at))
    code_id, said = tx.new_id(), new_pin()
    kept = NumberCode(
        id=code_id,
        number=read.e164,
        customer_id=customer_id,
        contact_id=contact_id,
        call_id=call_id,
        code_hash=keys.keep_code(code_id, said),
        requested_at=at,
        requested_by=by.name,
        expires_at=at + LASTS,
    )
    tx.phone_proofs.add_code(kept)
    return GivenCode(id=code_id, number=read.e164, code=said, expires_at=kept.expires_at)


def confirm_code(tx: Transaction, keys: PinKeys, code_id: int, code: str, *, at: datetime) -> CodeResult:
    """Take a code that was given back; a wrong one is counted, so what is returned must be committed, not raised.

    at: aware UTC now. Whose code it is, the caller checks on `kept`.
    """
    kept = tx.phone_proofs.code(code_id)
    return CodeResult(outcome=CodeOutcome.UNKNOWN) if kept is None else _take(tx.phone_proofs, keys, kept, code, at)


def key_code(tx: Transaction, keys: PinKeys, number: str, code: str, *, at: datetime) -> CodeResult:
    """Take a code that was keyed in a call from the number itself (E.164); it waits for `confirmed` to be asked."""
    waiting = [
        each
        for each in tx.phone_proofs.codes_since(at - LASTS, number=number)
        if each.call_id is None and each.confirmed_at is None and each.expires_at > at
    ]
    if not waiting:
        return CodeResult(outcome=CodeOutcome.UNKNOWN)
    results = [_take(tx.phone_proofs, keys, each, code, at) for each in waiting]
    return next((each for each in results if each.outcome is CodeOutcome.CONFIRMED), results[0])


def confirmed(tx: Transaction, code_id: int, *, customer_id: int, at: datetime) -> NumberCode | None:
    """The code of this customer, when it was confirmed within the last hour: what a page asks before it lists it."""
    kept = tx.phone_proofs.code(code_id)
    if kept is None or kept.customer_id != customer_id or kept.confirmed_at is None:
        return None
    return kept if at - kept.confirmed_at < LIMITED_OVER else None


def _take(proofs: PhoneProofs, keys: PinKeys, kept: NumberCode, code: str, at: datetime) -> CodeResult:
    if kept.confirmed_at is not None or kept.expires_at <= at or kept.failures >= MOST_FAILURES:
        return CodeResult(outcome=CodeOutcome.USED_UP, kept=kept)
    right = keys.verify_code(kept.code_hash, kept.id, "".join(code.split()))
    after = replace(kept, confirmed_at=at) if right else replace(kept, failures=kept.failures + 1)
    proofs.update_code(after)
    return CodeResult(outcome=CodeOutcome.CONFIRMED if right else CodeOutcome.WRONG, kept=after)
