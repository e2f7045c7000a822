"""Vonage Voice: an answer webhook and an event webhook in, an NCCO out. docs/phone/vonage.md

The caller's own leg counts as answered as soon as an NCCO runs, so a call is answered when a leg to an agent is.
Source: Vonage documentation, "Voice API webhook reference", "Signed webhooks", "NCCO reference".
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from authz.phone.number import NumberRules
from channels.phone.dialects.base import answer_json, pin_digits, pin_prompt, refuse_with_json, voice
from channels.phone.dialects.fields import Fields, read_fields, seconds
from channels.phone.dialects.native import read_time
from channels.phone.event import Action, CallDecision, CallEvent, CallEventKind, Cause, Direction
from channels.phone.hook import EndpointSecrets, Fault, HookRequest, HookResponse, Refusal
from channels.phone.signature import check_network, check_timestamp, key_missing, signature_wrong, usable

_ENDS: Mapping[str, Cause] = MappingProxyType(
    {
        "completed": Cause.NORMAL,
        "busy": Cause.BUSY,
        "cancelled": Cause.CANCELLED,
        "unanswered": Cause.NO_ANSWER,
        "timeout": Cause.NO_ANSWER,
        "rejected": Cause.REJECTED,
        "failed": Cause.FAILED,
        "disconnected": Cause.FAILED,
    }
)
_IGNORED = frozenset({"ringing", "human", "machine", "transfer", "payment"})


class Vonage:
    """The key is the account's signature secret. Set both webhooks to POST: the signature covers no query."""

    name = "vonage"
    number_rules = NumberRules(region=None, e164_without_plus=True)
    asks_pin = True

    def authenticate(self, request: HookRequest, secrets: EndpointSecrets, at: datetime) -> Refusal | None:
        """A JWT in the Authorization header, HS256 and nothing else, five minutes old at most."""
        refusal = check_network(request, secrets)
        if refusal:
            return refusal
        keys = usable(secrets.keys)
        if not keys:
            return key_missing()
        scheme, _, token = (request.header("authorization") or "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            return Refusal(fault=Fault.SIGNATURE_MISSING, detail="the Authorization header holds no token")
        claims = _verified_claims(token.strip(), keys)
        if claims is None:
            return signature_wrong()
        issued = claims.get("iat")
        refusal = check_timestamp(str(issued) if type(issued) is int else "", at)
        if refusal:
            return refusal
        if request.body:
            digest = claims.get("payload_hash")
            expected = hashlib.sha256(request.body).hexdigest()
            if not isinstance(digest, str) or not hmac.compare_digest(digest.encode(), expected.encode()):
                return signature_wrong()
        return None

    def read(self, request: HookRequest, at: datetime) -> tuple[CallEvent, ...] | Refusal:
        """The answer webhook is a new call; the event webhook tells a leg's status, a recording or keyed digits."""
        fields = Fields(request.query) if request.method == "GET" else read_fields(request)
        if isinstance(fields, Refusal):
            return fields
        refusal = fields.ambiguous("from", "to", "uuid", "conversation_uuid", "status", "direction")
        if refusal:
            return refusal
        told = _kind(fields)
        if told is None:
            return ()
        if isinstance(told, Refusal):
            return told
        kind, cause = told
        conversation = fields.one("conversation_uuid")
        if conversation is None:
            return Refusal(fault=Fault.FIELD_MISSING, detail="conversation_uuid is missing")
        outbound = fields.one("direction") == "outbound"
        duration = fields.one("duration")
        return (
            CallEvent(
                provider=self.name,
                endpoint=request.endpoint,
                call_id=conversation,
                leg=(fields.one("uuid") or fields.one("call_uuid")) if outbound or kind is CallEventKind.NEW else None,
                kind=kind,
                at=read_time(fields.one("timestamp") or "") or at,
                presented=fields.raw("from") or fields.one("from_user"),
                called_number=fields.one("to"),
                direction=Direction.OUTBOUND if outbound else Direction.INBOUND,
                agent=fields.one("to") if kind is CallEventKind.ANSWERED else None,
                cause=cause,
                cause_sent=fields.one("status") if kind is CallEventKind.ENDED else None,
                duration_s=seconds(duration),
                recording_url=fields.one("recording_url"),
                digits=_digits(request),
                event_id=fields.one("recording_uuid") or fields.one("timestamp"),
            ),
        )

    def render(self, decision: CallDecision | None, event: CallEvent | None, request: HookRequest) -> HookResponse:
        """An NCCO. An empty one ends the call, so whoever is not allowed gets that."""
        if decision is None:
            return answer_json({})
        if decision.action is Action.ASK_PIN:
            say = {"action": "talk", "language": voice(decision), "text": pin_prompt(decision)}
            dtmf = {"maxDigits": pin_digits(decision), "submitOnHash": True, "timeOut": 10}
            return answer_json([say, {"action": "input", "type": ["dtmf"], "dtmf": dtmf, "eventUrl": [request.url]}])
        if decision.connects_to:
            return answer_json([{"action": "connect", "timeout": 60, "endpoint": [_target(decision.connects_to)]}])
        return answer_json([])

    def refuse(self, refusal: Refusal, request: HookRequest) -> HookResponse:
        """Vonage ends the call, or asks its fallback URL."""
        return refuse_with_json(refusal)


def _verified_claims(token: str, keys: list[str]) -> Mapping[str, Any] | None:
    """The claims of a JWT signed with one of the keys. RFC 7515 §5.2; RFC 8725 §3.1: one algorithm, ours."""
    parts = token.split(".")
    if len(parts) != 3 or not token.isascii():
        return None
    try:
        header, claims, signature = (_decode(part) for part in parts)
        described, claimed = json.loads(header), json.loads(claims)
    except (binascii.Error, ValueError, RecursionError):
        return None
    if not isinstance(described, dict) or described.get("alg") != "HS256" or "crit" in described:
        return None
    signed = f"{parts[0]}.{parts[1]}".encode()
    found = False
    for key in keys:
        found |= hmac.compare_digest(hmac.digest(key.encode(), signed, "sha256"), signature)
    return claimed if found and isinstance(claimed, dict) else None


def _decode(part: str) -> bytes:
    return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)


def _kind(fields: Fields) -> tuple[CallEventKind, Cause | None] | Refusal | None:
    status = fields.one("status")
    outbound = fields.one("direction") == "outbound"
    if fields.one("recording_url"):
        return CallEventKind.RECORDING, None
    if "dtmf" in fields.values:
        return CallEventKind.DTMF, None
    if status is None:
        return CallEventKind.NEW, None
    if status == "started":
        return (CallEventKind.NEW, None) if outbound else None
    if status == "answered":
        return (CallEventKind.ANSWERED, None) if outbound else None
    if status in _ENDS:
        return CallEventKind.ENDED, _ENDS[status]
    if status in _IGNORED:
        return None
    return Refusal(fault=Fault.EVENT_UNKNOWN, detail="the status is not known")


def _digits(request: HookRequest) -> str | None:
    """`dtmf` is an object with the digits, or the digits themselves in older applications."""
    try:
        dtmf = json.loads(request.body).get("dtmf") if b'"dtmf"' in request.body else None
    except (ValueError, AttributeError, RecursionError):
        return None
    digits = dtmf.get("digits") if isinstance(dtmf, dict) else dtmf
    return digits if isinstance(digits, str) else None


def _target(forward_to: str) -> dict[str, str]:
    if forward_to.startswith(("sip:", "sips:")):
        return {"type": "sip", "uri": forward_to}
    return {"type": "phone", "number": forward_to.removeprefix("+")}
