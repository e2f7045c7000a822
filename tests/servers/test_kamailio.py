"""Kamailio with the configuration we ship, against a stand-in for the gateway that answers what a test tells it."""

import http.server
import json
import threading
import time
from collections.abc import Iterator

import pytest

from tests.servers.kamailio import Kamailio, kamailio
from tests.servers.process import free_port
from tests.tree import ROOT

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
CONFIGURATION = ROOT / "docs" / "phone" / "kamailio.cfg"
KNOWN = '"ACME" <sip:+420777123456@trunk.example>'


class StandIn:
    """Answers each request with `answer` after `seconds` and keeps what it was asked."""

    def __init__(self) -> None:
        self.status = 200
        self.answer: dict[str, object] = {"action": "allow"}
        self.seconds = 0.0
        self.asked: list[dict[str, str]] = []
        self.tokens: set[str | None] = set()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:  # noqa: N802 - the library's name
                octets = self.rfile.read(int(self.headers["Content-Length"]))
                outer.asked.append(json.loads(octets))
                outer.tokens.add(self.headers["Authorization"])
                time.sleep(outer.seconds)
                body = json.dumps(outer.answer).encode()
                self.send_response(outer.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except ConnectionError:
                    self.close_connection = True

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hooks/phone/pbx"

    def events(self) -> list[tuple[str, str | None]]:
        return [(event["event"], event.get("cause")) for event in self.asked]

    def wait_for(self, count: int) -> None:
        end = time.monotonic() + 5
        while len(self.asked) < count and time.monotonic() < end:
            time.sleep(0.02)


@pytest.fixture
def gateway() -> Iterator[StandIn]:
    stand_in = StandIn()
    thread = threading.Thread(target=stand_in.server.serve_forever)
    thread.start()
    try:
        yield stand_in
    finally:
        stand_in.server.shutdown()
        thread.join()
        stand_in.server.server_close()


@pytest.fixture
def pbx(gateway: StandIn) -> Iterator[Kamailio]:
    with kamailio(CONFIGURATION, gateway_url=gateway.url, token="word") as server:
        yield server


def test_an_allowed_call_reaches_the_agent_who_sees_the_customer(pbx: Kamailio, gateway: StandIn) -> None:
    gateway.answer = {"action": "allow", "customer": "ACME s.r.o."}
    call = pbx.call("caller_talks", caller=KNOWN, headers=["X-Customer: somebody else"])
    gateway.wait_for(3)
    assert call.exit_code == 0, call.output + pbx.log()
    assert call.agent_header("X-Customer") == "ACME s.r.o."
    assert "somebody else" not in call.agent_messages
    assert gateway.events() == [("new", None), ("answered", None), ("ended", "normal")]
    assert gateway.asked[0]["from"] == "sip:+420777123456@trunk.example"
    assert gateway.asked[0]["to"] == "+420211151657"
    assert len({event["call_id"] for event in gateway.asked}) == 1
    assert gateway.tokens == {"Bearer word"}


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ({"action": "reject", "as": "rejected"}, 403),
        ({"action": "reject", "as": "busy"}, 486),
        ({}, 403),
        ({"action": "something-new"}, 403),
    ],
)
def test_whatever_is_not_an_allowance_is_a_refusal(
    pbx: Kamailio, gateway: StandIn, answer: dict[str, object], status: int
) -> None:
    gateway.answer = answer
    call = pbx.call("caller_refused", caller=KNOWN, status=status, agent=None)
    assert call.exit_code == 0, call.output
    assert gateway.events() == [("new", None)]


@pytest.mark.parametrize(
    ("answer", "contact"),
    [
        ({"action": "allow", "forward_to": "sip:desk@pbx.example"}, "<sip:desk@pbx.example>"),
        ({"action": "divert", "forward_to": "+420211000000"}, "<sip:+420211000000@127.0.0.1>"),
    ],
)
def test_a_call_that_is_sent_on_is_redirected(
    pbx: Kamailio, gateway: StandIn, answer: dict[str, object], contact: str
) -> None:
    gateway.answer = answer
    call = pbx.call("caller_refused", caller=KNOWN, status=302, agent=None)
    gateway.wait_for(2)
    assert call.exit_code == 0, call.output + pbx.log()
    assert f"Contact: {contact}" in call.messages
    assert gateway.events() == [("new", None), ("ended", "forwarded")]


@pytest.mark.parametrize("forward", ["javascript:alert(1)", "sip:a@b>, <sip:c@d", "+42", "sip:a b"])
def test_nobody_is_sent_where_no_telephone_is(pbx: Kamailio, gateway: StandIn, forward: str) -> None:
    gateway.answer = {"action": "divert", "forward_to": forward}
    call = pbx.call("caller_refused", caller=KNOWN, status=403, agent=None)
    assert call.exit_code == 0, call.output + pbx.log()


ASSERTED = "P-Asserted-Identity: <sip:+420777123456@trunk.example>"
ANONYMOUS = '"Anonymous" <sip:anonymous@anonymous.invalid>'


def test_the_gateway_hears_what_a_trusted_trunk_asserts_and_that_privacy_is_asked(gateway: StandIn) -> None:
    gateway.answer = {"action": "reject"}
    headers = [ASSERTED, "Privacy: id", "Identity: a.b.c;info=<x>"]
    trunks = ['TRUSTED_TRUNKS="192.0.2.0/24,127.0.0.0/8"']
    with kamailio(CONFIGURATION, gateway_url=gateway.url, defines=trunks) as pbx:
        pbx.call("caller_refused", caller=ANONYMOUS, headers=headers, status=403, agent=None)
    (asked,) = gateway.asked
    assert asked["from"] == "sip:anonymous@anonymous.invalid"
    assert asked["asserted"] == "sip:+420777123456@trunk.example"
    assert asked["privacy"] == "id"
    assert asked["identity"] == "a.b.c;info=<x>"


@pytest.mark.parametrize("trunks", [[], ['TRUSTED_TRUNKS="192.0.2.0/24"']], ids=["no trunk", "another trunk"])
def test_what_a_stranger_asserts_reaches_neither_the_gateway_nor_the_agent(gateway: StandIn, trunks: list[str]) -> None:
    with kamailio(CONFIGURATION, gateway_url=gateway.url, defines=trunks) as pbx:
        call = pbx.call("caller_talks", caller=ANONYMOUS, headers=[ASSERTED])
        assert call.exit_code == 0, call.output + pbx.log()
    assert "asserted" not in gateway.asked[0]
    assert call.agent_header("P-Asserted-Identity") is None


def test_a_caller_cannot_write_fields_of_its_own(pbx: Kamailio, gateway: StandIn) -> None:
    gateway.answer = {"action": "reject"}
    hostile = "<sip:x&asserted=+420777123456&%22,%22asserted%22:%22+420777123456@trunk.example>"
    pbx.call("caller_refused", caller=hostile, status=403, agent=None)
    (asked,) = gateway.asked
    assert "asserted" not in asked


@pytest.mark.parametrize(
    ("scenario", "agent", "status", "cause"),
    [("caller_refused", "agent_busy", 486, "busy"), ("caller_gives_up", "agent_rings", None, "cancelled")],
)
def test_the_gateway_hears_why_a_call_was_not_answered(
    pbx: Kamailio, gateway: StandIn, scenario: str, agent: str, status: int | None, cause: str
) -> None:
    call = pbx.call(scenario, caller=KNOWN, agent=agent, status=status)
    gateway.wait_for(2)
    assert call.exit_code == 0, call.output + pbx.log()
    assert gateway.events() == [("new", None), ("ended", cause)]


@pytest.mark.parametrize(("status", "seconds"), [(500, 0.0), (401, 0.0), (200, 4.0)], ids=["error", "refused", "slow"])
def test_without_an_answer_nobody_gets_in(pbx: Kamailio, gateway: StandIn, status: int, seconds: float) -> None:
    gateway.status, gateway.seconds = status, seconds
    call = pbx.call("caller_refused", caller=KNOWN, status=503, agent=None)
    assert call.exit_code == 0, call.output


@pytest.mark.parametrize("fails_open", [False, True])
def test_while_the_gateway_is_down_the_operator_has_decided(fails_open: bool) -> None:
    url = f"http://127.0.0.1:{free_port()}/hooks/phone/pbx"
    with kamailio(CONFIGURATION, gateway_url=url, defines=["WITH_FAIL_OPEN"] if fails_open else []) as pbx:
        if fails_open:
            call = pbx.call("caller_talks", caller=KNOWN)
        else:
            call = pbx.call("caller_refused", caller=KNOWN, status=503, agent=None)
        assert call.exit_code == 0, call.output + pbx.log()
