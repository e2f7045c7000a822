"""Zammad's generic CTI: every PBX bridge written for it works unchanged. docs/phone/zammad.md

Source: Zammad documentation, "Generic CTI – API".
"""

import re
from datetime import datetime

from authz.phone.number import CZECH
from channels.phone.dialects.base import answer_json, refuse_with_json
from channels.phone.dialects.fields import Fields, read_fields
from channels.phone.event import Action, CallDecision, CallEvent, CallEventKind, Cause, Direction
from channels.phone.hook import EndpointSecrets, Fault, HookRequest, HookResponse, Refusal
from channels.phone.signature import check_any

_KINDS = {"newcall": CallEventKind.NEW, "answer": CallEventKind.ANSWERED, "hangup": CallEventKind.ENDED}
_CAUSES = {
    "normalclearing": Cause.NORMAL,
    "busy": Cause.BUSY,
    "cancel": Cause.CANCELLED,
    "noanswer": Cause.NO_ANSWER,
    "congestion": Cause.CONGESTION,
    "notfound": Cause.NOT_FOUND,
    "forwarded": Cause.FORWARDED,
    "rejected": Cause.REJECTED,
    "voicemail": Cause.VOICEMAIL,
    "blocked": Cause.BLOCKED,
}
_DIRECTIONS = {"in": Direction.INBOUND, "out": Direction.OUTBOUND}
_SINGLE = ("event", "from", "to", "direction", "callId", "answeringNumber", "cause")
# A template variable that its PBX did not fill in, such as `[CallerName]`.
_PLACEHOLDER = re.compile(r"\[[A-Za-z][A-Za-z0-9_ ]*\]")
_NOT_DIGIT = re.compile(r"[^0-9]")


class Zammad:
    """`event` is newCall, answer or hangup; the token stands at the end of the URL's path."""

    name = "zammad"
    number_rules = CZECH
    asks_pin = False

    def authenticate(self, request: HookRequest, secrets: EndpointSecrets, at: datetime) -> Refusal | None:
        """The URL's token; Basic, bearer or a signature when the bridge can send one."""
        return check_any(request, secrets, at)

    def read(self, request: HookRequest, at: datetime) -> tuple[CallEvent, ...] | Refusal:
        """One event a request; JSON, form or multipart."""
        if request.method != "POST":
            return Refusal(fault=Fault.METHOD_WRONG, detail="events are posted")
        sent = read_fields(request)
        if isinstance(sent, Refusal):
            return sent
        fields = _without_placeholders(sent)
        refusal = fields.missing("event", "callId", "direction") or fields.ambiguous(*_SINGLE)
        if refusal:
            return refusal
        kind = _KINDS.get((fields.one("event") or "").lower())
        direction = _DIRECTIONS.get((fields.one("direction") or "").lower())
        if kind is None or direction is None:
            return Refusal(
                fault=Fault.EVENT_UNKNOWN, detail="event must be newCall, answer or hangup, direction in or out"
            )
        call_id, presented = fields.one("callId") or "", fields.raw("from")
        cause = fields.one("cause")
        return (
            CallEvent(
                provider=self.name,
                endpoint=request.endpoint,
                call_id=call_id,
                call_id_reused=_is_a_number_of_the_call(call_id, presented, fields.one("to")),
                kind=kind,
                at=at,
                presented=presented,
                called_number=fields.one("to"),
                direction=direction,
                agents=fields.every("user"),
                agent=_agent(fields, kind),
                queue=fields.one("queue"),
                cause=None if cause is None else _CAUSES.get(cause.lower(), Cause.OTHER),
                cause_sent=cause,
            ),
        )

    def render(self, decision: CallDecision | None, event: CallEvent | None, request: HookRequest) -> HookResponse:
        """`{}` lets the call go on; anything else names what to do. We never set an outbound caller ID."""
        if decision is None or (event is not None and event.direction is Direction.OUTBOUND):
            return answer_json({})
        if decision.connects_to:
            return answer_json({"action": "dial", "number": decision.connects_to})
        if decision.action is not Action.ALLOW:
            # The protocol has no way to ask for a PIN, so whoever needs one is kept out.
            return answer_json({"action": "reject", "reason": decision.reject_as.value})
        return answer_json({})

    def refuse(self, refusal: Refusal, request: HookRequest) -> HookResponse:
        """`{"error": …}`, as the protocol has it."""
        return refuse_with_json(refusal)


def _agent(fields: Fields, kind: CallEventKind) -> str | None:
    """Who answered: the answering number, or the one user of an answer event."""
    if kind is not CallEventKind.ANSWERED:
        return None
    return fields.one("answeringNumber") or fields.one("user")


def _without_placeholders(fields: Fields) -> Fields:
    return Fields(
        {
            name: tuple("" if _PLACEHOLDER.fullmatch(value.strip()) else value for value in values)
            for name, values in fields.values.items()
        }
    )


def _is_a_number_of_the_call(call_id: str, *numbers: str | None) -> bool:
    """3CX template bridges send the caller's number for a call id: the same one with every call."""
    digits = _NOT_DIGIT.sub("", call_id)
    return bool(digits) and any(digits == _NOT_DIGIT.sub("", number) for number in numbers if number)
