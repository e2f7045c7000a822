"""The daily mail to admins about what waits in quarantine. Pure. Strangers' words stand in it as plain text only."""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from channels.mail.automatic import LOOP_FIELD, loop_token
from intake.letters.body import one_line
from intake.letters.counting import agree


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestTexts:
    """One language. The fields in braces are filled by `compose_digest`."""

    subject: str
    waiting: str
    line: str
    more: str
    decide: str
    retention: str


DIGEST_TEXTS: dict[str, DigestTexts] = {
    "cs": DigestTexts(
        subject="Karanténa: na rozhodnutí čeká {waiting}",
        waiting="V karanténě čekají na rozhodnutí požadavky: {waiting}.",
        line="{since}  {identity}\n    {subject}\n    důvod: {reason}, číslo {id}",
        more="… a další: {count}",
        decide="Rozhodněte na {url} nebo příkazem intake quarantine.",
        retention="O čem nikdo nerozhodne, to se po {days} dnech smaže.",
    ),
    "en": DigestTexts(
        subject="Quarantine: {waiting} waiting for a decision",
        waiting="Requests waiting in quarantine for a decision: {waiting}.",
        line="{since}  {identity}\n    {subject}\n    reason: {reason}, number {id}",
        more="… and {count} more",
        decide="Decide at {url} or with the command intake quarantine.",
        retention="What nobody decides about is deleted after {days} days.",
    ),
}


def compose_digest(
    payload: dict[str, Any], *, sender: Address, recipient: str, message_id: str, sent_at: datetime
) -> bytes:
    """Return the mail. payload: as `intake.retention.write_digest` made it."""
    texts = DIGEST_TEXTS.get(payload["language"], DIGEST_TEXTS["en"])
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = texts.subject.format(waiting=payload["waiting"])
    message["Date"] = sent_at
    message["Message-ID"] = message_id
    message[LOOP_FIELD.title()] = loop_token(message_id)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5
    message["X-Auto-Response-Suppress"] = "All"
    lines = [
        texts.line.format(**{key: one_line(str(value)) or "–" for key, value in line.items()})
        for line in payload["lines"]
    ]
    hidden = payload["waiting"] - len(lines)
    body = [
        texts.waiting.format(waiting=payload["waiting"]),
        *lines,
        *([texts.more.format(count=hidden)] if hidden > 0 else []),
        texts.decide.format(url=payload["url"]),
        agree(texts.retention.format(days=payload["days"]), "cs" if payload["language"] == "cs" else "en"),
    ]
    message.set_content("\n\n".join(body) + "\n", charset="utf-8", cte="quoted-printable")
    return message.as_bytes()
