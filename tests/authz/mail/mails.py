"""Mails and signatures for tests. dkimpy signs, so that what we verify was made by somebody else."""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from authz.mail.dns import StaticDns
from authz.mail.handover import Handover

AT = datetime.now(UTC)  # dkimpy writes the time of now into t=
FROM_MAILBOX = Handover()
MAIL = (
    b"From: =?utf-8?q?Jan_Nov=C3=A1k?= <jan@firma.cz>\r\n"
    b"To: helpdesk@desk.example\r\n"
    b"Subject: Telefon nezvoni\r\n"
    b"Date: Sun, 22 Nov 2026 09:00:00 +0100\r\n"
    b"Message-ID: <1@firma.cz>\r\n"
    b"MIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"\r\n"
    b"Dobry den,\r\n\r\ntelefon 250 nezvoni.\r\n"
)


# OpenSSL's interface no longer makes keys this short.
_SHORT_KEY = (
    b"""-----BEGIN RSA PRIVATE KEY-----
MIIBzAIBAAJhAL1mNjGd4WAYDRIEsVpkZK7ZVy+l0pGvMJwPdXxFeBhriejOg6sa
fnyXekGDuj30xjwMkESL9uTAuQkbNHKQhI9BY6jJKzasuOutYke6jC0JRe0go2x3
znUVR851HhkWFwIDAQABAmEAsyDbepvGj1rP6c20azhuHQyDsBXWDGEzyTW5uPn+
9qGmwh+nWglpva6KOzI5z+USglvNGcfIxiAwJx9Hobxv/CBKWTxUXaejRwpxnRCG
ztLlMvpJQ/wn9PJXagoxqwQRAjEA6nsrQMjkkh7dnOY4qtxuPQ2sNhRu9dUSCZOP
PtpnqpQPyuNri2YljRm7FVGzZAWJAjEAzsfnESo0IOjLsZiYiUrRlrU6dGixQkRs
l2VGj8D2612CIzdKXVs1wsoMVeAmaPafAjEA5un9IoO0dSHoZMdkLv99oKqCWY+t
5nK6nKuwedlkFdxR4SAtnM4vVNFuKASZgXrhAjEApoiOit9vfjWenxhjeObd5z9r
pYcPg2wx/Lge3PWupx33Cj+kT41+vbMVvi+5H33HAjBrqA930iWM8ZAytAJk+VJn
e+gWqvI4yEiXu2nK4yaHRNwPwdu+YS44kKjINqy4Gc4=
-----END RSA PRIVATE KEY-----
""",
    b"MHwwDQYJKoZIhvcNAQEBBQADawAwaAJhAL1mNjGd4WAYDRIEsVpkZK7ZVy+l0pGvMJwPdXxFeBhriejOg6safnyXekGDuj30xjwMkESL9uTAuQkbNHKQhI9BY6jJKzasuOutYke6jC0JRe0go2x3znUVR851HhkWFwIDAQAB",
)


@lru_cache
def rsa_key(bits: int) -> tuple[bytes, bytes]:
    """A private key as PEM and the p= value of its public key."""
    if bits == 768:
        return _SHORT_KEY
    private = rsa.generate_private_key(65537, bits)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    der = private.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return pem, base64.b64encode(der)


@lru_cache
def ed25519_key() -> tuple[bytes, bytes]:
    """A private key as dkimpy takes it and the p= value of its public key."""
    private = ed25519.Ed25519PrivateKey.generate()
    return base64.b64encode(private.private_bytes_raw()), base64.b64encode(private.public_key().public_bytes_raw())


def sign(
    mail: bytes = MAIL,
    domain: str = "firma.cz",
    *,
    bits: int = 2048,
    canon: tuple[bytes, bytes] = (b"relaxed", b"relaxed"),
    names: list[bytes] | None = None,
    identity: bytes | None = None,
    length: bool = False,
    algorithm: bytes = b"rsa-sha256",
) -> bytes:
    """The mail with a signature of `domain` (selector `sel`) on top."""
    private = ed25519_key()[0] if algorithm.startswith(b"ed25519") else rsa_key(bits)[0]
    signature: bytes = dkim.sign(
        mail,
        b"sel",
        domain.encode(),
        private,
        identity=identity,
        canonicalize=canon,
        include_headers=names,
        length=length,
        signature_algorithm=algorithm,
    )
    return signature + mail


def key_record(bits: int = 2048, extra: bytes = b"") -> bytes:
    """The key record that fits `sign`."""
    return b"v=DKIM1; k=rsa; " + extra + b"p=" + rsa_key(bits)[1]


def dns_with_key(
    domain: str = "firma.cz",
    record: bytes | None = None,
    more: Mapping[str, Mapping[str, tuple[bytes, ...]]] | None = None,
) -> StaticDns:
    """A zone that publishes the key of `domain`."""
    return StaticDns(
        {f"sel._domainkey.{domain}": {"TXT": (key_record() if record is None else record,)}, **(more or {})}
    )
