"""What a caller keys while a PIN is asked for: tried, decided on, and recorded without its digits.

Runs inside a transaction. Whose PIN it may be and what guessing costs is `intake.phone.pins`; what a PIN is worth is
`authz.policy`. Once one is right the call is its contact's, whatever number it came from.
"""

from dataclasses import dataclass, replace

from authz.decision import Decision, Reason, Verdict
from authz.evidence import Check, Evidence, Outcome, Proof
from authz.identity import Claim
from authz.phone.pin import TRIES_PER_CALL, PinKeys, PinOutcome, read_keyed
from authz.phone.trust import claim_contact
from channels.phone.calls import Call
from channels.phone.event import CallEvent, CallEventKind
from channels.phone.judgement import ASKING, Judgement, identify, judge
from channels.phone.told import Told
from intake.contact_lists.number_codes import key_code
from intake.phone.calls import CallRecord
from intake.phone.pins import try_pin, unseen
from intake.ports import Transaction

_REASONS = {PinOutcome.WRONG: Reason.PIN_WRONG, PinOutcome.LOCKED: Reason.PIN_LOCKED}


UNREAD = "unread"  # what was keyed is no PIN


@dataclass(frozen=True, slots=True, kw_only=True)
class PinEntry:
    """What a caller keyed, without the digits. judged: the new decision; None when what was keyed is no PIN at all."""

    event: CallEvent
    judged: Judgement | None = None


def asks(record: CallRecord) -> bool:
    """Whether the caller is keying a PIN now."""
    return record.verdict is Verdict.RETRY and record.reason in ASKING


def was_asked(record: CallRecord, call: Call | None) -> bool:
    """Whether a PIN was asked for in this call, now or before."""
    tried = call is not None and any(event.pin is not None for event in call.events)
    return tried or asks(record) or record.reason in {Reason.PIN_WRONG, Reason.PIN_LOCKED}


def veil(event: CallEvent, keys: PinKeys) -> CallEvent:
    """The event without its digits; still told apart from what else is keyed in the call."""
    return replace(event, digits=None, event_id=event.event_id or keys.tag(event.call_id, event.digits or ""))


def enter_pin(tx: Transaction, told: Told, record: CallRecord, keys: PinKeys) -> PinEntry:
    """Try what was keyed in a call that asks for a PIN. record: the call's, so far."""
    veiled, entered = veil(told.event, keys), read_keyed(told.event.digits or "")
    if entered is None:
        # A single digit of many, or a slip: nothing anybody could have guessed right.
        return PinEntry(event=replace(veiled, pin=UNREAD))
    asked = _announcement(told)
    claim, evidence = identify(asked, told.rules)
    contacts = _contacts(tx, claim)
    if entered.contact_id is None and not contacts:
        # A number that is only shown, where shown is not enough, proves nothing about who keys the code.
        if claim.value is None or not evidence.verified:
            return PinEntry(event=replace(veiled, pin=UNREAD))
        # Somebody keys the code by which this very number is to be listed.
        taken = key_code(tx, keys, claim.value, entered.pin, at=told.moment.at)
        return PinEntry(event=replace(veiled, pin=f"code-{taken.outcome}"))
    caller = claim.value or unseen(told.rules.name)
    result = try_pin(tx.phone_proofs, keys, entered, contacts, caller=caller, at=told.moment.at)
    if result.contact_id is None:
        decision = _turn_away(told, record, result.outcome)
        failed = _check(Outcome.FAIL, f"a PIN was keyed from {claim.value or claim.shown!r}: {result.outcome}")
        judged = Judgement(claim=claim, evidence=Evidence((failed, *evidence.checks)), decision=decision)
    else:
        proved = _check(
            Outcome.PASS, f"the PIN of contact {result.contact_id}, keyed from {claim.value or claim.shown!r}"
        )
        judged = _let_in(tx, told, claim, Evidence((proved, *evidence.checks)), result.contact_id)
    return PinEntry(event=replace(veiled, pin=result.outcome.value), judged=judged)


def _announcement(told: Told) -> CallEvent:
    """What tells who calls: the event that announced the call, when it is known."""
    events = () if told.call is None else told.call.events
    return next((event for event in events if event.kind is CallEventKind.NEW), told.event)


def _contacts(tx: Transaction, claim: Claim) -> tuple[int, ...]:
    return tuple(listing.contact_id for listing in tx.listings(claim) if listing.contact_id is not None)


def _check(outcome: Outcome, detail: str) -> Check:
    return Check(proof=Proof.PIN, outcome=outcome, binds=True, detail=detail)


def _let_in(tx: Transaction, told: Told, claim: Claim, evidence: Evidence, contact_id: int) -> Judgement:
    """Decide again, as on the contact whose PIN it is: somebody who may no longer call is not let in by a PIN."""
    person = claim_contact(contact_id, claim.value or claim.shown)
    judged = judge(told.event, person, evidence, tx.listings(person), told.rules, told.moment.at)
    return replace(judged, claim=claim)


def _turn_away(told: Told, record: CallRecord, outcome: PinOutcome) -> Decision:
    events = () if told.call is None else told.call.events
    wrong = 1 + sum(event.pin == PinOutcome.WRONG for event in events)
    again = outcome is PinOutcome.WRONG and wrong < TRIES_PER_CALL
    return Decision(
        verdict=Verdict.RETRY if again else Verdict.REJECT,
        reason=_REASONS[outcome],
        detail=f"attempt {wrong} of {TRIES_PER_CALL} in this call: {outcome}",
        customer_id=record.customer_id,
        contact_id=record.contact_id,
    )
