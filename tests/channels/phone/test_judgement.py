"""Who a call is from and what was decided on it, endpoint by endpoint."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from authz.decision import Reason, Verdict
from authz.evidence import Outcome, Proof
from authz.identity import Channel, Listing, Match
from authz.phone.number import CZECH
from authz.phone.trust import TrustRules
from channels.phone.event import CallEvent, Direction
from channels.phone.judgement import EndpointRules, Judgement, identify, judge
from tests.channels.phone.calling import KNOWN, PBX, RANG, STRANGER, new

LISTED = Listing(
    customer_id=7,
    customer_name="ACME",
    customer_active=True,
    contact_id=3,
    contact_name="Jana",
    contact_active=True,
    match=Match.EXACT,
    channels=frozenset({Channel.PHONE}),
)


def decided(
    event: CallEvent, trust: TrustRules | None = None, *, listed: Listing = LISTED, at: datetime = RANG
) -> Judgement:
    """The judgement where KNOWN alone is listed."""
    rules = PBX if trust is None else EndpointRules(name="pbx", numbers=CZECH, trust=trust)
    claim, evidence = identify(event, rules)
    return judge(event, claim, evidence, [listed] if claim.value == KNOWN else [], rules, at)


def reason(event: CallEvent, trust: TrustRules | None = None) -> Reason:
    return decided(event, trust).decision.reason


def test_an_asserted_identity_counts_only_from_a_pbx_the_operator_trusts() -> None:
    spoofed = new(presented=STRANGER, asserted=f"sip:{KNOWN}@anywhere.example")
    assert reason(spoofed) is Reason.CALLER_UNKNOWN
    assert reason(spoofed, TrustRules(asserted=True)) is Reason.AUTHORIZED
    assert reason(new(presented=None, asserted=KNOWN)) is Reason.CALLER_WITHHELD


def test_a_trusted_assertion_of_somebody_else_beats_what_is_shown() -> None:
    assert reason(new(asserted=STRANGER), TrustRules(asserted=True)) is Reason.CALLER_UNKNOWN


def test_privacy_hides_the_number_unless_the_operator_matches_it_all_the_same() -> None:
    assert reason(new(privacy=True)) is Reason.CALLER_WITHHELD
    assert reason(new(privacy=True), TrustRules(match_private=True)) is Reason.AUTHORIZED


@pytest.mark.parametrize(
    ("verstat", "expected"),
    [
        (None, Reason.AUTHORIZED),
        ("No-TN-Validation", Reason.AUTHORIZED),
        ("TN-Validation-Failed", Reason.CALLER_NOT_GENUINE),
        ("TN-Validation-Failed-A", Reason.CALLER_NOT_GENUINE),
        ("failed to look it up", Reason.AUTHORIZED),
    ],
)
def test_only_the_exact_words_of_a_failed_attestation_deny(verstat: str | None, expected: Reason) -> None:
    assert reason(new(verstat=verstat)) is expected


@pytest.mark.parametrize(
    ("verstat", "trusted", "expected"),
    [
        ("TN-Validation-Passed-A", True, Reason.AUTHORIZED),
        ("TN-Validation-Passed-A", False, Reason.CALLER_NOT_GENUINE),
        ("TN-Validation-Passed-B", True, Reason.CALLER_NOT_GENUINE),
        ("TN-Validation-Passed-A-Diverted", True, Reason.CALLER_NOT_GENUINE),
        ("tn-validation-passed-a", True, Reason.CALLER_NOT_GENUINE),
    ],
)
def test_where_a_shown_number_is_no_proof_the_trunks_word_must_be_full_and_trusted(
    verstat: str, trusted: bool, expected: Reason
) -> None:
    assert reason(new(verstat=verstat), TrustRules(presented=False, verstat=trusted)) is expected


def test_the_pbx_does_not_choose_the_time_an_authorization_is_judged_by() -> None:
    ended_yesterday = replace(LISTED, valid_until=RANG - timedelta(days=1))
    backdated = new(seconds=-timedelta(days=2).total_seconds())
    judged = decided(backdated, listed=ended_yesterday)
    assert (judged.decision.verdict, judged.decision.reason) == (Verdict.REJECT, Reason.NO_LONGER_VALID)


def test_an_outgoing_call_is_noted_and_authorizes_nobody() -> None:
    outgoing = new(presented="100", called_number=KNOWN, direction=Direction.OUTBOUND)
    judged = decided(outgoing)
    assert judged.decision.reason is Reason.OUTGOING_CALL
    assert (judged.decision.customer_id, judged.decision.contact_id) == (7, 3)
    assert not judged.evidence.verified
    elsewhere = decided(replace(outgoing, called_number=STRANGER))
    assert (elsewhere.decision.reason, elsewhere.decision.customer_id) == (Reason.OUTGOING_CALL, None)


def test_the_evidence_says_what_was_not_believed() -> None:
    evidence = decided(new(presented=STRANGER, asserted=KNOWN)).evidence
    assert evidence.outcome_of(Proof.ASSERTED) is Outcome.NEUTRAL
