"""Header fields → the values a message is known by: who to, what about, when, in answer to what.

Owns the choice of field and its decoding. Must not decide who wrote it: that is `authz.mail.author`.
"""

from dataclasses import dataclass
from datetime import datetime

from channels.mail.addresses import clean_text, read_addresses
from channels.mail.fields import Field
from channels.mail.inbound import Mailbox
from channels.mail.limits import LIMITS
from channels.mail.stamps import read_date, read_id, read_ids
from channels.mail.words import decode_octets, decode_words


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderValues:
    """See `channels.mail.inbound.InboundMail`. headers: all fields, names lower case, values decoded, from the top."""

    to: tuple[Mailbox, ...]
    cc: tuple[Mailbox, ...]
    reply_to: tuple[Mailbox, ...]
    subject: str
    date: datetime | None
    message_id: str | None
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    headers: dict[str, tuple[str, ...]]
    defects: tuple[str, ...]


def read_header_values(fields: tuple[Field, ...], charset: str | None) -> HeaderValues:
    """Read the values. charset: of the body, for 8-bit header text that is not UTF-8."""
    defects: list[str] = []
    collected: dict[str, list[str]] = {}
    for name, value in fields:
        if not value.isascii():
            defects.append("header-8bit")
        if b"\0" in value:
            value = value.replace(b"\0", b"")  # noqa: PLW2901 - no reader of ours takes it
            defects.append("header-nul")
        collected.setdefault(name, []).append(decode_octets(value, charset))
    lists: list[tuple[Mailbox, ...]] = []
    room = LIMITS.addresses
    for name in ("to", "cc", "reply-to"):
        mailboxes, more = read_addresses(", ".join(collected.get(name, ())), room)
        room -= len(mailboxes)
        lists.append(mailboxes)
        if more:
            defects.append("too-many-addresses")
    defects.extend(f"repeated-{name}" for name in ("subject", "date", "message-id") if len(collected.get(name, ())) > 1)

    def last(name: str) -> str:
        return collected[name][-1] if name in collected else ""

    date = read_date(last("date"))
    if date is None and last("date"):
        defects.append("date-unreadable")
    return HeaderValues(
        to=lists[0],
        cc=lists[1],
        reply_to=lists[2],
        subject=clean_text(decode_words(last("subject"))),
        date=date,
        message_id=read_id(last("message-id")),
        in_reply_to=read_ids(last("in-reply-to"), LIMITS.references),
        references=read_ids(" ".join(collected.get("references", ())), LIMITS.references),
        headers={name: tuple(map(_shown, values)) for name, values in collected.items()},
        defects=tuple(dict.fromkeys(defects)),
    )


def _shown(value: str) -> str:
    value = decode_words(value)
    return value.replace("\0", "\ufffd") if "\0" in value else value
