"""Our own signatures: others verify them, and nothing that matters can be changed or added below them."""

import base64
from datetime import UTC, datetime

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from authz.evidence import Outcome
from authz.mail.dkim_check import DkimRules, verify_signatures
from authz.mail.dns import StaticDns
from authz.mail.fields import split_message
from channels.mail.dkim_sign import DkimSigner, SignerKey, make_key, read_key
from intake.dkim_keys import check_published

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
KEYS = [read_key("desk.example", f"{kind}1", make_key(kind)) for kind in ("rsa", "ed25519")]
SIGNER = DkimSigner(KEYS)
AUTHOR = "helpdesk@desk.example"
MAIL = (
    b"From: Podpora <helpdesk@desk.example>\r\nTo: jan@firma.example\r\nSubject: =?utf-8?q?Telefony_nezvon=C3=AD?=\r\n"
    b"Date: Sun, 22 Nov 2026 09:00:00 +0000\r\nMessage-ID: <1@desk.example>\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\nAuto-Submitted: auto-generated\r\n"
    b"\r\nDobr\xc3\xbd den,  \r\n\r\nx\r\n\r\n"
)


def zone(*keys: SignerKey) -> StaticDns:
    return StaticDns({key.name: {"TXT": (key.record.encode(),)} for key in keys})


def outcomes(octets: bytes, keys: list[SignerKey] = KEYS) -> list[Outcome]:
    message = split_message(octets)
    assert message is not None
    return [found.outcome for found in verify_signatures(message, zone(*keys), DkimRules(min_rsa_bits=2048), AT)]


def signed(octets: bytes = MAIL) -> bytes:
    return SIGNER.sign(octets, author=AUTHOR, at=AT)


def test_both_signatures_pass_for_us_and_for_another_verifier() -> None:
    octets = signed()
    assert octets.endswith(MAIL)
    assert outcomes(octets) == [Outcome.PASS, Outcome.PASS]
    records = {f"{key.name}.".encode(): key.record.encode() for key in KEYS}
    verifier = dkim.DKIM(octets)
    for number in range(2):
        assert verifier.verify(idx=number, dnsfunc=lambda name, timeout=5: records[name])


@pytest.mark.parametrize(
    "change",
    [
        (b"Dobr", b"Zl"),
        (b"Telefony", b"Tiskarny"),
        (b"To: jan@", b"To: eva@"),
        (b"\r\nMIME", b"\r\nReply-To: evil@bad.example\r\nMIME"),
        (b"\r\nMIME", b"\r\nCc: evil@bad.example\r\nMIME"),
        (b"Subject:", b"Subject: Jiny\r\nSubject:"),
        (b"From:", b"From: ceo@desk.example\r\nFrom:"),
        (b"\r\nMIME", b"\r\nContent-Type: text/html\r\nMIME"),
    ],
)
def test_what_is_changed_or_added_breaks_them(change: tuple[bytes, bytes]) -> None:
    head, body = signed()[: -len(MAIL)], MAIL.replace(*change, 1)
    assert outcomes(head + body) == [Outcome.FAIL, Outcome.FAIL]


def test_what_servers_change_on_the_way_does_not() -> None:
    octets = signed()
    moved = octets.replace(b"Subject: =?", b"Subject:\r\n   =?").replace(b"den,  \r\n", b"den,\r\n")
    assert outcomes(b"Received: from x by y; date\r\n" + moved + b"\r\n\r\n") == [Outcome.PASS, Outcome.PASS]


def test_the_same_mail_is_signed_the_same_each_time() -> None:
    assert signed() == signed()


@settings(max_examples=40)
@given(body=st.binary(max_size=300), subject=st.text(st.characters(codec="ascii", categories=["L", "N", "P", "Zs"])))
def test_whatever_is_in_the_mail_it_verifies(body: bytes, subject: str) -> None:
    octets = b"From: helpdesk@desk.example\r\nSubject: " + subject.encode() + b"\r\n\r\n" + body.replace(b"\n", b"\r\n")
    assert outcomes(signed(octets)) == [Outcome.PASS, Outcome.PASS]


def test_lines_of_the_signature_are_short() -> None:
    assert max(len(line) for line in signed()[: -len(MAIL)].split(b"\r\n")) <= 78


def test_only_the_keys_of_our_own_domain_sign() -> None:
    signer = DkimSigner(
        [*KEYS, read_key("example", "up", make_key("ed25519")), read_key("other.example", "o", make_key("ed25519"))]
    )
    assert [key.selector for key in signer.keys_for("helpdesk@desk.example")] == ["rsa1", "ed255191"]
    assert [key.selector for key in signer.keys_for("helpdesk@mail.desk.example")] == ["rsa1", "ed255191"]
    assert [key.selector for key in signer.keys_for("x@xdesk.example")] == ["up"]
    assert signer.keys_for("x@nowhere.test") == ()
    assert signer.sign(MAIL, author="x@nowhere.test", at=AT) == MAIL


def pem(private: object) -> str:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("nonsense", "no PEM"),
        (pem(generate_rsa(65537, 1024)), "2048"),
        (pem(generate_private_key(SECP256R1())), "neither"),
    ],
)
def test_a_key_nobody_would_accept_is_refused_in_words(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        read_key("desk.example", "s", text)


def test_the_check_finds_the_published_key() -> None:
    assert check_published(KEYS[0], zone(*KEYS)) == "rsa, 2048 bits, is published"
    assert check_published(KEYS[1], zone(*KEYS)) == "ed25519, 256 bits, is published"


@pytest.mark.parametrize(
    ("record", "told"),
    [
        ((), "no such record"),
        ((b"v=DKIM1; p=",), "revoked"),
        ((KEYS[1].record.encode(),), "another key"),
        ((KEYS[0].record.encode(), KEYS[0].record.encode()), "several"),
        ((KEYS[0].record.encode().replace(b"k=rsa;", b"k=rsa; t=y;"),), "only tries"),
        ((b"v=DKIM1; k=rsa; p=" + base64.b64encode(b"x" * 50),), "cannot be read"),
    ],
)
def test_the_check_says_what_is_wrong_with_the_dns(record: tuple[bytes, ...], told: str) -> None:
    names = {KEYS[0].name: {"TXT": record}} if record else {}
    with pytest.raises(ValueError, match=told):
        check_published(KEYS[0], StaticDns(names))
