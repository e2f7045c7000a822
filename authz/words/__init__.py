"""Checks and decisions in words, for the people who look at what was refused or held, and what would let it in.

Owns how a sentence is put together. The sentences themselves stand in tables, one set for each language: `said` has the
names and the advice, `findings` what single checks found. The facts come from the evidence and the decision; nothing is
looked up or decided here. Machines are told in English.
"""

from collections.abc import Iterable

from authz.decision import Decision, Reason
from authz.evidence import Check, Outcome, Proof
from authz.identity import Claim, IdentityKind
from authz.people.shared_domains import is_shared_domain
from authz.words.findings import say_finding
from authz.words.said import ADVICE, FOUND, LISTING, NOT_SPEAKING, PROOF_NAMES, PROVING, REASON_WORDS, VERDICTS

__all__ = ["PROOF_NAMES", "REASON_WORDS", "advise", "say_check", "say_decision", "say_finding"]


def say_check(check: Check, language: str = "en") -> str:
    """One check in a sentence: what was checked, what was found, whether it speaks for the author, and why."""
    name, detail = PROOF_NAMES[language][check.proof], say_finding(check.detail, language)
    if check.outcome is Outcome.NONE and check.detail.startswith("not checked"):
        return f"{name}: {detail}"
    found = FOUND[language][check.outcome]
    if check.outcome is Outcome.PASS and not check.binds:
        found += NOT_SPEAKING[language]
    return f"{name} – {found}: {detail}"


def say_decision(decision: Decision, language: str = "en") -> str:
    """The decision in a sentence, with the reason a peer is told."""
    return f"{VERDICTS[language][decision.verdict]} ({decision.reason}): {REASON_WORDS[language][decision.reason]}"


def advise(reason: Reason, claim: Claim, checks: Iterable[Check], language: str = "en") -> tuple[str, ...]:
    """What would have to change for it to get in, most useful first; nothing when it gets in."""
    if reason is Reason.AUTHOR_UNKNOWN:
        return _list_it(claim, language)
    if reason is Reason.AUTHOR_UNVERIFIED:
        domain = (claim.value or "").rpartition("@")[2]
        return tuple(PROVING[language][key].format(domain=domain) for key in _ways_to_prove(tuple(checks)))
    text = ADVICE[language][reason].format(shown=claim.value or claim.shown)
    return (text,) if text else ()


def _list_it(claim: Claim, language: str) -> tuple[str, ...]:
    address = claim.value or claim.shown
    domain = address.rpartition("@")[2]
    one, whole = LISTING[language]
    if claim.kind is IdentityKind.ADDRESS and not is_shared_domain(domain):
        return (one.format(address=address), whole.format(domain=domain))
    return (one.format(address=address),)


def _ways_to_prove(checks: tuple[Check, ...]) -> Iterable[str]:
    """The keys of what may be done, by what the checks found."""
    own = {check.outcome for check in checks if check.proof is Proof.DKIM and check.binds}
    if Outcome.FAIL in own:
        yield "changed"
    elif Outcome.POLICY in own:
        yield "unacceptable"
    elif Outcome.PERMERROR in own:
        yield "broken"
    elif any(check.proof is Proof.DKIM and check.outcome is Outcome.PASS for check in checks):
        yield "foreign"
    else:
        yield "unsigned"
    spf = next((check for check in checks if check.proof is Proof.SPF), None)
    if spf is not None and spf.outcome is Outcome.PASS:
        yield "envelope"
    elif spf is not None and not spf.detail.startswith("not checked"):
        yield "host"
    yield "until_then"
