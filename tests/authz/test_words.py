"""Every refusal tells what would have to change, in words that name the domains."""

import pytest

from authz.decision import Decision, Reason, Verdict
from authz.evidence import Check, Outcome, Proof
from authz.identity import Channel, Claim, IdentityKind
from authz.words import PROOF_NAMES, advise, said, say_check, say_decision, say_finding

JAN = Claim(channel=Channel.MAIL, kind=IdentityKind.ADDRESS, value="jan@firma.cz", shown="Jan@firma.cz")
PASSED = {Reason.AUTHORIZED, Reason.RELEASED, Reason.DUPLICATE, Reason.DELIVERY_REPORT, Reason.IMPORTED}


def check(proof: Proof, outcome: Outcome, detail: str = "why", *, binds: bool = False) -> Check:
    return Check(proof=proof, outcome=outcome, binds=binds, detail=detail)


@pytest.mark.parametrize("reason", Reason)
def test_every_refusal_has_advice_and_what_gets_in_has_none(reason: Reason) -> None:
    for language in ("cs", "en"):
        assert bool(advise(reason, JAN, (), language)) is (reason not in PASSED)


@pytest.mark.parametrize("language", ["cs", "en"])
def test_everything_has_its_words_in_both_languages(language: str) -> None:
    assert set(PROOF_NAMES[language]) == set(Proof)
    assert set(said.FOUND[language]) == set(Outcome)
    assert set(said.VERDICTS[language]) == set(Verdict)
    assert set(said.REASON_WORDS[language]) == set(said.ADVICE[language]) == set(Reason)
    assert set(said.PROVING["cs"]) == set(said.PROVING["en"])


def test_a_reader_of_czech_is_told_in_czech() -> None:
    signed = check(
        Proof.DKIM, Outcome.PASS, "signed by m.cz, key k, rsa 2048 bits, which is not the author's domain firma.cz"
    )
    assert say_check(signed, "cs") == (
        "Podpis DKIM – v pořádku, ale nemluví za autora: podepsala m.cz, klíč k, rsa 2048 bitů, "
        "což není doména autora firma.cz"
    )
    refused = Decision(
        verdict=Verdict.REJECT, reason=Reason.CALLER_UNKNOWN, detail="+420 is on no list of authorized contacts"
    )
    assert say_decision(refused, "cs") == "Je odmítnutý (caller-unknown): Číslo není mezi oprávněnými."
    assert say_finding(refused.detail, "cs") == "+420 není v žádném seznamu oprávněných"


def test_a_pass_for_somebody_else_is_said_to_be_that() -> None:
    words = say_check(check(Proof.DKIM, Outcome.PASS, "signed by mailer.example, which is not the author's domain"))
    assert words.startswith("DKIM signature – passed, but does not speak for the author: signed by mailer.example")


def test_what_was_not_looked_at_is_not_said_to_be_missing() -> None:
    assert "there is none" not in say_check(check(Proof.SPF, Outcome.NONE, "not checked: nobody knows the host"))
    assert "there is none" in say_check(check(Proof.DKIM, Outcome.NONE, "the message is not signed"))


def test_a_decision_is_said_with_its_reason() -> None:
    decision = Decision(verdict=Verdict.HOLD, reason=Reason.AUTHOR_UNVERIFIED, detail="private")
    assert say_decision(decision).startswith("It is held for a person to decide (author-unverified): ")
    assert "private" not in say_decision(decision)


@pytest.mark.parametrize(
    ("checks", "words"),
    [
        ((check(Proof.DKIM, Outcome.NONE),), "firma.cz must sign its mail with DKIM"),
        ((check(Proof.DKIM, Outcome.PASS),), "a key of firma.cz (d=firma.cz), not of its own"),
        ((check(Proof.DKIM, Outcome.FAIL, binds=True),), "mail.authserv_ids"),
        ((check(Proof.DKIM, Outcome.FAIL),), "firma.cz must sign its mail with DKIM"),
        ((check(Proof.DKIM, Outcome.POLICY, binds=True),), "acceptable"),
        ((check(Proof.DKIM, Outcome.PERMERROR, binds=True),), "the key it publishes"),
        ((check(Proof.SPF, Outcome.PASS),), "the envelope sender must be of firma.cz"),
        ((check(Proof.SPF, Outcome.FAIL),), "list the sending host in its SPF record"),
    ],
)
def test_advice_follows_what_the_checks_found(checks: tuple[Check, ...], words: str) -> None:
    assert words in " ".join(advise(Reason.AUTHOR_UNVERIFIED, JAN, checks))


def test_spf_is_no_advice_where_nobody_knows_the_sending_host() -> None:
    unknown = check(Proof.SPF, Outcome.NONE, "not checked: it is not known which host sent it")
    assert "SPF" not in " ".join(advise(Reason.AUTHOR_UNVERIFIED, JAN, (unknown,)))


def test_a_whole_domain_is_suggested_only_where_it_is_not_shared() -> None:
    assert "*@firma.cz" in " ".join(advise(Reason.AUTHOR_UNKNOWN, JAN, ()))
    free = Claim(channel=Channel.MAIL, kind=IdentityKind.ADDRESS, value="jan@seznam.cz", shown="")
    assert "*@" not in " ".join(advise(Reason.AUTHOR_UNKNOWN, free, ()))
