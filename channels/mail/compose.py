"""Makes our own mail: what a contact is told about a request. Pure: ids, addresses and the time come in.

Owns headers that start no loops and cannot be injected into. RFC 3834, RFC 5322. Must not send.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import quote
from enum import StrEnum
from typing import Any

from authz.mail.address import domain_key
from channels.mail.automatic import LOOP_FIELD, loop_token
from intake.letters.body import one_line, write_page, write_text
from intake.letters.templates import Filled

# RFC 3834 §3.3, RFC 5321 §4.5.5: an answer to an automatic answer must have nowhere to go.
NULL_REVERSE_PATH = ""

_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,900}>")
_MAX_REFERENCES = 20
_MEDIA_TYPE = re.compile(r"([a-z]{1,20})/([a-z0-9][a-z0-9!#$&^_.+-]{0,80})")


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

    language: of the text, "cs" or "en". sender_name, sender_address: ours, for From.
    recipient: the contact's addr-spec. reply_address: the ticket's signed address, for Reply-To.
    message_id: stable for this mail however often it is sent. in_reply_to: the Message-ID it continues, if any.
    references: older ids of the conversation, oldest first. sent_at: aware.
    """

    language: str
    sender_name: str
    sender_address: str
    recipient: str
    recipient_name: str = ""
    reply_address: str
    message_id: str
    sent_at: datetime
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file that goes with a mail."""

    filename: str
    content_type: str
    content: bytes = field(repr=False)


class Sender(StrEnum):
    """Who speaks in a mail: what a machine answers, what it says of its own accord, or a person. RFC 3834 §5"""

    ANSWERING = "auto-replied"
    TELLING = "auto-generated"
    PERSON = "no"


def compose_letter(
    letter: Letter, words: Filled, *, sender: Sender, end: str = "", files: Sequence[File] = ()
) -> bytes:
    """Return the whole mail, the same octets each time. end: a line above our name in the end.

    Raises ValueError when an address or the Message-ID cannot stand in a header.
    """
    message = _begin(letter, words.subject)
    if sender is Sender.PERSON:
        message["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    else:
        message["Auto-Submitted"] = sender.value
        message["X-Auto-Response-Suppress"] = "All"
        message["Precedence"] = "bulk"
    signature = "\n".join(each for each in (end, one_line(letter.sender_name)) if each)
    # Quoted-printable: no host on the way needs 8BITMIME.
    message.set_content(write_text(words, signature), charset="utf-8", cte="quoted-printable")
    page = write_page(words, signature, letter.language)
    message.add_alternative(page, subtype="html", charset="utf-8", cte="quoted-printable")
    for file in files:
        main, sub = _media_type(file.content_type)
        message.add_attachment(file.content, maintype=main, subtype=sub, filename=one_line(file.filename) or "file")
    message["Content-Language"] = letter.language  # only now: what is added moves Content-* into the first part
    digest = hashlib.sha256(letter.message_id.encode()).hexdigest()[:40]
    for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_{digest}{number or ''}")
    return message.as_bytes()


def _media_type(content_type: str) -> tuple[str, str]:
    """What a file may call itself: nothing a reader would take apart as a part of our mail."""
    found = _MEDIA_TYPE.fullmatch(content_type.strip().lower())
    if found is None or found[1] in {"multipart", "message"}:
        return "application", "octet-stream"
    return found[1], found[2]


def _begin(letter: Letter, subject: str) -> EmailMessage:
    addresses = [_address(letter.sender_name, letter.sender_address), _address(letter.recipient_name, letter.recipient)]
    reply_to = _address(letter.sender_name, letter.reply_address)
    # RFC 6532: a local part outside ASCII cannot be written any other way.
    utf8 = not all(address.username.isascii() for address in (*addresses, reply_to))
    message = EmailMessage(policy=_POLICY.clone(utf8=utf8))
    message["From"], message["To"] = addresses
    message["Reply-To"] = reply_to
    message["Subject"] = one_line(subject)
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


def _address(name: str, addr_spec: str) -> Address:
    local, _, host = addr_spec.rpartition("@")
    domain = domain_key(host)
    if not local or domain is None or not local.isprintable():
        raise ValueError(f"not an address: {addr_spec!r}")
    return Address(display_name=one_line(name), username=local, domain=domain)
