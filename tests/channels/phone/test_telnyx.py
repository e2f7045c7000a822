"""Telnyx: Ed25519 signatures, events in any order, and answers by REST."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from authz.decision import Reason
from channels.phone.dialects.telnyx import Telnyx
from channels.phone.event import Action, CallDecision, CallEventKind, Cause, Direction, RejectAs
from channels.phone.hook import EndpointSecrets, Fault, HookRequest, Refusal
from tests.channels.phone.contract import KEY, NOW, OTHER_KEY, TimedWebhookContract, hook, read_events

TELNYX = Telnyx()


def private_key(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(name.encode().ljust(32, b"!")[:32])


def public_key(name: str) -> str:
    raw = private_key(name).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return base64.b64encode(raw).decode()


def report(event_type: str, event_id: str = "e1", **payload: object) -> bytes:
    common = {"call_session_id": "s1", "call_control_id": "v2:c1", "call_leg_id": "l1", "direction": "incoming"}
    data = {
        "event_type": event_type,
        "id": event_id,
        "occurred_at": "2026-11-22T08:59:58.123456Z",
        "payload": common | payload,
    }
    return json.dumps({"data": data}).encode()


class TestTelnyx(TimedWebhookContract):
    dialect = TELNYX
    new = report("call.initiated", **{"from": "+420777123456", "to": "+420211151600"})
    answered = report("call.answered", "e2")
    ended = report("call.hangup", "e3", hangup_cause="normal_clearing")

    def sign(self, body: bytes, *, key: str = KEY, at: datetime = NOW, timestamp: str | None = None) -> HookRequest:
        if not key.strip():
            raise ValueError("no such key")
        stamp = str(int(at.timestamp())) if timestamp is None else timestamp
        signature = private_key(key).sign(f"{stamp}|".encode() + body)
        return hook(
            body,
            content_type="application/json",
            telnyx_timestamp=stamp,
            telnyx_signature_ed25519=base64.b64encode(signature).decode(),
        )

    def secrets(self, *keys: str) -> EndpointSecrets:
        return EndpointSecrets(keys=tuple(public_key(key) if key.strip() else key for key in keys))


@pytest.mark.parametrize("key", ["not base64", "AAAA", base64.b64encode(b"\0" * 32).decode()])
def test_a_damaged_public_key_lets_nobody_in(key: str) -> None:
    refusal = TELNYX.authenticate(TestTelnyx().sign(TestTelnyx.new), EndpointSecrets(keys=(key,)), NOW)
    assert refusal is not None
    assert refusal.fault is Fault.SIGNATURE_WRONG


def test_another_accounts_key_does_not_verify() -> None:
    refusal = TELNYX.authenticate(TestTelnyx().sign(TestTelnyx.new), TestTelnyx().secrets(OTHER_KEY), NOW)
    assert refusal is not None


def test_an_event_is_read_with_its_own_time() -> None:
    (event,) = read_events(TELNYX, hook(TestTelnyx.new))
    assert (event.call_id, event.leg, event.presented) == ("s1", "l1", "+420777123456")
    assert event.at == datetime(2026, 11, 22, 8, 59, 58, 123456, UTC)


@pytest.mark.parametrize(
    ("cause", "read"),
    [
        ("user_busy", Cause.BUSY),
        ("originator_cancel", Cause.CANCELLED),
        ("timeout", Cause.NO_ANSWER),
        ("x", Cause.OTHER),
    ],
)
def test_hangup_causes(cause: str, read: Cause) -> None:
    (event,) = read_events(TELNYX, hook(report("call.hangup", hangup_cause=cause)))
    assert event.cause is read


def test_an_attestation_counts_only_when_it_was_validated() -> None:
    def verstat(**payload: object) -> str | None:
        (event,) = read_events(TELNYX, hook(report("call.initiated", **payload)))
        return event.verstat

    assert verstat(shaken_stir_attestation="A", shaken_stir_validated=True) == "TN-Validation-Passed-A"
    assert verstat(shaken_stir_attestation="A", shaken_stir_validated=False) == "TN-Validation-Failed-A"
    assert verstat(shaken_stir_attestation="A") == "No-TN-Validation"
    assert verstat() is None


def test_an_agents_leg_answers_the_call_but_does_not_end_it() -> None:
    (answered,) = read_events(TELNYX, hook(report("call.answered", direction="outgoing", call_leg_id="l2", to="+4209")))
    assert (answered.agent, answered.direction) == ("+4209", Direction.OUTBOUND)
    (ended,) = read_events(TELNYX, hook(report("call.hangup", direction="outgoing", call_leg_id="l2")))
    assert ended.leg == "l2"


def test_digits_and_recordings() -> None:
    (keyed,) = read_events(TELNYX, hook(report("call.gather.ended", "g1", digits="1234")))
    assert (keyed.kind, keyed.digits) == (CallEventKind.DTMF, "1234")
    (recording,) = read_events(
        TELNYX, hook(report("call.recording.saved", "r1", recording_urls={"mp3": "https://x/1"}))
    )
    assert recording.recording_url == "https://x/1"


def test_events_of_other_kinds_are_none() -> None:
    assert read_events(TELNYX, hook(report("call.speak.started"))) == ()


@pytest.mark.parametrize(
    "body", [b"{}", b'{"data":[]}', b'{"data":{"event_type":"call.hangup","id":"1","payload":{}}}']
)
def test_an_incomplete_report_is_refused(body: bytes) -> None:
    assert isinstance(TELNYX.read(hook(body), NOW), Refusal)


def told(decision: CallDecision, body: bytes) -> list[tuple[str, Mapping[str, object]]]:
    """The commands a decision on this report makes, without their ids."""
    (event,) = read_events(TELNYX, hook(body))
    commands = TELNYX.commands(decision, event, hook(body))
    assert all(len(str(each.body["command_id"])) == 32 for each in commands)
    return [(each.path, {k: v for k, v in each.body.items() if k != "command_id"}) for each in commands]


def test_the_decision_goes_by_command() -> None:
    busy = CallDecision(action=Action.REJECT, reason=Reason.CALLER_UNKNOWN, reject_as=RejectAs.BUSY)
    assert told(busy, TestTelnyx.new) == [("/v2/calls/v2%3Ac1/actions/reject", {"cause": "USER_BUSY"})]
    for action in (Action.ALLOW, Action.DIVERT):
        forward = CallDecision(action=action, reason=Reason.AUTHORIZED, forward_to="+4201")
        assert told(forward, TestTelnyx.new) == [("/v2/calls/v2%3Ac1/actions/transfer", {"to": "+4201"})]
    assert told(CallDecision(action=Action.ALLOW, reason=Reason.AUTHORIZED), TestTelnyx.new) == []
    (event,) = read_events(TELNYX, hook(TestTelnyx.new))
    assert TELNYX.render(busy, event, hook()).body == b"{}"


def test_a_pin_is_asked_for_once_the_call_is_answered() -> None:
    ask = CallDecision(action=Action.ASK_PIN, reason=Reason.PIN_NEEDED)
    assert [path.rpartition("/")[2] for path, _ in told(ask, TestTelnyx.new)] == ["answer", "gather_using_speak"]
    keyed = report("call.gather.ended", "g1", digits="")
    assert [path.rpartition("/")[2] for path, _ in told(ask, keyed)] == ["gather_using_speak"]
    refused = CallDecision(action=Action.REJECT, reason=Reason.PIN_WRONG)
    assert [path.rpartition("/")[2] for path, _ in told(refused, keyed)] == ["hangup"]


def test_a_repeated_report_makes_the_same_command() -> None:
    decision = CallDecision(action=Action.REJECT, reason=Reason.CALLER_UNKNOWN)
    (event,) = read_events(TELNYX, hook(TestTelnyx.new))
    assert TELNYX.commands(decision, event, hook(TestTelnyx.new)) == TELNYX.commands(
        decision, event, hook(TestTelnyx.new)
    )
