"""Who is calling, what speaks for it, and the decision on that: the steps between an event and its answer. Pure.

Owns what the operator chose for one PBX and the order of the steps. Must not look anybody up, and never believes a PBX
about the time an authorization is judged by: `at` is when we received the event, whatever the event says of itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from authz.decision import Decision, Reason, Verdict
from authz.evidence import Evidence
from authz.identity import Claim, Listing
from authz.phone.number import NumberRules, claim_number, read_number
from authz.phone.passport import PassportCheck
from authz.phone.trust import NUMBER_AS_SHOWN, TrustRules, assess_caller
from authz.policy import PHONE_RULES, Rules, decide
from channels.phone.calls import Limits
from channels.phone.event import Action, CallEvent, Direction, RejectAs
from channels.phone.filing import FilingRules
from channels.phone.recordings import RecordingRules


class Stranger(StrEnum):
    """What becomes of a caller whose number says nothing."""

    REJECT = "reject"
    FORWARD = "forward"  # to the fallback number, as nobody
    ASK_PIN = "ask-pin"  # for a contact's number and PIN


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointRules:
    """What the operator chose for one PBX.

    numbers: how it writes them. trust: what its word on a caller counts for. filing: which calls make tickets.
    decision: what the policy is asked with. reject_as: how a refused call sounds.
    forward_to: a number or URI that allowed calls are connected to.
    withheld, unknown: what becomes of callers who show no number, or one on no list. fallback_to: where FORWARD leads.
    recordings: from where voicemail is fetched, None where it is not. limits: when a silent call is given up.
    language: "cs" or "en", of what callers hear and of why a call was refused.
    """

    name: str
    numbers: NumberRules
    trust: TrustRules = NUMBER_AS_SHOWN
    filing: FilingRules = field(default_factory=FilingRules)
    reject_as: RejectAs = RejectAs.REJECTED
    forward_to: str | None = None
    decision: Rules = PHONE_RULES
    withheld: Stranger = Stranger.REJECT
    unknown: Stranger = Stranger.REJECT
    fallback_to: str | None = None
    recordings: RecordingRules | None = None
    limits: Limits = field(default_factory=Limits)
    language: str = "cs"

    def way_of(self, reason: Reason) -> Stranger:
        """What becomes of a caller who was refused for that reason."""
        if reason is Reason.CALLER_WITHHELD:
            return self.withheld
        return self.unknown if reason in _UNKNOWN else Stranger.REJECT

    def action_on(self, verdict: Verdict, reason: Reason) -> Action:
        """What the PBX is told to do about a decision."""
        if verdict is Verdict.ACCEPT:
            return Action.ALLOW
        if verdict is Verdict.RETRY and reason in ASKING:
            return Action.ASK_PIN
        if self.way_of(reason) is Stranger.FORWARD and self.fallback_to:
            return Action.DIVERT
        return Action.REJECT


# While these stand, the caller is keying a PIN.
ASKING = frozenset({Reason.PIN_NEEDED, Reason.PIN_WRONG})
_UNKNOWN = frozenset({Reason.CALLER_UNKNOWN, Reason.CALLER_INTERNAL, Reason.CALLER_UNPARSABLE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What was decided on a caller, and on what."""

    claim: Claim
    evidence: Evidence
    decision: Decision


def identify(event: CallEvent, rules: EndpointRules, passport: PassportCheck | None = None) -> tuple[Claim, Evidence]:
    """Who the other party of a call is said to be, and what speaks for it.

    passport: our check of the event's PASSporT, None when it has none. Of an outgoing call the other party is the
    number that was called: it asks for nothing, so there is nothing to prove.
    """
    if event.direction is Direction.OUTBOUND:
        return claim_number(read_number(event.called_number, rules.numbers)), Evidence()
    return assess_caller(
        read_number(event.presented, rules.numbers),
        None if event.asserted is None else read_number(event.asserted, rules.numbers),
        privacy=event.privacy,
        verstat=event.verstat,
        passport=passport,
        rules=rules.trust,
    )


def judge(  # noqa: PLR0917 - the facts of one decision
    event: CallEvent,
    claim: Claim,
    evidence: Evidence,
    listings: Sequence[Listing],
    rules: EndpointRules,
    at: datetime,
) -> Judgement:
    """Decide on the other party of a call. listings: what the lists say about the claim. at: when we received it."""
    if event.direction is Direction.OUTBOUND:
        return Judgement(claim=claim, evidence=evidence, decision=_note_outgoing(claim, listings))
    decision = decide(claim, evidence, listings, rules.decision, at)
    if decision.verdict is Verdict.REJECT and rules.way_of(decision.reason) is Stranger.ASK_PIN:
        detail = f"{decision.detail}; asked for a contact's number and PIN"
        decision = replace(decision, verdict=Verdict.RETRY, reason=Reason.PIN_NEEDED, detail=detail)
    return Judgement(claim=claim, evidence=evidence, decision=decision)


def _note_outgoing(claim: Claim, listings: Sequence[Listing]) -> Decision:
    """Nobody asks to come in by an outgoing call: it is put on record, with whom it is to where that is certain."""
    customers = {listing.customer_id for listing in listings}
    contacts = {listing.contact_id for listing in listings}
    known = len(customers) == 1
    return Decision(
        verdict=Verdict.ACCEPT,
        reason=Reason.OUTGOING_CALL,
        detail=f"an outgoing call to {claim.value or claim.shown}",
        customer_id=customers.pop() if known else None,
        contact_id=contacts.pop() if known and len(contacts) == 1 else None,
    )
