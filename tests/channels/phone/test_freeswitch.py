"""FreeSWITCH: httapi asks, json_cdr reports, in each of its encodings."""

import base64
import json
from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from authz.decision import Reason
from channels.phone.event import Action, CallDecision, CallEventKind, Cause, Direction, RejectAs
from channels.phone.hook import EndpointSecrets, Fault, HookRequest, Refusal
from tests.channels.phone.contract import KEY, NOW, WebhookContract, dialect_named, hook, read_events

FREESWITCH = dialect_named("freeswitch")


def record(**variables: str) -> bytes:
    merged = {
        "uuid": "f1",
        "direction": "inbound",
        "start_epoch": "1795338000",
        "answer_epoch": "1795338005",
        "end_epoch": "1795338065",
        "hangup_cause": "NORMAL_CLEARING",
    } | variables
    flow = [
        {"caller_profile": {"caller_id_number": "transferred", "destination_number": "x"}},
        {"caller_profile": {"caller_id_number": "%2B420777123456", "destination_number": "211151600", "uuid": "f1"}},
    ]
    return json.dumps({"core-uuid": "x", "variables": merged, "callflow": flow}).encode()


class TestHttapi(WebhookContract):
    dialect = FREESWITCH
    forged_fault = Fault.CREDENTIALS_WRONG
    new = (
        b"session_id=f1&hostname=fs&Caller-Direction=inbound&Caller-Caller-ID-Number=%2B420777123456"
        b"&Caller-Destination-Number=211151600&exiting=false"
    )
    answered = None
    ended = None

    def sign(self, body: bytes, *, key: str = KEY, at: datetime = NOW, timestamp: str | None = None) -> HookRequest:
        return hook(body, authorization="Basic " + base64.b64encode(f"fs:{key}".encode()).decode())

    def secrets(self, *keys: str) -> EndpointSecrets:
        return EndpointSecrets(basic=tuple(("fs", key) for key in keys))


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (record(), "application/json"),
        (record(), "application/x-www-form-urlencoded"),
        (b"cdr=" + quote(record().decode(), safe="").encode(), "application/x-www-form-urlencoded"),
        (b"cdr=" + base64.b64encode(record() + b"\0"), "application/x-www-form-base64-encoded"),
    ],
    ids=["json", "json labelled as a form", "form", "base64"],
)
def test_a_record_is_the_whole_course_of_a_call_in_every_encoding(body: bytes, content_type: str) -> None:
    new, answered, ended = read_events(FREESWITCH, hook(body, content_type=content_type))
    assert [each.kind for each in (new, answered, ended)] == [
        CallEventKind.NEW,
        CallEventKind.ANSWERED,
        CallEventKind.ENDED,
    ]
    assert new.presented == "+420777123456"
    assert new.at == datetime.fromtimestamp(1795338000, UTC)
    assert ended.at == datetime.fromtimestamp(1795338065, UTC)
    assert ended.cause is Cause.NORMAL


def test_the_record_repeats_the_new_call_that_httapi_told() -> None:
    (asked,) = read_events(FREESWITCH, hook(TestHttapi.new))
    reported, *_ = read_events(FREESWITCH, hook(record()))
    assert asked.key == reported.key


def test_an_unanswered_call_has_no_answer() -> None:
    events = read_events(FREESWITCH, hook(record(answer_epoch="0", hangup_cause="ORIGINATOR_CANCEL")))
    assert [event.kind for event in events] == [CallEventKind.NEW, CallEventKind.ENDED]
    assert events[-1].cause is Cause.CANCELLED


@pytest.mark.parametrize(
    "body",
    [b"{", b"{}", b"cdr=", b"cdr=%7B", b'{"variables":[],"callflow":[1]}', b"cdr=!!!", b"hostname=fs"],
)
def test_what_is_no_record_is_refused(body: bytes) -> None:
    for content_type in ("application/json", "application/x-www-form-base64-encoded", "text/plain"):
        assert isinstance(FREESWITCH.read(hook(body, content_type=content_type), NOW), Refusal)


def test_the_goodbye_of_httapi_is_no_event() -> None:
    assert read_events(FREESWITCH, hook(b"session_id=f1&exiting=true")) == ()


def test_the_fields_may_come_in_the_query() -> None:
    query = {"session_id": ("f1",), "Caller-Caller-ID-Number": ("+420777123456",), "exiting": ("false",)}
    for method in ("GET", "POST"):
        (event,) = read_events(FREESWITCH, hook(method=method, query=query))
        assert (event.call_id, event.presented) == ("f1", "+420777123456")


def test_hidden_numbers_and_outbound_calls() -> None:
    (event,) = read_events(FREESWITCH, hook(b"session_id=f1&Caller-Privacy-Hide-Number=true&Caller-Direction=outbound"))
    assert event.privacy
    assert event.direction is Direction.OUTBOUND


def test_the_document_is_text_xml_and_sets_allow_or_hangs_up() -> None:
    (event,) = read_events(FREESWITCH, hook(TestHttapi.new))
    allow = CallDecision(action=Action.ALLOW, reason=Reason.AUTHORIZED, customer='ACME "<&>" ${system reboot}')
    answer = FREESWITCH.render(allow, event, hook())
    assert answer.content_type.startswith("text/xml")
    assert b'data="intake_action=allow"/>' in answer.body
    assert b"$" not in answer.body
    assert b"ACME &quot;&lt;&amp;&gt;&quot;" in answer.body
    busy = CallDecision(action=Action.REJECT, reason=Reason.CALLER_UNKNOWN, reject_as=RejectAs.BUSY)
    assert b'<hangup cause="USER_BUSY"/>' in FREESWITCH.render(busy, event, hook()).body
    ask = CallDecision(action=Action.ASK_PIN, reason=Reason.AUTHORIZED)
    assert b"intake_action=ask-pin" in FREESWITCH.render(ask, event, hook()).body
    assert b"<hangup" in FREESWITCH.refuse(Refusal(fault=Fault.KEY_MISSING, detail=""), hook()).body
