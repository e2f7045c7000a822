"""When the neighbours fail: nothing is lost, nothing is let in unchecked, and it goes on by itself."""

import time
from collections.abc import Iterator

import pytest

from tests.e2e.conftest import Database
from tests.e2e.gateway import Gateway, Reply
from tests.e2e.letters import letter, sign, wait_for_acknowledgement
from tests.e2e.people import try_outgoing_mail_now, zone
from tests.servers.dns import DnsServer
from tests.servers.process import wait_until
from tests.servers.smtpsink import SmtpSink

pytestmark = pytest.mark.e2e


@pytest.fixture
def dead_names(names: DnsServer) -> Iterator[DnsServer]:
    """The DNS does not answer; a test may bring it back."""
    names.stop()
    yield names
    names.publish(zone())


def _send_until_taken(gateway: Gateway, mail: bytes, *, seconds: float = 15) -> Reply:
    end = time.monotonic() + seconds
    while (reply := gateway.send(mail, reverse_path="")).code != 250 and time.monotonic() < end:
        time.sleep(0.5)
    return reply


def test_a_mail_that_cannot_be_checked_now_is_taken_later(gateway: Gateway, dead_names: DnsServer) -> None:
    mail = sign(letter("host@late1.example", subject="Bez DNS"), "late1.example")
    reply = gateway.send(mail, reverse_path="")
    assert (reply.code, reply.text.split()[1]) == (451, "check-temporary:")
    assert gateway.get("quarantine")["items"] == []
    (entry,) = gateway.get("ledger", identity="host@late1.example")["items"]
    assert (entry["verdict"], entry["reason"]) == ("retry", "check-temporary")
    stranger = gateway.send(sign(letter("who@late1.example"), "late1.example"), reverse_path="")
    assert (stranger.code, stranger.text.split()[1]) == (550, "author-unknown:")
    dead_names.publish(zone())
    assert _send_until_taken(gateway, mail).ticket
    assert len(gateway.all("tickets", subject="Bez DNS")) == 1


def test_a_mail_no_smarthost_takes_calls_for_somebody(gateway: Gateway, smarthost: SmtpSink) -> None:
    smarthost.answer("550 5.7.1 we do not know you", at="RCPT")
    number = gateway.send(
        sign(letter("eva@modern.example"), "modern.example"), reverse_path="eva@modern.example"
    ).ticket
    wait_until(lambda: gateway.get(f"tickets/{number}")["attention"], seconds=10, what="attention")
    (delivery,) = gateway.get(f"tickets/{number}/deliveries")
    assert (delivery["state"], delivery["attempts"]) == ("failed", 1)
    assert "we do not know you" in delivery["reason"]


def test_an_acknowledgement_waits_for_a_smarthost_that_is_busy(
    gateway: Gateway, smarthost: SmtpSink, database: Database
) -> None:
    def refusals() -> int:
        return sum(line.get("event") == "mail not sent" for line in gateway.log())

    before = refusals()
    smarthost.answer("451 4.3.0 later", at="MAIL")
    mail = sign(letter("eva@modern.example"), "modern.example")
    number = gateway.send(mail, reverse_path="eva@modern.example").ticket
    wait_until(lambda: refusals() > before, seconds=10, what="the refusal")
    assert smarthost.received == []
    try_outgoing_mail_now(database.url)
    assert wait_for_acknowledgement(smarthost, number).recipients == ("eva@modern.example",)
