"""Distinct, DKIM-signed messages to send under load: no two alike, each as a mail program would write it.

Owns the messages and the file they wait in. They are made before the measurement: signing is not what is measured.
"""

import base64
import hashlib
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_SIGNED = ("from", "to", "subject", "date", "message-id", "mime-version", "content-type")
_SENTENCE = "Od rána se nám nedaří přihlásit do portálu, hlásí to chybu {number} a odkazuje na správce. "


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who signs. The key is made anew for each run; `dns_record` says what the DNS must answer for `dns_name`."""

    address: str
    selector: str
    key: rsa.RSAPrivateKey

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]

    @property
    def dns_name(self) -> str:
        """RFC 6376 §3.6.2.1."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def dns_record(self) -> str:
        """RFC 6376 §3.6.1."""
        public = self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"


def new_author(address: str = "load@firma.example", selector: str = "bench") -> Author:
    """Return an author with a fresh 2048-bit key."""
    return Author(address=address, selector=selector, key=rsa.generate_private_key(65537, 2048))


def make_message(author: Author, recipient: str, *, number: int, octets: int, chance: random.Random) -> bytes:
    """Return one signed multipart message of about `octets` octets."""
    boundary = f"=_{chance.getrandbits(96):x}"
    header = {
        "from": f"From: Load Test <{author.address}>",
        "to": f"To: Helpdesk <{recipient}>",
        "subject": f"Subject: Nejde =?utf-8?q?p=C5=99ihl=C3=A1=C5=A1en=C3=AD?= {number}",
        "date": "Date: Mon, 23 Nov 2026 09:00:00 +0100",
        "message-id": f"Message-ID: <{number}.{chance.getrandbits(64):x}@{author.domain}>",
        "mime-version": "MIME-Version: 1.0",
        "content-type": f'Content-Type: multipart/mixed; boundary="{boundary}"',
    }
    body = _body(boundary, number, octets, chance)
    lines = "".join(f"{field}\r\n" for field in header.values()).encode()
    return b"%s\r\n%s\r\n%s" % (_signature(author, header, body).encode(), lines, body)


def _body(boundary: str, number: int, octets: int, chance: random.Random) -> bytes:
    text = _SENTENCE.format(number=number) * 8
    plain = _part("text/plain; charset=utf-8", text.encode())
    page = _part("text/html; charset=utf-8", f"<html><body><p>{text}</p></body></html>".encode())
    room = max(300, octets - len(plain) - len(page) - 1200)
    attachment = _part('application/octet-stream; name="log.bin"', chance.randbytes(room * 3 // 4 * 76 // 78))
    mark = boundary.encode()
    return b"".join(b"--%s\r\n%s\r\n" % (mark, part) for part in (plain, page, attachment)) + b"--%s--\r\n" % mark


def _part(content_type: str, content: bytes) -> bytes:
    coded = base64.encodebytes(content).replace(b"\n", b"\r\n")
    return f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: base64\r\n\r\n".encode() + coded


def _signature(author: Author, header: dict[str, str], body: bytes) -> str:
    """RFC 6376 §3.5, relaxed/relaxed; the body has no white space that relaxing would change."""
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    field = (
        f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={author.domain}; s={author.selector}; "
        f"h={':'.join(_SIGNED)}; bh={digest}; b="
    )
    relaxed = [_relax(header[name]) for name in _SIGNED] + [_relax(field)]
    signed = author.key.sign("\r\n".join(relaxed).encode(), padding.PKCS1v15(), hashes.SHA256())
    return field + base64.b64encode(signed).decode()


def _relax(field: str) -> str:
    name, _, value = field.partition(":")
    value = re.sub(r"[ \t]+", " ", value).strip()
    return f"{name.lower()}:{value}"


def write_messages(path: Path, author: Author, recipient: str, *, count: int, octets: int, seed: int) -> None:
    """Write messages to a file, each behind its length. The same seed with another author makes other messages."""
    chance = random.Random(seed)
    with path.open("wb") as file:
        for number in range(count):
            message = make_message(author, recipient, number=number, octets=octets, chance=chance)
            file.write(len(message).to_bytes(4, "big") + message)


def read_messages(path: Path) -> Iterator[bytes]:
    """Yield the messages of a file."""
    with path.open("rb") as file:
        while head := file.read(4):
            yield file.read(int.from_bytes(head, "big"))
