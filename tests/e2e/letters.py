"""Mails as these people's servers send them: built by the standard library, signed by dkimpy."""

import itertools
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

import dkim

from tests.authz.mail.mails import ed25519_key, rsa_key
from tests.e2e.gateway import HELPDESK
from tests.servers.smtpsink import Received, SmtpSink

_numbers = itertools.count(1)
_SIGNED = (b"from", b"to", b"subject", b"date", b"message-id", b"in-reply-to", b"references", b"mime-version")


def letter(
    author: str = "Jan Novák <jan@firma.example>",
    *,
    subject: str | None = None,
    text: str = "Dobrý den,\n\nod rána nezvoní telefony na recepci.\n\nJan Novák\n",
    to: str = HELPDESK,
    files: Mapping[str, bytes] | None = None,
    headers: Mapping[str, str] | None = None,
    message_id: str | None = None,
) -> bytes:
    """A mail with CRLF line ends. Each one has its own subject and Message-ID unless told otherwise."""
    message = EmailMessage()
    message["From"] = author
    message["To"] = to
    message["Subject"] = subject if subject is not None else f"Telefony nezvoní {next(_numbers)}"
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = message_id or make_msgid(domain="client.example")
    for name, value in (headers or {}).items():
        message[name] = value
    message.set_content(text, cte="quoted-printable")
    for filename, content in (files or {}).items():
        message.add_attachment(content, maintype="application", subtype="pdf", filename=filename)
    return in_lines(message.as_bytes())


def in_lines(octets: bytes) -> bytes:
    """With every line end as CRLF."""
    return octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def sign(octets: bytes, domain: str = "firma.example", *, selector: str = "sel") -> bytes:
    """The mail with a signature of `domain` on top: ed25519 with the keys that are published so, else RSA."""
    modern = domain.startswith(("modern", "late"))
    bits = 1024 if selector == "short" else 2048
    signature: bytes = dkim.sign(
        octets,
        selector.encode(),
        domain.encode(),
        ed25519_key()[0] if modern else rsa_key(bits)[0],
        signature_algorithm=b"ed25519-sha256" if modern else b"rsa-sha256",
        canonicalize=(b"relaxed", b"simple"),
        include_headers=list(_SIGNED),
    )
    return signature + octets


def some_file(octets: int = 3000) -> bytes:
    """Octets of every value, unlike those of any other call."""
    return os.urandom(octets)


def wait_for_acknowledgement(smarthost: SmtpSink, number: int) -> Received:
    """Return the mail that told the author the number of the new ticket; raise TimeoutError when it does not come."""
    seen = 0
    while True:
        messages = smarthost.wait_for(seen + 1)
        for message in messages[seen:]:
            header = message_from_bytes(message.octets.partition(b"\r\n\r\n")[0])
            subject = str(make_header(decode_header(header["Subject"])))
            if subject.startswith(f"[#{number}] ") and header["Auto-Submitted"] == "auto-replied":
                return message
        seen = len(messages)
