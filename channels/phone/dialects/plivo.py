"""Plivo Voice: a signed form in, XML out. docs/phone/plivo.md

Source: Plivo documentation, "Validating requests" (signature V3) and "Voice XML".
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from urllib.parse import parse_qs, urlsplit, urlunsplit

from authz.phone.number import NumberRules
from channels.phone.dialects.base import answer_xml, attribute, pin_digits, pin_prompt, refuse_with_json, voice
from channels.phone.dialects.fields import Fields, read_form, seconds
from channels.phone.event import Action, CallDecision, CallEvent, CallEventKind, Cause, Direction
from channels.phone.hook import EndpointSecrets, Fault, HookRequest, HookResponse, Refusal
from channels.phone.signature import check_hmac, check_network

_STATUSES: Mapping[str, tuple[CallEventKind, Cause | None]] = MappingProxyType(
    {
        "ringing": (CallEventKind.NEW, None),
        "in-progress": (CallEventKind.ANSWERED, None),
        "completed": (CallEventKind.ENDED, Cause.NORMAL),
        "busy": (CallEventKind.ENDED, Cause.BUSY),
        "failed": (CallEventKind.ENDED, Cause.FAILED),
        "timeout": (CallEventKind.ENDED, Cause.NO_ANSWER),
        "no-answer": (CallEventKind.ENDED, Cause.NO_ANSWER),
        "cancel": (CallEventKind.ENDED, Cause.CANCELLED),
    }
)
# What Plivo says of the STIR/SHAKEN check, in the words of RFC 8588's verstat.
_VERIFIED = {"Verified": "TN-Validation-Passed", "Not Verified": "TN-Validation-Failed"}


class Plivo:
    """The key is the account's (or subaccount's) auth token."""

    name = "plivo"
    number_rules = NumberRules(region=None, e164_without_plus=True)
    asks_pin = True

    def authenticate(self, request: HookRequest, secrets: EndpointSecrets, at: datetime) -> Refusal | None:
        """X-Plivo-Signature-V3: HMAC-SHA256 of URL, fields and nonce. It signs no time."""
        refusal = check_network(request, secrets)
        if refusal:
            return refusal
        fields = read_form(request.body, plain_names=False) if request.method == "POST" else Fields({})
        if isinstance(fields, Refusal):
            return fields
        nonce = request.header("x-plivo-signature-v3-nonce") or ""
        signed = f"{signed_url(request.url, request.method, fields)}.{nonce}".encode()
        presented = request.header("x-plivo-signature-v3") or ""
        # A subaccount's request carries several signatures, joined by commas.
        for signature in presented.split(","):
            refusal = check_hmac(signature, secrets.keys, signed, "sha256", base64ed=True)
            if refusal is None or refusal.fault is not Fault.SIGNATURE_WRONG:
                break
        return refusal

    def read(self, request: HookRequest, at: datetime) -> tuple[CallEvent, ...] | Refusal:
        """One event a request: a call's status, keyed digits, a leg of a `<Dial>`, or a recording."""
        if request.method != "POST":
            return Refusal(fault=Fault.METHOD_WRONG, detail="set the application's methods to POST")
        fields = read_form(request.body)
        if isinstance(fields, Refusal):
            return fields
        refusal = fields.missing("CallUUID") or fields.ambiguous("From", "To", "CallStatus", "Direction", "Digits")
        if refusal:
            return refusal
        told = _kind(fields)
        if told is None:
            return ()
        if isinstance(told, Refusal):
            return told
        kind, cause = told
        duration = fields.one("Duration") or fields.one("RecordingDuration") or ""
        return (
            CallEvent(
                provider=self.name,
                endpoint=request.endpoint,
                call_id=fields.one("CallUUID") or "",
                kind=kind,
                at=at,
                presented=fields.raw("From"),
                verstat=_VERIFIED.get(fields.one("STIRVerification") or ""),
                called_number=fields.one("To"),
                direction=Direction.OUTBOUND if fields.one("Direction") == "outbound" else Direction.INBOUND,
                agent=fields.one("DialBLegTo") if kind is CallEventKind.ANSWERED else None,
                diverted_from=fields.one("ForwardedFrom"),
                cause=cause,
                cause_sent=(fields.one("HangupCause") or fields.one("CallStatus")) if cause else None,
                duration_s=seconds(duration),
                recording_url=fields.one("RecordUrl"),
                digits=fields.one("Digits"),
                event_id=fields.one("RecordingID"),
            ),
        )

    def render(self, decision: CallDecision | None, event: CallEvent | None, request: HookRequest) -> HookResponse:
        """Plivo XML. An allowed call without `forward_to` has nowhere to go and is rejected as busy."""
        if decision is None:
            return answer_xml("<Response/>")
        if decision.action is Action.ASK_PIN:
            say = f'<Speak language="{voice(decision)}">{pin_prompt(decision)}</Speak>'
            url, most = attribute(request.url), pin_digits(decision)
            how = f'method="POST" numDigits="{most}" validDigits="0123456789*" timeout="10" finishOnKey="#"'
            digits = f'<GetDigits action="{url}" {how}>{say}</GetDigits>'
            return answer_xml(f"<Response>{digits}<Hangup/></Response>")
        if decision.connects_to:
            target = attribute(decision.connects_to.removeprefix("+"))
            kind = "User" if target.startswith(("sip:", "sips:")) else "Number"
            inside = f"<{kind}>{target}</{kind}>"
            url = attribute(request.url)
            return answer_xml(
                f'<Response><Dial timeout="60" callbackUrl="{url}" callbackMethod="POST">{inside}</Dial></Response>'
            )
        reason = "busy" if decision.allowed else decision.reject_as.value
        return answer_xml(f'<Response><Hangup reason="{reason}"/></Response>')

    def refuse(self, refusal: Refusal, request: HookRequest) -> HookResponse:
        """Plivo ends the call, or asks its fallback URL."""
        return refuse_with_json(refusal)


def signed_url(url: str, method: str, fields: Fields) -> str:
    """What signature V3 covers besides the nonce: the URL, its sorted query, a dot, the sorted fields run together."""
    parts = urlsplit(url)
    base = urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))
    query = parse_qs(parts.query, keep_blank_values=True)
    sorted_query = "&".join(f"{name}={value}" for name in sorted(query) for value in sorted(query[name]))
    has_fields = method == "POST" and bool(fields.values)
    if sorted_query or has_fields:
        base += f"?{sorted_query}"
    if sorted_query and has_fields:
        base += "."
    if has_fields:
        base += "".join(name + value for name in sorted(fields.values) for value in sorted(fields.values[name]))
    return base


def _kind(fields: Fields) -> tuple[CallEventKind, Cause | None] | Refusal | None:
    if fields.one("RecordUrl"):
        return CallEventKind.RECORDING, None
    if fields.one("Digits"):
        return CallEventKind.DTMF, None
    dialled = fields.one("DialAction")
    if dialled is not None:
        return (CallEventKind.ANSWERED, None) if dialled == "answer" else None
    told = _STATUSES.get(fields.one("CallStatus") or "")
    return told or Refusal(fault=Fault.EVENT_UNKNOWN, detail="CallStatus is missing or unknown")
