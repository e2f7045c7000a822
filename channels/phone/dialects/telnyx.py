"""Telnyx Call Control: signed JSON in, commands by REST out. docs/phone/telnyx.md

The answer to a webhook decides nothing: a call stays parked, unanswered, until a command says otherwise. Events come
more than once and out of order, as documented.
Source: Telnyx documentation, "Webhook fundamentals" and "Call Control API".
"""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from authz.phone.number import NumberRules
from channels.phone.dialects.base import RestCommand, answer_json, pin_digits, pin_prompt, refuse_with_json, voice
from channels.phone.dialects.fields import fields_of_json, read_json
from channels.phone.dialects.native import read_time
from channels.phone.event import Action, CallDecision, CallEvent, CallEventKind, Cause, Direction, RejectAs
from channels.phone.hook import EndpointSecrets, Fault, HookRequest, HookResponse, Refusal
from channels.phone.signature import check_network, check_timestamp, key_missing, signature_wrong, usable

_KINDS: Mapping[str, CallEventKind] = MappingProxyType(
    {
        "call.initiated": CallEventKind.NEW,
        "call.answered": CallEventKind.ANSWERED,
        "call.hangup": CallEventKind.ENDED,
        "call.recording.saved": CallEventKind.RECORDING,
        "call.gather.ended": CallEventKind.DTMF,
    }
)
_CAUSES: Mapping[str, Cause] = MappingProxyType(
    {
        "normal_clearing": Cause.NORMAL,
        "user_busy": Cause.BUSY,
        "originator_cancel": Cause.CANCELLED,
        "timeout": Cause.NO_ANSWER,
        "time_limit": Cause.NORMAL,
        "call_rejected": Cause.REJECTED,
        "not_found": Cause.NOT_FOUND,
        "unallocated_number": Cause.NOT_FOUND,
    }
)


class Telnyx:
    """The key is the account's public key, in base64."""

    name = "telnyx"
    number_rules = NumberRules(region=None)
    asks_pin = True

    def authenticate(self, request: HookRequest, secrets: EndpointSecrets, at: datetime) -> Refusal | None:
        """Ed25519 over `timestamp|body`, 300 s of tolerance."""
        refusal = check_network(request, secrets)
        if refusal:
            return refusal
        keys = usable(secrets.keys)
        if not keys:
            return key_missing()
        signature = request.header("telnyx-signature-ed25519")
        if not signature:
            return Refusal(fault=Fault.SIGNATURE_MISSING, detail="the signature header is missing or repeated")
        timestamp = request.header("telnyx-timestamp")
        refusal = check_timestamp(timestamp, at)
        if refusal:
            return refusal
        signed = f"{timestamp}|".encode() + request.body
        return None if any(_is_signed(signed, signature, key) for key in keys) else signature_wrong()

    def read(self, request: HookRequest, at: datetime) -> tuple[CallEvent, ...] | Refusal:
        """One event a request; kinds that do not concern us are none. `data.id` tells repetitions apart."""
        body = read_json(request.body)
        if isinstance(body, Refusal):
            return body
        data = _object(body.get("data"))
        payload = fields_of_json(_object(data.get("payload")))
        told, event_id = data.get("event_type"), data.get("id")
        if not isinstance(told, str) or not isinstance(event_id, str):
            return Refusal(fault=Fault.FIELD_MISSING, detail="data.event_type or data.id is missing")
        kind = _KINDS.get(told)
        if kind is None:
            return ()
        refusal = payload.missing("call_session_id")
        if refusal:
            return refusal
        occurred = data.get("occurred_at")
        outgoing = payload.one("direction") in {"outgoing", "outbound"}
        cause = payload.one("hangup_cause")
        recordings = fields_of_json(_object(_object(data.get("payload")).get("recording_urls")))
        return (
            CallEvent(
                provider=self.name,
                endpoint=request.endpoint,
                call_id=payload.one("call_session_id") or "",
                leg=payload.one("call_leg_id") if kind in {CallEventKind.NEW, CallEventKind.ENDED} else None,
                kind=kind,
                at=(read_time(occurred) if isinstance(occurred, str) else None) or at,
                presented=payload.raw("from"),
                verstat=_verstat(payload.one("shaken_stir_attestation"), payload.one("shaken_stir_validated")),
                called_number=payload.one("to"),
                direction=Direction.OUTBOUND if outgoing else Direction.INBOUND,
                agent=payload.one("to") if kind is CallEventKind.ANSWERED and outgoing else None,
                cause=None if cause is None else _CAUSES.get(cause, Cause.OTHER),
                cause_sent=cause,
                recording_url=recordings.one("wav") or recordings.one("mp3"),
                digits=payload.raw("digits"),
                event_id=payload.one("call_control_id") if kind is CallEventKind.NEW else event_id,
            ),
        )

    def render(self, decision: CallDecision | None, event: CallEvent | None, request: HookRequest) -> HookResponse:
        """An acknowledgement, whatever was decided."""
        return answer_json({})

    def refuse(self, refusal: Refusal, request: HookRequest) -> HookResponse:
        """Any error status makes Telnyx send it again, for a while."""
        return refuse_with_json(refusal)

    def commands(self, decision: CallDecision, event: CallEvent, request: HookRequest) -> tuple[RestCommand, ...]:
        """Reject, answer and gather a PIN, or transfer; once the call is answered it can only be hung up."""
        control = _control_id(request)
        if event.direction is Direction.OUTBOUND or control is None:
            return ()
        keyed = event.kind is CallEventKind.DTMF
        actions = f"/v2/calls/{quote(control, safe='')}/actions"

        def command(verb: str, **body: object) -> RestCommand:
            # The provider takes a command with the same id only once, however often the webhook comes.
            unique = sha256(f"{request.endpoint}/{event.key}/{verb}".encode()).hexdigest()[:32]
            return RestCommand(path=f"{actions}/{verb}", body={**body, "command_id": unique})

        if decision.action is Action.ASK_PIN:
            gather = command(
                "gather_using_speak",
                payload=pin_prompt(decision),
                voice="female",
                language=voice(decision),
                minimum_digits=4,
                maximum_digits=pin_digits(decision),
                valid_digits="0123456789*",
                terminating_digit="#",
            )
            return (gather,) if keyed else (command("answer"), gather)
        if decision.connects_to:
            return (command("transfer", to=decision.connects_to),)
        if decision.action is Action.REJECT:
            if keyed:
                return (command("hangup"),)
            busy = decision.reject_as is RejectAs.BUSY
            return (command("reject", cause="USER_BUSY" if busy else "CALL_REJECTED"),)
        return ()


def _control_id(request: HookRequest) -> str | None:
    """What the provider calls the leg of this webhook in commands."""
    body = read_json(request.body)
    if isinstance(body, Refusal):
        return None
    control = _object(_object(body.get("data")).get("payload")).get("call_control_id")
    return control if isinstance(control, str) and control else None


def _is_signed(signed: bytes, signature: str, key: str) -> bool:
    try:
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key.strip(), validate=True))
        public.verify(base64.b64decode(signature.strip(), validate=True), signed)
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def _verstat(attestation: str | None, validated: str | None) -> str | None:
    """As the RFC 8588 verstat words: only a validated attestation is one that passed."""
    if attestation is None:
        return None
    result = "Passed" if validated == "true" else "Failed" if validated == "false" else None
    return f"TN-Validation-{result}-{attestation}" if result else "No-TN-Validation"


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
