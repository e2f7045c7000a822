"""A real PBX asks the real gateway: Kamailio with the configuration we ship, SIPp for the callers and the agent."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.conftest import Database, Make, gateways, make_database
from tests.e2e.gateway import Gateway
from tests.e2e.people import JAN_NUMBER
from tests.servers.dns import DnsServer
from tests.servers.kamailio import Call, Kamailio, kamailio
from tests.servers.process import wait_until
from tests.servers.smtpsink import SmtpSink
from tests.tree import ROOT

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

CONFIGURATION = ROOT / "docs" / "phone" / "kamailio.cfg"
TOKEN = "a-token-for-the-pbx-0123456789"
KNOWN = f'"Jan" <sip:{JAN_NUMBER}@trunk.example>'
UNKNOWN = "<sip:+420777999888@trunk.example>"
WITHHELD = '"Anonymous" <sip:anonymous@anonymous.invalid>'


@pytest.fixture(scope="module")
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One engine is enough here: what is stored of calls is tried on both by test_calls."""
    with make_database(request, "postgresql", tmp_path_factory.mktemp("database")) as made:
        yield made


@pytest.fixture(scope="module")
def make_gateway(
    database: Database, names: DnsServer, smarthost: SmtpSink, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Make]:
    with gateways(database, names, smarthost, tmp_path_factory) as make:
        yield make


@pytest.fixture(scope="module")
def gateway(make_gateway: Make) -> Iterator[Gateway]:
    running = make_gateway({"phone_endpoints": [{"name": "pbx", "token": TOKEN, "trust_asserted": True}]})
    running.start()
    yield running
    running.stop()
    assert running.complaints() == []


@pytest.fixture(scope="module")
def pbx(gateway: Gateway) -> Iterator[Kamailio]:
    url, trunks = f"{gateway.url}/hooks/phone/pbx", ['TRUSTED_TRUNKS="127.0.0.0/8"']
    with kamailio(CONFIGURATION, gateway_url=url, token=TOKEN, defines=trunks) as server:
        yield server


def _calls(gateway: Gateway) -> int:
    return len(gateway.all("calls"))


def _newest(gateway: Gateway, calls_before: int) -> dict[str, Any]:
    """The call that was made since then, when it is over."""

    def is_there() -> bool:
        calls = gateway.all("calls")
        return len(calls) == calls_before + 1 and calls[0]["state"] == "ended"

    wait_until(is_there, seconds=10, what="a call that is over")
    call: dict[str, Any] = gateway.all("calls")[0]
    return call


def test_a_known_caller_reaches_the_agent_who_sees_the_customer(pbx: Kamailio, gateway: Gateway) -> None:
    before = _calls(gateway)
    call = pbx.call("caller_talks", caller=KNOWN, headers=["X-Customer: somebody else"])
    assert call.exit_code == 0, call.output + pbx.log()
    assert call.agent_header("X-Customer") == "Firma s.r.o."
    assert "somebody else" not in call.agent_messages
    record = _newest(gateway, before)
    assert (record["caller_e164"], record["called_number"], record["cause"]) == (JAN_NUMBER, "+420211151657", "normal")
    assert record["started_at"] <= record["answered_at"] <= record["ended_at"]
    assert record["verdict"] == "accept"


@pytest.mark.parametrize(
    ("caller", "headers", "reason"),
    [
        (UNKNOWN, [], "caller-unknown"),
        (WITHHELD, [], "caller-withheld"),
        (WITHHELD, [f"P-Asserted-Identity: <sip:{JAN_NUMBER}@trunk.example>", "Privacy: id"], "caller-withheld"),
        (KNOWN, ["P-Asserted-Identity: <sip:+420777999888@trunk.example>"], "caller-unknown"),
    ],
    ids=["unknown", "withheld", "asserted but private", "asserted to be another"],
)
def test_nobody_else_does(pbx: Kamailio, gateway: Gateway, caller: str, headers: list[str], reason: str) -> None:
    before = _calls(gateway)
    call = pbx.call("caller_refused", caller=caller, headers=headers, status=403, agent=None)
    assert call.exit_code == 0, call.output + pbx.log()
    record = _newest(gateway, before)
    assert (record["verdict"], record["reason"], record["cause"]) == ("reject", reason, "rejected")
    assert record["ticket_number"] is None


def test_a_caller_the_trunk_vouches_for_gets_in(pbx: Kamailio, gateway: Gateway) -> None:
    headers = [f"P-Asserted-Identity: <sip:{JAN_NUMBER}@trunk.example>"]
    before = _calls(gateway)
    call = pbx.call("caller_talks", caller=WITHHELD, headers=headers)
    assert call.exit_code == 0, call.output + pbx.log()
    assert call.agent_header("X-Customer") == "Firma s.r.o."
    assert _newest(gateway, before)["caller_e164"] == JAN_NUMBER


@pytest.mark.parametrize(
    ("scenario", "agent", "status", "cause"),
    [("caller_refused", "agent_busy", 486, "busy"), ("caller_gives_up", "agent_rings", None, "cancelled")],
)
def test_a_call_that_nobody_answered_is_known_to_be_missed(
    pbx: Kamailio, gateway: Gateway, scenario: str, agent: str, status: int | None, cause: str
) -> None:
    before = _calls(gateway)
    call = pbx.call(scenario, caller="<sip:+420211151650@trunk.example>", agent=agent, status=status)
    assert call.exit_code == 0, call.output + pbx.log()
    record = _newest(gateway, before)
    assert (record["cause"], record["answered_at"]) == (cause, None)


def test_calls_are_sent_on_where_the_operator_says(make_gateway: Make) -> None:
    """An allowed call to the desk's number, a withheld one to the fallback, as nobody; neither is a missed call."""
    endpoint = {"name": "pbx", "token": TOKEN, "forward_to": "sip:desk@pbx.example"}
    strangers = {"withheld_callers": "forward", "fallback_to": "+420211000000"}
    other = make_gateway({"phone_endpoints": [endpoint | strangers]})
    other.start()
    try:
        with kamailio(CONFIGURATION, gateway_url=f"{other.url}/hooks/phone/pbx", token=TOKEN) as pbx:
            for caller, target, verdict in ((KNOWN, "sip:desk@", "accept"), (WITHHELD, "sip:+420211000000@", "reject")):
                before = _calls(other)
                call = pbx.call("caller_refused", caller=caller, status=302, agent=None)
                assert call.exit_code == 0, call.output + pbx.log()
                assert f"Contact: <{target}" in call.messages
                record = _newest(other, before)
                assert (record["verdict"], record["cause"], record["ticket_number"]) == (verdict, "forwarded", None)
    finally:
        other.stop()


@pytest.mark.parametrize("written", ["777123456", "00420777123456", "tel:+420777123456", "%2B420777123456"])
def test_a_known_caller_is_known_however_the_number_is_written(pbx: Kamailio, gateway: Gateway, written: str) -> None:
    before = _calls(gateway)
    uri = written if written.startswith("tel:") else f"sip:{written}@trunk.example"
    call = pbx.call("caller_talks", caller=f"<{uri}>")
    assert call.exit_code == 0, call.output + pbx.log()
    assert _newest(gateway, before)["caller_e164"] == JAN_NUMBER


def _place_while_down(gateway: Gateway, scenario: str, *, fails_open: bool, **more: Any) -> Call:
    url = f"{gateway.url}/hooks/phone/pbx"
    with kamailio(
        CONFIGURATION, gateway_url=url, token=TOKEN, defines=["WITH_FAIL_OPEN"] if fails_open else []
    ) as other:
        call = other.call(scenario, caller=KNOWN, **more)
        assert call.exit_code == 0, call.output + other.log()
    return call


def test_while_the_gateway_is_down_the_operator_has_decided_and_a_missed_call_still_becomes_a_ticket(
    pbx: Kamailio, gateway: Gateway
) -> None:
    """RULE channel-phone: its clock runs from the ring."""
    before = _calls(gateway)
    call = pbx.call("caller_refused", caller="<sip:+420211151651@trunk.example>", agent="agent_busy", status=486)
    assert call.exit_code == 0, call.output + pbx.log()
    missed = _newest(gateway, before)["id"]
    gateway.stop()
    _place_while_down(gateway, "caller_refused", fails_open=False, status=503, agent=None)
    let_in = _place_while_down(gateway, "caller_talks", fails_open=True)
    assert let_in.agent_header("X-Customer") is None
    gateway.start()
    wait_until(lambda: gateway.get(f"calls/{missed}")["ticket_number"] is not None, seconds=20, what="a ticket")
    record = gateway.get(f"calls/{missed}")
    ticket = gateway.get(f"tickets/{record['ticket_number']}")
    assert (ticket["received_at"], ticket["customer"]["name"]) == (record["started_at"], "Firma s.r.o.")
