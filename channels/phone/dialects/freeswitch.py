"""FreeSWITCH: mod_httapi asks when a call comes, mod_json_cdr reports when it is over. docs/phone/freeswitch.md

Source: FreeSWITCH mod_httapi and mod_json_cdr, their documentation and what they send.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote

from authz.phone.number import CZECH
from channels.phone.dialects.base import attribute
from channels.phone.dialects.fields import Fields, read_fields, read_json
from channels.phone.event import Action, CallDecision, CallEvent, CallEventKind, Cause, Direction, RejectAs
from channels.phone.hook import EndpointSecrets, Fault, HookRequest, HookResponse, Refusal
from channels.phone.signature import check_any

_CAUSES: Mapping[str, Cause] = MappingProxyType(
    {
        "NORMAL_CLEARING": Cause.NORMAL,
        "USER_BUSY": Cause.BUSY,
        "NO_ANSWER": Cause.NO_ANSWER,
        "NO_USER_RESPONSE": Cause.NO_ANSWER,
        "ALLOTTED_TIMEOUT": Cause.NO_ANSWER,
        "ORIGINATOR_CANCEL": Cause.CANCELLED,
        "LOSE_RACE": Cause.CANCELLED,
        "CALL_REJECTED": Cause.REJECTED,
        "UNALLOCATED_NUMBER": Cause.NOT_FOUND,
        "NO_ROUTE_DESTINATION": Cause.NOT_FOUND,
        "NORMAL_TEMPORARY_FAILURE": Cause.CONGESTION,
        "NORMAL_CIRCUIT_CONGESTION": Cause.CONGESTION,
        "SWITCH_CONGESTION": Cause.CONGESTION,
    }
)


# Under which names the PIN comes back, and the record of a call tells that it was asked for.
_PIN, _ASKED = "intake_pin", "intake_asked"
_PIN_SOUND = "ivr/ivr-please_enter_pin_followed_by_pound.wav"


class FreeSwitch:
    """The dialplan goes on only when httapi has set `intake_action` to `allow`."""

    name = "freeswitch"
    number_rules = CZECH
    asks_pin = True

    def authenticate(self, request: HookRequest, secrets: EndpointSecrets, at: datetime) -> Refusal | None:
        """Basic, which both modules can send; or a token in the path: mod_json_cdr appends its own query."""
        return check_any(request, secrets, at)

    def read(self, request: HookRequest, at: datetime) -> tuple[CallEvent, ...] | Refusal:
        """A new call from httapi; the whole course of a call from a CDR: rung, answered if it was, ended."""
        if request.method not in {"GET", "POST"}:
            return Refusal(fault=Fault.METHOD_WRONG, detail="events are posted")
        record = _json_cdr(request)
        if isinstance(record, Refusal):
            return record
        if record is not None:
            return self._read_record(request, record, at)
        # Versions of mod_httapi put the fields into the query even of a POST.
        fields = Fields(request.query) if "session_id" in request.query else read_fields(request)
        if isinstance(fields, Refusal):
            return fields
        if fields.one("exiting") == "true":
            return ()
        # Asked again without digits: the caller keyed nothing that could be a PIN.
        keyed = fields.one(_PIN) or ("" if fields.one(_ASKED) else None)
        refusal = fields.missing("session_id") or fields.ambiguous(
            "Caller-Caller-ID-Number", "Caller-Destination-Number", "Caller-Direction"
        )
        if refusal:
            return refusal
        event = self._read_httapi(request, fields, at)
        return (event if keyed is None else replace(event, kind=CallEventKind.DTMF, digits=keyed),)

    def _read_httapi(self, request: HookRequest, fields: Fields, at: datetime) -> CallEvent:
        return CallEvent(
            provider=self.name,
            endpoint=request.endpoint,
            call_id=fields.one("session_id") or "",
            kind=CallEventKind.NEW,
            at=at,
            presented=fields.raw("Caller-Caller-ID-Number"),
            asserted=fields.one("variable_sip_P-Asserted-Identity"),
            privacy=(fields.one("Caller-Privacy-Hide-Number") or "").lower() in {"true", "yes"},
            verstat=fields.one("variable_sip_verstat"),
            called_number=fields.one("Caller-Destination-Number"),
            direction=Direction.OUTBOUND if fields.one("Caller-Direction") == "outbound" else Direction.INBOUND,
        )

    def _read_record(
        self, request: HookRequest, record: Mapping[str, Any], at: datetime
    ) -> tuple[CallEvent, ...] | Refusal:
        variables, profile = _variables(record), _caller_profile(record)
        call_id = variables.get("uuid") or profile.get("uuid")
        if not call_id:
            return Refusal(fault=Fault.FIELD_MISSING, detail="variables.uuid is missing")
        outbound = variables.get("direction") == "outbound"
        cause = variables.get("hangup_cause")

        def event(kind: CallEventKind, happened: datetime, *, ended: bool = False) -> CallEvent:
            return CallEvent(
                provider=self.name,
                endpoint=request.endpoint,
                call_id=call_id,
                kind=kind,
                at=happened,
                presented=profile.get("caller_id_number") or variables.get("caller_id_number"),
                called_number=profile.get("destination_number"),
                direction=Direction.OUTBOUND if outbound else Direction.INBOUND,
                cause=_CAUSES.get(cause or "", Cause.OTHER) if ended else None,
                cause_sent=cause if ended else None,
            )

        # To hear a PIN the call was answered by us, which is not by anybody.
        by_us = variables.get(_ASKED) == "1"
        started, answered = (
            _time(variables.get("start_epoch")),
            _time(variables.get("bridge_epoch" if by_us else "answer_epoch")),
        )
        events = [event(CallEventKind.NEW, started or at)]
        if answered is not None:
            events.append(event(CallEventKind.ANSWERED, answered))
        events.append(event(CallEventKind.ENDED, _time(variables.get("end_epoch")) or at, ended=True))
        return tuple(events)

    def render(self, decision: CallDecision | None, event: CallEvent | None, request: HookRequest) -> HookResponse:
        """An httapi document, which must be text/xml: leave it with the variable set, or hang up."""
        if decision is None or (event is not None and event.direction is Direction.OUTBOUND):
            return _document("<break/>")
        if decision.action is Action.REJECT:
            cause = "USER_BUSY" if decision.reject_as is RejectAs.BUSY else "CALL_REJECTED"
            return _document(f'<hangup cause="{cause}"/>')
        if decision.action is Action.ASK_PIN:
            return _document(_ask_pin(decision), f"<{_ASKED}>1</{_ASKED}>")
        settings = {"intake_action": decision.action.value, "intake_caller_name": decision.caller_name}
        if decision.connects_to:
            settings["intake_forward_to"] = decision.connects_to
        return _document("".join(_set(name, value) for name, value in settings.items() if value) + "<break/>")

    def refuse(self, refusal: Refusal, request: HookRequest) -> HookResponse:
        """mod_httapi reads the document whatever the status; mod_json_cdr only the status."""
        response = _document('<hangup cause="CALL_REJECTED"/>')
        return HookResponse(status=refusal.status, content_type=response.content_type, body=response.body)


def _json_cdr(request: HookRequest) -> Mapping[str, Any] | Refusal | None:
    """The record of mod_json_cdr: raw, or as `cdr=` in a form or in base64; None when it is no record.

    With `disable-100-continue` raw JSON arrives labelled as a form, so the first octet tells, not the label.
    """
    body = request.body
    if body.lstrip()[:1] == b"{":
        return read_json(body)
    if not body.startswith(b"cdr="):
        return None
    written = body.removeprefix(b"cdr=")
    if request.content_type == "application/x-www-form-base64-encoded":
        try:
            return read_json(base64.b64decode(written.strip(), validate=True).rstrip(b"\0"))
        except (binascii.Error, ValueError):
            return Refusal(fault=Fault.BODY_UNREADABLE, detail="the base64 of the record is damaged")
    fields = read_fields(request)
    return fields if isinstance(fields, Refusal) else read_json((fields.one("cdr") or "").encode())


def _variables(record: Mapping[str, Any]) -> dict[str, str]:
    """The channel variables, whose values are percent-encoded by default (`encode-values`)."""
    variables = record.get("variables")
    if not isinstance(variables, dict):
        return {}
    return {name: unquote(value) for name, value in variables.items() if isinstance(value, str)}


def _caller_profile(record: Mapping[str, Any]) -> dict[str, str]:
    """The caller as the call began: the last entry of the call flow, which is listed newest first."""
    flow = record.get("callflow")
    first = flow[-1] if isinstance(flow, list) and flow else flow
    profile = first.get("caller_profile") if isinstance(first, dict) else None
    if not isinstance(profile, dict):
        return {}
    return {name: unquote(value) for name, value in profile.items() if isinstance(value, str)}


def _time(epoch: str | None) -> datetime | None:
    """Unix seconds; 0 is how FreeSWITCH writes never."""
    if not epoch or not epoch.isascii() or not epoch.isdigit() or len(epoch) > 10 or int(epoch) == 0:
        return None
    return datetime.fromtimestamp(int(epoch), UTC)


def _set(name: str, value: str) -> str:
    """A channel variable. Dollar signs would be expanded again by FreeSWITCH."""
    return f'<execute application="set" data="{name}={attribute(value.replace("$", ""))}"/>'


def _document(work: str, params: str | None = None) -> HookResponse:
    given = "" if params is None else f"<params>{params}</params>"
    text = f'<document type="text/freeswitch-httapi">{given}<work>{work}</work></document>'
    return HookResponse(status=200, content_type="text/xml; charset=utf-8", body=text.encode())


def _ask_pin(decision: CallDecision) -> str:
    """Answer and collect digits; httapi then asks again, with them."""
    wanted = r"~\d{1,9}\*\d{4,8}\#" if decision.pin_with_contact else r"~\d{4,8}\#"
    how = 'loops="3" digit-timeout="10000" input-timeout="10000"'
    return (
        f'<execute application="answer"/>{_set(_ASKED, "1")}{_set("intake_action", decision.action.value)}'
        f'<playback name="{_PIN}" file="{_PIN_SOUND}" {how}><bind strip="#">{wanted}</bind></playback>'
    )
