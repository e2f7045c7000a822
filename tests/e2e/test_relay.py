"""Behind a real Postfix: by SMTP and by LMTP, and what its queue does with our answers."""

import smtplib
import ssl
from collections.abc import Iterator

import pytest

from tests.e2e.conftest import Make
from tests.e2e.gateway import HELPDESK, Gateway, say
from tests.e2e.letters import letter, sign
from tests.e2e.people import zone
from tests.servers.certificate import Certificate, localhost_certificate
from tests.servers.dns import DnsServer
from tests.servers.postfix import Postfix, postfix
from tests.servers.process import free_port, wait_until

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return localhost_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def lmtp_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def gateway(make_gateway: Make, certificate: Certificate, lmtp_port: int) -> Iterator[Gateway]:
    tls = {"tls_certificate": str(certificate.certificate), "tls_key": str(certificate.key)}
    running = make_gateway({"smtp": tls, "lmtp": {"enabled": True, "port": lmtp_port}})
    running.start()
    yield running
    running.stop()
    assert running.complaints() == []


@pytest.fixture(scope="module")
def relay(gateway: Gateway) -> Iterator[Postfix]:
    """Hands everything to us by SMTP, with TLS."""
    with postfix((gateway.host, gateway.smtp_port), tls=True) as running:
        yield running


def _send(relay: Postfix, octets: bytes, reverse_path: str, *recipients: str) -> None:
    with smtplib.SMTP(relay.host, relay.port, timeout=20) as client:
        client.sendmail(reverse_path, list(recipients) or [HELPDESK], octets)


def _tickets(gateway: Gateway, subject: str) -> int:
    return len(gateway.all("tickets", subject=subject))


def test_a_relayed_mail_keeps_its_signature(gateway: Gateway, relay: Postfix) -> None:
    _send(relay, sign(letter(subject="Přes relay")), "jan@firma.example")
    relay.wait_until_empty()
    assert _tickets(gateway, "Přes relay") == 1
    status, said = relay.statuses()[-1]
    assert (status, said.split()[:3]) == ("sent", ["250", "2.0.0", "Ticket"])
    (entry,) = gateway.get("ledger", reason="authorized")["items"]
    assert entry["peer"] == "127.0.0.1"


def test_a_relay_keeps_what_we_cannot_check_now_and_comes_again(
    gateway: Gateway, relay: Postfix, names: DnsServer
) -> None:
    names.stop()
    _send(relay, sign(letter("host@late2.example", subject="Z fronty"), "late2.example"), "host@late2.example")
    wait_until(lambda: "deferred" in dict(relay.statuses()), seconds=15, what="deferred")
    assert "check-temporary" in dict(relay.statuses())["deferred"]
    assert _tickets(gateway, "Z fronty") == 0
    names.publish(zone())
    relay.wait_until_empty(seconds=30)
    assert _tickets(gateway, "Z fronty") == 1


def test_a_relay_keeps_what_comes_while_we_are_away(gateway: Gateway, relay: Postfix) -> None:
    gateway.stop()
    _send(relay, sign(letter(subject="Odstávka")), "jan@firma.example")
    wait_until(lambda: len(relay.queue()) == 1, seconds=10, what="queued")
    gateway.start()
    relay.flush()
    relay.wait_until_empty(seconds=30)
    assert _tickets(gateway, "Odstávka") == 1


def test_a_relay_bounces_what_we_refuse(gateway: Gateway, relay: Postfix) -> None:
    _send(relay, sign(letter("who@firma.example")), "")  # the bounce of a null reverse-path goes nowhere
    relay.wait_until_empty()
    status, said = next(each for each in reversed(relay.statuses()) if each[0] == "bounced")
    assert (status, said.partition("550 5.7.1 ")[2].split(":")[0]) == ("bounced", "author-unknown")
    assert _tickets(gateway, "author") == 0


def test_lmtp_answers_for_each_recipient(gateway: Gateway, lmtp_port: int) -> None:
    with postfix((gateway.host, lmtp_port), lmtp=True) as relay:
        _send(relay, sign(letter(subject="LMTP")), "jan@firma.example", HELPDESK, "helpdesk+token@desk.example")
        _send(relay, letter("jan.novak@plain.example", subject="LMTP bez podpisu"), "jan.novak@plain.example")
        relay.wait_until_empty()
        statuses = relay.statuses()
    assert [status for status, _ in statuses] == ["sent"] * 3
    assert _tickets(gateway, "LMTP") == 1
    # The host that connects is our own: its address says nothing about the author, whatever SPF says about it.
    (held,) = gateway.get("quarantine")["items"]
    assert (held["subject"], held["reason"]) == ("LMTP bez podpisu", "author-unverified")


def test_a_mail_over_tls_is_a_ticket(gateway: Gateway, certificate: Certificate) -> None:
    trust = ssl.create_default_context(cafile=str(certificate.certificate))
    with smtplib.SMTP("localhost", gateway.smtp_port, timeout=20) as client:
        client.starttls(context=trust)
        client.ehlo("client.example")
        assert "starttls" not in client.esmtp_features
        assert say(client, sign(letter()), reverse_path="jan@firma.example").ticket


def test_what_was_said_before_tls_is_forgotten(gateway: Gateway, certificate: Certificate) -> None:
    """RFC 3207 §4.2"""
    trust = ssl.create_default_context(cafile=str(certificate.certificate))
    with smtplib.SMTP("localhost", gateway.smtp_port, timeout=20) as client:
        client.ehlo("client.example")
        client.mail("jan@firma.example")
        client.starttls(context=trust)
        assert client.rcpt(HELPDESK)[0] == 503
