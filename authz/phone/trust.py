"""What a caller ID is worth: which of the numbers of a call is the claim, and what speaks for it.

Owns the grades: asserted by a PBX we trust, attested (STIR/SHAKEN), keyed PIN, presented only. Must not decide:
that is `authz.policy`. In the Czech Republic attestation is not in use, so its absence says nothing; a failed one does.
"""

import re
from dataclasses import dataclass, replace

from authz.evidence import Check, Evidence, Outcome, Proof
from authz.identity import Channel, Claim, IdentityKind
from authz.phone.number import Caller, CallerKind, claim_number
from authz.phone.passport import PassportCheck


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustRules:
    """What one endpoint's word counts for.

    asserted: the PBX is inside our trust domain, so its P-Asserted-Identity names the caller (RFC 3325 §5).
    presented: the number shown proves who calls. Usual where numbers are screened by the network; when False, only an
        asserted or attested number or a PIN gets in.
    verstat: the trunk checks attestations itself, and its word on a passed one is taken. A failed one always counts.
    match_private: look the number up although the caller asked for privacy (RFC 3323).
    attestations: the levels that prove the number; B and C only say where the call came from (RFC 8588 §4).
    """

    asserted: bool = False
    presented: bool = True
    verstat: bool = False
    match_private: bool = False
    attestations: frozenset[str] = frozenset({"A"})


NUMBER_AS_SHOWN = TrustRules()

# RFC 8588's levels in the words of the verstat parameter, and what networks add for calls that were passed on.
_VERSTAT = re.compile(
    r"TN-Validation-(?P<result>Passed|Failed)(?:-(?P<level>[ABC]))?(?P<suffix>-Diverted|-Passthrough)?"
)
_NOT_VALIDATED = "No-TN-Validation"


def assess_caller(
    presented: Caller,
    asserted: Caller | None,
    *,
    privacy: bool,
    verstat: str | None,
    passport: PassportCheck | None,
    rules: TrustRules,
) -> tuple[Claim, Evidence]:
    """Say whom a call claims to be from and what speaks for it.

    presented: the caller ID shown. asserted: the one vouched for, None when there is none. privacy: the caller asked
    not to be shown. verstat: the trunk's word on the attestation. passport: our own check of it, if there was one.
    Returns the claim and its evidence; never raises.
    """
    vouched = asserted is not None and rules.asserted
    caller = asserted if asserted is not None and rules.asserted else presented
    if privacy and not rules.match_private:
        caller = replace(caller, kind=CallerKind.WITHHELD, e164=None, notes=(*caller.notes, "privacy was asked for"))
    checks = _attestation(verstat, passport, rules)
    if asserted is not None:
        checks.append(_assertion(asserted, rules))
    if not vouched and presented.kind is CallerKind.E164:
        checks.append(
            Check(
                proof=Proof.PRESENTED, outcome=Outcome.PASS, binds=rules.presented, detail=f"{presented.e164} is shown"
            )
        )
    return claim_number(caller), Evidence(tuple(checks))


def claim_contact(contact_id: int, shown: str) -> Claim:
    """The claim of a caller who was identified by a PIN, from whatever number. shown: what the call presented."""
    return Claim(channel=Channel.PHONE, kind=IdentityKind.CONTACT, value=str(contact_id), shown=shown)


def _assertion(asserted: Caller, rules: TrustRules) -> Check:
    if not rules.asserted:
        detail = f"{asserted.shown} is asserted by a PBX outside our trust domain"
        return Check(proof=Proof.ASSERTED, outcome=Outcome.NEUTRAL, binds=False, detail=detail)
    outcome = Outcome.PASS if asserted.kind is CallerKind.E164 else Outcome.NONE
    return Check(proof=Proof.ASSERTED, outcome=outcome, binds=True, detail=f"{asserted.shown} is asserted by the PBX")


def _attestation(verstat: str | None, passport: PassportCheck | None, rules: TrustRules) -> list[Check]:
    """The checks of the attestation, a failed one first: the decision looks at the first."""
    checks = []
    if passport is not None:
        proves = passport.outcome is Outcome.PASS and passport.level in rules.attestations
        outcome = Outcome.NEUTRAL if passport.outcome is Outcome.PASS and not proves else passport.outcome
        checks.append(Check(proof=Proof.ATTESTATION, outcome=outcome, binds=proves, detail=passport.detail))
    if verstat is not None:
        checks.append(_read_verstat(verstat, rules))
    return sorted(checks, key=lambda check: check.outcome is not Outcome.FAIL)


def _read_verstat(verstat: str, rules: TrustRules) -> Check:
    """Only the exact words count: a passed full attestation of this call, or a failed one."""
    outcome, binds = Outcome.NONE, False
    said = _VERSTAT.fullmatch(verstat)
    if said is not None and said["result"] == "Failed":
        outcome = Outcome.FAIL
    elif said is not None:
        # A diverted or passed-through call was attested on an earlier leg, for another destination.
        binds = rules.verstat and said["level"] in rules.attestations and said["suffix"] is None
        outcome = Outcome.PASS if binds else Outcome.NEUTRAL
    elif verstat != _NOT_VALIDATED:
        outcome = Outcome.PERMERROR
    return Check(proof=Proof.ATTESTATION, outcome=outcome, binds=binds, detail=f"the trunk says {verstat[:60]!r}")
