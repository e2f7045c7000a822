"""Yeastar: P-Series webhooks, S-Series reports, answers by REST."""

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta

import pytest

from authz.decision import Reason
from channels.phone.calls import CallState, apply_all
from channels.phone.dialects.yeastar import Yeastar
from channels.phone.event import Action, CallDecision, CallEventKind, Cause, Direction
from channels.phone.hook import EndpointSecrets, HookRequest, Refusal
from tests.channels.phone.contract import KEY, NOW, WebhookContract, hook, read_events

YEASTAR = Yeastar()
INBOUND = {"from": "777123456", "to": "211151600", "trunk_name": "t", "channel_id": "PJSIP/t-1"}


def report(number: int, **message: object) -> bytes:
    return json.dumps({"type": number, "sn": "X", "msg": json.dumps({"call_id": "y1"} | message)}).encode()


def members(status: str, *extensions: str) -> list[object]:
    talking = [{"extension": {"number": each, "member_status": "ANSWER"}} for each in extensions]
    return [{"inbound": INBOUND | {"member_status": status}}, *talking]


class TestYeastar(WebhookContract):
    dialect = YEASTAR
    new = report(30016, members=members("ALERT"))
    answered = report(30011, members=members("ANSWERED", "2002"))
    ended = report(30011, members=members("BYE"))

    def sign(self, body: bytes, *, key: str = KEY, at: datetime = NOW, timestamp: str | None = None) -> HookRequest:
        signature = base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()
        return hook(body, content_type="application/json", x_signature=signature)


def test_an_s_series_pbx_is_let_in_by_its_token() -> None:
    request = hook(b"{}", url="https://desk.example/hooks/phone/pbx?token=t", query={"token": ("t",)})
    assert YEASTAR.authenticate(request, EndpointSecrets(tokens=("t",)), NOW) is None
    assert YEASTAR.authenticate(request, EndpointSecrets(tokens=("u",)), NOW) is not None


def test_a_signed_webhook_is_not_replaced_by_a_token() -> None:
    request = hook(b"{}", query={"token": ("t",)})
    assert YEASTAR.authenticate(request, EndpointSecrets(keys=(KEY,), tokens=("t",)), NOW) is not None


def test_a_record_is_the_whole_course_of_a_call() -> None:
    body = report(
        30012, call_from="777123456", call_to="2002", did_number="211151600", call_duration=24, talk_duration=21,
        status="ANSWERED", type="Inbound",
    )  # fmt: skip
    new, answered, ended = read_events(YEASTAR, hook(body))
    assert new.at == NOW - timedelta(seconds=24)
    assert (answered.at, answered.agent) == (NOW - timedelta(seconds=21), "2002")
    assert (ended.cause, ended.duration_s, ended.called_number) == (Cause.NORMAL, 21, "211151600")


def test_live_events_and_the_record_make_one_call() -> None:
    record = report(30012, call_from="777123456", call_to="2002", call_duration=9, talk_duration=5, status="ANSWERED")
    bodies = (TestYeastar.new, TestYeastar.answered, TestYeastar.ended, record)
    events = [event for body in bodies for event in read_events(YEASTAR, hook(body))]
    call = apply_all(events)
    assert call is not None
    assert (call.state, call.agent, len(call.events)) == (CallState.ENDED, "2002", 3)


@pytest.mark.parametrize("event", ["Invite", "Incoming"])
def test_an_s_series_invitation(event: str) -> None:
    body = json.dumps({"event": event, "callid": "s1", "members": [{"inbound": INBOUND}]}).encode()
    (read,) = read_events(YEASTAR, hook(body))
    assert (read.kind, read.call_id, read.presented) == (CallEventKind.NEW, "s1", "777123456")


def test_an_s_series_record_with_its_own_spelling() -> None:
    body = (
        b'{"event":"NewCdr","callid":"s1","callfrom":"777123456","callto":"2002","callduraction":"19",'
        b'"talkduraction":"0","status":"NO ANSWERED","type":"Inbound"}'
    )
    new, ended = read_events(YEASTAR, hook(body))
    assert (new.kind, ended.cause) == (CallEventKind.NEW, Cause.NO_ANSWER)


def test_internal_calls_and_other_reports_do_not_concern_us() -> None:
    internal = report(30012, call_from="2005", call_to="2002", type="Internal", status="ANSWERED")
    between = report(30011, members=[{"extension": {"number": "1", "member_status": "RING"}}])
    for body in (internal, between, report(30005), b'{"event":"BootUp","sn":"1"}'):
        assert read_events(YEASTAR, hook(body)) == ()


@pytest.mark.parametrize("body", [b'{"type":30011,"msg":"{"}', b'{"type":30011,"msg":7}', b'{"type":30011,"msg":"{}"}'])
def test_a_damaged_report_is_refused(body: bytes) -> None:
    assert isinstance(YEASTAR.read(hook(body), NOW), Refusal)


def test_the_decision_goes_by_command() -> None:
    (event,) = read_events(YEASTAR, hook(TestYeastar.new))
    (accept,) = YEASTAR.commands(CallDecision(action=Action.ALLOW, reason=Reason.AUTHORIZED), event, hook())
    (refuse,) = YEASTAR.commands(CallDecision(action=Action.ASK_PIN, reason=Reason.AUTHORIZED), event, hook())
    assert (accept.path, accept.body) == ("/openapi/v1.0/call/accept_inbound", {"channel_id": "PJSIP/t-1"})
    assert refuse.path.endswith("refuse_inbound")


def test_an_outbound_call_is_recorded_as_such() -> None:
    body = report(30012, call_from="2002", call_to="777123456", type="Outbound", status="BUSY")
    assert {event.direction for event in read_events(YEASTAR, hook(body))} == {Direction.OUTBOUND}
