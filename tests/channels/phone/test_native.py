"""The native dialect: our own fields, signed as Standard Webhooks are."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest

from authz.decision import Reason
from channels.phone.event import Action, CallDecision, CallEventKind, Cause, Direction
from channels.phone.hook import EndpointSecrets, Fault, HookRequest, Refusal
from tests.channels.phone.contract import KEY, NOW, TimedWebhookContract, dialect_named, hook, read_events

NATIVE = dialect_named("native")
ALLOWED = CallDecision(
    action=Action.ALLOW,
    reason=Reason.AUTHORIZED,
    caller_id="+420777123456",
    customer="ACME\x1b s.r.o.\r\nX-Evil: 1\u2028",
    contact="Jan Novák",
    open_tickets=(12, 9),
    open_ticket_count=2,
    ticket_url="https://desk.example/t/12",
)


def signed(body: bytes, key: str, timestamp: str, webhook_id: str | None = "evt_1", **headers: str) -> HookRequest:
    content = f"{timestamp}.".encode() + body
    if webhook_id is not None:
        content = f"{webhook_id}.".encode() + content
        headers["webhook_id"] = webhook_id
    signature = base64.b64encode(hmac.new(key.encode(), content, hashlib.sha256).digest()).decode()
    return hook(
        body,
        content_type="application/json",
        webhook_timestamp=timestamp,
        webhook_signature=f"v1a,bm9uZQ== v1,{signature}",
        **headers,
    )


class TestNative(TimedWebhookContract):
    dialect = NATIVE
    new = b'{"event":"new","call_id":"c1","from":"+420777123456","to":"+420211151600","agents":["a1","a2"]}'
    answered = b'{"event":"answered","call_id":"c1","agent":"a2"}'
    ended = b'{"event":"ended","call_id":"c1","cause":"normal","duration":65}'

    def sign(self, body: bytes, *, key: str = KEY, at: datetime = NOW, timestamp: str | None = None) -> HookRequest:
        return signed(body, key, str(int(at.timestamp())) if timestamp is None else timestamp)


def test_a_signature_without_an_id_covers_timestamp_and_body() -> None:
    request = signed(TestNative.new, KEY, str(int(NOW.timestamp())), webhook_id=None)
    assert NATIVE.authenticate(request, EndpointSecrets(keys=(KEY,)), NOW) is None


def test_a_signed_id_cannot_be_read_again_as_the_timestamp() -> None:
    stamp = str(int(NOW.timestamp()))
    request = signed(b"event=new&call_id=1", KEY, stamp, webhook_id=stamp)
    shifted = hook(
        f"{stamp}.".encode() + request.body,
        webhook_timestamp=stamp,
        webhook_signature=request.headers["webhook-signature"][0],
    )
    refusal = NATIVE.authenticate(shifted, EndpointSecrets(keys=(KEY,)), NOW)
    assert refusal is not None
    assert refusal.fault is Fault.SIGNATURE_WRONG


def test_a_tampered_body_is_refused() -> None:
    good = signed(TestNative.new, KEY, str(int(NOW.timestamp())))
    tampered = hook(
        TestNative.new.replace(b"777", b"778"),
        **{n.replace("-", "_"): v[0] for n, v in good.headers.items() if n.startswith("webhook")},
    )
    refusal = NATIVE.authenticate(tampered, EndpointSecrets(keys=(KEY,)), NOW)
    assert refusal is not None
    assert refusal.fault is Fault.SIGNATURE_WRONG


def test_a_form_says_the_same_as_json() -> None:
    form = hook(b"event=new&call_id=c1&from=%2B420777123456&to=%2B420211151600&agents[]=a1&agents[]=a2")
    json_event = read_events(NATIVE, signed(TestNative.new, KEY, "0"))
    assert read_events(NATIVE, form) == json_event


def test_every_field_is_read() -> None:
    body = {
        "event": "ended",
        "call_id": 17,
        "leg": "b",
        "from": "220",
        "asserted": "tel:+420777123456",
        "privacy": "id",
        "to": "+420211151600",
        "direction": "out",
        "agents": ["x"],
        "agent": "x",
        "queue": "helpdesk",
        "cause": "busy",
        "duration": "12",
        "at": "2026-11-22T10:00:00+01:00",
        "diverted_from": "+420602000001",
        "original_call_id": "c0",
        "verstat": "TN-Validation-Passed-A",
    }
    (event,) = read_events(NATIVE, hook(json.dumps(body).encode(), content_type="application/json"))
    assert event.kind is CallEventKind.ENDED
    assert (event.call_id, event.leg, event.presented, event.asserted) == ("17", "b", "220", "tel:+420777123456")
    assert event.privacy
    assert event.direction is Direction.OUTBOUND
    assert event.cause is Cause.BUSY
    assert event.duration_s == 12
    assert event.at == datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
    assert (event.diverted_from, event.original_call_id, event.queue) == ("+420602000001", "c0", "helpdesk")


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"event=new", Fault.FIELD_MISSING),
        (b"event=new&call_id=", Fault.FIELD_MISSING),
        (b"event=ring&call_id=1", Fault.EVENT_UNKNOWN),
        (b"event=new&call_id=1&direction=up", Fault.EVENT_UNKNOWN),
        (b"event=new&call_id=1&from=1&from=2", Fault.FIELD_AMBIGUOUS),
        (b'{"event":"new","call_id":"1","from":"1","from":"2"}', Fault.BODY_UNREADABLE),
        (b'{"event":"new"', Fault.BODY_UNREADABLE),
        (b"event=new&call_id=1&at=2026-11-22T10:00:00", Fault.FIELD_MALFORMED),
        (b"event=new&call_id=1&at=99999999999999999999", Fault.FIELD_MALFORMED),
        (b"{" * 100_000, Fault.BODY_UNREADABLE),
        (b"a=1&" * 5000, Fault.BODY_UNREADABLE),
        (b"x" * (1 << 20) + b"x", Fault.BODY_UNREADABLE),
    ],
)
def test_a_body_that_cannot_be_an_event_is_refused_with_its_fault(body: bytes, fault: Fault) -> None:
    refusal = NATIVE.read(hook(body), NOW)
    assert isinstance(refusal, Refusal)
    assert refusal.fault is fault
    assert NATIVE.refuse(refusal, hook(body)).status == 422


def test_only_posts_are_events() -> None:
    refusal = NATIVE.read(hook(TestNative.new, method="GET"), NOW)
    assert isinstance(refusal, Refusal)
    assert refusal.fault is Fault.METHOD_WRONG


def test_the_answer_is_one_line_of_json_that_no_header_can_be_smuggled_in() -> None:
    answer = NATIVE.render(ALLOWED, None, hook())
    assert b"\n" not in answer.body
    assert b"\r" not in answer.body
    read = json.loads(answer.body)
    assert read["action"] == "allow"
    assert read["customer"] == "ACME s.r.o. X-Evil: 1"
    assert read["caller_name"] == "Jan Novák, ACME s.r.o. X-Evil: 1"
    assert read["tickets"] == [12, 9]


def test_the_plain_answer_is_one_line_of_percent_encoded_pairs() -> None:
    answer = NATIVE.render(ALLOWED, None, hook(accept="text/plain"))
    assert answer.content_type.startswith("text/plain")
    assert answer.body.startswith(
        b"action=allow&reason=authorized&caller_id=%2B420777123456&caller_name=Jan%20Nov%C3%A1k"
    )
    assert b"tickets=12%2C9" in answer.body


def test_a_rejection_names_how_and_why() -> None:
    decision = CallDecision(action=Action.REJECT, reason=Reason.CALLER_UNKNOWN, public_text="Not authorized.")
    assert json.loads(NATIVE.render(decision, None, hook()).body) == {
        "action": "reject",
        "reason": "caller-unknown",
        "as": "rejected",
        "text": "Not authorized.",
    }


def test_an_event_after_the_first_is_only_acknowledged() -> None:
    assert NATIVE.render(None, None, hook()).body == b"{}"
