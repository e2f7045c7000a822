"""Would this sender pass? What would become of mail from an address, or of a call from a number, today."""

import asyncio

from starlette.responses import Response

from authz.decision import Decision, Verdict
from authz.evidence import Check, Evidence, Outcome, Proof
from authz.identity import Channel, Claim, IdentityKind, Listing
from authz.phone.number import CallerKind, read_number
from authz.policy import PHONE_RULES, decide
from authz.words import say_finding
from channels.web.visitors import ContactVisit
from intake.explain import AddressExplanation

_LONGEST = 320


async def would_pass(visit: ContactVisit) -> Response:
    """The question and, when something was asked, the answer in words."""
    who = " ".join(visit.request.query_params.get("who", "").split())[:_LONGEST]
    if not who:
        return _page(visit, who)
    if "@" in who:
        services = visit.site.services
        try:
            found = await asyncio.to_thread(services.explainer.explain_address, who, services.clock())
        except ValueError:
            return _page(visit, who, problem=visit.t["ca_check_no_address"])
        return _address(visit, who, found)
    read = read_number(who)
    if read.kind is not CallerKind.E164 or read.e164 is None:
        return _page(visit, who, problem=visit.t["ca_check_no_number"])
    return await _number(visit, who, read.e164)


def _address(visit: ContactVisit, who: str, found: AddressExplanation) -> Response:
    listings, decision = found.listings, found.decision
    passes = decision.verdict is Verdict.ACCEPT
    proof = visit.t["ca_check_proof_needed"] if passes else ""
    return _answer(
        visit, who, decision, listings, proof=proof, proofs=found.proofs if _is_ours(visit, listings) else ()
    )


async def _number(visit: ContactVisit, who: str, e164: str) -> Response:
    services = visit.site.services
    claim = Claim(channel=Channel.PHONE, kind=IdentityKind.NUMBER, value=e164, shown=who)
    listings = await asyncio.wrap_future(services.writer.submit(lambda tx: tx.listings(claim)))
    shown = Check(proof=Proof.PRESENTED, outcome=Outcome.PASS, binds=True, detail="supposed to be shown")
    decision = decide(claim, Evidence((shown,)), listings, PHONE_RULES, services.clock())
    return _answer(visit, who, decision, listings, proof=visit.t["ca_check_shown_needed"])


def _answer(
    visit: ContactVisit,
    who: str,
    decision: Decision,
    listings: tuple[Listing, ...],
    *,
    proof: str,
    proofs: tuple[str, ...] = (),
) -> Response:
    """What may be told: of the visitor's own entries all, of others' only that the sender is not theirs."""
    mine = [each for each in listings if each.customer_id == visit.contact.customer_id]
    # The same whether another customer lists the sender or nobody does.
    if not mine:
        return _page(visit, who, verdict="ca_check_not_ours", passes=False)
    passes = decision.verdict is Verdict.ACCEPT
    return _page(
        visit,
        who,
        verdict="ca_check_passes" if passes else "ca_check_fails",
        passes=passes,
        reason="" if passes else visit.reasons[decision.reason],
        listed=mine,
        proof=proof if passes else "",
        proofs=tuple(say_finding(each, visit.language) for each in proofs),
    )


def _is_ours(visit: ContactVisit, listings: tuple[Listing, ...]) -> bool:
    return any(each.customer_id == visit.contact.customer_id for each in listings)


def _page(visit: ContactVisit, who: str, *, problem: str = "", **answer: object) -> Response:
    nothing = {"verdict": "", "passes": False, "reason": "", "listed": (), "proof": "", "proofs": ()}
    status = 422 if problem else 200
    values: dict[str, object] = nothing | answer
    return visit.show("customer/check.html", status=status, block=None, who=who, problem=problem, answer=values)
