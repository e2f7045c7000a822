"""Public keys that domains publish for DKIM and ARC. RFC 6376 §3.6, RFC 8463.

Owns the key record: where it is, what it may say, and the parsed key, which is kept because parsing costs as much as
verifying. Must not know signatures or policy, except for what makes a key unusable for anybody.
"""

from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from authz.evidence import Outcome
from authz.mail.dns import DnsTemporaryError, Resolver
from authz.mail.tags import decode_base64, parse_tags, read_names

MAX_RSA_BITS = 8192
_PREHASHED = Prehashed(SHA256())
_PADDING = PKCS1v15()


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A usable public key. strict: i= must name d= itself (t=s). testing: the domain only tries (t=y)."""

    public: RSAPublicKey | Ed25519PublicKey
    kind: str
    bits: int
    strict: bool
    testing: bool
    secure: bool = False

    def verifies(self, signature: bytes, digest: bytes) -> bool:
        """Whether `signature` is this key's over the SHA-256 `digest`. RFC 6376 §3.3.1, RFC 8463 §3."""
        try:
            if isinstance(self.public, RSAPublicKey):
                self.public.verify(signature, digest, _PADDING, _PREHASHED)
            else:
                self.public.verify(signature, digest)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyProblem:
    """Why there is no usable key: temperror, permerror or policy, and a sentence."""

    outcome: Outcome
    reason: str


def fetch_key(resolver: Resolver, selector: str, domain: str, kind: str) -> SigningKey | KeyProblem:
    """Return the key `selector` of `domain`, which must be of `kind` ("rsa" or "ed25519"). RFC 6376 §3.6.2."""
    name = f"{selector}._domainkey.{domain}"
    try:
        answer = resolver.query(name, "TXT")
    except DnsTemporaryError:
        return KeyProblem(outcome=Outcome.TEMPERROR, reason=f"the DNS gave no answer for the key {name}")
    if not answer.records:
        return KeyProblem(outcome=Outcome.PERMERROR, reason=f"there is no key {name}")
    if len(answer.records) > 1:
        # RFC 6376 §3.6.2.2: results are undefined; refuse instead of trying one after another.
        return KeyProblem(outcome=Outcome.PERMERROR, reason=f"there are several records for the key {name}")
    key = parse_key(answer.records[0], answer.secure)
    if isinstance(key, str):
        return KeyProblem(outcome=Outcome.PERMERROR, reason=f"the key {name} {key}")
    if key.kind != kind:
        return KeyProblem(outcome=Outcome.PERMERROR, reason=f"the key {name} is {key.kind}, the signature {kind}")
    return key


@lru_cache(maxsize=2048)
def parse_key(record: bytes, secure: bool = False) -> SigningKey | str:
    """Return the key of a key record, or what is wrong with it, as the end of a sentence. RFC 6376 §3.6.1."""
    tags = parse_tags(record)
    if tags is None:
        return "is malformed"
    if b"v" in tags and (tags[b"v"] != b"DKIM1" or next(iter(tags)) != b"v"):
        return "is of an unknown version"
    if not tags.get(b"p"):
        return "is revoked" if b"p" in tags else "has no p="
    if b"h" in tags and b"sha256" not in read_names(tags[b"h"]):
        return "does not allow SHA-256"
    if b"s" in tags and not {b"*", b"email"}.intersection(read_names(tags[b"s"])):
        return "is not for mail"
    kind = tags.get(b"k", b"rsa").decode("ascii", "replace").lower()
    octets = decode_base64(tags[b"p"])
    if octets is None:
        return "is no base64"
    public = _load(kind, octets)
    if isinstance(public, str):
        return public
    flags = read_names(tags.get(b"t", b""))
    bits = public.key_size if isinstance(public, RSAPublicKey) else 256
    return SigningKey(public=public, kind=kind, bits=bits, strict=b"s" in flags, testing=b"y" in flags, secure=secure)


def _load(kind: str, octets: bytes) -> RSAPublicKey | Ed25519PublicKey | str:
    if kind == "ed25519":
        return Ed25519PublicKey.from_public_bytes(octets) if len(octets) == 32 else "has no 32 octets"
    if kind != "rsa":
        return "is of an unknown kind"
    try:
        # RFC 6376 §3.6.1 says RSAPublicKey, everybody publishes SubjectPublicKeyInfo; both load.
        public = load_der_public_key(octets)
    except (ValueError, UnsupportedAlgorithm):
        return "cannot be read"
    if not isinstance(public, RSAPublicKey):
        return "is no RSA key"
    if public.key_size > MAX_RSA_BITS:
        return f"is longer than {MAX_RSA_BITS} bits"
    numbers: RSAPublicNumbers = public.public_numbers()
    return public if numbers.e.bit_length() <= 64 else "has an excessive exponent"
