"""Outbox rows as mail: which letter a row asks for, and the values of its template. See `intake.outbox.Composer`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.headerregistry import Address
from fractions import Fraction
from typing import Any

from babel.dates import format_datetime, get_timezone

from authz.mail.answer_token import AnswerToken
from channels.mail.compose import NULL_REVERSE_PATH, File, Letter, Sender, compose_letter
from channels.mail.compose_texts import Names, names_for
from channels.mail.digest import compose_digest
from channels.mail.short_letters import SHORT_LETTERS, compose_short_letter
from intake.mail_template_texts import DEFAULTS
from intake.mail_templates import Wording, fill
from intake.outbox import OutgoingMail
from intake.outgoing import TO_STAFF, OutboxItem, OutboxKind
from intake.ports import Signer
from intake.terms import Category, Evaluation, Status

_MOST_FILES_OCTETS = 15 * 2**20  # a third more on the way, and many servers take no more than 25 MB

# What replies put in front of a subject: ours has its own.
_MARK = re.compile(r"\s*(?:(?:re|odp|aw|sv|vs|antw)\s*(?:\[\d+\])?\s*:|\[#\d+\])\s*", re.IGNORECASE)
_SENDERS = {OutboxKind.REPLY: Sender.PERSON, OutboxKind.ACKNOWLEDGEMENT: Sender.ANSWERING}

FindWording = Callable[[OutboxKind, str], Wording]
ReadBlob = Callable[[str], bytes]


def default_wording(kind: OutboxKind, language: str) -> Wording:
    """The wording in code."""
    return DEFAULTS[kind, language]


def _no_blob(digest: str) -> bytes:
    raise KeyError(digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterOptions:
    """How the service desk writes. name, address: in From. public_url: without a final slash, for links.

    zone: IANA name of the zone times are told in. link_lasts: how long the one-click links work.
    """

    name: str
    address: str
    public_url: str = ""
    zone: str = "Europe/Prague"
    link_lasts: timedelta = timedelta(days=30)


class LetterComposer:
    """Composes for one service desk.

    wording: finds the template in force. read_blob: the octets of a file by digest; raises KeyError. It may block.
    """

    def __init__(
        self,
        signer: Signer,
        options: LetterOptions,
        *,
        wording: FindWording = default_wording,
        read_blob: ReadBlob = _no_blob,
    ) -> None:
        self._signer = signer
        self._options = options
        self._zone = get_timezone(options.zone)
        self._wording = wording
        self._read_blob = read_blob

    def compose(self, item: OutboxItem) -> OutgoingMail:
        """Return the mail. Raises ValueError for a row no mail can be made of."""
        if item.kind is OutboxKind.QUARANTINE_DIGEST:
            return self._digest(item)
        if item.kind in SHORT_LETTERS:
            return self._short(item)
        if item.ticket_id is None:
            raise ValueError(f"a mail of kind {item.kind} is about a ticket")
        names = names_for(item.payload.get("language") or "cs")
        letter = self._letter(item, item.ticket_id, names)
        files, left_out = self._files(item)
        values = self.values(item, names) | {"files": ", ".join(left_out)}
        answering = item.kind is OutboxKind.ACKNOWLEDGEMENT
        octets = compose_letter(
            letter,
            fill(self._wording(item.kind, names.language), values),
            sender=_SENDERS.get(item.kind, Sender.TELLING),
            end="" if item.kind is OutboxKind.REPLY else names.automatic,
            files=files,
        )
        # RFC 3834 §3.3: only what answers a mail goes out without a way back; of the rest a bounce must find us.
        reverse_path = NULL_REVERSE_PATH if answering else letter.reply_address
        return OutgoingMail(
            reverse_path=reverse_path, recipient=item.recipient, octets=octets, message_id=letter.message_id
        )

    def values(self, item: OutboxItem, names: Names) -> dict[str, str]:
        """What the placeholders of a row's template stand for."""
        payload = item.payload
        values = {
            "number": str(payload["number"]),
            "subject": _without_marks(payload["subject"]),
            "service": self._options.name,
            "name": payload.get("name") or "",
            "category": names.categories[Category(payload["category"])],
            "status": names.statuses[Status(payload["status"])] if "status" in payload else "",
            "ticket_url": f"{self._options.public_url}/tickets/{payload['number']}",
            "author": payload.get("author") or "",
            "text": (payload.get("text") or "").strip(),
            "solution": (payload.get("solution") or "").strip(),
            "evaluation": ", ".join(names.evaluations[Evaluation(each)] for each in payload.get("evaluation") or ()),
            "until": self._moment(payload.get("until"), names),
            "due": self._moment(payload.get("due_at"), names),
            "clock": names.clocks.get(payload.get("clock") or "", ""),
            "used": f"{int(Fraction(payload['fraction']) * 100)} %" if payload.get("fraction") else "",
        }
        return values | (self._links(item) if "since" in payload else {})

    def _links(self, item: OutboxItem) -> dict[str, str]:
        since = datetime.fromisoformat(item.payload["since"])
        expires = item.created_at + self._options.link_lasts
        links = {}
        for word in ("accept", "reject"):
            answer = AnswerToken(number=item.payload["number"], since=since, word=word, expires_at=expires)
            links[f"{word}_link"] = f"{self._options.public_url}/answer/{self._signer.sign_answer(answer)}"
        return links

    def _moment(self, written: str | None, names: Names) -> str:
        if written is None:
            return ""
        return format_datetime(datetime.fromisoformat(written), names.moment, self._zone, names.language)

    def _files(self, item: OutboxItem) -> tuple[list[File], list[str]]:
        """The files that fit, and the names of the others."""
        files: list[File] = []
        left_out: list[str] = []
        room = _MOST_FILES_OCTETS
        for each in item.payload.get("files") or ():
            try:
                content = self._read_blob(each["blob"])
            except KeyError:
                left_out.append(each["filename"])
                continue
            if len(content) > room:
                left_out.append(each["filename"])
                continue
            room -= len(content)
            files.append(File(filename=each["filename"], content_type=each["content_type"], content=content))
        return files, left_out

    def _digest(self, item: OutboxItem) -> OutgoingMail:
        octets = compose_digest(
            item.payload,
            sender=Address(display_name=self._options.name, addr_spec=self._options.address),
            recipient=item.recipient,
            message_id=item.message_id,
            sent_at=item.created_at,
        )
        return OutgoingMail(
            reverse_path=NULL_REVERSE_PATH, recipient=item.recipient, octets=octets, message_id=item.message_id
        )

    def _short(self, item: OutboxItem) -> OutgoingMail:
        message_id = item.message_id or f"<{item.kind}-{item.id}@{self._options.address.rpartition('@')[2]}>"
        sender = Address(display_name=self._options.name, addr_spec=self._options.address)
        octets = compose_short_letter(item, sender=sender, message_id=message_id)
        return OutgoingMail(
            reverse_path=NULL_REVERSE_PATH, recipient=item.recipient, octets=octets, message_id=message_id
        )

    def _letter(self, item: OutboxItem, ticket_id: int, names: Names) -> Letter:
        payload: Mapping[str, Any] = item.payload
        in_reply_to = payload.get("in_reply_to")
        references = tuple(payload.get("references") or ())
        if in_reply_to is None and not references:
            # Nothing came by mail: what all mails of the ticket name holds them together, though nobody sent it.
            references = (self._signer.message_id(ticket_id, 0),)
        return Letter(
            language=names.language,
            sender_name=self._options.name,
            sender_address=self._options.address,
            recipient=item.recipient,
            recipient_name="" if item.kind in TO_STAFF else payload.get("name") or "",
            reply_address=self._signer.reply_address(ticket_id),
            message_id=item.message_id or self._signer.message_id(ticket_id, item.id),
            sent_at=item.created_at,
            in_reply_to=in_reply_to,
            references=references,
        )


def _without_marks(subject: str) -> str:
    rest = subject
    while found := _MARK.match(rest):
        rest = rest[found.end() :]
    return rest or subject
