"""Dry runs for admins: what would become of a mail, or of mail from an address. Nothing is filed."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field, IPvAnyAddress

from authz.decision import Reason, Verdict
from authz.evidence import Check, Outcome, Proof
from authz.identity import Listing
from authz.words import say_check, say_decision
from intake.api.access import QuarantineReader
from intake.api.problems import Problem, documented
from intake.api.services import Services
from intake.explain import MailFacts, say_listing

router = APIRouter(prefix="/api/v1/explain", tags=["explain"])

_MESSAGE = {"requestBody": {"required": True, "content": {"message/rfc822": {"schema": {"type": "string"}}}}}
_Address = Annotated[str, Query(max_length=320)]


class ShownCheck(BaseModel):
    """A check. binds: whether it speaks for the author. words: all of it in a sentence."""

    proof: Proof
    outcome: Outcome
    binds: bool
    words: str

    @classmethod
    def of(cls, check: Check) -> "ShownCheck":
        """The check as it is shown."""
        return cls(proof=check.proof, outcome=check.outcome, binds=check.binds, words=say_check(check))


class ShownDecision(BaseModel):
    """What would become of it. advice: what would have to change for it to get in."""

    author: str | None
    verdict: Verdict
    reason: Reason
    words: str
    listed: list[str]
    advice: list[str]


class MailAnswer(ShownDecision):
    """What would become of a mail. place: the ticket it would open or join."""

    account: str
    checks: list[ShownCheck]
    place: str | None


class AddressAnswer(ShownDecision):
    """What would become of mail from an address, once proved. proofs: what could prove its author."""

    proofs: list[str] = Field(description="DKIM cannot be known without a message")


class NumberAnswer(ShownDecision):
    """What would become of a call. read_as: the number as the endpoint reads it. answer: what the PBX is told."""

    endpoint: str
    read_as: str
    checks: list[ShownCheck]
    answer: str


@router.post("/mail", openapi_extra=_MESSAGE, responses=documented("invalid"))
async def explain_mail(  # noqa: PLR0917 - the facts of one handover
    request: Request,
    services: Services,
    caller: QuarantineReader,
    from_ip: IPvAnyAddress | None = None,
    mail_from: _Address | None = None,
    helo: Annotated[str | None, Query(max_length=255)] = None,
    to: _Address | None = None,
) -> MailAnswer:
    """Every check of the message in the body, the decision, and what would have to change."""
    octets = await request.body()
    if not octets:
        raise Problem("invalid", "Send the message, as it came, as the body.")
    facts = MailFacts(
        at=services.clock(), client_ip=str(from_ip) if from_ip else None, reverse_path=mail_from, helo=helo, account=to
    )
    found = await asyncio.to_thread(services.explainer.explain_mail, octets, facts)
    return MailAnswer(
        author=found.claim.value,
        verdict=found.decision.verdict,
        reason=found.decision.reason,
        words=say_decision(found.decision),
        listed=_listed(found.listings),
        advice=list(found.advice()),
        account=found.account,
        checks=[ShownCheck.of(check) for check in found.checks],
        place=found.place,
    )


@router.get("/address", responses=documented("invalid"))
async def explain_address(services: Services, caller: QuarantineReader, address: _Address) -> AddressAnswer:
    """Would mail from this address get in today, and by which proof."""
    try:
        found = await asyncio.to_thread(services.explainer.explain_address, address, services.clock())
    except ValueError as error:
        raise Problem("invalid", str(error)) from error
    return AddressAnswer(
        author=found.claim.value,
        verdict=found.decision.verdict,
        reason=found.decision.reason,
        words=say_decision(found.decision),
        listed=_listed(found.listings),
        advice=list(found.advice()),
        proofs=list(found.proofs),
    )


@router.get("/number", responses=documented("invalid"))
async def explain_number(
    services: Services,
    caller: QuarantineReader,
    number: Annotated[str, Query(max_length=255, description="as the PBX sends it; empty for a withheld one")] = "",
    endpoint: Annotated[str | None, Query(max_length=60, description="the PBX; needed when there are several")] = None,
) -> NumberAnswer:
    """Would a call from this number get in today, and by which proof."""
    if services.explain_number is None:
        raise Problem("invalid", "No PBX is joined: set phone_endpoints.")
    try:
        found = await asyncio.to_thread(services.explain_number, number, endpoint, services.clock())
    except ValueError as error:
        raise Problem("invalid", str(error)) from error
    return NumberAnswer(
        author=found.claim.value,
        verdict=found.decision.verdict,
        reason=found.decision.reason,
        words=say_decision(found.decision),
        listed=_listed(found.listings),
        advice=list(found.advice()),
        endpoint=found.endpoint,
        read_as=found.read_as,
        checks=[ShownCheck.of(check) for check in found.checks],
        answer=found.answer,
    )


def _listed(listings: tuple[Listing, ...]) -> list[str]:
    return [say_listing(listing) for listing in listings]
