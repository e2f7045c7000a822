"""The authorization decision, as the rules say it. RULE channel-mail, channel-phone, channel-web."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz.decision import PUBLIC_TEXT, Reason, Verdict
from authz.evidence import Check, Evidence, Outcome, Proof
from authz.identity import Channel, Claim, IdentityKind, Listing, Match
from authz.policy import MAIL_RULES, PHONE_RULES, WEB_RULES, Rules, decide

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
JAN = Claim(channel=Channel.MAIL, kind=IdentityKind.ADDRESS, value="jan@firma.cz", shown="jan@firma.cz")
CALLER = Claim(channel=Channel.PHONE, kind=IdentityKind.NUMBER, value="+420211151657", shown="211151657")
LISTED = Listing(
    customer_id=1,
    customer_name="Firma",
    customer_active=True,
    contact_id=10,
    contact_name="Jan",
    contact_active=True,
    match=Match.EXACT,
    channels=frozenset(Channel),
)


def shown(outcome: Outcome, *, proof: Proof = Proof.DKIM, binds: bool = True) -> Evidence:
    return Evidence((Check(proof=proof, outcome=outcome, binds=binds, detail="because"),))


PROVED = shown(Outcome.PASS)


def test_a_listed_author_with_proof_gets_in() -> None:
    decision = decide(JAN, PROVED, [LISTED], MAIL_RULES, NOW)
    assert (decision.verdict, decision.reason) == (Verdict.ACCEPT, Reason.AUTHORIZED)
    assert (decision.customer_id, decision.contact_id) == (1, 10)


@pytest.mark.parametrize("outcome", [each for each in Outcome if each not in {Outcome.PASS, Outcome.TEMPERROR}])
def test_nothing_but_a_pass_is_proof(outcome: Outcome) -> None:
    decision = decide(JAN, shown(outcome), [LISTED], MAIL_RULES, NOW)
    assert (decision.verdict, decision.reason) == (Verdict.HOLD, Reason.AUTHOR_UNVERIFIED)


def test_a_pass_for_somebody_elses_domain_is_no_proof() -> None:
    decision = decide(JAN, shown(Outcome.PASS, binds=False), [LISTED], MAIL_RULES, NOW)
    assert decision.reason is Reason.AUTHOR_UNVERIFIED


def test_a_check_that_failed_for_now_is_tried_again() -> None:
    decision = decide(JAN, shown(Outcome.TEMPERROR), [LISTED], MAIL_RULES, NOW)
    assert (decision.verdict, decision.reason) == (Verdict.RETRY, Reason.CHECK_TEMPORARY)
    assert decide(JAN, shown(Outcome.TEMPERROR, binds=False), [LISTED], MAIL_RULES, NOW).verdict is Verdict.HOLD


def test_the_bare_published_rule_asks_no_proof() -> None:
    assert decide(JAN, Evidence(), [LISTED], replace(MAIL_RULES, proof_required=False), NOW).verdict is Verdict.ACCEPT


def test_who_is_on_no_list_gets_the_configured_answer() -> None:
    assert decide(JAN, PROVED, [], MAIL_RULES, NOW).verdict is Verdict.REJECT
    held = decide(JAN, PROVED, [], replace(MAIL_RULES, unknown=Verdict.HOLD), NOW)
    assert (held.verdict, held.reason) == (Verdict.HOLD, Reason.AUTHOR_UNKNOWN)
    assert decide(CALLER, PROVED, [], PHONE_RULES, NOW).reason is Reason.CALLER_UNKNOWN


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"customer_active": False}, Reason.CUSTOMER_INACTIVE),
        ({"contact_active": False}, Reason.CONTACT_INACTIVE),
        ({"valid_from": NOW + DAY}, Reason.NOT_YET_VALID),
        ({"valid_until": NOW}, Reason.NO_LONGER_VALID),
        ({"channels": frozenset({Channel.PHONE, Channel.WEB})}, Reason.CHANNEL_NOT_ALLOWED),
    ],
)
def test_a_listing_that_does_not_count_says_why(change: dict[str, object], reason: Reason) -> None:
    decision = decide(JAN, PROVED, [replace(LISTED, **change)], MAIL_RULES, NOW)  # type: ignore[arg-type]
    assert (decision.verdict, decision.reason) == (Verdict.REJECT, reason)


def test_validity_is_half_open() -> None:
    listing = replace(LISTED, valid_from=NOW, valid_until=NOW + DAY)
    assert decide(JAN, PROVED, [listing], MAIL_RULES, NOW).verdict is Verdict.ACCEPT
    assert decide(JAN, PROVED, [listing], MAIL_RULES, NOW + DAY).verdict is Verdict.REJECT


def test_a_deactivated_person_is_not_let_in_by_the_companys_range() -> None:
    inactive = replace(LISTED, contact_active=False)
    company = replace(LISTED, contact_id=None, match=Match.DOMAIN)
    assert decide(JAN, PROVED, [inactive, company], MAIL_RULES, NOW).reason is Reason.CONTACT_INACTIVE


def test_several_people_of_one_company_identify_the_company() -> None:
    decision = decide(CALLER, PROVED, [LISTED, replace(LISTED, contact_id=11)], PHONE_RULES, NOW)
    assert (decision.verdict, decision.customer_id, decision.contact_id) == (Verdict.ACCEPT, 1, None)


def test_several_companies_identify_nobody() -> None:
    decision = decide(JAN, PROVED, [LISTED, replace(LISTED, customer_id=2, customer_name="Other")], MAIL_RULES, NOW)
    assert (decision.verdict, decision.reason) == (Verdict.HOLD, Reason.CUSTOMER_AMBIGUOUS)


@pytest.mark.parametrize(
    ("channel", "rules", "problem", "verdict"),
    [
        (Channel.MAIL, MAIL_RULES, "author-ambiguous", Verdict.HOLD),
        (Channel.PHONE, PHONE_RULES, "caller-withheld", Verdict.REJECT),
        (Channel.PHONE, PHONE_RULES, "caller-internal", Verdict.REJECT),
        (Channel.WEB, WEB_RULES, "login-unknown", Verdict.REJECT),
    ],
)
def test_who_names_nobody_never_gets_in(channel: Channel, rules: Rules, problem: str, verdict: Verdict) -> None:
    claim = replace(JAN, channel=channel, value=None, problem=problem)
    decision = decide(claim, PROVED, [LISTED], rules, NOW)
    assert (decision.verdict, decision.reason) == (verdict, problem)


def test_a_failed_attestation_refuses_even_a_listed_number() -> None:
    evidence = Evidence((*PROVED.checks, *shown(Outcome.FAIL, proof=Proof.ATTESTATION).checks))
    assert decide(CALLER, evidence, [LISTED], PHONE_RULES, NOW).reason is Reason.CALLER_NOT_GENUINE


LISTINGS = st.builds(
    replace,
    st.just(LISTED),
    customer_id=st.integers(1, 2),
    customer_active=st.booleans(),
    contact_active=st.booleans(),
    match=st.sampled_from(Match),
    channels=st.sets(st.sampled_from(Channel)).map(frozenset),
    valid_from=st.sampled_from([None, NOW - DAY, NOW + DAY]),
    valid_until=st.sampled_from([None, NOW - DAY, NOW + DAY]),
)
CHECKS = st.builds(
    Check,
    proof=st.sampled_from(Proof),
    outcome=st.sampled_from(Outcome),
    binds=st.booleans(),
    detail=st.just("because"),
)


@given(listings=st.lists(LISTINGS, max_size=4), checks=st.lists(CHECKS, max_size=4))
def test_nobody_gets_in_without_a_valid_listing_and_a_binding_pass(
    listings: list[Listing], checks: list[Check]
) -> None:
    decision = decide(JAN, Evidence(tuple(checks)), listings, MAIL_RULES, NOW)
    if decision.verdict is Verdict.ACCEPT:
        assert any(check.binds and check.outcome is Outcome.PASS for check in checks)
        assert any(
            listing.customer_id == decision.customer_id
            and listing.customer_active
            and listing.contact_active
            and Channel.MAIL in listing.channels
            and (listing.valid_from is None or listing.valid_from <= NOW)
            and (listing.valid_until is None or listing.valid_until > NOW)
            for listing in listings
        )


def test_every_reason_has_a_public_text() -> None:
    assert set(PUBLIC_TEXT) == set(Reason)
