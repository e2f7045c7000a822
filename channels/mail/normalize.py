"""`InboundMail` → the channel-neutral request.

Owns what a mail's fields mean to the service: the category mark, the ticket mark, the reply address, the digest two
deliveries of one message share. Must not look anything up.
"""

import hashlib
import re
from dataclasses import asdict
from typing import Final

from authz.identity import Channel
from channels.mail.automatic import classify
from channels.mail.inbound import InboundMail
from intake.submission import DeliveryReport, Submission
from intake.terms import Category
from intake.tickets.categorize import STATED, STATED_MARK

_TICKET_MARK: Final = re.compile(r"\[\s*#\s*(\d{1,9})\s*\]")
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{16,128}")


def make_submission(
    mail: InboundMail,
    *,
    own_addresses: frozenset[str] = frozenset(),
    recipients: tuple[str, ...] = (),
    reverse_path: str | None = None,
) -> Submission:
    """Return what the mail asks for.

    own_addresses: the receiving addresses without sub-address. recipients: of the envelope, when there was one;
    reverse_path: MAIL FROM, "" is the null reverse-path, None when there was no envelope.
    """
    automatic = mail.automatic
    if reverse_path is not None:  # the envelope knows what the header only repeats
        automatic = classify(mail.headers, reverse_path=reverse_path, own_addresses=own_addresses, bounce=mail.bounce)
    return Submission(
        channel=Channel.MAIL,
        subject=mail.subject,
        text=mail.text,
        reply=mail.reply,
        elided=mail.elided,
        html=mail.html,
        attachments=mail.attachments,
        category=read_category(mail.subject),
        author_name=mail.author.name if mail.author and mail.author.name else None,
        message_id=mail.message_id,
        references=_newest_first(mail),
        reply_token=_reply_token(mail, own_addresses, recipients),
        ticket_hint=read_ticket_mark(mail.subject),
        content_digest=digest_content(mail),
        automatic=automatic,
        defects=mail.defects,
        copied=_copied(mail, own_addresses),
        report=None if mail.bounce is None else DeliveryReport(**asdict(mail.bounce)),
    )


def read_category(subject: str) -> Category | None:
    """Return the category marked in a subject, [A], [B], [C] or [Z]; None without a mark or with different ones."""
    marks = {mark.upper() for mark in STATED_MARK.findall(subject)}
    return STATED[marks.pop()] if len(marks) == 1 else None


def read_ticket_mark(subject: str) -> int | None:
    """Return the number of the last `[#123]` in a subject: replies put it in front of what was there before."""
    mark = _TICKET_MARK.search(subject)
    return int(mark.group(1)) if mark else None


def _copied(mail: InboundMail, own_addresses: frozenset[str]) -> tuple[str, ...]:
    """Who else it was written to: neither us, under whatever sub-address, nor the author again."""
    known = {address.casefold() for address in own_addresses}
    if mail.author is not None:
        known.add(mail.author.address.casefold())
    found: dict[str, str] = {}
    for mailbox in (*mail.to, *mail.cc):
        local, _, domain = mailbox.address.casefold().rpartition("@")
        if local and mailbox.address.casefold() not in known and f"{local.partition('+')[0]}@{domain}" not in known:
            found.setdefault(mailbox.address.casefold(), mailbox.address)
    return tuple(found.values())


def _newest_first(mail: InboundMail) -> tuple[str, ...]:
    """RFC 5322 §3.6.4: References is oldest first, In-Reply-To is its end."""
    return tuple(dict.fromkeys((*mail.in_reply_to, *reversed(mail.references))))


def _reply_token(mail: InboundMail, own_addresses: frozenset[str], recipients: tuple[str, ...]) -> str | None:
    """Find the token of `helpdesk+<token>@…`; the envelope knows better than the header."""
    own = {address.casefold() for address in own_addresses}
    shown = (mailbox.address for mailbox in (*mail.to, *mail.cc))
    for address in (*recipients, *shown):
        local, _, domain = address.casefold().rpartition("@")
        base, plus, token = local.partition("+")
        if plus and f"{base}@{domain}" in own and _TOKEN.fullmatch(token):
            return token
    return None


def digest_content(mail: InboundMail) -> str:
    """Return the hex SHA-256 of what the mail says, equal for each delivery of the same message.

    Over author, subject, date, Message-ID, text and attachments; not over what is added on the way.
    """
    digest = hashlib.sha256()
    stable = (
        mail.author.address if mail.author else "",
        mail.subject,
        mail.date.isoformat() if mail.date else "",
        mail.message_id or "",
        mail.text,
        mail.html or "",
        *(f"{attachment.filename}:{attachment.sha256}" for attachment in mail.attachments),
    )
    for field in stable:
        octets = field.encode("utf-8", "replace")
        digest.update(b"%d:" % len(octets))
        digest.update(octets)
    return digest.hexdigest()
