"""What a DKIM signature must be to count."""

import base64
import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from hypothesis import given
from hypothesis import strategies as st

from authz.evidence import Outcome
from authz.mail.dkim_check import DkimResult, DkimRules, verify_signatures
from authz.mail.dns import DnsAnswer, Resolver, StaticDns
from authz.mail.fields import split_message
from tests.authz.mail.mails import AT, MAIL, dns_with_key, ed25519_key, key_record, rsa_key, sign
from tests.authz.mail.zones import SuiteDns


def _verify(octets: bytes, dns: Resolver | None = None, bits: int = 2048, at: datetime = AT) -> list[DkimResult]:
    message = split_message(octets)
    assert message is not None
    return list(verify_signatures(message, dns or dns_with_key(), DkimRules(min_rsa_bits=bits), at))


def _outcome(octets: bytes, dns: Resolver | None = None, **options: Any) -> Outcome:
    (result,) = _verify(octets, dns, **options)
    return result.outcome


@pytest.mark.parametrize("header", [b"simple", b"relaxed"])
@pytest.mark.parametrize("body", [b"simple", b"relaxed"])
def test_what_dkimpy_signs_passes_and_any_change_fails(header: bytes, body: bytes) -> None:
    signed = sign(canon=(header, body))
    assert _outcome(signed) is Outcome.PASS
    assert _outcome(signed.replace(b"\r\n", b"\n")) is Outcome.PASS
    for old, new in ((b"nezvoni.", b"zvoni."), (b"Telefon", b"Printer"), (b"jan@", b"eva@")):
        assert _outcome(signed.replace(old, new)) is Outcome.FAIL


def test_ed25519_passes() -> None:
    dns = dns_with_key(record=b"v=DKIM1; k=ed25519; p=" + ed25519_key()[1])
    assert _outcome(sign(algorithm=b"ed25519-sha256"), dns) is Outcome.PASS


def test_an_unsigned_message_yields_nothing() -> None:
    assert _verify(MAIL) == []


def test_rsa_sha1_is_refused() -> None:
    """RFC 8301 §3.1"""
    assert _outcome(sign(algorithm=b"rsa-sha1")) is Outcome.PERMERROR


def test_a_signature_over_a_part_of_the_text_is_refused() -> None:
    """RFC 6376 §8.2"""
    assert _outcome(sign(length=True) + b"and pay this bill\r\n") is Outcome.POLICY


def test_short_keys_pass_only_where_the_operator_allows_them_and_say_so() -> None:
    signed, dns = sign(bits=1024), dns_with_key(record=key_record(1024))
    assert _outcome(signed, dns) is Outcome.POLICY
    (result,) = _verify(signed, dns, bits=1024)
    assert result.outcome is Outcome.PASS
    assert "weak" in result.reason


def test_keys_below_1024_bits_never_pass() -> None:
    """RFC 8301 §3.2"""
    signed, dns = sign(bits=768), dns_with_key(record=key_record(768))
    assert _outcome(signed, dns, bits=768) is Outcome.POLICY
    assert _outcome(signed, dns, bits=0) is Outcome.POLICY


@pytest.mark.parametrize(
    "field",
    [
        *(b"Subject: Pay now", b"Reply-To: evil@bad.cz", b"Content-Type: text/html", b"From: evil@bad.cz"),
        *(b"To: x@y.cz", b"Date: Mon, 1 Jan 2026 00:00:00 +0000", b"Message-ID: <2@x>", b"MIME-Version: 1.0"),
        *(b"Content-Transfer-Encoding: base64", b"Sender: x@y.cz", b"sUBJECT : Pay now"),
    ],
)
def test_an_added_second_field_does_not_pass(field: bytes) -> None:
    """RFC 6376 §8.15"""
    mail = b"Reply-To: jan@firma.cz\r\nSender: jan@firma.cz\r\nContent-Transfer-Encoding: 8bit\r\n" + MAIL
    signed = sign(mail)
    assert _outcome(signed) is Outcome.PASS
    assert _outcome(field + b"\r\n" + signed) is not Outcome.PASS
    assert _outcome(signed.replace(b"\r\n\r\nDobry", b"\r\n" + field + b"\r\n\r\nDobry")) is not Outcome.PASS


def test_a_doubled_field_passes_when_the_signer_covered_both() -> None:
    mail = b"To: somebody@firma.cz\r\n" + MAIL
    assert _outcome(sign(mail, names=[b"from", b"subject", b"to", b"to"])) is Outcome.PASS
    assert _outcome(sign(mail, names=[b"from", b"subject", b"to"])) is Outcome.POLICY


def test_a_subject_that_is_not_signed_does_not_pass() -> None:
    assert _outcome(sign(names=[b"from", b"to", b"date"])) is Outcome.POLICY


def test_a_signature_must_cover_from() -> None:
    signed = sign().replace(b"h=from : to", b"h=to").replace(b"h=From", b"h=x")
    assert _outcome(signed) is not Outcome.PASS


@pytest.mark.parametrize(
    ("extra", "outcome"),
    [
        (b"h=sha256; ", Outcome.PASS),
        (b"h=sha1:sha256; ", Outcome.PASS),
        (b"h=sha1; ", Outcome.PERMERROR),
        (b"s=email; ", Outcome.PASS),
        (b"s=*; ", Outcome.PASS),
        (b"s=tlsrpt; ", Outcome.PERMERROR),
        (b"t=s; ", Outcome.PASS),
        (b"t=y; ", Outcome.POLICY),
        (b"t=y:s; ", Outcome.POLICY),
        (b"n=note; g=*; x=1; ", Outcome.PASS),
        (b"n=1; n=2; ", Outcome.PERMERROR),
    ],
)
def test_the_tags_of_the_key_are_obeyed(extra: bytes, outcome: Outcome) -> None:
    """RFC 6376 §3.6.1"""
    assert _outcome(sign(), dns_with_key(record=key_record(extra=extra))) is outcome


def test_a_strict_key_refuses_identities_in_subdomains() -> None:
    """RFC 6376 §3.6.1 t=s"""
    signed = sign(identity=b"jan@mail.firma.cz")
    assert _outcome(signed) is Outcome.PASS
    assert _outcome(signed, dns_with_key(record=key_record(extra=b"t=s; "))) is Outcome.POLICY


@pytest.mark.parametrize(
    "record",
    [
        *(b"", b"v=DKIM1; p=", b"v=DKIM1", b"v=DKIM2; p=AAAA", b"p=AAAA", b"k=ed25519; p=AAAA", b"k=dsa; p=AAAA"),
        *(b"k=rsa; v=DKIM1; p=" + rsa_key(2048)[1], b"v=DKIM1; p=" + rsa_key(2048)[1] + b"!", b"\xff\x00", b"omg"),
        pytest.param(b"v=DKIM1; k=ed25519; p=" + ed25519_key()[1], id="a key of the other algorithm"),
    ],
)
def test_unusable_keys_are_permanent_errors(record: bytes) -> None:
    assert _outcome(sign(), dns_with_key(record=record)) is Outcome.PERMERROR


def test_no_key_and_two_keys_are_permanent_errors() -> None:
    """RFC 6376 §3.6.2.2"""
    assert _outcome(sign(), StaticDns({})) is Outcome.PERMERROR
    two = StaticDns({"sel._domainkey.firma.cz": {"TXT": (key_record(), key_record())}})
    assert _outcome(sign(), two) is Outcome.PERMERROR


def test_a_dead_dns_is_a_temporary_error() -> None:
    assert _outcome(sign(), SuiteDns({}, [("sel._domainkey.firma.cz", "*")])) is Outcome.TEMPERROR


def test_a_changed_text_fails_without_asking_the_dns() -> None:
    dns = SuiteDns({}, [("sel._domainkey.firma.cz", "*")])
    assert _outcome(sign() + b"more\r\n", dns) is Outcome.FAIL
    assert dns.asked == []


HASH = b"2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8="
TAGS = {
    b"v": b"1",
    b"a": b"rsa-sha256",
    b"d": b"firma.cz",
    b"s": b"sel",
    b"h": b"from:subject",
    b"bh": HASH,
    b"b": b"AAAA",
}


def _with_tags(**changes: bytes | None) -> bytes:
    tags = {**TAGS, **{name.encode(): value for name, value in changes.items()}}
    text = b"; ".join(name + b"=" + value for name, value in tags.items() if value is not None)
    return b"DKIM-Signature: " + text + b"\r\n" + MAIL


@pytest.mark.parametrize(
    "octets",
    [
        *(_with_tags(**{name.decode(): None}) for name in TAGS),
        *(_with_tags(v=b"2"), _with_tags(a=b"rsa-sha512"), _with_tags(c=b"loose"), _with_tags(q=b"http/get")),
        *(_with_tags(bh=b"!!"), _with_tags(bh=b"AAAA"), _with_tags(b=b""), _with_tags(b=b"!!"), _with_tags(h=b"to")),
        *(_with_tags(d=b"firma.cz\x00.evil.com"), _with_tags(d=b"firma.cz'a.evil.com"), _with_tags(d=b'"firma.cz"')),
        *(
            _with_tags(s=b"sel._domainkey.evil.com.\x00.any"),
            _with_tags(s=b"a b"),
            _with_tags(d=b"."),
            _with_tags(d=b""),
        ),
        *(_with_tags(i=b"@evil.com"), _with_tags(i=b"@xfirma.cz"), _with_tags(i=b"jan"), _with_tags(d=b"a" * 64)),
        *(b"DKIM-Signature: v=1; v=1\r\n" + MAIL, b"DKIM-Signature: \r\n" + MAIL, b"DKIM-Signature: ;;\r\n" + MAIL),
        b"DKIM-Signature: v=1; z=" + b"a" * 20_000 + b"\r\n" + MAIL,
    ],
)
def test_malformed_signatures_are_permanent_errors(octets: bytes) -> None:
    assert _outcome(octets) is Outcome.PERMERROR


def test_expired_signatures_and_those_from_the_future_fail() -> None:
    """RFC 6376 §3.5 t=, x="""
    signed = sign()  # dkimpy writes t=, the time of now
    assert _outcome(signed, at=datetime.now(UTC)) is Outcome.PASS
    assert _outcome(signed, at=datetime.now(UTC) - timedelta(days=1)) is Outcome.FAIL
    late = int(AT.timestamp()) - 1
    for tags in ({"x": b"%d" % late}, {"t": b"20", "x": b"10"}, {"x": b"soon"}, {"t": b"9" * 12}):
        (result,) = _verify(_with_tags(**tags))
        assert result.outcome is Outcome.FAIL
        assert "text was changed" not in result.reason


def test_at_most_five_signatures_are_verified_the_wanted_ones_first() -> None:
    message = split_message(b"".join(b"DKIM-Signature: x\r\n" for _ in range(12)) + sign())
    assert message is not None
    results = list(
        verify_signatures(message, dns_with_key(), DkimRules(), AT, first=lambda domain: domain == "firma.cz")
    )
    assert len(results) == 5
    assert results[0].outcome is Outcome.PASS


def test_a_signature_that_covers_another_one_passes() -> None:
    first = sign()
    own, rest = first.split(b"From:", 1)
    body_hash = base64.b64encode(hashlib.sha256(MAIL.partition(b"\r\n\r\n")[2]).digest())
    head = (
        b"DKIM-Signature: v=1; a=rsa-sha256; d=relay.example; s=sel; h=from:subject:dkim-signature:dkim-signature; bh="
    )
    head += body_hash + b"; b="
    lines = {line.partition(b":")[0]: line + b"\r\n" for line in MAIL.split(b"\r\n")}
    private = load_pem_private_key(rsa_key(2048)[0], None)
    assert isinstance(private, RSAPrivateKey)
    signature = private.sign(lines[b"From"] + lines[b"Subject"] + own + head, PKCS1v15(), SHA256())
    second = head + base64.b64encode(signature) + b"\r\n" + own + b"From:" + rest
    dns = dns_with_key(more={"sel._domainkey.relay.example": {"TXT": (key_record(),)}})
    assert [result.outcome for result in _verify(second, dns)] == [Outcome.PASS, Outcome.PASS]
    assert _verify(second.replace(own, b""), dns)[0].outcome is Outcome.FAIL


def test_dnssec_is_recorded() -> None:
    class Secure:
        def query(self, name: str, rtype: str) -> DnsAnswer:
            return replace(dns_with_key().query(name, rtype), secure=True)

    (result,) = _verify(sign(), Secure())
    assert result.secure
    assert "DNSSEC" in result.reason


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_no_signature_and_no_key_raises(value: bytes, record: bytes) -> None:
    for octets in (
        b"DKIM-Signature: " + value + b"\r\n" + MAIL,
        _with_tags(h=value),
        _with_tags(d=value),
        _with_tags(b=value),
    ):
        message = split_message(octets)
        if message is not None:
            list(verify_signatures(message, dns_with_key(record=record), DkimRules(), AT))
    list(
        verify_signatures(
            split_message(sign()), dns_with_key(record=b"v=DKIM1; p=" + base64.b64encode(record)), DkimRules(), AT
        )
    )  # type: ignore[arg-type]
