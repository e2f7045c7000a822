"""How each dialect asks for a PIN, and how it hears what was keyed; none lets a caller in while it asks or diverts."""

import json
import re
from collections.abc import Mapping

import pytest

from authz.decision import Reason
from channels.phone.dialects.base import Dialect
from channels.phone.dialects.registry import DIALECTS
from channels.phone.event import Action, CallDecision, CallEvent, CallEventKind
from tests.channels.phone.contract import NOW, hook, read_events

ASK = CallDecision(action=Action.ASK_PIN, reason=Reason.PIN_NEEDED)
ASK_BOTH = CallDecision(action=Action.ASK_PIN, reason=Reason.PIN_NEEDED, pin_with_contact=True)
ALLOW = CallDecision(action=Action.ALLOW, reason=Reason.AUTHORIZED)
REJECT = CallDecision(action=Action.REJECT, reason=Reason.PIN_WRONG)
DIVERT = CallDecision(action=Action.DIVERT, reason=Reason.CALLER_WITHHELD, forward_to="+420999888777")

# What a provider sends once the caller has keyed 4711, or nothing.
KEYED: Mapping[str, bytes] = {
    "native": b"event=dtmf&call_id=1&digits={}&event_id=2",
    "asterisk": b"event=dtmf&call_id=1&digits={}&event_id=2",
    "freepbx": b"event=dtmf&call_id=1&digits={}&event_id=2",
    "sipgate": b"event=dtmf&callId=1&dtmf={}",
    "twilio": b"CallSid=CA1&CallStatus=in-progress&Digits={}",
    "plivo": b"CallUUID=1&CallStatus=in-progress&Digits={}",
    "vonage": b'{"conversation_uuid":"1","uuid":"2","dtmf":{"digits":"{}","timed_out":false}}',
    "telnyx": b'{"data":{"id":"e","event_type":"call.gather.ended","payload":{"call_session_id":"1","digits":"{}"}}}',
    "freeswitch": b"session_id=1&intake_asked=1&intake_pin={}",
}
# Providers whose question leads on by itself when nothing is keyed.
_SILENT = {"twilio", "plivo"}
ASKING = [dialect for dialect in DIALECTS.values() if dialect.asks_pin]


def rings(dialect: Dialect) -> CallEvent:
    return CallEvent(provider=dialect.name, endpoint="pbx", call_id="1", kind=CallEventKind.NEW, at=NOW)


def answer(dialect: Dialect, decision: CallDecision, kind: CallEventKind = CallEventKind.NEW) -> bytes:
    event = CallEvent(provider=dialect.name, endpoint="pbx", call_id="1", kind=kind, at=NOW)
    return dialect.render(decision, event, hook()).body


def test_every_dialect_that_asks_is_heard_here() -> None:
    assert {dialect.name for dialect in ASKING} == set(KEYED)


@pytest.mark.parametrize("dialect", ASKING, ids=lambda each: each.name)
def test_what_is_keyed_is_heard(dialect: Dialect) -> None:
    (event,) = read_events(dialect, hook(KEYED[dialect.name].replace(b"{}", b"4711")))
    assert (event.kind, event.digits) == (CallEventKind.DTMF, "4711")


@pytest.mark.parametrize("name", sorted(set(KEYED) - _SILENT))
def test_that_nothing_was_keyed_is_heard_too(name: str) -> None:
    """Or the caller would wait in silence for ever."""
    (event,) = read_events(DIALECTS[name], hook(KEYED[name].replace(b"{}", b"")))
    assert (event.kind, event.digits) == (CallEventKind.DTMF, "")


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=lambda each: each.name)
def test_asking_and_diverting_are_never_letting_in(dialect: Dialect) -> None:
    allowed = answer(dialect, ALLOW)
    if allowed == answer(dialect, REJECT):
        return  # what this one is told does not go with the answer
    for decision in (ASK, ASK_BOTH, DIVERT):
        assert answer(dialect, decision) != allowed
    diverted = answer(dialect, DIVERT)
    assert diverted == answer(dialect, REJECT) or b"420999888777" in diverted
    assert b'"allow"' not in diverted
    assert b"action=allow" not in diverted


@pytest.mark.parametrize("name", ["twilio", "plivo", "vonage"])
def test_the_question_is_in_czech_and_says_what_to_key(name: str) -> None:
    asked, both = (_plain(answer(DIALECTS[name], each)) for each in (ASK, ASK_BOTH))
    assert "Zadejte prosím svůj PIN" in asked
    assert "číslo kontaktu" in both
    assert "cs-CZ" in asked


def test_the_keys_a_question_takes_are_as_many_as_it_needs() -> None:
    assert b'maxDigits="8"' in answer(DIALECTS["sipgate"], ASK)
    assert b'maxDigits="18"' in answer(DIALECTS["sipgate"], ASK_BOTH)
    assert b'numDigits="18"' in answer(DIALECTS["plivo"], ASK_BOTH)
    assert json.loads(answer(DIALECTS["vonage"], ASK_BOTH))[1]["dtmf"]["maxDigits"] == 18
    said = json.loads(answer(DIALECTS["native"], ASK_BOTH))
    assert (said["action"], said["with_contact"]) == ("ask-pin", True)


def test_an_answered_call_is_hung_up_and_not_rejected() -> None:
    for name in ("twilio", "sipgate"):
        assert b"<Hangup/>" in answer(DIALECTS[name], REJECT, CallEventKind.DTMF)
        assert b"<Hangup/>" not in answer(DIALECTS[name], REJECT)


def test_freeswitch_answers_the_call_and_takes_digits_of_the_right_form() -> None:
    document = answer(DIALECTS["freeswitch"], ASK).decode()
    assert document.index('application="answer"') < document.index("<playback")
    assert "<intake_asked>1</intake_asked>" in document
    pattern = re.search(r"~(.*?)</bind>", answer(DIALECTS["freeswitch"], ASK_BOTH).decode())
    assert pattern is not None
    assert re.fullmatch(pattern[1], "12*4711#")
    assert not re.fullmatch(pattern[1], "4711#")


def test_a_call_freeswitch_answered_only_to_ask_was_answered_by_nobody() -> None:
    variables = {"uuid": "1", "start_epoch": "1795337000", "answer_epoch": "1795337001", "end_epoch": "1795337060"}
    for more, kinds in (
        ({}, ["new", "answered", "ended"]),
        ({"intake_asked": "1"}, ["new", "ended"]),
        ({"intake_asked": "1", "bridge_epoch": "1795337030"}, ["new", "answered", "ended"]),
    ):
        body = json.dumps({"variables": variables | more}).encode()
        assert [event.kind for event in read_events(DIALECTS["freeswitch"], hook(body))] == kinds


def _plain(body: bytes) -> str:
    text = body.decode()
    return json.dumps(json.loads(text), ensure_ascii=False) if text.startswith("[") else text
