"""The published spoofing attacks: none may be authorized as its victim, however the attacker's own domain helps."""

import base64
import hashlib
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from authz.decision import Verdict
from authz.evidence import Evidence
from authz.identity import Channel, Claim, IdentityKind, Listing, Match
from authz.mail.address import address_key
from authz.mail.authenticate import AuthenticationPolicy, authenticate
from authz.mail.author import extract_author
from authz.mail.canonical import relaxed_body, relaxed_header
from authz.mail.dns import DnsAnswer
from authz.mail.handover import Handover
from authz.policy import MAIL_RULES, decide
from tests.authz.mail.corpus import corpus, needs_corpus
from tests.authz.mail.mails import AT, key_record, rsa_key

ATTACKER_IP = "192.0.2.66"


class AttackersDns:
    """Says yes to whatever has to do with the attacker's domains; the victim forbids everything."""

    def query(self, name: str, rtype: str) -> DnsAnswer:
        lowered = name.lower()
        if rtype == "TXT" and "_domainkey" in lowered and ("attack.com" in lowered or lowered.endswith("example.com")):
            return DnsAnswer(records=(key_record(),))
        if rtype == "TXT" and lowered.endswith(("attack.com", "example.com")) and not lowered.startswith("_dmarc"):
            return DnsAnswer(records=(b"v=spf1 +all",))
        if rtype == "TXT" and lowered == "legitimate.com":
            return DnsAnswer(records=(b"v=spf1 -all",))
        if rtype == "TXT" and lowered == "_dmarc.legitimate.com":
            return DnsAnswer(records=(b"v=DMARC1; p=reject",))
        return DnsAnswer(exists=False)


def _cases() -> list[Any]:
    path = corpus("spoofing", "espoofer_cases.json")
    return [pytest.param(case, id=case["id"]) for case in json.loads(path.read_bytes())] if path else []


def _sign(message: bytes, domain: str, selector: str, covered: bytes) -> bytes:
    """Sign as the attacker does: with a good key, and any d= and s= at all."""
    private = load_pem_private_key(rsa_key(2048)[0], None)
    assert isinstance(private, RSAPrivateKey)
    body_hash = base64.b64encode(hashlib.sha256(relaxed_body(message.partition(b"\r\n\r\n")[2])).digest())
    field = b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=%s; s=%s; h=from:subject; bh=%s; b=" % (
        domain.encode(),
        selector.encode(),
        body_hash,
    )
    subject = next(line for line in message.split(b"\r\n") if line.startswith(b"Subject:"))
    text = relaxed_header(covered) + relaxed_header(subject) + relaxed_header(field)[:-2]
    return field + base64.b64encode(private.sign(text, PKCS1v15(), SHA256())) + b"\r\n" + message


def _decide(octets: bytes, handover: Handover, victim: str) -> Verdict:
    author = extract_author(octets).author
    evidence = Evidence()
    if author is not None:
        evidence = authenticate(octets, author, handover, AuthenticationPolicy(), AttackersDns(), AT)
    claim = Claim(
        channel=Channel.MAIL,
        kind=IdentityKind.ADDRESS,
        value=author.key if author else None,
        shown="",
        problem=None if author else "author-ambiguous",
    )
    listing = Listing(
        customer_id=1,
        customer_name="Legitimate",
        customer_active=True,
        contact_id=1,
        contact_name="Admin",
        contact_active=True,
        match=Match.EXACT,
        channels=frozenset(Channel),
    )
    listings = [listing] if claim.value == address_key(victim) else []
    return decide(claim, evidence, listings, MAIL_RULES, AT).verdict


@needs_corpus
@pytest.mark.parametrize("case", _cases())
def test_attack_is_not_authorized_as_its_victim(case: dict[str, Any]) -> None:
    octets = base64.b64decode(case["message_b64"])
    if case["dkim"]:
        octets = _sign(octets, case["dkim"]["d"], case["dkim"]["s"], case["dkim"]["sign_header"].encode())
    else:
        domain = "example.com" if case["id"].startswith("client") else "attack.com"
        from_line = next(line for line in octets.split(b"\r\n") if b"From" in line)
        octets = _sign(octets, domain, "selector", from_line)
    reverse_path = base64.b64decode(case["mail_from_b64"]).decode()
    for path in (reverse_path, reverse_path.removeprefix("<").removesuffix(">")):
        handover = Handover(client_ip=ATTACKER_IP, helo=case["helo"], reverse_path=path)
        assert _decide(octets, handover, case["victim_identity"]) is not Verdict.ACCEPT


def test_the_harness_would_notice_an_authorized_victim() -> None:
    octets = b"From: <admin@attack.com>\r\nSubject: x\r\n\r\ntext\r\n"
    handover = Handover(client_ip=ATTACKER_IP, helo="attack.com", reverse_path="any@attack.com")
    assert _decide(octets, handover, "admin@attack.com") is Verdict.ACCEPT
    signed = _sign(octets, "attack.com", "selector", b"From: <admin@attack.com>")
    assert _decide(signed, Handover(), "admin@attack.com") is Verdict.ACCEPT
