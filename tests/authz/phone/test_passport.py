"""PASSporTs: the signature, the chain, the numbers and the time – all four, or it proves nothing."""

import base64
import json
from dataclasses import dataclass
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import (
    BasicConstraints,
    Certificate,
    CertificateBuilder,
    KeyUsage,
    Name,
    NameAttribute,
    ObjectIdentifier,
    UnrecognizedExtension,
    random_serial_number,
)
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey

from authz.evidence import Outcome
from authz.phone.passport import PassportCheck, certificate_url, check_passport
from tests.authz.phone.times import NOW

CALLER, CALLED = "+420777123456", "+420211151600"
STAMP = int(NOW.timestamp())
HEADER = {"alg": "ES256", "ppt": "shaken", "typ": "passport", "x5u": "https://cert.example/c.pem"}
CLAIMS = {
    "attest": "A",
    "dest": {"tn": ["420211151600"]},
    "iat": STAMP,
    "orig": {"tn": "420777123456"},
    "origid": "123e4567-e89b-12d3-a456-426655440000",
}
ANY_HEADER = jws.JWSRegistry(strict_check_header=False)


@dataclass(frozen=True)
class Signer:
    """A certificate and its key."""

    certificate: Certificate
    key: ec.EllipticCurvePrivateKey


def issue(
    name: str,
    issuer: Signer | None = None,
    *,
    ca: bool = False,
    numbers: bool = True,
    days: tuple[int, int] = (-1, 30),
    signing: bool = True,
    curve: ec.EllipticCurve | None = None,
) -> Signer:
    key = ec.generate_private_key(curve or ec.SECP256R1())
    subject = Name([NameAttribute(NameOID.COMMON_NAME, name)])
    usage = KeyUsage(signing, False, False, False, False, ca, False, False, False)
    builder = (
        CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(random_serial_number())
        .not_valid_before(NOW + timedelta(days=days[0]))
        .not_valid_after(NOW + timedelta(days=days[1]))
        .add_extension(BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(usage, critical=True)
    )
    if numbers and not ca:
        oid = ObjectIdentifier("1.3.6.1.5.5.7.1.26")
        builder = builder.add_extension(
            UnrecognizedExtension(oid, bytes.fromhex("3008a0061604373039 4a".replace(" ", ""))), False
        )
    return Signer(builder.sign(issuer.key if issuer else key, SHA256()), key)


ROOT = issue("root", ca=True)
MIDDLE = issue("middle", ROOT, ca=True)
LEAF = issue("SHAKEN 709J", MIDDLE)
CHAIN = (LEAF.certificate, MIDDLE.certificate)


def encode(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


def token(claims: object = CLAIMS, header: object = HEADER, key: ec.EllipticCurvePrivateKey = LEAF.key) -> str:
    signed = f"{encode(json.dumps(header).encode())}.{encode(json.dumps(claims).encode())}"
    r, s = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(SHA256())))
    return f"{signed}.{encode(r.to_bytes(32) + s.to_bytes(32))}"


def check(
    presented: str | None = None,
    *,
    caller_id: str = CALLER,
    called_number: str | None = CALLED,
    chain: tuple[Certificate, ...] = CHAIN,
    roots: tuple[Certificate, ...] = (ROOT.certificate,),
    seconds: int = 0,
) -> PassportCheck:
    return check_passport(
        token() if presented is None else presented,
        caller_id=caller_id,
        called_number=called_number,
        chain=chain,
        roots=roots,
        at=NOW + timedelta(seconds=seconds),
    )


def test_a_genuine_token_of_this_call_passes() -> None:
    found = check()
    assert (found.outcome, found.level, found.origid) == (Outcome.PASS, "A", CLAIMS["origid"])
    assert "SHAKEN 709J" in found.detail


def test_a_token_made_by_another_implementation_passes() -> None:
    pem = LEAF.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    made = jws.serialize_compact(HEADER, json.dumps(CLAIMS), ECKey.import_key(pem), registry=ANY_HEADER)
    assert check(made).outcome is Outcome.PASS


def test_a_valid_signature_is_not_a_valid_caller() -> None:
    assert check(caller_id="+420602000001").outcome is Outcome.FAIL
    assert check(called_number="+420222222222").outcome is Outcome.FAIL
    assert check(called_number=None).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("seconds", "outcome"), [(59, Outcome.PASS), (-59, Outcome.PASS), (61, Outcome.FAIL), (-61, Outcome.FAIL)]
)
def test_a_token_is_fresh_for_a_minute(seconds: int, outcome: Outcome) -> None:
    assert check(seconds=seconds).outcome is outcome


def test_a_token_signed_by_another_key_fails() -> None:
    assert check(token(key=ec.generate_private_key(ec.SECP256R1()))).outcome is Outcome.FAIL


def test_a_tampered_claim_fails() -> None:
    head, _, signature = token().split(".")
    forged = encode(json.dumps(CLAIMS | {"orig": {"tn": "420602000001"}}).encode())
    assert check(f"{head}.{forged}.{signature}", caller_id="+420602000001").outcome is Outcome.FAIL


@pytest.mark.parametrize(
    "claims",
    [
        {"iat": None},
        {"iat": True},
        {"iat": str(STAMP)},
        {"orig": None},
        {"orig": {"tn": ["420777123456"]}},
        {"orig": {"tn": "+420777123456"}},
        {"orig": {"uri": "sip:x@y"}},
        {"dest": {"tn": "420211151600"}},
        {"dest": {}},
        {"dest": []},
    ],
)
def test_claims_of_another_form_contradict_the_call(claims: dict[str, object]) -> None:
    assert check(token(CLAIMS | claims)).outcome is Outcome.FAIL


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": "ES384"},
        {"typ": "JWT"},
        {"crit": ["x"]},
    ],
)
def test_only_an_es256_passport_is_read(header: dict[str, object]) -> None:
    assert check(token(header=HEADER | header)).outcome is Outcome.PERMERROR


def test_an_attestation_of_an_unknown_level_is_none() -> None:
    assert check(token(CLAIMS | {"attest": "D"})).outcome is Outcome.PERMERROR
    assert check(token(CLAIMS | {"attest": "C"})).level == "C"


def test_other_kinds_of_passport_are_left_alone() -> None:
    assert check(token(header=HEADER | {"ppt": "div"})).outcome is Outcome.NEUTRAL


def test_without_roots_nothing_is_checked() -> None:
    assert check(roots=()).outcome is Outcome.NONE


def test_a_chain_may_be_short_or_end_in_the_root_itself() -> None:
    direct = issue("direct", ROOT)
    assert check(token(key=direct.key), chain=(direct.certificate,)).outcome is Outcome.PASS
    assert check(chain=(*CHAIN, ROOT.certificate)).outcome is Outcome.PASS
    assert check(roots=(LEAF.certificate,)).outcome is Outcome.PASS


STRANGER = issue("stranger", ca=True)
NOT_CA = issue("not a ca", ROOT)


@pytest.mark.parametrize(
    ("chain", "why"),
    [
        ((), "missing or too many"),
        ((LEAF.certificate,), "configured root"),
        ((LEAF.certificate, ROOT.certificate), "configured root"),
        (CHAIN * 3, "missing or too many"),
        ((issue("self").certificate,), "configured root"),
        ((issue("s", STRANGER).certificate, STRANGER.certificate), "configured root"),
        ((issue("by a leaf", NOT_CA).certificate, NOT_CA.certificate), "configured root"),
        ((issue("no list", ROOT, numbers=False).certificate,), "telephone numbers"),
        ((issue("no signing", ROOT, signing=False).certificate,), "telephone numbers"),
        ((issue("expired", ROOT, days=(-9, -1)).certificate,), "not valid now"),
        ((issue("early", ROOT, days=(1, 9)).certificate,), "not valid now"),
    ],
)
def test_a_signer_we_have_no_reason_to_trust_says_nothing(chain: tuple[Certificate, ...], why: str) -> None:
    found = check(chain=chain)
    assert found.outcome is Outcome.NEUTRAL
    assert why in found.detail


def test_an_expired_root_is_no_root() -> None:
    old = issue("old", ca=True, days=(-9, -1))
    leaf = issue("leaf", old)
    assert check(token(key=leaf.key), chain=(leaf.certificate,), roots=(old.certificate,)).outcome is Outcome.NEUTRAL


def test_another_curve_does_not_verify() -> None:
    leaf = issue("p384", ROOT, curve=ec.SECP384R1())
    assert check(chain=(leaf.certificate,)).outcome is Outcome.FAIL


@pytest.mark.parametrize("presented", ["", ".", "..", "a.b.c", "..abc", "e30.e30.", "é.e30.e30", "x" * 9000])
def test_what_is_no_token_is_damaged(presented: str) -> None:
    assert check(presented).outcome is Outcome.PERMERROR
    assert certificate_url(presented) is None


@given(st.text(max_size=60), st.text(max_size=60))
def test_nothing_forged_passes_and_nothing_raises(head: str, tail: str) -> None:
    genuine = token()
    presented = f"{head}{genuine[: len(tail)]}{tail}"
    if presented != genuine:
        assert check(presented).outcome is not Outcome.PASS


def test_the_certificates_are_fetched_over_https_only() -> None:
    assert certificate_url(token()) == HEADER["x5u"]
    for url in ("http://cert.example/c.pem", "file:///etc/passwd", None, 7):
        assert certificate_url(token(header=HEADER | {"x5u": url})) is None
