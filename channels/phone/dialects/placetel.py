"""Placetel Notify and Call Control: a signed form in, XML out. docs/phone/placetel.md

Source: Placetel API documentation, "Notify API" and "Call Control".
"""

from datetime import datetime

from authz.phone.number import NumberRules
from channels.phone.dialects.base import answer_xml, attribute, refuse_with_json
from channels.phone.dialects.fields import read_form, seconds
from channels.phone.event import Action, CallDecision, CallEvent, CallEventKind, Cause, Direction
from channels.phone.hook import EndpointSecrets, Fault, HookRequest, HookResponse, Refusal
from channels.phone.signature import check_hmac, check_network

_KINDS = {
    "IncomingCall": (CallEventKind.NEW, Direction.INBOUND),
    "OutgoingCall": (CallEventKind.NEW, Direction.OUTBOUND),
    "CallAccepted": (CallEventKind.ANSWERED, Direction.INBOUND),
    "HungUp": (CallEventKind.ENDED, Direction.INBOUND),
}
_CAUSES = {
    "accepted": Cause.NORMAL,
    "missed": Cause.NO_ANSWER,
    "voicemail": Cause.VOICEMAIL,
    "blocked": Cause.BLOCKED,
    "busy": Cause.BUSY,
    "canceled": Cause.CANCELLED,
    "unavailable": Cause.FAILED,
    "congestion": Cause.CONGESTION,
}


class Placetel:
    """Numbers are written nationally, as in Germany unless the endpoint says otherwise."""

    name = "placetel"
    number_rules = NumberRules(region="DE")
    asks_pin = False

    def authenticate(self, request: HookRequest, secrets: EndpointSecrets, at: datetime) -> Refusal | None:
        """Hexadecimal HMAC-SHA256 of the raw body in X-PLACETEL-SIGNATURE. It signs no time."""
        return check_network(request, secrets) or check_hmac(
            request.header("x-placetel-signature"), secrets.keys, request.body, "sha256", base64ed=False
        )

    def read(self, request: HookRequest, at: datetime) -> tuple[CallEvent, ...] | Refusal:
        """One event a request."""
        if request.method != "POST":
            return Refusal(fault=Fault.METHOD_WRONG, detail="events are posted")
        fields = read_form(request.body)
        if isinstance(fields, Refusal):
            return fields
        refusal = fields.missing("event", "call_id") or fields.ambiguous("from", "to", "direction", "type", "peer")
        if refusal:
            return refusal
        known = _KINDS.get(fields.one("event") or "")
        if known is None:
            return Refusal(fault=Fault.EVENT_UNKNOWN, detail=f"event must be one of {', '.join(_KINDS)}")
        kind, direction = known
        ended_as, duration = fields.one("type"), fields.one("duration") or ""
        return (
            CallEvent(
                provider=self.name,
                endpoint=request.endpoint,
                call_id=fields.one("call_id") or "",
                kind=kind,
                at=at,
                presented=fields.raw("from"),
                called_number=fields.one("to"),
                direction=Direction.OUTBOUND if fields.one("direction") == "out" else direction,
                agent=fields.one("peer") if kind is CallEventKind.ANSWERED else None,
                cause=None if ended_as is None else _CAUSES.get(ended_as, Cause.OTHER),
                cause_sent=ended_as,
                duration_s=seconds(duration),
            ),
        )

    def render(self, decision: CallDecision | None, event: CallEvent | None, request: HookRequest) -> HookResponse:
        """An empty `<Response>` lets the call go on. There is no way to ask for a PIN."""
        if decision is None or (event is not None and event.direction is Direction.OUTBOUND):
            return answer_xml("<Response/>")
        if decision.connects_to:
            number = attribute(decision.connects_to)
            target = f'<Target ringtime="30"><Number>{number}</Number></Target>'
            return answer_xml(f"<Response><Forward>{target}</Forward></Response>")
        if decision.action is not Action.ALLOW:
            return answer_xml('<Response><Reject reason="busy"/></Response>')
        return answer_xml("<Response/>")

    def refuse(self, refusal: Refusal, request: HookRequest) -> HookResponse:
        """The status is what counts."""
        return refuse_with_json(refusal)
