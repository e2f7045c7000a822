"""What a caller ID is worth: asserted, attested, presented or withheld – and what the decision makes of it."""

import pytest

from authz.decision import Reason, Verdict
from authz.evidence import Outcome, Proof
from authz.identity import Channel, IdentityKind, Listing, Match
from authz.phone.number import Caller, read_number
from authz.phone.passport import PassportCheck
from authz.phone.trust import NUMBER_AS_SHOWN, TrustRules, assess_caller, claim_contact
from authz.policy import PHONE_RULES, decide
from tests.authz.phone.times import NOW

MOBILE, OTHER = "+420777123456", "+420602000001"
TRUSTED = TrustRules(asserted=True)
STRICT = TrustRules(presented=False)
STRICT_TRUNK = TrustRules(presented=False, verstat=True)


def reason(
    presented: str | None,
    *,
    asserted: str | None = None,
    privacy: bool = False,
    verstat: str | None = None,
    passport: PassportCheck | None = None,
    rules: TrustRules = NUMBER_AS_SHOWN,
) -> Reason:
    """The decision's reason where MOBILE alone is listed."""
    vouched: Caller | None = None if asserted is None else read_number(asserted)
    claim, evidence = assess_caller(
        read_number(presented), vouched, privacy=privacy, verstat=verstat, passport=passport, rules=rules
    )
    listing = Listing(
        customer_id=1,
        customer_name="ACME",
        customer_active=True,
        contact_id=1,
        contact_name="Jan",
        contact_active=True,
        match=Match.EXACT,
        channels=frozenset({Channel.PHONE}),
    )
    decision = decide(claim, evidence, [listing] if claim.value == MOBILE else [], PHONE_RULES, NOW)
    assert (decision.verdict is Verdict.ACCEPT) == (decision.reason is Reason.AUTHORIZED)
    return decision.reason


def test_channel_phone_a_shown_number_is_enough_where_the_network_screens_it() -> None:
    assert reason(MOBILE) is Reason.AUTHORIZED
    assert reason(OTHER) is Reason.CALLER_UNKNOWN
    assert reason("anonymous") is Reason.CALLER_WITHHELD


def test_a_shown_number_is_not_enough_where_proof_is_asked_for() -> None:
    assert reason(MOBILE, rules=STRICT) is Reason.CALLER_NOT_GENUINE
    assert reason(MOBILE, verstat="TN-Validation-Passed-A", rules=STRICT_TRUNK) is Reason.AUTHORIZED
    assert reason("220", asserted=MOBILE, rules=TrustRules(presented=False, asserted=True)) is Reason.AUTHORIZED


@pytest.mark.parametrize(
    ("presented", "asserted", "rules", "expected"),
    [
        ("220", MOBILE, TRUSTED, Reason.AUTHORIZED),
        ("anonymous", f"tel:{MOBILE}", TRUSTED, Reason.AUTHORIZED),
        (MOBILE, OTHER, TRUSTED, Reason.CALLER_UNKNOWN),
        (MOBILE, "220", TRUSTED, Reason.CALLER_INTERNAL),
        (MOBILE, "anonymous", TRUSTED, Reason.CALLER_WITHHELD),
        ("220", MOBILE, NUMBER_AS_SHOWN, Reason.CALLER_INTERNAL),
        (MOBILE, OTHER, NUMBER_AS_SHOWN, Reason.AUTHORIZED),
        ("anonymous", MOBILE, NUMBER_AS_SHOWN, Reason.CALLER_WITHHELD),
    ],
)
def test_an_asserted_number_wins_only_inside_the_trust_domain(
    presented: str, asserted: str, rules: TrustRules, expected: Reason
) -> None:
    assert reason(presented, asserted=asserted, rules=rules) is expected


def test_privacy_withholds_even_a_readable_number() -> None:
    assert reason(MOBILE, privacy=True) is Reason.CALLER_WITHHELD
    assert reason("anonymous", asserted=MOBILE, privacy=True, rules=TRUSTED) is Reason.CALLER_WITHHELD
    anyway = TrustRules(asserted=True, match_private=True)
    assert reason("anonymous", asserted=MOBILE, privacy=True, rules=anyway) is Reason.AUTHORIZED


@pytest.mark.parametrize("verstat", [None, "No-TN-Validation", "TN-Validation-Passed-B", "TN-Validation-Passed", "odd"])
def test_without_a_full_attestation_the_shown_number_counts_as_before(verstat: str | None) -> None:
    assert reason(MOBILE, verstat=verstat) is Reason.AUTHORIZED
    assert reason(MOBILE, verstat=verstat, rules=STRICT_TRUNK) is Reason.CALLER_NOT_GENUINE


@pytest.mark.parametrize(
    "verstat",
    ["TN-Validation-Failed", "TN-Validation-Failed-A", "TN-Validation-Failed-C", "TN-Validation-Failed-B-Diverted"],
)
def test_a_failed_attestation_denies_whoever_reports_it(verstat: str) -> None:
    assert reason(MOBILE, verstat=verstat) is Reason.CALLER_NOT_GENUINE
    assert reason("220", asserted=MOBILE, verstat=verstat, rules=TRUSTED) is Reason.CALLER_NOT_GENUINE


@pytest.mark.parametrize(
    "verstat",
    [
        "TN-Validation-Passed-A-Diverted",
        "TN-Validation-Passed-A-Passthrough",
        "TN-Validation-Passed-A ",
        "tn-validation-passed-a",
        "TN-Validation-Passed-AA",
        "TN-Validation-Passed-A\n",
        "X TN-Validation-Passed-A",
    ],
)
def test_only_the_exact_words_prove_a_number(verstat: str) -> None:
    assert reason(MOBILE, verstat=verstat, rules=STRICT_TRUNK) is Reason.CALLER_NOT_GENUINE


def test_a_passed_attestation_of_a_trunk_we_do_not_trust_proves_nothing() -> None:
    assert reason(MOBILE, verstat="TN-Validation-Passed-A", rules=STRICT) is Reason.CALLER_NOT_GENUINE


@pytest.mark.parametrize(
    ("outcome", "level", "rules", "expected"),
    [
        (Outcome.PASS, "A", STRICT, Reason.AUTHORIZED),
        (Outcome.PASS, "B", STRICT, Reason.CALLER_NOT_GENUINE),
        (Outcome.PASS, "B", TrustRules(presented=False, attestations=frozenset("AB")), Reason.AUTHORIZED),
        (Outcome.FAIL, None, NUMBER_AS_SHOWN, Reason.CALLER_NOT_GENUINE),
        (Outcome.NEUTRAL, None, NUMBER_AS_SHOWN, Reason.AUTHORIZED),
        (Outcome.PERMERROR, None, STRICT, Reason.CALLER_NOT_GENUINE),
    ],
)
def test_our_own_check_of_a_passport(outcome: Outcome, level: str | None, rules: TrustRules, expected: Reason) -> None:
    passport = PassportCheck(outcome=outcome, level=level, detail="tested")
    assert reason(MOBILE, passport=passport, rules=rules) is expected


def test_a_failed_check_is_seen_whatever_else_passed() -> None:
    passed = PassportCheck(outcome=Outcome.PASS, level="A", detail="tested")
    assert reason(MOBILE, passport=passed, verstat="TN-Validation-Failed-A") is Reason.CALLER_NOT_GENUINE


def test_every_proof_is_explained() -> None:
    claim, evidence = assess_caller(
        read_number("220"), read_number(MOBILE), privacy=False, verstat="No-TN-Validation", passport=None, rules=TRUSTED
    )
    assert claim.value == MOBILE
    assert [check.proof for check in evidence.checks] == [Proof.ATTESTATION, Proof.ASSERTED]
    assert all(check.detail for check in evidence.checks)


def test_a_pin_identifies_the_contact_not_the_number() -> None:
    claim = claim_contact(7, "anonymous")
    assert (claim.channel, claim.kind, claim.value) == (Channel.PHONE, IdentityKind.CONTACT, "7")
