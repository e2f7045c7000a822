"""sipgate.io webhooks: a form in, XML out. docs/phone/sipgate.md

sipgate tells about the answer and the end of a call only when our answer to `newCall` asks for it.
Source: sipgate.io push API documentation.
"""

from datetime import datetime
from urllib.parse import quote, urlsplit, urlunsplit

from authz.phone.number import NumberRules
from channels.phone.dialects.base import answer_xml, attribute, pin_digits, refuse_with_json
from channels.phone.dialects.fields import read_form
from channels.phone.event import Action, CallDecision, CallEvent, CallEventKind, Cause, Direction
from channels.phone.hook import EndpointSecrets, Fault, HookRequest, HookResponse, Refusal
from channels.phone.signature import check_any, read_basic

_KINDS = {
    "newCall": CallEventKind.NEW,
    "answer": CallEventKind.ANSWERED,
    "hangup": CallEventKind.ENDED,
    "dtmf": CallEventKind.DTMF,
}
_CAUSES = {
    "normalClearing": Cause.NORMAL,
    "busy": Cause.BUSY,
    "cancel": Cause.CANCELLED,
    "noAnswer": Cause.NO_ANSWER,
    "congestion": Cause.CONGESTION,
    "notFound": Cause.NOT_FOUND,
    "forwarded": Cause.FORWARDED,
}


class Sipgate:
    """Numbers are E.164 without a plus; `user[]`, `userId[]` and `fullUserId[]` name who it rings at."""

    name = "sipgate"
    number_rules = NumberRules(region=None, e164_without_plus=True)
    asks_pin = True

    def authenticate(self, request: HookRequest, secrets: EndpointSecrets, at: datetime) -> Refusal | None:
        """Basic credentials or a token, both from the URL: sipgate signs nothing."""
        return check_any(request, secrets, at)

    def read(self, request: HookRequest, at: datetime) -> tuple[CallEvent, ...] | Refusal:
        """One event a request. Event names are case-sensitive, as documented."""
        if request.method != "POST":
            return Refusal(fault=Fault.METHOD_WRONG, detail="events are posted")
        fields = read_form(request.body)
        if isinstance(fields, Refusal):
            return fields
        refusal = fields.missing("event", "callId") or fields.ambiguous("from", "to", "direction", "cause", "dtmf")
        if refusal:
            return refusal
        kind = _KINDS.get(fields.one("event") or "")
        if kind is None:
            return Refusal(fault=Fault.EVENT_UNKNOWN, detail=f"event must be one of {', '.join(_KINDS)}")
        cause = fields.one("cause")
        return (
            CallEvent(
                provider=self.name,
                endpoint=request.endpoint,
                call_id=fields.one("callId") or "",
                kind=kind,
                at=at,
                presented=fields.raw("from"),
                called_number=fields.one("to"),
                direction=Direction.OUTBOUND if fields.one("direction") == "out" else Direction.INBOUND,
                agents=fields.every("user"),
                agent=(fields.one("user") or fields.one("answeringNumber")) if kind is CallEventKind.ANSWERED else None,
                diverted_from=fields.one("diversion"),
                original_call_id=fields.one("origCallId"),
                cause=None if cause is None else _CAUSES.get(cause, Cause.OTHER),
                cause_sent=cause,
                digits=fields.raw("dtmf"),
            ),
        )

    def render(self, decision: CallDecision | None, event: CallEvent | None, request: HookRequest) -> HookResponse:
        """Ask for the further events; `<Reject>`, `<Dial>` or `<Gather>` say what else to do."""
        if decision is None:
            if event is not None and event.kind is CallEventKind.NEW:
                return answer_xml(_response("", request))
            return answer_xml("<Response/>")
        if event is not None and event.direction is Direction.OUTBOUND:
            return answer_xml(_response("", request))
        if decision.action is Action.REJECT:
            if event is not None and event.kind is CallEventKind.DTMF:  # answered already
                return answer_xml("<Response><Hangup/></Response>")
            return answer_xml(f'<Response><Reject reason="{decision.reject_as.value}"/></Response>')
        if decision.action is Action.ASK_PIN:
            back = attribute(_own_url(request))
            most = pin_digits(decision)
            return answer_xml(_response(f'<Gather onData="{back}" maxDigits="{most}" timeout="10000"/>', request))
        if decision.connects_to:
            number = attribute(decision.connects_to.removeprefix("+"))
            return answer_xml(_response(f"<Dial><Number>{number}</Number></Dial>", request))
        return answer_xml(_response("", request))

    def refuse(self, refusal: Refusal, request: HookRequest) -> HookResponse:
        """sipgate shows the status in its log; the body helps who reads ours."""
        return refuse_with_json(refusal)


def _response(inside: str, request: HookRequest) -> str:
    back = attribute(_own_url(request))
    return f'<Response onAnswer="{back}" onHangup="{back}">{inside}</Response>'


def _own_url(request: HookRequest) -> str:
    """The URL as it was called, with the credentials it was called with: they come from nowhere else."""
    credentials = read_basic(request)
    if credentials is None:
        return request.url
    parts = urlsplit(request.url)
    user, password = (quote(each, safe="") for each in credentials)
    netloc = f"{user}:{password}@{parts.netloc.rpartition('@')[2]}"
    return urlunsplit(parts._replace(netloc=netloc))
