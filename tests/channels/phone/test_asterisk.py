"""Asterisk and FreePBX: one line of text back, and what the dialplan variables mean."""

from datetime import datetime

import pytest

from authz.decision import Reason
from channels.phone.event import Action, CallDecision, CallEventKind, Cause
from channels.phone.hook import EndpointSecrets, Fault, HookRequest, Refusal
from tests.channels.phone.contract import KEY, NOW, WebhookContract, dialect_named, hook, read_events

ASTERISK = dialect_named("asterisk")


class TestAsterisk(WebhookContract):
    dialect = ASTERISK
    forged_fault = Fault.CREDENTIALS_WRONG
    new = b"event=new&call_id=1700000000.12&from=%2B420777123456&presentation=allowed_passed_screen&to=211151600"
    answered = b"event=answered&call_id=1700000000.12&agent=23"
    ended = b"event=ended&call_id=1700000000.12&dialstatus=ANSWER&hangupcause=16"

    def sign(self, body: bytes, *, key: str = KEY, at: datetime = NOW, timestamp: str | None = None) -> HookRequest:
        return hook(body, authorization=f"Bearer {key}")

    def secrets(self, *keys: str) -> EndpointSecrets:
        return EndpointSecrets(bearer=keys)


class TestFreePbx(TestAsterisk):
    dialect = dialect_named("freepbx")


def test_the_answer_is_always_one_line_of_pairs() -> None:
    decision = CallDecision(action=Action.ALLOW, reason=Reason.AUTHORIZED, customer='A&B=C\n"D"', contact="Jan Novák")
    answer = ASTERISK.render(decision, None, hook(accept="application/json"))
    assert answer.content_type.startswith("text/plain")
    assert answer.body.count(b"\n") == 0
    assert b"customer=A%26B%3DC%20%22D%22" in answer.body


def test_an_error_says_reject_on_its_line_because_curl_ignores_the_status() -> None:
    refusal = Refusal(fault=Fault.CREDENTIALS_WRONG, detail="no")
    assert ASTERISK.refuse(refusal, hook()).body == b"action=reject&error=credentials-wrong"


@pytest.mark.parametrize(
    ("presentation", "private", "presented"),
    [
        ("allowed_not_screened", False, "220"),
        ("prohib_passed_screen", True, "220"),
        ("prohib", True, "220"),
        ("unavailable", False, None),
        ("", False, "220"),
    ],
)
def test_presentation_is_privacy(presentation: str, private: bool, presented: str | None) -> None:
    (event,) = read_events(ASTERISK, hook(f"event=new&call_id=1&from=220&presentation={presentation}".encode()))
    assert (event.privacy, event.presented) == (private, presented)


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        ("dialstatus=ANSWER&hangupcause=16", Cause.NORMAL),
        ("dialstatus=BUSY", Cause.BUSY),
        ("dialstatus=NOANSWER", Cause.NO_ANSWER),
        ("dialstatus=CANCEL", Cause.CANCELLED),
        ("dialstatus=CHANUNAVAIL", Cause.FAILED),
        ("dialstatus=&hangupcause=21", Cause.REJECTED),
        ("hangupcause=127", Cause.OTHER),
        ("cause=voicemail", Cause.VOICEMAIL),
        ("", None),
    ],
)
def test_why_a_call_ended(fields: str, cause: Cause | None) -> None:
    (event,) = read_events(ASTERISK, hook(f"event=ended&call_id=1&{fields}".encode()))
    assert (event.kind, event.cause) == (CallEventKind.ENDED, cause)


@pytest.mark.parametrize(
    ("result", "verstat"),
    [("Passed", "TN-Validation-Passed"), ("Mismatch", "TN-Validation-Failed"), ("Verification not present", None)],
)
def test_stir_shaken_results(result: str, verstat: str | None) -> None:
    body = f"event=new&call_id=1&verify_result={result.replace(' ', '+')}".encode()
    (event,) = read_events(ASTERISK, hook(body))
    assert event.verstat == verstat
