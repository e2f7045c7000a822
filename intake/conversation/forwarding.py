"""A technician forwards a customer's mail: it becomes that customer's ticket, and both are on record.

Owns whose request a forward is. The technician's own mail must be proved like anybody's; of the customer there is then
the technician's word, and the evidence says so. The forwarded text proves nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from authz.decision import Decision, Reason, Verdict
from authz.evidence import Check, Evidence, Outcome, Proof
from authz.identity import Channel, Claim, IdentityKind
from authz.mail.address import address_key
from authz.policy import Rules, decide
from intake.ports import Transaction
from intake.submission import Forward

# Whoever sends through our border or forwards to it speaks for a domain; only these speak for the technician's mail.
_PROOFS = frozenset({Proof.DKIM, Proof.SPF, Proof.RELAY, Proof.ARC})


@dataclass(frozen=True, slots=True, kw_only=True)
class Forwarder:
    """Who passed a request on, and what they wrote beside it."""

    user_id: int
    name: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forwarded:
    """A forward that counts. claim: of its author. check: what stands for that claim. decision: over it."""

    forward: Forward
    by: Forwarder
    claim: Claim
    check: Check
    decision: Decision


def judge_forward(
    tx: Transaction, forward: Forward | None, *, sender: Claim, evidence: Evidence, rules: Rules, at: datetime
) -> Forwarded | None:
    """Say whose request a forward is; None when it is no technician's, or nothing proves that.

    sender: who sent the forward, with its evidence. at: aware UTC. An author whom the lists do not know, or who may
    not write now, makes it wait for a person.
    """
    if forward is None or sender.value is None or not _proved(evidence):
        return None
    user = tx.people.user_at(sender.value)
    if user is None:
        return None
    claim = forwarded_claim(forward)
    check = Check(
        proof=Proof.FORWARDED,
        outcome=Outcome.PASS if claim.value is not None else Outcome.NONE,
        binds=True,
        detail=f"{user.name} ({sender.value}) forwarded a message that names {claim.shown or 'nobody'} as its author; "
        "nothing else proves who wrote it",
    )
    decision = decide(claim, Evidence((check,)), tx.listings(claim), rules, at)
    if decision.verdict is not Verdict.ACCEPT:
        reason = Reason.FORWARD_UNKNOWN if decision.customer_id is None else decision.reason
        decision = replace(decision, verdict=Verdict.HOLD, reason=reason, detail=f"{check.detail}; {decision.detail}")
    by = Forwarder(user_id=user.id, name=user.name, note=forward.note)
    return Forwarded(forward=forward, by=by, claim=claim, check=check, decision=decision)


def forwarded_claim(forward: Forward) -> Claim:
    """Who the forwarded message says wrote it."""
    key = address_key(forward.author) if forward.author is not None else None
    return Claim(
        channel=Channel.MAIL,
        kind=IdentityKind.ADDRESS,
        value=key,
        shown=forward.author or forward.author_name,
        problem=None if key is not None else Reason.AUTHOR_AMBIGUOUS,
    )


def _proved(evidence: Evidence) -> bool:
    return any(check.proof in _PROOFS and check.binds and check.outcome is Outcome.PASS for check in evidence.checks)
