"""What the suite does not say: strange envelopes, and a resolver that fails or has no answer yet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz.evidence import Outcome
from authz.mail.dns import DnsAnswer, StaticDns
from authz.mail.resolver import CacheMiss
from authz.mail.spf_check import check_spf
from tests.authz.mail.zones import SuiteDns

OPEN = StaticDns({"attack.com": {"TXT": (b"v=spf1 +all",)}, "firma.cz": {"TXT": (b"v=spf1 ip4:192.0.2.1 -all",)}})


@pytest.mark.parametrize(
    "reverse_path",
    [
        *("any@firma.cz@attack.com", "@firma.cz,@any.com:'any@attack.com", "any@firma.cz'@any@attack.com"),
        *("<any@attack.com", "any@attack.com>", "any@attack.com(firma.cz", "any@attack.com\x00", "a\nb@attack.com"),
        *('"a@b"@attack.com', "any@[192.0.2.1]", "any@localhost", "any", "@", "<>"),
    ],
)
def test_an_envelope_that_is_not_one_plain_address_is_not_checked(reverse_path: str) -> None:
    result = check_spf("192.0.2.1", reverse_path, "attack.com", OPEN)
    assert (result.outcome, result.domain) == (Outcome.NONE, None)


@pytest.mark.parametrize("reverse_path", ["jan@firma.cz", "Jan.Novak+x=y@FIRMA.cz", "jan novak@firma.cz", "@firma.cz"])
def test_a_plain_envelope_is_checked(reverse_path: str) -> None:
    result = check_spf("192.0.2.1", reverse_path, None, OPEN)
    assert (result.outcome, result.domain) == (Outcome.PASS, "firma.cz")
    assert check_spf("192.0.2.2", reverse_path, None, OPEN).outcome is Outcome.FAIL


def test_a_dead_dns_is_a_temporary_error() -> None:
    assert check_spf("192.0.2.1", "a@firma.cz", "x", SuiteDns({}, [("firma.cz", "*")])).outcome is Outcome.TEMPERROR


def test_a_missing_answer_in_the_cache_is_passed_on() -> None:
    class Empty:
        def query(self, name: str, rtype: str) -> DnsAnswer:
            raise CacheMiss(name)

    with pytest.raises(CacheMiss):
        check_spf("192.0.2.1", "a@firma.cz", "x", Empty())


def test_no_explanation_is_fetched() -> None:
    dns = SuiteDns({"firma.cz": {"TXT": [b"v=spf1 exp=why.firma.cz -all"]}, "why.firma.cz": {"TXT": [b"no"]}})
    assert check_spf("192.0.2.1", "a@firma.cz", "x", dns).outcome is Outcome.FAIL
    assert dns.asked == [("firma.cz", "TXT")]


@given(st.text(max_size=20), st.text(max_size=40), st.text(max_size=20), st.binary(max_size=60))
def test_nothing_a_stranger_says_raises(client_ip: str, reverse_path: str, helo: str, record: bytes) -> None:
    dns = SuiteDns({"firma.cz": {"TXT": [b"v=spf1 " + record], "MX": [record], "A": [record]}})
    for address in (client_ip, "192.0.2.1", "::1"):
        check_spf(address, reverse_path, helo, dns)
        check_spf(address, "a@firma.cz", helo, dns)
