"""sipgate.io: it tells of the answer and the end only when our answer asks for it."""

import base64
from datetime import datetime

from authz.decision import Reason
from authz.phone.number import CallerKind, read_number
from channels.phone.event import Action, CallDecision, CallEventKind, Direction, RejectAs
from channels.phone.hook import EndpointSecrets, Fault, HookRequest
from tests.channels.phone.contract import KEY, NOW, WebhookContract, dialect_named, hook, read_events

SIPGATE = dialect_named("sipgate")
ALLOW = CallDecision(action=Action.ALLOW, reason=Reason.AUTHORIZED)


class TestSipgate(WebhookContract):
    dialect = SIPGATE
    forged_fault = Fault.CREDENTIALS_WRONG
    new = b"event=newCall&direction=in&from=420777123456&to=4921155667788&callId=s1&user[]=Alice&user[]=Bob&userId[]=w0"
    answered = b"event=answer&direction=in&from=420777123456&to=4921155667788&callId=s1&user=Bob&userId=w1"
    ended = b"event=hangup&direction=in&from=420777123456&cause=normalClearing&callId=s1&answeringNumber=4921199"

    def sign(self, body: bytes, *, key: str = KEY, at: datetime = NOW, timestamp: str | None = None) -> HookRequest:
        credentials = base64.b64encode(f"sipgate:{key}".encode()).decode()
        return hook(body, authorization=f"Basic {credentials}")

    def secrets(self, *keys: str) -> EndpointSecrets:
        return EndpointSecrets(basic=tuple(("sipgate", key) for key in keys))


def test_the_answer_asks_for_the_further_events_at_the_url_with_its_credentials() -> None:
    request = TestSipgate().sign(TestSipgate.new, key="p&ss")
    (event,) = read_events(SIPGATE, request)
    body = SIPGATE.render(ALLOW, event, request).body.decode()
    own = "https://sipgate:p%26ss@desk.example/hooks/phone/pbx"
    assert body.endswith(f'<Response onAnswer="{own}" onHangup="{own}"></Response>')


def test_a_token_in_the_url_is_kept() -> None:
    request = hook(TestSipgate.new, url="https://desk.example/hooks/phone/pbx?token=a&x=1")
    (event,) = read_events(SIPGATE, request)
    assert (
        'onAnswer="https://desk.example/hooks/phone/pbx?token=a&amp;x=1"'
        in SIPGATE.render(ALLOW, event, request).body.decode()
    )


def test_a_rejection_is_all_there_is() -> None:
    (event,) = read_events(SIPGATE, hook(TestSipgate.new))
    reject = CallDecision(action=Action.REJECT, reason=Reason.CALLER_UNKNOWN, reject_as=RejectAs.BUSY)
    answer = SIPGATE.render(reject, event, hook())
    assert answer.content_type.startswith("application/xml")
    assert answer.body.endswith(b'<Response><Reject reason="busy"/></Response>')


def test_forwarding_and_asking_for_a_pin() -> None:
    (event,) = read_events(SIPGATE, hook(TestSipgate.new))
    forward = CallDecision(action=Action.ALLOW, reason=Reason.AUTHORIZED, forward_to="+420211151600")
    ask = CallDecision(action=Action.ASK_PIN, reason=Reason.AUTHORIZED)
    assert b"<Dial><Number>420211151600</Number></Dial>" in SIPGATE.render(forward, event, hook()).body
    assert b'<Gather onData="https://desk.example/hooks/phone/pbx"' in SIPGATE.render(ask, event, hook()).body
    (keyed,) = read_events(SIPGATE, hook(b"event=dtmf&callId=s1&dtmf=1234"))
    assert (keyed.kind, keyed.digits) == (CallEventKind.DTMF, "1234")


def test_numbers_have_no_plus_and_are_never_read_nationally() -> None:
    rules = SIPGATE.number_rules
    assert read_number("420777123456", rules).e164 == "+420777123456"
    assert read_number("266696687", rules).kind is CallerKind.WITHHELD
    assert read_number("777123456", rules).kind is CallerKind.UNPARSABLE


def test_diversion_and_transfer_are_recorded() -> None:
    body = b"event=newCall&direction=in&from=anonymous&callId=s2&diversion=492111&origCallId=s1"
    (event,) = read_events(SIPGATE, hook(body))
    assert (event.diverted_from, event.original_call_id, event.presented) == ("492111", "s1", "anonymous")


def test_an_outbound_call_is_never_rejected() -> None:
    (event,) = read_events(SIPGATE, hook(b"event=newCall&direction=out&from=4921&to=420&callId=s3"))
    assert event.direction is Direction.OUTBOUND
    reject = CallDecision(action=Action.REJECT, reason=Reason.CALLER_UNKNOWN)
    assert b"Reject" not in SIPGATE.render(reject, event, hook()).body
