"""Yeastar P-Series webhooks and S-Series reports: JSON in, commands by REST out. docs/phone/yeastar.md

Source: Yeastar developer guides, events 30011, 30012 and 30016, and the S-Series reports Invite and NewCdr.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from authz.phone.number import CZECH
from channels.phone.dialects.base import RestCommand, answer_json, refuse_with_json
from channels.phone.dialects.fields import Fields, fields_of_json, read_json, seconds
from channels.phone.event import Action, CallDecision, CallEvent, CallEventKind, Cause, Direction
from channels.phone.hook import EndpointSecrets, Fault, HookRequest, HookResponse, Refusal
from channels.phone.signature import check_any, check_hmac, check_network

_STATUS_CHANGED, _RECORD, _INVITATION = "30011", "30012", "30016"
_INVITED = frozenset({"invite", "incoming", _INVITATION})
_RECORDED = frozenset({"newcdr", _RECORD})
_CAUSES: Mapping[str, Cause] = MappingProxyType(
    {
        "ANSWERED": Cause.NORMAL,
        "ANSWERD": Cause.NORMAL,
        "NO ANSWER": Cause.NO_ANSWER,
        "NO ANSWERED": Cause.NO_ANSWER,
        "BUSY": Cause.BUSY,
        "FAILED": Cause.FAILED,
        "VOICEMAIL": Cause.VOICEMAIL,
    }
)


class Yeastar:
    """The key is the webhook's secret (P-Series); the S-Series can only be given a token in the URL."""

    name = "yeastar"
    number_rules = CZECH
    asks_pin = False

    def authenticate(self, request: HookRequest, secrets: EndpointSecrets, at: datetime) -> Refusal | None:
        """X-Signature, base64 HMAC-SHA256 of the raw body. It signs no time."""
        if secrets.tokens and not secrets.keys:
            return check_any(request, secrets, at)
        return check_network(request, secrets) or check_hmac(
            request.header("x-signature"), secrets.keys, request.body, "sha256", base64ed=True
        )

    def read(self, request: HookRequest, at: datetime) -> tuple[CallEvent, ...] | Refusal:
        """The events of one report; none for reports that do not concern an outside call."""
        body = read_json(request.body)
        if isinstance(body, Refusal):
            return body
        report = fields_of_json(body)
        told = (report.one("type") if "msg" in body else report.one("event") or report.one("action")) or ""
        message = _message(body)
        if isinstance(message, Refusal):
            return message
        if told.lower() in _RECORDED:
            return self._read_record(request, fields_of_json(message), at)
        if told.lower() in _INVITED or told == _STATUS_CHANGED:
            return self._read_members(request, message, at, invited=told != _STATUS_CHANGED)
        return ()

    def _read_record(self, request: HookRequest, record: Fields, at: datetime) -> tuple[CallEvent, ...] | Refusal:
        """The whole course of a call. Its times of day have no zone, so they are counted back from now."""
        call_id = _either(record, "call_id", "callid")
        if call_id is None:
            return Refusal(fault=Fault.FIELD_MISSING, detail="call_id is missing")
        kind = (record.one("type") or "").lower()
        if kind == "internal":
            return ()
        status = record.one("status")
        rang = seconds(_either(record, "call_duration", "callduraction")) or 0
        talked = seconds(_either(record, "talk_duration", "talkduraction")) or 0
        common: dict[str, Any] = {
            "provider": self.name,
            "endpoint": request.endpoint,
            "call_id": call_id,
            "presented": _either(record, "call_from", "callfrom"),
            "called_number": _either(record, "did_number", "didnumber") or _either(record, "call_to", "callto"),
            "direction": Direction.OUTBOUND if kind == "outbound" else Direction.INBOUND,
        }
        events = [CallEvent(**common, kind=CallEventKind.NEW, at=at - timedelta(seconds=rang))]
        if talked and status != "VOICEMAIL":
            agent = _either(record, "call_to", "callto")
            events.append(
                CallEvent(**common, kind=CallEventKind.ANSWERED, at=at - timedelta(seconds=talked), agent=agent)
            )
        cause = _CAUSES.get((status or "").upper(), Cause.OTHER)
        events.append(
            CallEvent(**common, kind=CallEventKind.ENDED, at=at, cause=cause, cause_sent=status, duration_s=talked)
        )
        return tuple(events)

    def _read_members(
        self, request: HookRequest, message: Mapping[str, Any], at: datetime, *, invited: bool
    ) -> tuple[CallEvent, ...] | Refusal:
        """Who is in the call, and how: only calls with an outside member concern us."""
        call_id = _either(fields_of_json(message), "call_id", "callid")
        if call_id is None:
            return Refusal(fault=Fault.FIELD_MISSING, detail="call_id is missing")
        members = list(_members(message))
        outside = next(((name, each) for name, each in members if name in {"inbound", "outbound"}), None)
        if outside is None:
            return ()
        side, caller = outside
        common: dict[str, Any] = {
            "provider": self.name,
            "endpoint": request.endpoint,
            "call_id": call_id,
            "at": at,
            "presented": caller.raw("from"),
            "called_number": caller.one("to"),
            "direction": Direction.INBOUND if side == "inbound" else Direction.OUTBOUND,
        }
        status = caller.one("member_status")
        if status == "BYE":
            return (CallEvent(**common, kind=CallEventKind.ENDED),)
        talking = [each.one("number") for name, each in members if name == "extension" and _talks(each)]
        events = [CallEvent(**common, kind=CallEventKind.ANSWERED, agent=agent) for agent in talking if agent]
        if invited or status == "ALERT":
            channel = caller.one("channel_id")
            events.insert(0, CallEvent(**common, kind=CallEventKind.NEW, event_id=channel))
        return tuple(events)

    def render(self, decision: CallDecision | None, event: CallEvent | None, request: HookRequest) -> HookResponse:
        """An acknowledgement, or the report is sent again; the decision goes by `command`."""
        return answer_json({"errcode": 0, "errmsg": "SUCCESS"})

    def refuse(self, refusal: Refusal, request: HookRequest) -> HookResponse:
        """The status is what counts."""
        return refuse_with_json(refusal)

    def commands(self, decision: CallDecision, event: CallEvent, request: HookRequest) -> tuple[RestCommand, ...]:
        """Accept or refuse an invitation, within the PBX's ten seconds ("Control Inbound Call" on for the trunk)."""
        if event.kind is not CallEventKind.NEW or event.direction is Direction.OUTBOUND or event.event_id is None:
            return ()
        verb = "accept_inbound" if decision.action is Action.ALLOW else "refuse_inbound"
        return (RestCommand(path=f"/openapi/v1.0/call/{verb}", body={"channel_id": event.event_id}),)


def _message(body: Mapping[str, Any]) -> Mapping[str, Any] | Refusal:
    """The P-Series wraps its report as JSON in a string; the S-Series does not wrap it."""
    message = body.get("msg", body)
    if isinstance(message, str):
        return read_json(message.encode())
    if isinstance(message, dict):
        return message
    return Refusal(fault=Fault.BODY_UNREADABLE, detail="msg is not a JSON object")


def _members(message: Mapping[str, Any]) -> Iterator[tuple[str, Fields]]:
    """The members with their kind: of `members` (P-Series), `call` (S-Series) or the report itself."""
    listed = message.get("members") or message.get("call") or [message]
    for member in listed if isinstance(listed, list) else []:
        for name, value in member.items() if isinstance(member, dict) else []:
            if name in {"inbound", "outbound", "extension", "ext"} and isinstance(value, dict):
                yield ("extension" if name == "ext" else name), fields_of_json(value)


def _talks(extension: Fields) -> bool:
    return extension.one("member_status") in {"ANSWER", "ANSWERED"}


def _either(fields: Fields, *names: str) -> str | None:
    return next((value for value in (fields.one(name) for name in names) if value is not None), None)
