"""The one authorization decision, for mail, phone and web alike. Pure: look-ups and the time come in as arguments.

RULE channel-mail, channel-phone, channel-web: only an authorized contact gets in, and only with proof.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from authz.decision import Decision, Reason, Verdict
from authz.evidence import Evidence, Outcome, Proof
from authz.identity import Channel, Claim, IdentityKind, Listing, Match


class PinUse(StrEnum):
    """When listed callers are asked for a PIN. A customer can want it of its callers whatever is chosen here."""

    NEVER = "never"
    UNPROVED = "unproved"  # when nothing else proves the number
    ALWAYS = "always"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the operator chose for one way in.

    unidentified: the answer when the request names nobody (an ambiguous author, a withheld number).
    unknown: the answer to somebody who is not on the lists, or no longer.
    unverified: the answer when a listed identity is claimed but not proved.
    proof_required: False is the bare published rule ("address-only"), unsafe and said so at start-up.
    reply_address_proves: whether a contact's mail to the signed address of their own ticket is proof.
    tell_unknown: whether a proved author who is on no list is told so; never anybody who is not proved.
    ask_pin: which listed callers are asked for a PIN. pin_needed: the answer while one is asked for.
    """

    unidentified: Verdict
    unknown: Verdict
    unverified: Verdict
    proof_required: bool = True
    reply_address_proves: bool = True
    tell_unknown: bool = False
    ask_pin: PinUse = PinUse.NEVER
    pin_needed: Verdict = Verdict.RETRY


MAIL_RULES = Rules(unidentified=Verdict.HOLD, unknown=Verdict.REJECT, unverified=Verdict.HOLD)
PHONE_RULES = Rules(unidentified=Verdict.REJECT, unknown=Verdict.REJECT, unverified=Verdict.REJECT)
WEB_RULES = Rules(unidentified=Verdict.REJECT, unknown=Verdict.REJECT, unverified=Verdict.REJECT)

_UNKNOWN: dict[IdentityKind, Reason] = {
    IdentityKind.ADDRESS: Reason.AUTHOR_UNKNOWN,
    IdentityKind.NUMBER: Reason.CALLER_UNKNOWN,
    IdentityKind.CONTACT: Reason.LOGIN_UNKNOWN,
}
_UNVERIFIED: dict[IdentityKind, Reason] = {
    IdentityKind.ADDRESS: Reason.AUTHOR_UNVERIFIED,
    IdentityKind.NUMBER: Reason.CALLER_NOT_GENUINE,
    IdentityKind.CONTACT: Reason.LOGIN_UNKNOWN,
}


def decide(claim: Claim, evidence: Evidence, listings: Sequence[Listing], rules: Rules, at: datetime) -> Decision:
    """Say whether the claimed identity gets in.

    claim: who the request says it is from. evidence: what its channel can show for that.
    listings: every row of the lists that matches `claim.value`, usable or not.
    at: when the request was received, aware UTC.
    Returns a Decision; never raises.
    """
    if claim.value is None:
        reason = Reason(claim.problem or Reason.UNPARSABLE)
        return Decision(verdict=rules.unidentified, reason=reason, detail=f"{claim.shown!r} names nobody")
    if evidence.outcome_of(Proof.ATTESTATION) is Outcome.FAIL:
        return Decision(
            verdict=Verdict.REJECT,
            reason=Reason.CALLER_NOT_GENUINE,
            detail=f"the attestation of {claim.value} failed: {describe(evidence)}",
        )

    listed = _strongest(listings)
    if not listed:
        return Decision(
            verdict=rules.unknown,
            reason=_UNKNOWN[claim.kind],
            detail=f"{claim.value} is on no list of authorized contacts",
        )
    usable = [listing for listing in listed if _obstacle(listing, claim.channel, at) is None]
    if not usable:
        return _refuse_unusable(claim, listed[0], rules, at)
    if len({listing.customer_id for listing in usable}) > 1:
        names = ", ".join(sorted({listing.customer_name for listing in usable}))
        return Decision(
            verdict=rules.unidentified, reason=Reason.CUSTOMER_AMBIGUOUS, detail=f"{claim.value} belongs to {names}"
        )
    return _judge_proof(claim, evidence, usable, rules)


def describe(evidence: Evidence) -> str:
    """The evidence in words, for the ledger and for people: "dkim pass (…); spf fail (…)"."""
    checks = "; ".join(f"{check.proof} {check.outcome} ({check.detail})" for check in evidence.checks)
    return checks or "nothing to check"


def _strongest(listings: Sequence[Listing]) -> list[Listing]:
    """Keep the strongest kind of match: a person's own entry, even a deactivated one, beats the company's range."""
    for match in (Match.EXACT, Match.RANGE, Match.DOMAIN):
        found = [listing for listing in listings if listing.match is match]
        if found:
            return found
    return []


def _obstacle(listing: Listing, channel: Channel, at: datetime) -> Reason | None:
    if not listing.customer_active:
        return Reason.CUSTOMER_INACTIVE
    if listing.contact_id is not None and not listing.contact_active:
        return Reason.CONTACT_INACTIVE
    if listing.valid_from is not None and at < listing.valid_from:
        return Reason.NOT_YET_VALID
    if listing.valid_until is not None and at >= listing.valid_until:
        return Reason.NO_LONGER_VALID
    if channel not in listing.channels:
        return Reason.CHANNEL_NOT_ALLOWED
    return None


def _refuse_unusable(claim: Claim, listing: Listing, rules: Rules, at: datetime) -> Decision:
    reason = _obstacle(listing, claim.channel, at) or _UNKNOWN[claim.kind]
    return Decision(
        verdict=rules.unknown,
        reason=reason,
        detail=f"{claim.value} is listed for {listing.customer_name}, but: {reason}",
        customer_id=listing.customer_id,
        contact_id=listing.contact_id,
    )


def _judge_proof(claim: Claim, evidence: Evidence, usable: Sequence[Listing], rules: Rules) -> Decision:
    customer = usable[0]
    contacts = {listing.contact_id for listing in usable}
    contact_id = contacts.pop() if len(contacts) == 1 else None
    if _lacks_pin(claim, evidence, usable, rules):
        verdict, reason = rules.pin_needed, Reason.PIN_NEEDED
    elif evidence.verified or not rules.proof_required:
        verdict, reason = Verdict.ACCEPT, Reason.AUTHORIZED
    elif evidence.temporary:
        verdict, reason = Verdict.RETRY, Reason.CHECK_TEMPORARY
    else:
        verdict, reason = rules.unverified, _UNVERIFIED[claim.kind]
    return Decision(
        verdict=verdict,
        reason=reason,
        detail=f"{claim.value} is listed for {customer.customer_name}; {describe(evidence)}",
        customer_id=customer.customer_id,
        contact_id=contact_id,
    )


def _lacks_pin(claim: Claim, evidence: Evidence, usable: Sequence[Listing], rules: Rules) -> bool:
    """Whether a caller has to key a PIN first, besides or instead of what the number shows."""
    answered = (Proof.PIN, Proof.CALL_BACK)
    if claim.channel is not Channel.PHONE or any(evidence.outcome_of(each) is Outcome.PASS for each in answered):
        return False
    if rules.ask_pin is PinUse.ALWAYS or any(listing.ask_pin for listing in usable):
        return True
    return rules.ask_pin is PinUse.UNPROVED and not evidence.verified
