"""Asterisk and FreePBX with the dialplan we ship: a form in, `k=v&k=v` on one line out. docs/phone/asterisk.md

The dialplan reads the answer with CURLOPT(hashcompat) and lets the call go on only when `action` is `allow`; no answer
is an empty string, so a gateway that cannot be reached denies.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from authz.phone.number import CZECH
from channels.phone.dialects.fields import Fields, read_fields
from channels.phone.dialects.native import answer_plain, native_answer, native_event
from channels.phone.event import CallDecision, CallEvent, Cause
from channels.phone.hook import EndpointSecrets, Fault, HookRequest, HookResponse, Refusal
from channels.phone.signature import check_any

# Asterisk's DIALSTATUS.
_DIAL_STATUS: Mapping[str, Cause] = MappingProxyType(
    {
        "ANSWER": Cause.NORMAL,
        "BUSY": Cause.BUSY,
        "NOANSWER": Cause.NO_ANSWER,
        "CANCEL": Cause.CANCELLED,
        "CONGESTION": Cause.CONGESTION,
        "CHANUNAVAIL": Cause.FAILED,
        "INVALIDARGS": Cause.FAILED,
    }
)
# ITU-T Q.850 causes, as HANGUPCAUSE has them.
_Q850: Mapping[str, Cause] = MappingProxyType(
    {
        "1": Cause.NOT_FOUND,
        "16": Cause.NORMAL,
        "17": Cause.BUSY,
        "18": Cause.NO_ANSWER,
        "19": Cause.NO_ANSWER,
        "21": Cause.REJECTED,
        "26": Cause.CANCELLED,
        "34": Cause.CONGESTION,
        "42": Cause.CONGESTION,
    }
)
# STIR_SHAKEN(n,verify_result), in the words of RFC 8588's verstat.
_VERIFY_RESULT = {
    "passed": "TN-Validation-Passed",
    "signature failed": "TN-Validation-Failed",
    "signature_failed": "TN-Validation-Failed",
    "mismatch": "TN-Validation-Failed",
}


class Asterisk:
    """name: "asterisk" or "freepbx", which differ only in where the dialplan is pasted."""

    number_rules = CZECH
    asks_pin = True

    def __init__(self, name: str) -> None:
        self.name = name

    def authenticate(self, request: HookRequest, secrets: EndpointSecrets, at: datetime) -> Refusal | None:
        """A bearer token or Basic, set by CURLOPT(httpheader) or in the URL; else the URL's token."""
        return check_any(request, secrets, at)

    def read(self, request: HookRequest, at: datetime) -> tuple[CallEvent, ...] | Refusal:
        """The native fields, and `presentation`, `dialstatus`, `hangupcause`, `verify_result` as Asterisk has them."""
        if request.method != "POST":
            return Refusal(fault=Fault.METHOD_WRONG, detail="events are posted")
        fields = read_fields(request)
        if isinstance(fields, Refusal):
            return fields
        refusal = fields.missing("event", "call_id") or fields.ambiguous(
            "from", "to", "presentation", "dialstatus", "hangupcause", "verify_result"
        )
        if refusal:
            return refusal
        event = native_event(self.name, request, fields, at)
        return event if isinstance(event, Refusal) else (_complete(event, fields),)

    def render(self, decision: CallDecision | None, event: CallEvent | None, request: HookRequest) -> HookResponse:
        """Always one line of text."""
        return answer_plain(native_answer(decision))

    def refuse(self, refusal: Refusal, request: HookRequest) -> HookResponse:
        """CURL() does not look at the status, so the line itself must say no."""
        return answer_plain({"action": "reject", "error": refusal.fault.value}, status=refusal.status)


def _complete(event: CallEvent, fields: Fields) -> CallEvent:
    presentation = (fields.one("presentation") or "").lower()
    status, q850 = fields.one("dialstatus"), fields.one("hangupcause")
    cause = _DIAL_STATUS.get((status or "").upper()) or _Q850.get(q850 or "") or event.cause
    if cause is None and (status or q850):
        cause = Cause.OTHER
    return replace(
        event,
        presented=None if presentation.startswith("unavailable") else event.presented,
        privacy=event.privacy or presentation.startswith("prohib"),
        verstat=_VERIFY_RESULT.get((fields.one("verify_result") or "").lower(), event.verstat),
        cause=cause,
        cause_sent=event.cause_sent or status or q850,
    )
