"""The judgement over what came in: who it is, by which proofs, and what speaks against it even so.

Owns the order of these questions; each has its own module. The decision's table is `authz.policy`.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from authz.decision import Decision, Reason, Verdict
from authz.evidence import Evidence
from authz.policy import decide
from intake.contact_proofs import add_contact_proofs
from intake.conversation.forwarding import Forwarded, judge_forward
from intake.files.policy import FilePolicy
from intake.house import House
from intake.ports import Signer, Transaction

if TYPE_CHECKING:
    from intake.receive import Inbound


def judge(
    tx: Transaction, inbound: "Inbound", signer: Signer, house: House
) -> tuple["Inbound", Decision, Forwarded | None]:
    """The decision, with the inbound and all the evidence it rests on, and the forward if it is a technician's."""
    listings = tx.listings(inbound.claim)
    evidence = add_contact_proofs(
        tx,
        inbound.evidence,
        listings,
        submission=inbound.submission,
        login=inbound.login,
        rules=inbound.rules,
        signer=signer,
    )
    decision = decide(inbound.claim, evidence, listings, inbound.rules, inbound.raw.received_at)
    forwarded = _forwarded(tx, inbound, decision)
    if forwarded is not None:
        evidence, decision = Evidence((forwarded.check, *evidence.checks)), forwarded.decision
    if evidence is not inbound.evidence:
        inbound = replace(inbound, evidence=evidence)
    decision = inbound.refused or decision
    if decision.verdict is Verdict.ACCEPT:
        decision = _object(inbound, decision, house.files)
    return inbound, decision, forwarded


def _object(inbound: "Inbound", decision: Decision, policy: FilePolicy) -> Decision:
    """The decision over somebody who may write, with what speaks against what was sent."""
    if inbound.objection is not None:
        objection = inbound.objection
        return replace(decision, verdict=objection.verdict, reason=objection.reason, detail=objection.detail)
    if inbound.submission is None:
        return replace(decision, verdict=Verdict.HOLD, reason=Reason.UNPARSABLE)
    files = inbound.submission.attachments
    for verdict, why in ((Verdict.REJECT, policy.refusing(files)), (Verdict.HOLD, policy.holding(files))):
        if why is not None:
            return replace(decision, verdict=verdict, reason=Reason.FILE_REFUSED, detail=why)
    return decision


def _forwarded(tx: Transaction, inbound: "Inbound", decision: Decision) -> Forwarded | None:
    """What a technician's forward is; a technician who is a contact as well may also ask for something of their own."""
    found = judge_forward(
        tx,
        inbound.forward,
        sender=inbound.claim,
        evidence=inbound.evidence,
        rules=inbound.rules,
        at=inbound.raw.received_at,
    )
    own = found is not None and found.decision.verdict is not Verdict.ACCEPT and decision.verdict is Verdict.ACCEPT
    return None if own else found
