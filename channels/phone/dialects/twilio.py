"""Twilio Voice: a signed form in, TwiML out. docs/phone/twilio.md

`<Reject>` must be the first verb: anything else answers the call, and bills it.
Source: Twilio documentation, "Webhooks security", "TwiML for Programmable Voice", "Voice request parameters".
"""

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from urllib.parse import urlsplit, urlunsplit

from authz.phone.number import NumberRules
from channels.phone.dialects.base import answer_xml, attribute, pin_prompt, refuse_with_json, voice
from channels.phone.dialects.fields import Fields, read_form, seconds
from channels.phone.event import Action, CallDecision, CallEvent, CallEventKind, Cause, Direction
from channels.phone.hook import EndpointSecrets, Fault, HookRequest, HookResponse, Refusal
from channels.phone.signature import check_hmac, check_network

_STATUSES: Mapping[str, tuple[CallEventKind, Cause | None]] = MappingProxyType(
    {
        "queued": (CallEventKind.NEW, None),
        "initiated": (CallEventKind.NEW, None),
        "ringing": (CallEventKind.NEW, None),
        "in-progress": (CallEventKind.ANSWERED, None),
        "answered": (CallEventKind.ANSWERED, None),
        "completed": (CallEventKind.ENDED, Cause.NORMAL),
        "busy": (CallEventKind.ENDED, Cause.BUSY),
        "failed": (CallEventKind.ENDED, Cause.FAILED),
        "no-answer": (CallEventKind.ENDED, Cause.NO_ANSWER),
        "canceled": (CallEventKind.ENDED, Cause.CANCELLED),
    }
)
_DEFAULT_PORTS = {"https": 443, "http": 80}
_DIGESTS = {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}
_SINGLE = ("CallStatus", "From", "To", "Direction", "RecordingSid", "Digits", "DialCallStatus", "ParentCallSid")


class Twilio:
    """The key is the account's auth token."""

    name = "twilio"
    number_rules = NumberRules(region=None)
    asks_pin = True

    def authenticate(self, request: HookRequest, secrets: EndpointSecrets, at: datetime) -> Refusal | None:
        """X-Twilio-Signature over the URL and the form's fields. It signs no time."""
        refusal = check_network(request, secrets)
        if refusal:
            return refusal
        digest = _digest_of(request.header("x-twilio-webhooks-signature-settings"))
        if digest is None:
            return Refusal(fault=Fault.SIGNATURE_WRONG, detail="the signature's algorithm is not known")
        signed = _signed_fields(request)
        if isinstance(signed, Refusal):
            return signed
        for url in _spellings(request.url):
            refusal = check_hmac(
                request.header("x-twilio-signature"), secrets.keys, (url + signed).encode(), digest, base64ed=True
            )
            if refusal is None or refusal.fault is not Fault.SIGNATURE_WRONG:
                break
        return refusal

    def read(self, request: HookRequest, at: datetime) -> tuple[CallEvent, ...] | Refusal:
        """One event a request: a call's status, keyed digits, the end of a `<Dial>`, or a finished recording."""
        fields = read_form(request.body)
        if isinstance(fields, Refusal):
            return fields
        refusal = fields.missing("CallSid") or fields.ambiguous(*_SINGLE)
        if refusal:
            return refusal
        told = _kind(fields)
        if told is None:
            return ()
        if isinstance(told, Refusal):
            return told
        kind, cause = told
        parent = fields.one("ParentCallSid")
        duration = fields.one("CallDuration") or fields.one("RecordingDuration") or ""
        return (
            CallEvent(
                provider=self.name,
                endpoint=request.endpoint,
                call_id=parent or fields.one("CallSid") or "",
                leg=fields.one("CallSid") if parent else None,
                kind=kind,
                at=_happened(fields, at),
                presented=fields.raw("From"),
                verstat=fields.one("StirVerstat"),
                passport=fields.one("StirPassportToken"),
                called_number=fields.one("To"),
                direction=Direction.INBOUND if fields.one("Direction") in {"inbound", None} else Direction.OUTBOUND,
                agent=fields.one("DialCallSid") if kind is CallEventKind.ANSWERED else None,
                diverted_from=fields.one("ForwardedFrom"),
                cause=cause,
                cause_sent=fields.one("CallStatus") if kind is CallEventKind.ENDED else None,
                duration_s=seconds(duration),
                recording_url=fields.one("RecordingUrl"),
                digits=fields.one("Digits"),
                event_id=fields.one("RecordingSid"),
            ),
        )

    def render(self, decision: CallDecision | None, event: CallEvent | None, request: HookRequest) -> HookResponse:
        """TwiML. An allowed call without `forward_to` has nowhere to go and is rejected as busy."""
        if decision is None:
            return answer_xml("<Response/>")
        if decision.action is Action.ASK_PIN:
            return answer_xml(_gather(decision, request))
        keyed = event is not None and event.kind is CallEventKind.DTMF
        if decision.connects_to:
            return answer_xml(f"<Response>{_connect(decision.connects_to, request)}</Response>")
        if keyed:  # the call is answered already
            return answer_xml("<Response><Hangup/></Response>")
        reason = "busy" if decision.allowed else decision.reject_as.value
        return answer_xml(f'<Response><Reject reason="{reason}"/></Response>')

    def refuse(self, refusal: Refusal, request: HookRequest) -> HookResponse:
        """Twilio ends the call on any error status."""
        return refuse_with_json(refusal)


def sign(url: str, fields: str, token: str, digest: str = "sha1") -> bytes:
    """The signature's octets: HMAC of the URL followed by the sorted fields."""
    return hmac.digest(token.encode(), (url + fields).encode(), digest)


def _digest_of(settings: str | None) -> str | None:
    """The hash named by X-Twilio-Webhooks-Signature-Settings, SHA-1 without it, None when it names another."""
    if settings is None:
        return "sha1"
    named = [
        value for name, _, value in (part.strip().partition("=") for part in settings.split(",")) if name == "algorithm"
    ]
    return _DIGESTS.get(named[0]) if len(named) == 1 else None


def _signed_fields(request: HookRequest) -> str | Refusal:
    """Sorted names, each with its sorted distinct values; a JSON body is bound by `bodySHA256` in the URL instead."""
    body_digest = request.query.get("bodySHA256", ())
    if body_digest:
        if len(body_digest) == 1 and hmac.compare_digest(
            body_digest[0].lower().encode(), hashlib.sha256(request.body).hexdigest().encode()
        ):
            return ""
        return Refusal(fault=Fault.SIGNATURE_WRONG, detail="the signature does not match")
    fields = read_form(request.body, plain_names=False)
    if isinstance(fields, Refusal):
        return fields
    return "".join(name + value for name in sorted(fields.values) for value in sorted(set(fields.values[name])))


def _spellings(url: str) -> Iterator[str]:
    """The URL as it is, without its port, and with the default one: Twilio signs either, whichever port it calls."""
    yield url
    parts = urlsplit(url)
    default = _DEFAULT_PORTS.get(parts.scheme)
    if default is None:
        return
    if parts.port is not None:
        yield urlunsplit(parts._replace(netloc=parts.netloc.removesuffix(f":{parts.port}")))
    else:
        yield urlunsplit(parts._replace(netloc=f"{parts.netloc}:{default}"))


def _kind(fields: Fields) -> tuple[CallEventKind, Cause | None] | Refusal | None:
    if fields.one("RecordingSid"):
        if fields.one("RecordingStatus") not in {"completed", None}:
            return None
        is_voicemail = fields.one("RecordingSource") == "RecordVerb"
        return (CallEventKind.VOICEMAIL if is_voicemail else CallEventKind.RECORDING), None
    if fields.one("Digits"):
        return CallEventKind.DTMF, None
    dialled = fields.one("DialCallStatus")
    if dialled is not None:
        return (CallEventKind.ANSWERED, None) if dialled in {"completed", "answered"} else None
    told = _STATUSES.get(fields.one("CallStatus") or "")
    return told or Refusal(fault=Fault.EVENT_UNKNOWN, detail="CallStatus is missing or unknown")


def _happened(fields: Fields, at: datetime) -> datetime:
    """The Timestamp of a status callback, RFC 5322 form; else when it was received."""
    try:
        told = parsedate_to_datetime(fields.one("Timestamp") or "")
    except ValueError:
        return at
    return told.astimezone(at.tzinfo) if told.tzinfo else at


def _connect(target: str, request: HookRequest) -> str:
    """A `<Dial>` for a number or SIP URI that stays ringing until answered; a URL takes over the call's TwiML."""
    if target.startswith("https://"):
        return f'<Redirect method="POST">{attribute(target)}</Redirect>'
    inside = (
        f"<Sip>{attribute(target)}</Sip>"
        if target.startswith(("sip:", "sips:"))
        else f"<Number>{attribute(target)}</Number>"
    )
    return f'<Dial answerOnBridge="true" timeout="60" action="{attribute(request.url)}">{inside}</Dial>'


def _gather(decision: CallDecision, request: HookRequest) -> str:
    say = f'<Say language="{voice(decision)}">{pin_prompt(decision)}</Say>'
    gather = f'<Gather input="dtmf" finishOnKey="#" timeout="10" action="{attribute(request.url)}">{say}</Gather>'
    return f"<Response>{gather}<Hangup/></Response>"
