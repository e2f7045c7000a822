"""The dialect to begin a new one with: docs/phone/add-a-dialect.md

Say here what the PBX is, in which form it posts and how it is answered, and name the vendor's documentation.
"""

from datetime import datetime

from authz.phone.number import CZECH
from channels.phone.dialects.base import answer_json, refuse_with_json
from channels.phone.dialects.fields import read_fields
from channels.phone.event import Action, CallDecision, CallEvent, CallEventKind, Cause, Direction
from channels.phone.hook import EndpointSecrets, Fault, HookRequest, HookResponse, Refusal
from channels.phone.signature import check_hmac, check_network

_KINDS = {"ring": CallEventKind.NEW, "pickup": CallEventKind.ANSWERED, "bye": CallEventKind.ENDED}
_CAUSES = {"ok": Cause.NORMAL, "busy": Cause.BUSY}


class Skeleton:
    """How it writes numbers, and what is special about it."""

    name = "skeleton"
    number_rules = CZECH

    def authenticate(self, request: HookRequest, secrets: EndpointSecrets, at: datetime) -> Refusal | None:
        """Which signature, over what; whether it signs the time."""
        return check_network(request, secrets) or check_hmac(
            request.header("x-skeleton-signature"), secrets.keys, request.body, "sha256", base64ed=False
        )

    def read(self, request: HookRequest, at: datetime) -> tuple[CallEvent, ...] | Refusal:
        """How many events a request has."""
        if request.method != "POST":
            return Refusal(fault=Fault.METHOD_WRONG, detail="events are posted")
        fields = read_fields(request)
        if isinstance(fields, Refusal):
            return fields
        refusal = fields.missing("event", "id") or fields.ambiguous("caller", "called", "way", "why")
        if refusal:
            return refusal
        kind = _KINDS.get(fields.one("event") or "")
        if kind is None:
            return Refusal(fault=Fault.EVENT_UNKNOWN, detail=f"event must be one of {', '.join(_KINDS)}")
        cause = fields.one("why")
        return (
            CallEvent(
                provider=self.name,
                endpoint=request.endpoint,
                call_id=fields.one("id") or "",
                kind=kind,
                at=at,
                presented=fields.raw("caller"),
                called_number=fields.one("called"),
                direction=Direction.OUTBOUND if fields.one("way") == "out" else Direction.INBOUND,
                agent=fields.one("agent"),
                cause=None if cause is None else _CAUSES.get(cause, Cause.OTHER),
                cause_sent=cause,
            ),
        )

    def render(self, decision: CallDecision | None, event: CallEvent | None, request: HookRequest) -> HookResponse:
        """What each answer looks like, and what this PBX cannot do."""
        if decision is None or (event is not None and event.direction is Direction.OUTBOUND):
            return answer_json({})
        if decision.action is not Action.ALLOW:
            return answer_json({"do": "hangup", "with": decision.reject_as.value})
        return answer_json({"do": "continue"})

    def refuse(self, refusal: Refusal, request: HookRequest) -> HookResponse:
        """What this PBX makes of an error."""
        return refuse_with_json(refusal)
