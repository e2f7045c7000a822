"""Placetel: the documented signature vector, its events and its XML."""

import hashlib
import hmac
from datetime import datetime

import pytest

from authz.decision import Reason
from authz.phone.number import CallerKind, read_number
from channels.phone.event import Action, CallDecision, CallEventKind, Cause, Direction
from channels.phone.hook import EndpointSecrets, HookRequest
from tests.channels.phone.contract import KEY, NOW, WebhookContract, dialect_named, hook, read_events

PLACETEL = dialect_named("placetel")
VECTOR = (
    b"call_id=4a4cbb39578170aed9a2761a7bec8c7e704a541f52291ef603d6f5f152980c3c"
    b"&event=CallAccepted&from=0123456789&to=0987654321"
)


class TestPlacetel(WebhookContract):
    dialect = PLACETEL
    new = b"event=IncomingCall&call_id=p1&from=022129191999&to=022199998560&direction=in"
    answered = b"event=CallAccepted&call_id=p1&from=022129191999&to=022199998560&peer=777abc%40fpbx.de"
    ended = b"event=HungUp&call_id=p1&from=022129191999&type=accepted&duration=123&direction=in"

    def sign(self, body: bytes, *, key: str = KEY, at: datetime = NOW, timestamp: str | None = None) -> HookRequest:
        return hook(body, x_placetel_signature=hmac.new(key.encode(), body, hashlib.sha256).hexdigest())


def test_the_documented_signature_verifies() -> None:
    signature = "c4f823c5b8806432fe2b83b1fc2ee714422e0cdfb4b5129152a7d0bbcd7792d0"
    request = hook(VECTOR, x_placetel_signature=signature)
    assert PLACETEL.authenticate(request, EndpointSecrets(keys=("12345",)), NOW) is None
    assert PLACETEL.authenticate(
        hook(VECTOR + b"0", x_placetel_signature=signature), EndpointSecrets(keys=("12345",)), NOW
    )


def test_national_numbers_are_german_by_default() -> None:
    (event,) = read_events(PLACETEL, hook(TestPlacetel.new))
    caller = read_number(event.presented, PLACETEL.number_rules)
    assert (caller.kind, caller.e164) == (CallerKind.E164, "+4922129191999")


@pytest.mark.parametrize(
    ("sent", "cause"),
    [("missed", Cause.NO_ANSWER), ("voicemail", Cause.VOICEMAIL), ("blocked", Cause.BLOCKED), ("busy", Cause.BUSY)],
)
def test_how_a_call_ended(sent: str, cause: Cause) -> None:
    (event,) = read_events(PLACETEL, hook(f"event=HungUp&call_id=1&type={sent}&duration=0".encode()))
    assert (event.kind, event.cause, event.duration_s) == (CallEventKind.ENDED, cause, 0)


def test_an_outgoing_call_is_only_recorded() -> None:
    (event,) = read_events(PLACETEL, hook(b"event=OutgoingCall&call_id=1&from=1&to=2"))
    assert event.direction is Direction.OUTBOUND
    reject = CallDecision(action=Action.REJECT, reason=Reason.CALLER_UNKNOWN)
    assert b"Reject" not in PLACETEL.render(reject, event, hook()).body


def test_the_answers_are_placetels() -> None:
    (event,) = read_events(PLACETEL, hook(TestPlacetel.new))
    reject = CallDecision(action=Action.REJECT, reason=Reason.CALLER_UNKNOWN)
    forward = CallDecision(action=Action.ALLOW, reason=Reason.AUTHORIZED, forward_to="0221<1>")
    assert PLACETEL.render(reject, event, hook()).body.endswith(b'<Response><Reject reason="busy"/></Response>')
    assert (
        b'<Forward><Target ringtime="30"><Number>0221&lt;1&gt;</Number>' in PLACETEL.render(forward, event, hook()).body
    )
