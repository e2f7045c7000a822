"""STIR/SHAKEN: what a PASSporT proves. RFC 8224, RFC 8225, RFC 8226, RFC 8588

Owns the whole check of a token against the call it came with. A valid signature is not a valid caller: the numbers and
the time must be those of this call. Must not fetch certificates: the chain comes in, and so does the time.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import (
    BasicConstraints,
    Certificate,
    ExtensionNotFound,
    KeyUsage,
    ObjectIdentifier,
)

from authz.evidence import Outcome

FRESHNESS = timedelta(seconds=60)  # RFC 8224 §6.2.1
LONGEST_TOKEN = 8192
LONGEST_CHAIN = 5
_TN_AUTH_LIST = ObjectIdentifier("1.3.6.1.5.5.7.1.26")  # RFC 8226 §9
_TN = re.compile(r"[0-9*#]{1,15}", re.ASCII)
_SIGNATURE_OCTETS = 64  # RFC 7518 §3.4: R and S of 32 octets each


@dataclass(frozen=True, slots=True, kw_only=True)
class PassportCheck:
    """What came of it.

    outcome: PASS; FAIL when the token contradicts the call or its own signature; PERMERROR when it is damaged;
    NEUTRAL when nobody we trust signed it, or it is of a kind we do not check; NONE when no roots are configured.
    level: the attestation, A, B or C, once passed. origid: the signer's trace id. detail: why, for an admin.
    """

    outcome: Outcome
    detail: str
    level: str | None = None
    origid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Passport:
    signed: bytes
    signature: bytes
    header: Mapping[str, Any]
    claims: Mapping[str, Any]


def check_passport(
    token: str,
    *,
    caller_id: str,
    called_number: str | None,
    chain: Sequence[Certificate],
    roots: Sequence[Certificate],
    at: datetime,
) -> PassportCheck:
    """Check a token of the Identity header against its call.

    token: the JWS alone, without the header's parameters. caller_id: the E.164 number the call is taken to be from.
    called_number: E.164, None when we do not know which of our numbers was called; then `dest` is not compared.
    chain: the signer's certificate first, then its issuers, as fetched from `x5u`. roots: trusted, from the settings.
    at: when the call came, aware. Never raises.
    """
    if not roots:
        return PassportCheck(outcome=Outcome.NONE, detail="no roots are configured to check attestations by")
    passport = _parse(token)
    if passport is None:
        return PassportCheck(outcome=Outcome.PERMERROR, detail="the PASSporT cannot be read")
    if passport.header.get("ppt") != "shaken":
        return PassportCheck(outcome=Outcome.NEUTRAL, detail="a PASSporT of another kind than shaken is not checked")
    untrusted = _distrust(chain, roots, at)
    if untrusted:
        return PassportCheck(outcome=Outcome.NEUTRAL, detail=untrusted)
    if not _is_signed(passport, chain[0]):
        return PassportCheck(outcome=Outcome.FAIL, detail="the PASSporT's signature does not match")
    contradiction = _contradiction(passport.claims, caller_id, called_number, at)
    if contradiction:
        return PassportCheck(outcome=Outcome.FAIL, detail=contradiction)
    level, origid = passport.claims.get("attest"), passport.claims.get("origid")
    if level not in {"A", "B", "C"}:
        return PassportCheck(outcome=Outcome.PERMERROR, detail="the PASSporT attests nothing known")
    return PassportCheck(
        outcome=Outcome.PASS,
        detail=f"{chain[0].subject.rfc4514_string()[:200]} attests the number ({level})",
        level=level,
        origid=origid if isinstance(origid, str) else None,
    )


def certificate_url(token: str) -> str | None:
    """Where the signer's chain is to be fetched from, when the token names an https URL. RFC 8225 §4.3"""
    passport = _parse(token)
    url = passport.header.get("x5u") if passport else None
    return url if isinstance(url, str) and url.startswith("https://") else None


def _parse(token: str) -> _Passport | None:
    """Take a JWS in compact serialization apart. RFC 7515 §3.1; RFC 8588 §3: the full form, ES256, nothing critical."""
    parts = token.split(".")
    if len(token) > LONGEST_TOKEN or len(parts) != 3 or not token.isascii():
        return None
    try:
        raw_header, raw_claims, signature = (
            base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True) for part in parts
        )
        header, claims = json.loads(raw_header), json.loads(raw_claims)
    except (binascii.Error, ValueError, RecursionError):
        return None
    if not isinstance(header, dict) or not isinstance(claims, dict) or len(signature) != _SIGNATURE_OCTETS:
        return None
    if header.get("alg") != "ES256" or header.get("typ") != "passport" or "crit" in header:
        return None
    return _Passport(signed=f"{parts[0]}.{parts[1]}".encode(), signature=signature, header=header, claims=claims)


def _is_signed(passport: _Passport, certificate: Certificate) -> bool:
    key = certificate.public_key()
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        return False
    r, s = (int.from_bytes(passport.signature[start : start + 32]) for start in (0, 32))
    try:
        key.verify(encode_dss_signature(r, s), passport.signed, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def _contradiction(claims: Mapping[str, Any], caller_id: str, called_number: str | None, at: datetime) -> str | None:
    """Where the token speaks of another call. RFC 8224 §6.2.2, RFC 8225 §5"""
    issued = claims.get("iat")
    if type(issued) is not int:
        return "the PASSporT names no time"
    age = at.astimezone(UTC).timestamp() - issued
    if abs(age) > FRESHNESS.total_seconds():
        return f"the PASSporT is {age:.0f} s from our clock"
    origin = claims.get("orig")
    if not isinstance(origin, dict) or _tn(origin.get("tn")) != caller_id.removeprefix("+"):
        return "the PASSporT is for another calling number"
    destination = claims.get("dest")
    numbers = destination.get("tn") if isinstance(destination, dict) else None
    listed = numbers if isinstance(numbers, list) else []
    if called_number is not None and called_number.removeprefix("+") not in {_tn(number) for number in listed}:
        return "the PASSporT is for another called number"
    return None


def _tn(number: Any) -> str | None:
    """A telephone number in canonical form: digits without a plus. RFC 8224 §8.3"""
    return number if isinstance(number, str) and _TN.fullmatch(number) else None


def _distrust(chain: Sequence[Certificate], roots: Sequence[Certificate], at: datetime) -> str | None:
    """Why the chain does not lead to a root of ours, None when it does. RFC 5280 §6.1, RFC 8226 §8"""
    if not 1 <= len(chain) <= LONGEST_CHAIN:
        return "the signer's certificates are missing or too many"
    moment = at.astimezone(UTC)
    if not _has_tn_authorization(chain[0]) or not _may_sign(chain[0]):
        return "the signer's certificate is not for signing telephone numbers"
    for number, certificate in enumerate(chain):
        if not certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc:
            return "a certificate of the signer is not valid now"
        if any(root == certificate or _issued(certificate, root) for root in roots if _is_current(root, moment)):
            return None
        if number + 1 == len(chain) or not _issued(certificate, chain[number + 1]):
            break
    return "the signer's certificates do not lead to a configured root"


def _issued(certificate: Certificate, issuer: Certificate) -> bool:
    """Whether the issuer is a CA and signed the certificate."""
    try:
        if not issuer.extensions.get_extension_for_class(BasicConstraints).value.ca:
            return False
        certificate.verify_directly_issued_by(issuer)
    except (ExtensionNotFound, ValueError, TypeError, InvalidSignature):
        return False
    return True


def _is_current(root: Certificate, moment: datetime) -> bool:
    return root.not_valid_before_utc <= moment <= root.not_valid_after_utc


def _has_tn_authorization(certificate: Certificate) -> bool:
    """RFC 8226 §9: without a TN authorization list it says nothing about telephone numbers."""
    try:
        certificate.extensions.get_extension_for_oid(_TN_AUTH_LIST)
    except (ExtensionNotFound, ValueError):
        return False
    return True


def _may_sign(certificate: Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(KeyUsage).value.digital_signature
    except ExtensionNotFound:
        return True
    except ValueError:
        return False
