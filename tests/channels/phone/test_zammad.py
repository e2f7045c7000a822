"""Zammad's generic CTI, as its bridges speak it."""

import json
from datetime import datetime

import pytest

from authz.decision import Reason
from channels.phone.event import Action, CallDecision, CallEventKind, Cause, Direction, RejectAs
from channels.phone.hook import EndpointSecrets, Fault, HookRequest, Refusal
from tests.channels.phone.contract import KEY, NOW, WebhookContract, dialect_named, hook, read_events

ZAMMAD = dialect_named("zammad")
MULTIPART = (
    b"--x\r\n"
    b'Content-Disposition: form-data; name="event"\r\n\r\nnewCall\r\n--x\r\n'
    b'Content-Disposition: form-data; name="from"\r\n\r\n+420777123456\r\n--x\r\n'
    b'Content-Disposition: form-data; name="to"\r\n\r\n+420211151600\r\n--x\r\n'
    b'Content-Disposition: form-data; name="direction"\r\n\r\nin\r\n--x\r\n'
    b'Content-Disposition: form-data; name="callId"\r\n\r\n991\r\n--x\r\n'
    b'Content-Disposition: form-data; name="user[]"\r\n\r\nAlice\r\n--x\r\n'
    b'Content-Disposition: form-data; name="user[]"\r\n\r\nBob\r\n--x--\r\n'
)


def posted(body: bytes, content_type: str = "application/x-www-form-urlencoded", token: str = KEY) -> HookRequest:
    return hook(body, content_type=content_type, url=f"https://desk.example/api/v1/cti/{token}")


class TestZammad(WebhookContract):
    dialect = ZAMMAD
    forged_fault = Fault.CREDENTIALS_WRONG
    new = b"event=newCall&from=%2B420777123456&to=%2B420211151600&direction=in&callId=991&user[]=Alice&user[]=Bob"
    answered = b"event=answer&from=%2B420777123456&direction=in&callId=991&user=Bob&answeringNumber=23"
    ended = b"event=hangup&from=%2B420777123456&direction=in&callId=991&cause=normalClearing"

    def sign(self, body: bytes, *, key: str = KEY, at: datetime = NOW, timestamp: str | None = None) -> HookRequest:
        return posted(body, token=key)

    def secrets(self, *keys: str) -> EndpointSecrets:
        return EndpointSecrets(tokens=keys)


@pytest.mark.parametrize(
    "request_",
    [
        posted(TestZammad.new),
        posted(MULTIPART, "multipart/form-data; boundary=x"),
        posted(
            b'{"event":"newCall","from":"+420777123456","to":"+420211151600","direction":"in","callId":991,"user":["Alice","Bob"]}',
            "application/json",
        ),
    ],
    ids=["form", "multipart", "json"],
)
def test_the_three_forms_say_the_same(request_: HookRequest) -> None:
    (event,) = read_events(ZAMMAD, request_)
    assert event.kind is CallEventKind.NEW
    assert (event.call_id, event.presented, event.called_number) == ("991", "+420777123456", "+420211151600")
    assert event.agents == ("Alice", "Bob")
    assert not event.call_id_reused


def test_one_user_may_come_as_a_string() -> None:
    (event,) = read_events(ZAMMAD, posted(b"event=newCall&direction=in&callId=1&user=Alice"))
    assert event.agents == ("Alice",)


@pytest.mark.parametrize(
    ("sent", "cause"),
    [
        ("normalClearing", Cause.NORMAL),
        ("busy", Cause.BUSY),
        ("cancel", Cause.CANCELLED),
        ("noAnswer", Cause.NO_ANSWER),
        ("congestion", Cause.CONGESTION),
        ("notFound", Cause.NOT_FOUND),
        ("forwarded", Cause.FORWARDED),
        ("voicemail", Cause.VOICEMAIL),
        ("blocked", Cause.BLOCKED),
        ("somethingNew", Cause.OTHER),
    ],
)
def test_causes_are_read(sent: str, cause: Cause) -> None:
    (event,) = read_events(ZAMMAD, posted(f"event=hangup&direction=in&callId=1&cause={sent}".encode()))
    assert (event.cause, event.cause_sent) == (cause, sent)


def test_a_placeholder_that_was_not_filled_in_is_empty() -> None:
    (event,) = read_events(
        ZAMMAD, posted(b"event=newCall&direction=in&callId=1&from=[Number]&user=[Agent]&queue=[QueueName]")
    )
    assert event.presented == ""
    assert event.agents == ()
    assert event.queue is None


def test_a_call_id_that_is_the_callers_number_comes_again() -> None:
    (event,) = read_events(ZAMMAD, posted(b"event=newCall&direction=in&callId=420777123456&from=%2B420777123456"))
    assert event.call_id_reused


def test_an_unescaped_plus_reaches_the_number_reader_as_it_came() -> None:
    (event,) = read_events(ZAMMAD, posted(b"event=newCall&direction=in&callId=1&from=+420777123456"))
    assert event.presented == " 420777123456"


@pytest.mark.parametrize(
    "body",
    [
        b"event=newCall&direction=in",
        b"event=newCall&callId=1",
        b"event=dial&direction=in&callId=1",
        b"event=newCall&direction=in&callId=1&from=1&from=2",
    ],
)
def test_an_incomplete_event_is_422_with_an_error(body: bytes) -> None:
    refusal = ZAMMAD.read(posted(body), NOW)
    assert isinstance(refusal, Refusal)
    answer = ZAMMAD.refuse(refusal, posted(body))
    assert answer.status == 422
    assert "error" in json.loads(answer.body)


def test_a_wrong_token_is_401_with_an_error() -> None:
    refusal = ZAMMAD.authenticate(posted(TestZammad.new, token="guess"), EndpointSecrets(tokens=(KEY,)), NOW)
    assert refusal is not None
    assert ZAMMAD.refuse(refusal, posted(b"")).status == 401


def test_the_answers_are_zammads() -> None:
    (event,) = read_events(ZAMMAD, posted(TestZammad.new))
    allow = CallDecision(action=Action.ALLOW, reason=Reason.AUTHORIZED)
    busy = CallDecision(action=Action.REJECT, reason=Reason.CALLER_WITHHELD, reject_as=RejectAs.BUSY)
    forward = CallDecision(action=Action.ALLOW, reason=Reason.AUTHORIZED, forward_to="23")
    ask = CallDecision(action=Action.ASK_PIN, reason=Reason.AUTHORIZED)
    rendered = [json.loads(ZAMMAD.render(each, event, posted(b"")).body) for each in (allow, busy, forward, ask)]
    assert rendered == [
        {},
        {"action": "reject", "reason": "busy"},
        {"action": "dial", "number": "23"},
        {"action": "reject", "reason": "rejected"},
    ]


def test_an_outbound_call_is_never_rejected() -> None:
    (event,) = read_events(ZAMMAD, posted(b"event=newCall&direction=out&callId=1&from=23&to=%2B420777123456"))
    assert event.direction is Direction.OUTBOUND
    reject = CallDecision(action=Action.REJECT, reason=Reason.CALLER_INTERNAL)
    assert ZAMMAD.render(reject, event, posted(b"")).body == b"{}"
