"""Makes our own mail: what a contact is told about a request. Pure: ids, addresses and the time come in.

Owns headers that start no loops and cannot be injected into. RFC 3834, RFC 5322. Must not send.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import quote
from html import escape
from typing import Any

from authz.mail.address import domain_key
from channels.mail.automatic import LOOP_FIELD, loop_token
from channels.mail.compose_texts import texts_for
from intake.terms import Category

# RFC 3834 §3.3, RFC 5321 §4.5.5: an answer to an automatic answer must have nowhere to go.
NULL_REVERSE_PATH = ""

_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,900}>")
_MAX_SUBJECT = 200
_MAX_REFERENCES = 20


class _LetterPolicy(EmailPolicy):
    """Folds what the standard library folds badly.

    It turns a long id into encoded words, which no reader takes for an id, and gains and loses spaces in long names.
    """

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name in {"Message-ID", "In-Reply-To", "References"}:
            return b"%s: %s\r\n" % (name.encode(), b"\r\n ".join(str(value).encode("ascii").split()))
        if name == "Subject":
            folded = Header(str(value), "us-ascii" if str(value).isascii() else "utf-8", 76, name)
            return b"%s: %s\r\n" % (name.encode(), folded.encode(linesep="\r\n").encode("ascii"))
        if name in {"From", "To", "Reply-To"}:
            (address,) = value.addresses
            phrase = address.display_name
            shown = (
                f'"{quote(phrase)}"' if phrase.isascii() else Header(phrase, "utf-8", 76, name).encode(linesep="\r\n")
            )
            separator = "\r\n " if phrase else ""
            return f"{name}: {shown if phrase else ''}{separator}<{address.addr_spec}>\r\n".encode()
        return bytes(super().fold_binary(name, value))


_POLICY = _LetterPolicy(linesep="\r\n", max_line_length=SMTP.max_line_length)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What any mail about a ticket has.

    language: of the contact, "cs" or "en". sender_name, sender_address: ours, for From.
    recipient: the contact's addr-spec. reply_address: the ticket's signed address, for Reply-To.
    message_id: stable for this mail however often it is sent. in_reply_to: the request's Message-ID, if it has one.
    references: older ids of the conversation, oldest first. subject: the ticket's. sent_at: aware.
    """

    language: str
    sender_name: str
    sender_address: str
    recipient: str
    recipient_name: str = ""
    reply_address: str
    message_id: str
    number: int
    subject: str
    sent_at: datetime
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()


def compose_acknowledgement(letter: Letter, *, category: Category) -> bytes:
    """Return the mail that tells a contact the number of a new ticket, to be sent with NULL_REVERSE_PATH.

    Raises ValueError when an address or the Message-ID cannot stand in a header.
    """
    texts = texts_for(letter.language)
    message = _begin(letter, texts.received_subject)
    message["Auto-Submitted"] = "auto-replied"  # RFC 3834 §5
    message["X-Auto-Response-Suppress"] = "All"
    message["Precedence"] = "bulk"
    body = _Body(
        paragraphs=(texts.greeting, texts.received.format(number=letter.number)),
        rows=((texts.subject, one_line(letter.subject)), (texts.category, texts.categories[category])),
        how_to_reply=texts.how_to_reply.format(number=letter.number),
        end=f"{texts.automatic}\n{one_line(letter.sender_name)}",
    )
    return body.fill(message, texts.language)


def compose_reply(letter: Letter, *, author: str, text: str) -> bytes:
    """Return the mail that carries a technician's comment. A person wrote it: it does not call itself automatic.

    Raises ValueError when an address or the Message-ID cannot stand in a header.
    """
    texts = texts_for(letter.language)
    message = _begin(letter, texts.reply_subject)
    message["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    wrote = texts.wrote.format(author=one_line(author), number=letter.number)
    body = _Body(
        paragraphs=(texts.greeting, wrote, _printable(text).strip()),
        how_to_reply=texts.how_to_reply.format(number=letter.number),
        end=one_line(letter.sender_name),
    )
    return body.fill(message, texts.language)


def _begin(letter: Letter, subject: str) -> EmailMessage:
    addresses = [_address(letter.sender_name, letter.sender_address), _address(letter.recipient_name, letter.recipient)]
    reply_to = _address(letter.sender_name, letter.reply_address)
    # RFC 6532: a local part outside ASCII cannot be written any other way.
    utf8 = not all(address.username.isascii() for address in (*addresses, reply_to))
    message = EmailMessage(policy=_POLICY.clone(utf8=utf8))
    message["From"], message["To"] = addresses
    message["Reply-To"] = reply_to
    message["Subject"] = subject.format(number=letter.number, subject=one_line(letter.subject))
    message["Date"] = letter.sent_at
    if not _MESSAGE_ID.fullmatch(letter.message_id):
        raise ValueError(f"not a Message-ID: {letter.message_id!r}")
    message["Message-ID"] = letter.message_id
    message[LOOP_FIELD.title()] = loop_token(letter.message_id)
    # RFC 5322 §3.6.4; ids come from strangers: what is not one is left out.
    if letter.in_reply_to is not None and _MESSAGE_ID.fullmatch(letter.in_reply_to):
        message["In-Reply-To"] = letter.in_reply_to
    known = dict.fromkeys([*letter.references, letter.in_reply_to or ""])
    references = [each for each in known if _MESSAGE_ID.fullmatch(each)]
    if references:
        message["References"] = " ".join(references[:1] + references[1:][1 - _MAX_REFERENCES :])
    return message


@dataclass(frozen=True, slots=True, kw_only=True)
class _Body:
    """What a mail says, once, for its two forms."""

    paragraphs: tuple[str, ...]
    rows: tuple[tuple[str, str], ...] = ()
    how_to_reply: str
    end: str

    def fill(self, message: EmailMessage, language: str) -> bytes:
        """Return the whole mail, the same octets each time. Quoted-printable: no host on the way needs 8BITMIME."""
        message.set_content(self._plain(), charset="utf-8", cte="quoted-printable")
        message.add_alternative(self._page(language), subtype="html", charset="utf-8", cte="quoted-printable")
        message["Content-Language"] = language  # only now: add_alternative moves Content-* into the first part
        message.set_boundary(f"=_{hashlib.sha256(message['Message-ID'].encode()).hexdigest()[:40]}")
        return message.as_bytes()

    def _plain(self) -> str:
        width = max((len(name) for name, _ in self.rows), default=0) + 2
        table = "\n".join(f"  {name + ':':<{width}}{value}" for name, value in self.rows)
        parts = [*self.paragraphs, table, self.how_to_reply, f"-- \n{self.end}"]
        return "\n\n".join(part for part in parts if part) + "\n"

    def _page(self, language: str) -> str:
        rows = "".join(f"<tr><th align=left>{escape(n)}</th><td>{escape(v)}</td></tr>\n" for n, v in self.rows)
        parts = [_paragraph(each) for each in self.paragraphs]
        parts += [f"<table>\n{rows}</table>"] if rows else []
        parts += [_paragraph(self.how_to_reply), f"<hr>\n{_paragraph(self.end)}"]
        head = f'<!doctype html>\n<html lang="{language}">\n<meta charset="utf-8">\n<body>\n'
        return head + "\n".join(parts) + "\n</body>\n</html>\n"


def _paragraph(text: str) -> str:
    return f"<p>{escape(text).replace(chr(10), '<br>' + chr(10))}</p>"


def _address(name: str, addr_spec: str) -> Address:
    local, _, host = addr_spec.rpartition("@")
    domain = domain_key(host)
    if not local or domain is None or not local.isprintable():
        raise ValueError(f"not an address: {addr_spec!r}")
    return Address(display_name=one_line(name), username=local, domain=domain)


def one_line(text: str) -> str:
    """Strip what could end a header line, and what terminals and readers misuse; at most 200 characters."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())[:_MAX_SUBJECT].strip()


def _printable(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join("".join(each for each in line if each.isprintable() or each == "\t") for line in lines)
