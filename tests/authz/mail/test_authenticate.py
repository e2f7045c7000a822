"""Which check speaks for the author, and what a failing DNS means for it."""

import time
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz.evidence import Check, Evidence, Outcome, Proof
from authz.mail.authenticate import AuthenticationPolicy, Mode, authenticate
from authz.mail.author import Author, extract_author
from authz.mail.dns import DnsAnswer, Resolver, StaticDns
from authz.mail.handover import Handover
from authz.mail.resolver import CachedOnly, CacheMiss, DnsResolver, ResolverSettings
from authz.mail.results import RelayTrust
from tests.authz.mail.mails import AT, FROM_MAILBOX, MAIL, dns_with_key, key_record, sign
from tests.authz.mail.zones import SuiteDns

JAN = Author(address="jan@firma.cz", name="Jan", key="jan@firma.cz")
BY_SMTP = Handover(client_ip="192.0.2.1", helo="mail.firma.cz", reverse_path="jan@firma.cz")
SPF = {"firma.cz": {"TXT": (b"v=spf1 ip4:192.0.2.1 -all",)}}


def _authenticate(
    octets: bytes,
    dns: Resolver,
    handover: Handover = FROM_MAILBOX,
    policy: AuthenticationPolicy | None = None,
) -> Evidence:
    author = extract_author(octets).author or JAN
    policy = policy or AuthenticationPolicy()
    return authenticate(octets, author, handover, policy, dns, AT)


def _check(evidence: Evidence, proof: Proof) -> Check:
    return next(check for check in evidence.checks if check.proof is proof)


def test_an_aligned_signature_verifies_without_any_dmarc_record() -> None:
    evidence = _authenticate(sign(), dns_with_key())
    assert evidence.verified
    assert _check(evidence, Proof.DKIM).binds


def test_what_was_not_looked_at_is_said() -> None:
    evidence = _authenticate(sign(), dns_with_key(more=SPF), BY_SMTP)
    assert "not checked" in _check(evidence, Proof.SPF).detail
    assert "not checked" in _check(evidence, Proof.DMARC).detail
    assert "not known which host" in _check(_authenticate(MAIL, StaticDns({})), Proof.SPF).detail


def test_an_aligned_spf_pass_verifies() -> None:
    evidence = _authenticate(MAIL, StaticDns(SPF), BY_SMTP)
    assert evidence.verified
    assert evidence.outcome_of(Proof.DKIM) is Outcome.NONE


def test_nothing_proved_is_not_verified() -> None:
    evidence = _authenticate(MAIL, StaticDns({}), BY_SMTP)
    assert not evidence.verified
    assert not evidence.temporary
    assert evidence.outcome_of(Proof.DMARC) is Outcome.NONE


def test_a_foreign_signature_and_a_foreign_envelope_prove_nothing_about_the_author() -> None:
    dns = dns_with_key("mailer.example", more={"mailer.example": {"TXT": (b"v=spf1 +all",)}})
    handover = Handover(client_ip="192.0.2.9", helo="mailer.example", reverse_path="x@mailer.example")
    evidence = _authenticate(sign(domain="mailer.example"), dns, handover)
    assert not evidence.verified
    dkim = _check(evidence, Proof.DKIM)
    assert dkim.outcome is Outcome.PASS
    assert not dkim.binds
    assert "not the author's domain firma.cz" in dkim.detail
    assert evidence.outcome_of(Proof.SPF) is Outcome.PASS


SIGNED_BY_SUBDOMAIN = sign(domain="mail.firma.cz")


@pytest.mark.parametrize(
    ("record", "verified"),
    [
        (None, True),
        (b"v=DMARC1; p=none", True),
        (b"v=DMARC1; p=none; adkim=s", False),
        (b"v=DMARC1; p=none; aspf=s", True),
    ],
)
def test_a_subdomain_speaks_for_the_author_unless_the_domain_is_strict(record: bytes | None, verified: bool) -> None:
    more = {"_dmarc.firma.cz": {"TXT": (record,)}} if record else {}
    assert _authenticate(SIGNED_BY_SUBDOMAIN, dns_with_key("mail.firma.cz", more=more)).verified is verified


def test_owners_below_one_public_suffix_do_not_speak_for_each_other() -> None:
    mail = MAIL.replace(b"jan@firma.cz", b"jan@one.co.uk")
    dns = dns_with_key("two.co.uk", more={"_dmarc.co.uk": {"TXT": (b"v=DMARC1; p=none",)}})
    assert not _authenticate(sign(mail, "two.co.uk"), dns).verified


def test_for_a_shared_domain_only_the_very_domain_speaks() -> None:
    policy = AuthenticationPolicy(shared_domains=frozenset({"firma.cz"}))
    assert not _authenticate(SIGNED_BY_SUBDOMAIN, dns_with_key("mail.firma.cz"), policy=policy).verified
    assert _authenticate(sign(), dns_with_key(), policy=policy).verified


def test_a_dead_dns_is_temporary_while_a_check_could_still_prove_the_author() -> None:
    for octets, handover in ((sign(), FROM_MAILBOX), (MAIL, BY_SMTP), (SIGNED_BY_SUBDOMAIN, FROM_MAILBOX)):
        dead = SuiteDns(
            {}, [(name, "*") for name in ("sel._domainkey.firma.cz", "firma.cz", "sel._domainkey.mail.firma.cz")]
        )
        evidence = _authenticate(octets, dead, handover)
        assert not evidence.verified
        assert evidence.temporary


def test_a_dead_dns_of_a_stranger_is_not_temporary() -> None:
    dead = SuiteDns({}, [("sel._domainkey.evil.example", "*")])
    assert not _authenticate(sign(domain="evil.example"), dead).temporary


def test_an_unknown_alignment_is_temporary() -> None:
    dns = SuiteDns({"sel._domainkey.mail.firma.cz": {"TXT": [key_record()]}}, [("_dmarc.firma.cz", "*")])
    evidence = _authenticate(SIGNED_BY_SUBDOMAIN, dns)
    assert evidence.temporary
    assert not evidence.verified


def test_one_proof_is_enough_when_another_one_fails_for_now() -> None:
    dns = SuiteDns({"firma.cz": {"TXT": [b"v=spf1 ip4:192.0.2.1 -all"]}}, [("sel._domainkey.firma.cz", "*")])
    assert _authenticate(sign(), dns, BY_SMTP).verified


def test_a_null_reverse_path_is_checked_by_its_helo() -> None:
    """RFC 7208 §2.4"""
    dns = StaticDns({"mail.firma.cz": {"TXT": (b"v=spf1 ip4:192.0.2.1 -all",)}})
    handover = Handover(client_ip="192.0.2.1", helo="mail.firma.cz", reverse_path="")
    assert _authenticate(MAIL, dns, handover).verified


RELAY = RelayTrust(authserv_ids=frozenset({"mx.desk.example"}))
RECEIVED = b"Received: from x by mx.desk.example; Sun, 22 Nov 2026\r\n"


def _relayed(results: bytes) -> bytes:
    return b"Authentication-Results: mx.desk.example; " + results + b"\r\n" + RECEIVED + MAIL


@pytest.mark.parametrize(
    ("results", "verified"),
    [
        (b"dkim=pass header.d=firma.cz", True),
        (b"dkim=pass header.i=@mail.firma.cz", True),
        (b"spf=pass smtp.mailfrom=jan@firma.cz", True),
        (b"spf=pass smtp.mailfrom=firma.cz", True),
        (b"dmarc=pass header.from=firma.cz", True),
        (b"dmarc=pass header.from=mail.firma.cz", False),
        (b"dkim=pass header.d=mailer.example", False),
        (b"dkim=fail header.d=firma.cz", False),
        (b"dkim=pass", False),
        (b"dkim=none (dmarc=pass header.from=firma.cz)", False),
        (b"spf=pass smtp.helo=firma.cz", False),
        (b"spf=pass smtp.mailfrom=any@evil.com'@firma.cz", False),
        (b"dkim=pass header.d=firma.cz'a.evil.com", False),
        (b'dkim=pass header.d="firma.cz a.evil.com"', False),
        (b"iprev=pass policy.iprev=192.0.2.1", False),
    ],
)
def test_a_trusted_relay_vouches_for_the_aligned_domain_only(results: bytes, verified: bool) -> None:
    policy = AuthenticationPolicy(mode=Mode.TRUSTED_RELAY, relay=RELAY)
    assert _authenticate(_relayed(results), StaticDns({}), policy=policy).verified is verified


@pytest.mark.parametrize("mode", [Mode.STRICT, Mode.ADDRESS_ONLY])
def test_in_other_modes_the_relay_is_recorded_and_proves_nothing(mode: Mode) -> None:
    policy = AuthenticationPolicy(mode=mode, relay=RELAY)
    evidence = _authenticate(_relayed(b"dkim=pass header.d=firma.cz"), StaticDns({}), policy=policy)
    assert not evidence.verified
    assert evidence.outcome_of(Proof.RELAY) is Outcome.PASS


def test_a_relay_that_is_not_configured_is_not_read() -> None:
    policy = AuthenticationPolicy(mode=Mode.TRUSTED_RELAY)
    evidence = _authenticate(_relayed(b"dkim=pass header.d=firma.cz"), StaticDns({}), policy=policy)
    assert evidence.outcome_of(Proof.RELAY) is None


@pytest.mark.parametrize(
    ("content_type", "proof"),
    [
        (b'multipart/signed; protocol="application/pkcs7-signature"; boundary=x', Proof.SMIME),
        (b"application/x-pkcs7-mime; smime-type=signed-data", Proof.SMIME),
        (b'multipart/signed; protocol="application/pgp-signature"; boundary=x', Proof.PGP),
    ],
)
def test_end_to_end_signatures_are_recorded_and_prove_nothing(content_type: bytes, proof: Proof) -> None:
    mail = MAIL.replace(b"text/plain; charset=utf-8", content_type)
    check = _check(_authenticate(mail, StaticDns({})), proof)
    assert (check.outcome, check.binds) == (Outcome.NEUTRAL, False)


def test_a_cache_that_cannot_answer_says_so() -> None:
    cached = CachedOnly(DnsResolver(ResolverSettings(nameservers=("127.0.0.1:9",))))
    for octets, handover in ((sign(), FROM_MAILBOX), (MAIL, BY_SMTP), (MAIL, FROM_MAILBOX)):
        with pytest.raises(CacheMiss):
            _authenticate(octets, cached, handover)


def test_a_sender_with_slow_name_servers_gets_a_bounded_time() -> None:
    class Slow:
        def __init__(self) -> None:
            self.asked = 0

        def query(self, name: str, rtype: str) -> DnsAnswer:
            self.asked += 1
            time.sleep(0.02)
            return DnsAnswer(records=(b"v=spf1 mx -all" if rtype == "TXT" else b"10 mx%d.x.cz" % self.asked,))

    slow = Slow()
    evidence = _authenticate(MAIL, slow, BY_SMTP, AuthenticationPolicy(dns_seconds=0.03))
    assert slow.asked <= 3
    assert evidence.temporary


def test_an_old_message_is_judged_by_the_time_it_was_received() -> None:
    author = extract_author(MAIL).author or JAN
    early = AT - timedelta(days=30)
    evidence = authenticate(sign(), author, FROM_MAILBOX, AuthenticationPolicy(), dns_with_key(), early)
    assert not evidence.verified


def test_a_header_beyond_the_caps_is_evidence_of_nothing() -> None:
    evidence = _authenticate(b"X: y\r\n" * 5000 + sign(), dns_with_key())
    assert not evidence.verified
    assert not evidence.temporary


NAMES = st.sampled_from(
    [
        b"DKIM-Signature",
        b"Authentication-Results",
        b"ARC-Seal",
        b"ARC-Message-Signature",
        b"ARC-Authentication-Results",
        b"Received",
        b"From",
        b"Content-Type",
    ]
)
VALUES = st.one_of(
    st.binary(max_size=50),
    st.lists(
        st.sampled_from(
            [
                b"i=1; ",
                b"v=1; ",
                b"a=rsa-sha256; ",
                b"d=firma.cz; ",
                b"s=sel; ",
                b"b=AAAA; ",
                b"bh=AAAA; ",
                b"h=from; ",
                b"cv=none; ",
                b"mx.desk.example; ",
                b"dkim=pass ",
                b"header.d=firma.cz ",
                b"(",
                b")",
                b'"',
                b";",
            ]
        ),
        max_size=12,
    ).map(b"".join),
)
EVERYTHING = AuthenticationPolicy(
    mode=Mode.TRUSTED_RELAY,
    relay=RelayTrust(authserv_ids=frozenset({"mx.desk.example"}), border_hosts=frozenset({"x"}), without_id=True),
    arc_sealers=frozenset({"firma.cz"}),
)


@given(
    st.lists(st.tuples(NAMES, VALUES), max_size=8), st.binary(max_size=60), st.text(max_size=20), st.text(max_size=20)
)
def test_no_message_and_no_envelope_raises(
    fields: list[tuple[bytes, bytes]], body: bytes, reverse_path: str, helo: str
) -> None:
    octets = b"".join(name + b": " + value + b"\r\n" for name, value in fields) + MAIL + body
    for address in ("192.0.2.1", "2001:db8::1", helo):
        handover = Handover(client_ip=address, helo=helo, reverse_path=reverse_path)
        for dns in (dns_with_key(more=SPF), SuiteDns({}, [("firma.cz", "*")])):
            evidence = authenticate(octets, JAN, handover, EVERYTHING, dns, AT)
            assert evidence.checks
