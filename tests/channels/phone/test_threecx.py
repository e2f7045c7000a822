"""3CX: a look-up when it rings and a report when it is over, with no call id to hold on to."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from authz.decision import Reason
from channels.phone.calls import CallState, apply, apply_all, continues, is_stale, reap
from channels.phone.event import Action, CallDecision, CallEventKind, Cause, Direction
from channels.phone.filing import FilingRules, ticket_due
from channels.phone.hook import EndpointSecrets, Fault, HookRequest, Refusal
from tests.channels.phone.contract import KEY, NOW, WebhookContract, dialect_named, hook, read_events

THREECX = dialect_named("3cx")


def look_up(number: str, direction: str = "Inbound") -> HookRequest:
    return hook(method="GET", query={"number": (number,), "direction": (direction,)})


def report(**fields: str) -> bytes:
    return json.dumps({"number": "777123456", "agent": "101"} | fields).encode()


class TestThreeCx(WebhookContract):
    dialect = THREECX
    forged_fault = Fault.CREDENTIALS_WRONG
    answered = None
    ended = None
    new = b""

    def sign(self, body: bytes, *, key: str = KEY, at: datetime = NOW, timestamp: str | None = None) -> HookRequest:
        request = hook(body, content_type="application/json", authorization=f"Bearer {key}")
        return request if body else replace(request, method="GET", query={"number": ("777123456",)})

    def secrets(self, *keys: str) -> EndpointSecrets:
        return EndpointSecrets(bearer=keys)


@pytest.mark.parametrize(
    ("call_type", "direction", "kinds", "cause"),
    [
        ("Inbound", Direction.INBOUND, ["new", "answered", "ended"], Cause.NORMAL),
        ("Missed", Direction.INBOUND, ["new", "ended"], Cause.NO_ANSWER),
        ("Outbound", Direction.OUTBOUND, ["new", "answered", "ended"], Cause.NORMAL),
        ("Notanswered", Direction.OUTBOUND, ["new", "ended"], Cause.NO_ANSWER),
    ],
)
def test_a_report_is_the_whole_course_of_a_call(
    call_type: str, direction: Direction, kinds: list[str], cause: Cause
) -> None:
    body = report(call_type=call_type, start="2026-11-22T08:58:00Z", end="2026-11-22T09:00:00Z", duration="100")
    events = read_events(THREECX, hook(body))
    assert [event.kind.value for event in events] == kinds
    assert {event.direction for event in events} == {direction}
    assert (events[0].at, events[-1].at) == (datetime(2026, 11, 22, 8, 58, tzinfo=UTC), NOW)
    assert events[-1].cause is cause


def test_the_report_continues_the_call_of_its_look_up() -> None:
    (asked,) = read_events(THREECX, look_up("777123456"), NOW - timedelta(minutes=2))
    call = apply(None, asked)
    for event in read_events(THREECX, hook(report(call_type="Missed", start="2026-11-22T08:58:02Z"))):
        assert continues(call, event)
        call = apply(call, event)
    assert (call.state, len(call.events), call.only_looked_up) == (CallState.ENDED, 2, False)
    assert ticket_due(call, FilingRules(), authorized=True) is not None


def test_a_look_up_without_a_report_is_no_missed_call() -> None:
    (asked,) = read_events(THREECX, look_up("777123456"))
    call = apply_all([asked])
    assert call is not None
    assert is_stale(call, NOW + timedelta(hours=2))
    assert ticket_due(apply(call, reap(call, NOW + timedelta(hours=2))), FilingRules(), authorized=True) is None


def test_an_outbound_look_up_is_an_outbound_call() -> None:
    (event,) = read_events(THREECX, look_up("777123456", "Outbound"))
    assert (event.kind, event.direction, event.lookup) == (CallEventKind.NEW, Direction.OUTBOUND, True)


def test_a_withheld_number_is_looked_up_too() -> None:
    (event,) = read_events(THREECX, look_up(""))
    assert (event.presented, event.call_id) == ("", "withheld")


@pytest.mark.parametrize("request_", [hook(method="GET"), hook(report(call_type="Odd")), hook(b"{}")])
def test_an_incomplete_request_is_refused(request_: HookRequest) -> None:
    assert isinstance(THREECX.read(request_, NOW), Refusal)


def test_the_answer_is_one_contact_or_none() -> None:
    known = CallDecision(
        action=Action.ALLOW,
        reason=Reason.AUTHORIZED,
        caller_id="+420777123456",
        customer="ACME s.r.o.",
        contacts=("Jan", "Eva"),
        ticket_url="https://desk.example/t/1",
    )
    unknown = CallDecision(action=Action.REJECT, reason=Reason.CALLER_UNKNOWN, caller_id="+420600000000")
    (contact,) = json.loads(THREECX.render(known, None, hook()).body)["contacts"]
    assert (contact["lastname"], contact["company"], contact["number"]) == ("Jan / Eva", "ACME s.r.o.", "+420777123456")
    assert json.loads(THREECX.render(unknown, None, hook()).body) == {"contacts": []}
