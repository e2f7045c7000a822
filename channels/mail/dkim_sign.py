"""Signs our own mail. RFC 6376, RFC 8463

Owns what a signature covers and how it is written; the hashing is the one we verify others with. One signature for
each key of the author's domain, so that a reader who does not know ed25519 has the RSA one.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from authz.mail.canonical import relaxed_body, relaxed_header
from authz.mail.dkim_signature import hash_headers
from authz.mail.fields import Field, split_message

MIN_RSA_BITS = 2048  # RFC 8301 §3.2 says 1024; many refuse that by now
_WIDTH = 72

# Each is named once more than it stands there, so that another one put on top breaks the signature. RFC 6376 §8.15
_OVERSIGNED = (
    *("from", "reply-to", "to", "cc", "subject", "date", "message-id", "in-reply-to", "references"),
    *("mime-version", "content-type", "content-transfer-encoding", "auto-submitted", "sender"),
)
_SIGNED = ("content-language", "x-intake-loop", "x-auto-response-suppress", "precedence")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerKey:
    """A private key and where its public one is published: selector._domainkey.domain."""

    domain: str
    selector: str
    private: RSAPrivateKey | Ed25519PrivateKey = field(repr=False)

    @property
    def kind(self) -> str:
        """ "rsa" or "ed25519"."""
        return "rsa" if isinstance(self.private, RSAPrivateKey) else "ed25519"

    @property
    def name(self) -> str:
        """The DNS name of its record."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def public_octets(self) -> bytes:
        """What stands in p=, before base64. RFC 6376 §3.6.1, RFC 8463 §4.2"""
        public = self.private.public_key()
        if isinstance(self.private, Ed25519PrivateKey):
            return public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @property
    def record(self) -> str:
        """The TXT record to publish."""
        return f"v=DKIM1; k={self.kind}; p={base64.b64encode(self.public_octets).decode()}"

    def sign(self, digest: bytes) -> bytes:
        """The signature over a SHA-256 digest. RFC 6376 §3.3, RFC 8463 §3"""
        if isinstance(self.private, Ed25519PrivateKey):
            return self.private.sign(digest)
        return self.private.sign(digest, PKCS1v15(), Prehashed(SHA256()))


def read_key(domain: str, selector: str, pem: str) -> SignerKey:
    """Read a private key. Raises ValueError, in words, for what is no key that others would accept."""
    try:
        private = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError) as error:
        raise ValueError(
            f"the key of {selector}._domainkey.{domain} is no PEM private key without a password"
        ) from error
    if isinstance(private, RSAPrivateKey):
        if private.key_size < MIN_RSA_BITS:
            raise ValueError(f"the key of {selector}._domainkey.{domain} has fewer than {MIN_RSA_BITS} bits")
    elif not isinstance(private, Ed25519PrivateKey):
        raise ValueError(f"the key of {selector}._domainkey.{domain} is neither RSA nor Ed25519")
    return SignerKey(domain=domain.lower().rstrip("."), selector=selector.lower(), private=private)


def make_key(kind: str) -> str:
    """Make a private key of `kind`, "rsa" or "ed25519"; returns it as PEM."""
    private = generate_private_key(65537, MIN_RSA_BITS) if kind == "rsa" else Ed25519PrivateKey.generate()
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


class DkimSigner:
    """Signs with the keys of the author's own domain. keys: of all our domains."""

    def __init__(self, keys: Sequence[SignerKey]) -> None:
        self._keys = tuple(keys)

    def keys_for(self, address: str) -> tuple[SignerKey, ...]:
        """The keys that are aligned with an author's address; those of the closest domain. RFC 9989"""
        domain = address.rpartition("@")[2].lower()
        fitting = [key for key in self._keys if f".{domain}".endswith(f".{key.domain}")]
        closest = max((len(key.domain) for key in fitting), default=0)
        return tuple(key for key in fitting if len(key.domain) == closest)

    def sign(self, octets: bytes, *, author: str, at: datetime) -> bytes:
        """Return the message with a signature of each key on top, the first key's first; without keys as it was.

        author: the address in From. at: aware; the time the signatures tell.
        """
        keys = self.keys_for(author)
        message = split_message(octets) if keys else None
        if message is None:
            return octets
        body_hash = base64.b64encode(hashlib.sha256(relaxed_body(message.body)).digest()).decode()
        counts = {name: len(message.by_name.get(name.encode(), ())) for name in (*_OVERSIGNED, *_SIGNED)}
        names = [name for name in _OVERSIGNED for _ in range(counts[name] + 1)]
        names += [name for name in _SIGNED for _ in range(counts[name])]
        made = b""
        for key in keys:
            raw = _begin(key, names, body_hash, at)
            unsigned = Field(b"dkim-signature", raw, raw.partition(b":")[2])
            wanted = [name.encode() for name in names]
            digest = hash_headers(message.by_name, wanted, unsigned, relaxed_header)
            made += raw + _folded(base64.b64encode(key.sign(digest)).decode()).encode() + b"\r\n"
        return made + octets


def _begin(key: SignerKey, names: Sequence[str], body_hash: str, at: datetime) -> bytes:
    """The field up to its empty b=."""
    covered = ""
    line = "\th="
    for number, name in enumerate(names):
        word = name if number == 0 else f":{name}"
        if len(line) + len(word) > _WIDTH:
            covered, line = f"{covered}{line}\r\n", "\t " + word
        else:
            line += word
    covered += line
    text = (
        f"DKIM-Signature: v=1; a={key.kind}-sha256; c=relaxed/relaxed;\r\n"
        f"\td={key.domain}; s={key.selector}; t={int(at.timestamp())};\r\n"
        f"{covered};\r\n\tbh={body_hash};\r\n\tb="
    )
    return text.encode("ascii")


def _folded(text: str) -> str:
    return "\r\n\t ".join(text[start : start + _WIDTH] for start in range(0, len(text), _WIDTH))
