import time

import dns.exception
import dns.message
import dns.resolver
import pytest

from tests.servers import faultydns
from tests.servers.dns import DnsServer
from tests.servers.faultydns import Behaviour, faulty_resolver

pytestmark = pytest.mark.e2e
LONG_KEY = "v=DKIM1; k=rsa; p=" + "A" * 700


def _resolver(host: str, port: int, *, lifetime: float = 3) -> dns.resolver.Resolver:
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port, resolver.lifetime, resolver.timeout = [host], port, lifetime, lifetime
    return resolver


def _txt(resolver: dns.resolver.Resolver, name: str) -> list[bytes]:
    return [b"".join(rdata.strings) for rdata in resolver.resolve(name, "TXT")]


def test_the_records_of_a_zone_are_answered(dns_server: DnsServer) -> None:
    dns_server.publish(
        {
            "firma.example": {"TXT": ["v=spf1 mx -all"], "MX": [b"10 mail.firma.example"]},
            "mail.firma.example": {"A": ["192.0.2.1"], "AAAA": ["2001:db8::1"]},
            "sel._domainkey.firma.example": {"TXT": [LONG_KEY]},
            "alias.example": {"CNAME": ["firma.example"]},
            "1.2.0.192.in-addr.arpa": {"PTR": ["mail.firma.example"]},
            "odd.example": {"TXT": [b'quote " backslash \\ \xc4\x8d']},
        }
    )
    resolver = _resolver(dns_server.host, dns_server.port)
    assert _txt(resolver, "firma.example") == [b"v=spf1 mx -all"]
    assert _txt(resolver, "alias.example") == [b"v=spf1 mx -all"]
    assert _txt(resolver, "sel._domainkey.firma.example") == [LONG_KEY.encode()]
    assert _txt(resolver, "odd.example") == [b'quote " backslash \\ \xc4\x8d']
    assert resolver.resolve("firma.example", "MX")[0].exchange.to_text() == "mail.firma.example."
    assert resolver.resolve_address("192.0.2.1")[0].target.to_text() == "mail.firma.example."
    with pytest.raises(dns.resolver.NoAnswer):
        resolver.resolve("firma.example", "A")
    with pytest.raises(dns.resolver.NXDOMAIN):
        resolver.resolve("nobody.example", "TXT")


def test_a_new_zone_replaces_the_old_one_at_once(dns_server: DnsServer) -> None:
    resolver = _resolver(dns_server.host, dns_server.port)
    dns_server.publish({"a.example": {"TXT": ["one"]}})
    assert _txt(resolver, "a.example") == [b"one"]
    dns_server.publish({"b.example": {"TXT": ["two"]}}, ttl=5)
    assert resolver.resolve("b.example", "TXT").rrset.ttl == 5
    with pytest.raises(dns.resolver.NXDOMAIN):
        resolver.resolve("a.example", "TXT")


@pytest.mark.parametrize("behaviour", [faultydns.silent, faultydns.garbage, faultydns.foreign_id])
def test_no_usable_answer_comes_from(behaviour: Behaviour) -> None:
    with faulty_resolver(behaviour) as resolver:
        with pytest.raises((dns.resolver.LifetimeTimeout, dns.resolver.NoNameservers)):
            _resolver(resolver.host, resolver.port, lifetime=0.5).resolve("firma.example", "TXT")
        assert resolver.asked


@pytest.mark.parametrize("behaviour", [faultydns.servfail, faultydns.refused, faultydns.truncated])
def test_an_answer_without_records_comes_from(behaviour: Behaviour) -> None:
    with faulty_resolver(behaviour) as resolver, pytest.raises(dns.exception.DNSException):
        _resolver(resolver.host, resolver.port, lifetime=0.5).resolve("firma.example", "TXT")


@pytest.mark.parametrize("behaviour", [faultydns.other_name, faultydns.looping])
def test_a_lie_is_told_by(behaviour: Behaviour) -> None:
    with faulty_resolver(behaviour) as resolver:
        question = dns.message.make_query("firma.example", "TXT")
        reply = dns.query.udp(question, resolver.host, port=resolver.port, timeout=2)
        assert reply.answer
        with pytest.raises(dns.exception.DNSException):
            _resolver(resolver.host, resolver.port, lifetime=0.5).resolve("firma.example", "TXT")


def test_a_slow_resolver_answers_rightly_but_late(dns_server: DnsServer) -> None:
    dns_server.publish({"firma.example": {"TXT": ["v=spf1 -all"]}})
    with faulty_resolver(faultydns.slow(0.5, upstream=(dns_server.host, dns_server.port))) as resolver:
        start = time.monotonic()
        assert _txt(_resolver(resolver.host, resolver.port), "firma.example") == [b"v=spf1 -all"]
        assert time.monotonic() - start >= 0.5
        with pytest.raises(dns.resolver.LifetimeTimeout):
            _resolver(resolver.host, resolver.port, lifetime=0.2).resolve("firma.example", "TXT")


def test_nobody_answers_on_a_dead_port() -> None:
    with pytest.raises(dns.exception.DNSException):
        _resolver("127.0.0.1", faultydns.dead_port(), lifetime=0.5).resolve("firma.example", "TXT")
