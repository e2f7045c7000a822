"""Calls as PBXs announce them: who gets in, what is on record, and which calls become tickets."""

import base64
import hashlib
import hmac
import itertools
import json
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from tests.e2e.conftest import Make
from tests.e2e.gateway import Gateway
from tests.e2e.letters import letter, sign, wait_for_acknowledgement
from tests.e2e.people import EVA_NUMBER, JAN_NUMBER
from tests.servers.smtpsink import SmtpSink

pytestmark = pytest.mark.e2e

TOKEN = "a-token-for-the-pbx-0123456789"
KEY = base64.b64encode(b"a key of the PBX, 32 octets long").decode()
ENDPOINTS = [
    {"name": "pbx", "dialect": "native", "token": TOKEN},
    {"name": "signing", "dialect": "native", "secret": f"whsec_{KEY}"},
    {"name": "bridge", "dialect": "zammad", "token": f"{TOKEN}-bridge"},
    {"name": "trunk", "dialect": "native", "token": TOKEN, "trust_asserted": True},
    {"name": "talks", "dialect": "native", "token": TOKEN, "ticket_on": ["answered"]},
    {"name": "elsewhere", "dialect": "native", "token": TOKEN, "allow_from": ["192.0.2.0/24"]},
]
_calls = itertools.count(1)


@pytest.fixture(scope="module")
def gateway(make_gateway: Make) -> Iterator[Gateway]:
    running = make_gateway({"phone_endpoints": ENDPOINTS})
    running.start()
    yield running
    running.stop()
    assert running.complaints() == []


def _call_id() -> str:
    return f"call-{next(_calls)}"


def _tell(gateway: Gateway, endpoint: str = "pbx", *, token: str = TOKEN, **event: str) -> httpx2.Response:
    """Tell an event in the native dialect."""
    headers = {"Authorization": f"Bearer {token}"}
    return gateway.ask("POST", f"/hooks/phone/{endpoint}", json=event, headers=headers)


def _ring(gateway: Gateway, caller: str, endpoint: str = "pbx", **more: str) -> dict[str, Any]:
    answer = _tell(gateway, endpoint, event="new", call_id=_call_id(), to="+420211151657", **{"from": caller}, **more)
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()
    return said


# --- who gets in ---


def test_a_call_from_a_listed_number_is_allowed_and_says_whose_it_is(gateway: Gateway) -> None:
    said = _ring(gateway, "777 123 456")
    assert (said["action"], said["reason"], said["caller_id"]) == ("allow", "authorized", JAN_NUMBER)
    assert (said["customer"], said["contact"]) == ("Firma s.r.o.", "Jan Novák")


def test_a_call_from_a_companys_range_says_the_company(gateway: Gateway) -> None:
    said = _ring(gateway, "+420211151642")
    assert (said["action"], said["customer"]) == ("allow", "Firma s.r.o.")
    assert "contact" not in said


@pytest.mark.parametrize(
    ("caller", "reason"),
    [
        ("+420777999888", "caller-unknown"),
        ("+420211151700", "caller-unknown"),
        ("anonymous", "caller-withheld"),
        ("", "caller-withheld"),
        ("112", "caller-internal"),
        ("+420777123456;602000001", "caller-unparsable"),
    ],
)
def test_nobody_else_gets_in(gateway: Gateway, caller: str, reason: str) -> None:
    said = _ring(gateway, caller)
    assert (said["action"], said["reason"]) == ("reject", reason)
    assert "customer" not in said


def test_a_number_that_is_not_to_be_shown_is_withheld_though_readable(gateway: Gateway) -> None:
    assert _ring(gateway, JAN_NUMBER, privacy="id")["reason"] == "caller-withheld"


def test_what_a_trusted_trunk_asserts_beats_what_is_presented(gateway: Gateway) -> None:
    said = _ring(gateway, "anonymous", "trunk", asserted=f"sip:{JAN_NUMBER}@trunk.example")
    assert (said["action"], said["contact"]) == ("allow", "Jan Novák")
    assert _ring(gateway, JAN_NUMBER, "trunk", asserted="sip:+420777999888@trunk.example")["action"] == "reject"


def test_what_a_pbx_asserts_that_nobody_trusts_lets_nobody_in(gateway: Gateway) -> None:
    assert _ring(gateway, "anonymous", asserted=f"sip:{JAN_NUMBER}@trunk.example")["action"] == "reject"


@pytest.mark.parametrize(
    ("endpoint", "token", "status"),
    [("pbx", "wrong", 401), ("nowhere", TOKEN, 404), ("elsewhere", TOKEN, 403)],
)
def test_a_stranger_who_posts_calls_learns_nothing(gateway: Gateway, endpoint: str, token: str, status: int) -> None:
    call = _call_id()
    answer = _tell(gateway, endpoint, token=token, event="new", call_id=call, **{"from": JAN_NUMBER})
    assert answer.status_code == status
    assert "Firma" not in answer.text
    assert call not in {each["call_id"] for each in gateway.all("calls")}


def _signed(body: bytes, at: float, key: str = KEY) -> Mapping[str, str]:
    signed = f"msg_1.{at:.0f}.".encode() + body
    signature = base64.b64encode(hmac.digest(base64.b64decode(key), signed, hashlib.sha256)).decode()
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": f"{at:.0f}",
        "webhook-signature": f"v1,{signature}",
        "content-type": "application/json",
    }


def test_a_signed_event_is_believed_while_it_is_fresh(gateway: Gateway) -> None:
    body = json.dumps({"event": "new", "call_id": _call_id(), "from": JAN_NUMBER}).encode()

    def post(headers: Mapping[str, str], octets: bytes = body) -> int:
        return gateway.ask("POST", "/hooks/phone/signing", content=octets, headers=dict(headers)).status_code

    assert post(_signed(body, time.time())) == 200
    assert post(_signed(body, time.time() - 600)) == 401
    assert post(_signed(body, time.time()), body.replace(b"777", b"778")) == 401
    assert post(_signed(body, time.time(), base64.b64encode(b"another key").decode())) == 401
    assert post({"content-type": "application/json"}) == 401


# --- Zammad's dialect ---

FORMS: dict[str, Callable[[dict[str, str]], dict[str, Any]]] = {
    "json": lambda event: {"json": event},
    "form": lambda event: {"data": event},
    "multipart": lambda event: {"files": {name: (None, value) for name, value in event.items()}},
}


def _bridge(gateway: Gateway, form: str, token: str = f"{TOKEN}-bridge", **event: str) -> httpx2.Response:
    sent = {"event": "newCall", "direction": "in", "to": "211151657", "callId": _call_id(), **event}
    return gateway.ask("POST", f"/api/v1/cti/{token}", headers={}, **FORMS[form](sent))


@pytest.mark.parametrize("form", FORMS)
def test_a_bridge_made_for_zammad_works_unchanged(gateway: Gateway, form: str) -> None:
    known = _bridge(gateway, form, **{"from": "00420777123456"})
    assert (known.status_code, known.json()) == (200, {})
    unknown = _bridge(gateway, form, **{"from": "+420777999888"})
    assert (unknown.status_code, unknown.json()) == (200, {"action": "reject", "reason": "rejected"})
    withheld = _bridge(gateway, form, **{"from": "anonymous"})
    assert withheld.json()["action"] == "reject"
    bad = _bridge(gateway, form, token="wrong", **{"from": "00420777123456"})
    assert bad.status_code in {401, 404}
    nothing = _bridge(gateway, form, event="something")
    assert (nothing.status_code, list(nothing.json())) == (422, ["error"])


def test_a_bridge_tells_the_whole_call(gateway: Gateway) -> None:
    call = {"callId": _call_id(), "from": EVA_NUMBER}
    for event in ({}, {"event": "answer", "user": "Tomáš"}, {"event": "hangup", "cause": "normalClearing"}):
        assert _bridge(gateway, "form", **call, **event).json() == {}
    (found,) = [each for each in gateway.all("calls") if each["call_id"] == call["callId"]]
    assert (found["state"], found["agent"], found["cause"]) == ("ended", "Tomáš", "normal")
    assert found["ticket_number"] is None


# --- from call to ticket ---


def _whole_call(
    gateway: Gateway, caller: str, began: datetime, *, endpoint: str = "pbx", ended: str = "no-answer"
) -> str:
    """A call that rang at `began` and ended unanswered a minute later."""
    call = _call_id()
    at = {"new": began, "ended": began + timedelta(minutes=1)}
    for event, moment in at.items():
        more = {"cause": ended} if event == "ended" else {}
        answer = _tell(gateway, endpoint, event=event, call_id=call, at=moment.isoformat(), **{"from": caller}, **more)
        assert answer.status_code == 200, answer.text
    return call


def _record(gateway: Gateway, call: str) -> dict[str, Any]:
    (found,) = [each for each in gateway.all("calls") if each["call_id"] == call]
    return found


def _wait_for_ticket(gateway: Gateway, call: str, *, seconds: float = 10) -> dict[str, Any]:
    end = time.monotonic() + seconds
    while _record(gateway, call)["ticket_number"] is None:
        assert time.monotonic() < end, gateway.output()
        time.sleep(0.1)
    ticket: dict[str, Any] = gateway.get(f"tickets/{_record(gateway, call)['ticket_number']}")
    return ticket


def _instant(written: str) -> datetime:
    return datetime.fromisoformat(written)


def test_a_missed_call_is_a_ticket_whose_clock_runs_from_the_ring(gateway: Gateway, smarthost: SmtpSink) -> None:
    """RULE channel-phone"""
    # Late answers are waited for until ten seconds after the end: it is the call keeper that makes this ticket.
    rang = datetime.now(UTC) - timedelta(seconds=69)
    call = _whole_call(gateway, EVA_NUMBER, rang)
    assert _record(gateway, call)["ticket_number"] is None
    ticket = _wait_for_ticket(gateway, call)
    assert (_instant(ticket["received_at"]), _instant(ticket["since"])) == (rang, rang)
    assert (ticket["channel"], ticket["status"], ticket["contact"]["name"]) == ("phone", "new", "Eva Small")
    assert EVA_NUMBER in ticket["comments"][0]["text"].replace(" ", "")
    message = wait_for_acknowledgement(smarthost, ticket["number"])
    assert message.recipients == ("eva@modern.example",)


def test_a_second_missed_call_joins_the_ticket_of_the_first(gateway: Gateway) -> None:
    rang = datetime.now(UTC) - timedelta(minutes=20)
    first = _wait_for_ticket(gateway, _whole_call(gateway, JAN_NUMBER, rang))
    second = _wait_for_ticket(gateway, _whole_call(gateway, JAN_NUMBER, rang + timedelta(minutes=10)))
    assert second["number"] == first["number"]
    assert len(second["comments"]) == 2
    assert _instant(second["received_at"]) == rang


def test_a_reply_to_the_acknowledgement_of_a_call_joins_its_ticket(gateway: Gateway, smarthost: SmtpSink) -> None:
    rang = datetime.now(UTC) - timedelta(days=1)
    ticket = _wait_for_ticket(gateway, _whole_call(gateway, EVA_NUMBER, rang))
    told = wait_for_acknowledgement(smarthost, ticket["number"]).parsed()
    address = told["Reply-To"].addresses[0].addr_spec
    mail = letter("eva@modern.example", to=address, subject=f"Re: {told['Subject']}")
    reply = gateway.send(sign(mail, "modern.example"), reverse_path="eva@modern.example", recipients=[address])
    assert reply.ticket == ticket["number"]


def test_an_answered_call_is_a_ticket_where_the_operator_wants_it(gateway: Gateway) -> None:
    call, caller = _call_id(), {"from": "+420211151611"}
    for event in ({"event": "new"}, {"event": "answered", "agent": "Tomáš"}):
        _tell(gateway, "talks", call_id=call, **caller, **event)
    ticket = _wait_for_ticket(gateway, call)
    assert ticket["channel"] == "phone"
    _tell(gateway, "talks", call_id=call, event="ended", **caller)
    assert len(gateway.get(f"tickets/{ticket['number']}")["comments"]) == 1


def test_a_refused_call_is_on_record_and_no_ticket(gateway: Gateway) -> None:
    call = _whole_call(gateway, "+420777999888", datetime.now(UTC) - timedelta(hours=1))
    found = _record(gateway, call)
    assert (found["verdict"], found["reason"], found["ticket_number"]) == ("reject", "caller-unknown", None)
    (entry, *_) = gateway.get("ledger", identity="+420777999888")["items"]
    assert (entry["channel"], entry["reason"]) == ("phone", "caller-unknown")


def test_events_told_twice_and_in_any_order_make_one_call_and_one_ticket(gateway: Gateway) -> None:
    call, began = _call_id(), datetime.now(UTC) - timedelta(seconds=69)
    new = {"event": "new", "at": began.isoformat()}
    ended = {"event": "ended", "at": (began + timedelta(minutes=1)).isoformat(), "cause": "no-answer"}
    for event in (ended, new, ended, new):
        assert _tell(gateway, call_id=call, **{"from": "+420211151612"}, **event).status_code == 200
    ticket = _wait_for_ticket(gateway, call)
    assert len(ticket["comments"]) == 1
    assert _instant(ticket["received_at"]) == began
