"""Call-back verification: a caller whose number is listed but not trusted is called back at it, and proves to be there.

Runs inside a transaction. Owns when a call can be verified so, and what a confirmed code makes of it; the code itself
is `intake.contact_lists.number_codes`, the decision is the policy's, with the call back as evidence.
"""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from authz.decision import Verdict
from authz.evidence import Check, Evidence, Outcome, Proof
from authz.identity import Channel, Claim, IdentityKind
from authz.phone.pin import PinKeys
from authz.policy import PHONE_RULES, decide
from intake.contact_lists.number_codes import CodeOutcome, GivenCode, confirm_code, request_code
from intake.ledger import LedgerEntry, evidence_rows
from intake.phone.calls import CallRecord
from intake.ports import Transaction
from intake.tickets.model import Actor


class CallBackRefusal(StrEnum):
    """Why a call cannot be verified by calling back."""

    NO_SUCH_CALL = "there is no such call"
    ACCEPTED = "the caller is authorized already"
    NO_NUMBER = "the call came from no number that could be called back"
    NOT_LISTED = "the number is on no list; authorize it first"
    WRONG = "that is not the code"
    USED_UP = "the code is no longer valid; ask for a new one"


def start_call_back(
    tx: Transaction, keys: PinKeys, call_id: int, *, by: Actor, at: datetime
) -> GivenCode | CallBackRefusal:
    """Make the code that is said to whoever answers at the caller's listed number. by: the technician. at: now.

    Raises InvalidEntryError when too many codes were asked for.
    """
    record = tx.calls.get(call_id)
    refusal = _obstacle(record)
    if record is None or refusal is not None:
        return refusal or CallBackRefusal.NO_SUCH_CALL
    customers = {listing.customer_id for listing in tx.listings(_claim(record))}
    if len(customers) != 1:
        return CallBackRefusal.NOT_LISTED
    number = record.caller_e164 or ""
    return request_code(
        tx, keys, number, customer_id=customers.pop(), contact_id=record.contact_id, call_id=call_id, by=by, at=at
    )


def finish_call_back(
    tx: Transaction, keys: PinKeys, code_id: int, code: str, *, call_id: int, by: Actor, at: datetime
) -> CallRecord | CallBackRefusal:
    """Take the code that was given back, and decide on the call again with that evidence.

    Returns the call's record with the new decision, which may still be a refusal: a contact who may no longer call is
    not let in by a call back either. A wrong code is counted: commit whatever is returned.
    """
    record = tx.calls.get(call_id)
    refusal = _obstacle(record)
    if record is None or refusal is not None:
        return refusal or CallBackRefusal.NO_SUCH_CALL
    kept = tx.phone_proofs.code(code_id)
    if kept is None or kept.call_id != call_id:
        return CallBackRefusal.USED_UP
    taken = confirm_code(tx, keys, code_id, code, at=at)
    if taken.kept is None or taken.outcome is CodeOutcome.USED_UP:
        return CallBackRefusal.USED_UP
    if taken.outcome is not CodeOutcome.CONFIRMED:
        return CallBackRefusal.WRONG
    claim = _claim(record)
    detail = f"{claim.value} was called back by {taken.kept.requested_by}, and the code came back through {by.name}"
    evidence = Evidence((Check(proof=Proof.CALL_BACK, outcome=Outcome.PASS, binds=True, detail=detail),))
    decision = decide(claim, evidence, tx.listings(claim), PHONE_RULES, at)
    decided = replace(
        record,
        verdict=decision.verdict,
        reason=decision.reason,
        customer_id=decision.customer_id,
        contact_id=decision.contact_id,
    )
    tx.calls.update(decided)
    tx.add_ledger_entry(
        LedgerEntry(
            id=tx.new_id(),
            channel=Channel.PHONE,
            account=record.endpoint,
            received_at=at,
            verdict=decision.verdict,
            reason=decision.reason,
            detail=f"call {record.call_id}: {decision.detail}"[:500],
            size=0,
            source_key=f"phone:{record.id}/call-back" if decision.verdict is Verdict.ACCEPT else None,
            identity=claim.value,
            evidence=evidence_rows(evidence),
            customer_id=decision.customer_id,
            contact_id=decision.contact_id,
        )
    )
    return decided


def _obstacle(record: CallRecord | None) -> CallBackRefusal | None:
    if record is None:
        return CallBackRefusal.NO_SUCH_CALL
    if record.verdict is Verdict.ACCEPT:
        return CallBackRefusal.ACCEPTED
    if record.caller_e164 is None or record.direction != "in":
        return CallBackRefusal.NO_NUMBER
    return None


def _claim(record: CallRecord) -> Claim:
    return Claim(channel=Channel.PHONE, kind=IdentityKind.NUMBER, value=record.caller_e164, shown=record.caller_shown)
