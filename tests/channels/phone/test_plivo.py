"""Plivo: signature V3 over URL, fields and nonce, and its XML."""

import base64
import hashlib
import hmac
from dataclasses import replace
from datetime import datetime
from urllib.parse import parse_qsl

import pytest

from authz.decision import Reason
from channels.phone.dialects.fields import Fields
from channels.phone.dialects.plivo import signed_url
from channels.phone.event import Action, CallDecision, CallEventKind, Cause
from channels.phone.hook import EndpointSecrets, Fault, HookRequest
from tests.channels.phone.contract import KEY, NOW, WebhookContract, dialect_named, hook, read_events

PLIVO = dialect_named("plivo")
SECRETS = EndpointSecrets(keys=(KEY,))


def signature(content: str, key: str = KEY, nonce: str = "n1") -> str:
    return base64.b64encode(hmac.new(key.encode(), f"{content}.{nonce}".encode(), hashlib.sha256).digest()).decode()


class TestPlivo(WebhookContract):
    dialect = PLIVO
    new = b"CallUUID=p1&From=420777123456&To=420211151600&CallStatus=ringing&Direction=inbound&Event=StartApp"
    answered = b"CallUUID=p1&DialAction=answer&DialBLegTo=420600&CallStatus=in-progress"
    ended = b"CallUUID=p1&CallStatus=completed&HangupCause=NORMAL_CLEARING&Duration=65&Event=Hangup"

    def sign(self, body: bytes, *, key: str = KEY, at: datetime = NOW, timestamp: str | None = None) -> HookRequest:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, errors="replace")
        run_together = "".join(name + value for name, value in sorted(pairs))
        url = "https://desk.example/hooks/phone/pbx"
        content = f"{url}?{run_together}" if pairs else url
        return hook(body, x_plivo_signature_v3=signature(content, key), x_plivo_signature_v3_nonce="n1")


@pytest.mark.parametrize(
    ("url", "method", "fields", "signed"),
    [
        ("https://a.example/x", "GET", {}, "https://a.example/x"),
        ("https://a.example/x?b=2&a=1", "GET", {}, "https://a.example/x?a=1&b=2"),
        ("https://a.example/x", "POST", {}, "https://a.example/x"),
        ("https://a.example/x", "POST", {"B": ("2",), "A": ("1",)}, "https://a.example/x?A1B2"),
        ("https://a.example/x?q=1", "POST", {"B": ("2",), "A": ("1",)}, "https://a.example/x?q=1.A1B2"),
        ("https://a.example/x?q=b&q=a", "POST", {"A": ("2", "1")}, "https://a.example/x?q=a&q=b.A1A2"),
    ],
)
def test_what_the_signature_covers(url: str, method: str, fields: dict[str, tuple[str, ...]], signed: str) -> None:
    assert signed_url(url, method, Fields(fields)) == signed


def test_one_of_several_signatures_is_enough() -> None:
    good = TestPlivo().sign(TestPlivo.new)
    both = f"{signature('x')},{good.headers['x-plivo-signature-v3'][0]}"
    request = replace(good, headers={**good.headers, "x-plivo-signature-v3": (both,)})
    assert PLIVO.authenticate(request, SECRETS, NOW) is None


def test_another_nonce_does_not_verify() -> None:
    good = TestPlivo().sign(TestPlivo.new)
    request = replace(good, headers={**good.headers, "x-plivo-signature-v3-nonce": ("n2",)})
    refusal = PLIVO.authenticate(request, SECRETS, NOW)
    assert refusal is not None
    assert refusal.fault is Fault.SIGNATURE_WRONG


@pytest.mark.parametrize(
    ("status", "kind", "cause"),
    [
        ("ringing", CallEventKind.NEW, None),
        ("in-progress", CallEventKind.ANSWERED, None),
        ("completed", CallEventKind.ENDED, Cause.NORMAL),
        ("timeout", CallEventKind.ENDED, Cause.NO_ANSWER),
        ("cancel", CallEventKind.ENDED, Cause.CANCELLED),
    ],
)
def test_statuses_are_read(status: str, kind: CallEventKind, cause: Cause | None) -> None:
    (event,) = read_events(PLIVO, hook(f"CallUUID=p1&CallStatus={status}".encode()))
    assert (event.kind, event.cause) == (kind, cause)


def test_what_plivo_says_of_attestation() -> None:
    (passed,) = read_events(PLIVO, hook(TestPlivo.new + b"&STIRVerification=Verified"))
    (failed,) = read_events(PLIVO, hook(TestPlivo.new + b"&STIRVerification=Not+Verified"))
    (absent,) = read_events(PLIVO, hook(TestPlivo.new + b"&STIRVerification=Not+Applicable"))
    assert [passed.verstat, failed.verstat, absent.verstat] == ["TN-Validation-Passed", "TN-Validation-Failed", None]


def test_the_answers_are_plivos() -> None:
    (event,) = read_events(PLIVO, hook(TestPlivo.new))
    reject = CallDecision(action=Action.REJECT, reason=Reason.CALLER_UNKNOWN)
    nowhere = CallDecision(action=Action.ALLOW, reason=Reason.AUTHORIZED)
    allow = CallDecision(action=Action.ALLOW, reason=Reason.AUTHORIZED, forward_to="+420211151600")
    ask = CallDecision(action=Action.ASK_PIN, reason=Reason.AUTHORIZED)
    assert b'<Hangup reason="rejected"/>' in PLIVO.render(reject, event, hook()).body
    assert b'<Hangup reason="busy"/>' in PLIVO.render(nowhere, event, hook()).body
    assert b"<Number>420211151600</Number>" in PLIVO.render(allow, event, hook()).body
    assert b"<GetDigits " in PLIVO.render(ask, event, hook()).body
