"""A whole chain counts only when the sealers are on the operator's list."""

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from authz.evidence import Check, Outcome, Proof
from authz.mail.authenticate import AuthenticationPolicy, authenticate
from authz.mail.author import Author
from authz.mail.canonical import relaxed_body, relaxed_header
from authz.mail.dns import Resolver, StaticDns
from authz.mail.fields import split_message
from tests.authz.mail.mails import AT, FROM_MAILBOX, MAIL, key_record, rsa_key
from tests.authz.mail.zones import SuiteDns

JAN = Author(address="jan@firma.cz", name="Jan", key="jan@firma.cz")
LIST, RELAY = "list.example", "relay.example"
KEY = {"TXT": (key_record(),)}
DNS = StaticDns({f"sel._domainkey.{LIST}": KEY, f"sel._domainkey.{RELAY}": KEY})
TRUST_LIST = AuthenticationPolicy(arc_sealers=frozenset({LIST}))


def _seal(
    mail: bytes,
    domain: str,
    results: str = "dkim=pass header.d=firma.cz",
    extra: bytes = b"",
    names: bytes = b"from:subject:date",
) -> bytes:
    """Forward the mail as `domain`, which says what it saw. RFC 8617 §5.1"""
    message = split_message(mail)
    assert message is not None
    instance = len(message.by_name.get(b"arc-seal", ())) + 1
    chain = [b"ARC-Authentication-Results: i=%d; %s; arc=pass; %s" % (instance, domain.encode(), results.encode())]
    body_hash = base64.b64encode(hashlib.sha256(relaxed_body(message.body)).digest())
    tags = b"i=%d; a=rsa-sha256; d=%s; s=sel; " % (instance, domain.encode())
    chain.append(
        _sign(
            [message.by_name[name][0].raw for name in names.split(b":")],
            b"ARC-Message-Signature: " + tags + b"c=relaxed/relaxed; h=" + names + b"; bh=" + body_hash,
        )
    )
    earlier = [
        next(field.raw for field in message.by_name[name] if b"i=%d;" % at in field.raw)
        for at in range(1, instance)
        for name in (b"arc-authentication-results", b"arc-message-signature", b"arc-seal")
    ]
    status = b"none" if instance == 1 else b"pass"
    chain.append(_sign([*earlier, *chain], b"ARC-Seal: " + tags + b"cv=" + status + extra))
    return b"".join(field + b"\r\n" for field in reversed(chain)) + mail


def _sign(covered: list[bytes], field: bytes) -> bytes:
    private = load_pem_private_key(rsa_key(2048)[0], None)
    assert isinstance(private, RSAPrivateKey)
    field += b"; b="
    octets = b"".join(relaxed_header(raw) for raw in [*covered, field])[:-2]
    return field + base64.b64encode(private.sign(octets, PKCS1v15(), SHA256()))


def _arc(octets: bytes, policy: AuthenticationPolicy = TRUST_LIST, dns: Resolver = DNS) -> Check | None:
    evidence = authenticate(octets, JAN, FROM_MAILBOX, policy, dns, AT)
    return next((check for check in evidence.checks if check.proof is Proof.ARC), None)


def _proves(octets: bytes, policy: AuthenticationPolicy = TRUST_LIST, dns: Resolver = DNS) -> bool:
    check = _arc(octets, policy, dns)
    return check is not None and check.binds and check.outcome is Outcome.PASS


def test_a_listed_sealer_vouches_for_what_it_saw() -> None:
    assert _proves(_seal(MAIL, LIST))


def test_no_chain_is_looked_at_by_default() -> None:
    assert _arc(_seal(MAIL, LIST), AuthenticationPolicy()) is None


def test_a_sealer_that_is_not_listed_proves_nothing() -> None:
    assert not _proves(_seal(MAIL, RELAY))
    assert not _proves(_seal(_seal(MAIL, LIST), RELAY))


def test_what_a_listed_sealer_reports_of_an_unlisted_one_is_not_used() -> None:
    assert _proves(_seal(_seal(MAIL, RELAY), LIST))
    assert not _proves(_seal(_seal(MAIL, RELAY), LIST, "dkim=fail header.d=firma.cz"))


def test_the_first_of_the_listed_sealers_tells() -> None:
    both = AuthenticationPolicy(arc_sealers=frozenset({LIST, RELAY}))
    assert _proves(_seal(_seal(MAIL, LIST), RELAY, "dkim=fail header.d=firma.cz"), both)
    assert not _proves(_seal(_seal(MAIL, LIST, "dkim=fail header.d=firma.cz"), RELAY), both)


@pytest.mark.parametrize("results", ["dkim=pass header.d=evil.example", "dkim=none", "spf=pass smtp.helo=firma.cz"])
def test_only_an_aligned_result_speaks_for_the_author(results: str) -> None:
    assert not _proves(_seal(MAIL, LIST, results))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"nezvoni.", b"zvoni."),
        (b"Subject: ", b"Subject: Re: "),
        (b"From: =", b"From: x ="),
        (b"header.d=firma.cz", b"header.d=jinde.cz"),
        (b"cv=none", b"cv=pass"),
        (b"From: ", b"Reply-To: a@b.cz\r\nReply-To: c@d.cz\r\nFrom: "),
    ],
)
def test_any_change_after_the_seal_breaks_it(old: bytes, new: bytes) -> None:
    sealed = _seal(MAIL, LIST)
    assert old in sealed
    assert not _proves(sealed.replace(old, new))


def test_a_seal_with_a_list_of_fields_is_malformed() -> None:
    """RFC 8617 §4.1.3"""
    assert _proves(_seal(MAIL, LIST, extra=b"; x=y"))
    assert not _proves(_seal(MAIL, LIST, extra=b"; h=from"))


@pytest.mark.parametrize("names", [b"subject:date", b"from:date"])
def test_a_sealer_that_left_out_from_or_subject_proves_nothing(names: bytes) -> None:
    assert not _proves(_seal(MAIL, LIST, names=names))


def test_a_dead_dns_is_temporary() -> None:
    check = _arc(_seal(MAIL, LIST), dns=SuiteDns({}, [(f"sel._domainkey.{LIST}", "*")]))
    assert check is not None
    assert (check.outcome, check.binds) == (Outcome.TEMPERROR, True)
