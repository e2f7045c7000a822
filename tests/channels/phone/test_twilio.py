"""Twilio: the documented signature vectors, TwiML, and what each status means."""

import base64
import hashlib
from dataclasses import replace
from datetime import datetime
from urllib.parse import parse_qsl, urlencode

import pytest

from authz.decision import Reason
from channels.phone.dialects.twilio import sign
from channels.phone.event import Action, CallDecision, CallEventKind, Cause
from channels.phone.hook import EndpointSecrets, Fault, HookRequest
from tests.channels.phone.contract import KEY, NOW, WebhookContract, dialect_named, hook, read_events

TWILIO = dialect_named("twilio")
VECTOR_URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
VECTOR_BODY = urlencode(
    {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
).encode()
VECTOR_SECRETS = EndpointSecrets(keys=("12345",))


def signed(
    body: bytes, key: str, url: str = "https://desk.example/hooks/phone/pbx", digest: str = "sha1"
) -> HookRequest:
    pairs: dict[str, set[str]] = {}
    for name, value in parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, errors="replace"):
        pairs.setdefault(name, set()).add(value)
    fields = "".join(name + value for name in sorted(pairs) for value in sorted(pairs[name]))
    signature = base64.b64encode(sign(url, fields, key, digest)).decode()
    return hook(body, url=url, x_twilio_signature=signature)


class TestTwilio(WebhookContract):
    dialect = TWILIO
    new = b"CallSid=CA1&AccountSid=AC1&From=%2B420777123456&To=%2B420211151600&CallStatus=ringing&Direction=inbound"
    answered = b"CallSid=CA1&DialCallStatus=completed&DialCallSid=CA2&CallStatus=in-progress&Direction=inbound"
    ended = b"CallSid=CA1&CallStatus=completed&CallDuration=65&Direction=inbound"

    def sign(self, body: bytes, *, key: str = KEY, at: datetime = NOW, timestamp: str | None = None) -> HookRequest:
        return signed(body, key)


def vector(signature: str, url: str = VECTOR_URL, **headers: str) -> HookRequest:
    return hook(VECTOR_BODY, url=url, x_twilio_signature=signature, **headers)


def test_the_documented_signature_verifies() -> None:
    assert TWILIO.authenticate(vector("RSOYDt4T1cUTdK1PDd93/VVr8B8="), VECTOR_SECRETS, NOW) is None


def test_the_documented_sha256_signature_verifies_only_as_such() -> None:
    signature = "033hgUJA9M/hXIZsYjwkerEP/DBm35nEri5FhCYjA5s="
    settings = {"x_twilio_webhooks_signature_settings": "key=main,algorithm=HMAC_SHA256"}
    assert TWILIO.authenticate(vector(signature, **settings), VECTOR_SECRETS, NOW) is None
    assert TWILIO.authenticate(vector(signature), VECTOR_SECRETS, NOW) is not None


@pytest.mark.parametrize("settings", ["algorithm=NONE", "algorithm=HMAC_SHA1,algorithm=HMAC_SHA256", "key=main", ""])
def test_an_unknown_algorithm_is_refused(settings: str) -> None:
    request = vector("RSOYDt4T1cUTdK1PDd93/VVr8B8=", x_twilio_webhooks_signature_settings=settings)
    assert TWILIO.authenticate(request, VECTOR_SECRETS, NOW) is not None


@pytest.mark.parametrize(
    ("signed_url", "seen_url"),
    [
        ("https://desk.example:443/hooks/phone/pbx", "https://desk.example/hooks/phone/pbx"),
        ("https://desk.example/hooks/phone/pbx", "https://desk.example:443/hooks/phone/pbx"),
        ("http://desk.example:80/h?a=1", "http://desk.example/h?a=1"),
    ],
)
def test_the_default_port_may_be_signed_or_not(signed_url: str, seen_url: str) -> None:
    request = replace(signed(TestTwilio.new, KEY, signed_url), url=seen_url)
    assert TWILIO.authenticate(request, EndpointSecrets(keys=(KEY,)), NOW) is None


def test_another_port_is_another_url() -> None:
    request = replace(signed(TestTwilio.new, KEY, "https://desk.example:8443/x"), url="https://desk.example/x")
    refusal = TWILIO.authenticate(request, EndpointSecrets(keys=(KEY,)), NOW)
    assert refusal is not None
    assert refusal.fault is Fault.SIGNATURE_WRONG


def test_repeated_values_count_once_and_sorted() -> None:
    request = signed(TestTwilio.new + b"&MediaUrl=b&MediaUrl=a&MediaUrl=b", KEY)
    assert TWILIO.authenticate(request, EndpointSecrets(keys=(KEY,)), NOW) is None


def test_a_json_body_is_bound_by_its_digest_in_the_url() -> None:
    body = b'{"CallSid":"CA1"}'
    digest = hashlib.sha256(body).hexdigest()
    url = f"https://desk.example/h?bodySHA256={digest}"
    signature = base64.b64encode(sign(url, "", KEY)).decode()
    request = hook(
        body, url=url, query={"bodySHA256": (digest,)}, content_type="application/json", x_twilio_signature=signature
    )
    secrets = EndpointSecrets(keys=(KEY,))
    assert TWILIO.authenticate(request, secrets, NOW) is None
    assert TWILIO.authenticate(replace(request, body=body + b" "), secrets, NOW) is not None


@pytest.mark.parametrize(
    ("status", "kind", "cause"),
    [
        ("ringing", CallEventKind.NEW, None),
        ("in-progress", CallEventKind.ANSWERED, None),
        ("completed", CallEventKind.ENDED, Cause.NORMAL),
        ("busy", CallEventKind.ENDED, Cause.BUSY),
        ("no-answer", CallEventKind.ENDED, Cause.NO_ANSWER),
        ("canceled", CallEventKind.ENDED, Cause.CANCELLED),
        ("failed", CallEventKind.ENDED, Cause.FAILED),
    ],
)
def test_statuses_are_read(status: str, kind: CallEventKind, cause: Cause | None) -> None:
    (event,) = read_events(TWILIO, hook(f"CallSid=CA1&CallStatus={status}".encode()))
    assert (event.kind, event.cause) == (kind, cause)


def test_verstat_and_passport_are_kept_as_sent() -> None:
    (event,) = read_events(
        TWILIO,
        hook(TestTwilio.new + b"&StirVerstat=TN-Validation-Passed-A&StirPassportToken=a.b.c&ForwardedFrom=%2B4206"),
    )
    assert (event.verstat, event.passport, event.diverted_from) == ("TN-Validation-Passed-A", "a.b.c", "+4206")


def test_recordings_have_their_own_keys_and_unfinished_ones_are_nothing() -> None:
    first = b"CallSid=CA1&RecordingSid=RE1&RecordingUrl=https://api.twilio.com/RE1&RecordingStatus=completed"
    second = first.replace(b"RE1", b"RE2") + b"&RecordingSource=RecordVerb"
    (recording,), (voicemail,) = read_events(TWILIO, hook(first)), read_events(TWILIO, hook(second))
    assert recording.kind is CallEventKind.RECORDING
    assert voicemail.kind is CallEventKind.VOICEMAIL
    assert recording.key != voicemail.key
    assert read_events(TWILIO, hook(first.replace(b"completed", b"in-progress"))) == ()


def test_reject_is_the_first_verb_and_an_allowed_call_needs_somewhere_to_go() -> None:
    (event,) = read_events(TWILIO, hook(TestTwilio.new))
    reject = CallDecision(action=Action.REJECT, reason=Reason.CALLER_UNKNOWN)
    nowhere = CallDecision(action=Action.ALLOW, reason=Reason.AUTHORIZED)
    assert TWILIO.render(reject, event, hook()).body.endswith(b'<Response><Reject reason="rejected"/></Response>')
    assert TWILIO.render(nowhere, event, hook()).body.endswith(b'<Response><Reject reason="busy"/></Response>')


@pytest.mark.parametrize(
    ("target", "twiml"),
    [
        ("+420211151600", b"<Number>+420211151600</Number></Dial>"),
        ("sip:desk@pbx.example", b"<Sip>sip:desk@pbx.example</Sip></Dial>"),
        ("https://twiml.example/a?b=1&c", b'<Redirect method="POST">https://twiml.example/a?b=1&amp;c</Redirect>'),
    ],
)
def test_an_allowed_call_goes_to_its_target(target: str, twiml: bytes) -> None:
    (event,) = read_events(TWILIO, hook(TestTwilio.new))
    allow = CallDecision(action=Action.ALLOW, reason=Reason.AUTHORIZED, forward_to=target)
    assert twiml in TWILIO.render(allow, event, hook()).body


def test_a_pin_is_gathered_and_comes_back_as_digits() -> None:
    (event,) = read_events(TWILIO, hook(TestTwilio.new))
    ask = CallDecision(action=Action.ASK_PIN, reason=Reason.AUTHORIZED)
    assert b"<Gather " in TWILIO.render(ask, event, hook()).body
    (keyed,) = read_events(TWILIO, hook(TestTwilio.new + b"&Digits=1234"))
    assert (keyed.kind, keyed.digits) == (CallEventKind.DTMF, "1234")
    reject = CallDecision(action=Action.REJECT, reason=Reason.CALLER_NOT_GENUINE)
    assert TWILIO.render(reject, keyed, hook()).body.endswith(b"<Response><Hangup/></Response>")
