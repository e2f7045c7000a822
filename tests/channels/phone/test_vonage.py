"""Vonage: JWTs held to one algorithm and to the body, and NCCO answers."""

import base64
import hashlib
import hmac
import json
from datetime import datetime

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from authz.decision import Reason
from channels.phone.event import Action, CallDecision, CallEventKind, Cause
from channels.phone.hook import EndpointSecrets, Fault, HookRequest, Refusal
from tests.channels.phone.contract import KEY, NOW, TimedWebhookContract, dialect_named, hook, read_events

VONAGE = dialect_named("vonage")
SECRETS = EndpointSecrets(keys=(KEY,))
STAMP = int(NOW.timestamp())


def encode(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


def token(claims: object, key: str = KEY, header: object = None) -> str:
    described = {"alg": "HS256", "typ": "JWT"} if header is None else header
    signed = f"{encode(json.dumps(described).encode())}.{encode(json.dumps(claims).encode())}"
    return f"{signed}.{encode(hmac.new(key.encode(), signed.encode(), hashlib.sha256).digest())}"


def posted(body: bytes, presented: str) -> HookRequest:
    return hook(body, content_type="application/json", authorization=f"Bearer {presented}")


def claims_for(body: bytes, **more: object) -> dict[str, object]:
    return {"iat": STAMP, "jti": "1", "iss": "Vonage", "payload_hash": hashlib.sha256(body).hexdigest()} | more


class TestVonage(TimedWebhookContract):
    dialect = VONAGE
    new = b'{"from":"420777123456","to":"420211151600","uuid":"u1","conversation_uuid":"CON-1"}'
    answered = b'{"status":"answered","direction":"outbound","to":"420600","uuid":"u2","conversation_uuid":"CON-1"}'
    ended = b'{"status":"completed","direction":"inbound","uuid":"u1","conversation_uuid":"CON-1","duration":"65"}'

    def sign(self, body: bytes, *, key: str = KEY, at: datetime = NOW, timestamp: str | None = None) -> HookRequest:
        issued: object = int(at.timestamp()) if timestamp is None else timestamp
        return posted(body, token(claims_for(body, iat=issued), key))


def test_a_token_made_by_another_implementation_verifies() -> None:
    claims = claims_for(TestVonage.new)
    made = jwt.encode({"alg": "HS256", "typ": "JWT"}, claims, OctKey.import_key(KEY))
    assert VONAGE.authenticate(posted(TestVonage.new, made), SECRETS, NOW) is None


def test_every_event_of_a_call_comes_with_its_conversation() -> None:
    (event,) = read_events(VONAGE, hook(TestVonage.new))
    assert (event.call_id, event.presented, event.called_number) == ("CON-1", "420777123456", "420211151600")


@pytest.mark.parametrize("algorithm", ["none", "HS512", "hs256", "RS256", None])
def test_no_other_algorithm_is_taken(algorithm: str | None) -> None:
    presented = token(claims_for(TestVonage.new), header={"alg": algorithm})
    refusal = VONAGE.authenticate(posted(TestVonage.new, presented), SECRETS, NOW)
    assert refusal is not None
    assert refusal.fault is Fault.SIGNATURE_WRONG


def test_an_unsigned_token_is_refused() -> None:
    head, claims, _ = token(claims_for(TestVonage.new), header={"alg": "none"}).split(".")
    assert VONAGE.authenticate(posted(TestVonage.new, f"{head}.{claims}."), SECRETS, NOW) is not None


@pytest.mark.parametrize("presented", ["", "a", "a.b", "a.b.c", "a.b.c.d", "é.b.c", "e30.e30.e30", "====.====.===="])
def test_what_is_no_token_is_refused(presented: str) -> None:
    assert VONAGE.authenticate(posted(TestVonage.new, presented), SECRETS, NOW) is not None


@pytest.mark.parametrize("claims", [[], 1, {}, {"iat": True}, {"iat": "1"}, {"iat": 1e9}])
def test_claims_without_a_whole_time_are_refused(claims: object) -> None:
    assert VONAGE.authenticate(posted(TestVonage.new, token(claims)), SECRETS, NOW) is not None


@pytest.mark.parametrize("claims", [{"payload_hash": None}, {"payload_hash": "0" * 64}])
def test_a_token_for_another_body_is_refused(claims: dict[str, object]) -> None:
    refusal = VONAGE.authenticate(posted(TestVonage.new, token(claims_for(b"", **claims))), SECRETS, NOW)
    assert refusal is not None
    assert refusal.fault is Fault.SIGNATURE_WRONG


def test_a_get_answer_webhook_is_read_from_its_query() -> None:
    query = {"from": ("420777123456",), "to": ("420211151600",), "uuid": ("u1",), "conversation_uuid": ("CON-1",)}
    request = hook(method="GET", query=query, authorization=f"Bearer {token({'iat': STAMP})}")
    assert VONAGE.authenticate(request, SECRETS, NOW) is None
    (event,) = read_events(VONAGE, request)
    assert (event.kind, event.presented) == (CallEventKind.NEW, "420777123456")


def test_the_callers_own_leg_does_not_answer_the_call() -> None:
    body = TestVonage.answered.replace(b"outbound", b"inbound") if TestVonage.answered else b""
    assert read_events(VONAGE, hook(body)) == ()


@pytest.mark.parametrize("status", ["ringing", "started", "human", "machine"])
def test_statuses_on_the_way_are_no_events(status: str) -> None:
    body = f'{{"status":"{status}","direction":"inbound","conversation_uuid":"C"}}'.encode()
    assert read_events(VONAGE, hook(body)) == ()


@pytest.mark.parametrize(
    ("status", "cause"), [("busy", Cause.BUSY), ("unanswered", Cause.NO_ANSWER), ("rejected", Cause.REJECTED)]
)
def test_how_a_leg_ended(status: str, cause: Cause) -> None:
    body = f'{{"status":"{status}","direction":"outbound","uuid":"u2","conversation_uuid":"C"}}'.encode()
    (event,) = read_events(VONAGE, hook(body))
    assert (event.kind, event.cause, event.leg) == (CallEventKind.ENDED, cause, "u2")


def test_digits_come_as_an_object_or_bare() -> None:
    for dtmf in ('{"digits":"1234","timed_out":false}', '"1234"'):
        body = f'{{"dtmf":{dtmf},"uuid":"u1","conversation_uuid":"C","timestamp":"2026-11-22T09:00:00Z"}}'.encode()
        (event,) = read_events(VONAGE, hook(body))
        assert (event.kind, event.digits) == (CallEventKind.DTMF, "1234")


def test_an_unknown_status_is_refused() -> None:
    assert isinstance(VONAGE.read(hook(b'{"status":"singing","conversation_uuid":"C"}'), NOW), Refusal)


def test_the_answers_are_nccos_and_nobody_else_gets_one() -> None:
    (event,) = read_events(VONAGE, hook(TestVonage.new))
    allow = CallDecision(action=Action.ALLOW, reason=Reason.AUTHORIZED, forward_to="+420211151600")
    sip = CallDecision(action=Action.ALLOW, reason=Reason.AUTHORIZED, forward_to="sip:desk@pbx.example")
    reject = CallDecision(action=Action.REJECT, reason=Reason.CALLER_UNKNOWN)
    ask = CallDecision(action=Action.ASK_PIN, reason=Reason.AUTHORIZED)
    answers = [json.loads(VONAGE.render(each, event, hook()).body) for each in (allow, sip, reject, ask)]
    assert answers[0][0]["endpoint"] == [{"type": "phone", "number": "420211151600"}]
    assert answers[1][0]["endpoint"] == [{"type": "sip", "uri": "sip:desk@pbx.example"}]
    assert answers[2] == []
    assert [step["action"] for step in answers[3]] == ["talk", "input"]
