"""Outbox rows as mail: which letter a row asks for, its thread, its files. See `intake.outbox.Composer`."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from email.headerregistry import Address
from typing import Any

from channels.mail.compose import NULL_REVERSE_PATH, File, Letter, Sender, compose_letter
from channels.mail.digest import compose_digest
from channels.mail.dkim_sign import DkimSigner
from channels.mail.login_changed import compose_login_changed
from channels.mail.login_letter import compose_login_letter
from channels.mail.short_letters import SHORT_LETTERS, compose_short_letter
from intake.letters.names import Names, names_for
from intake.letters.templates import Wording, fill
from intake.letters.usual_words import DEFAULTS
from intake.letters.values import LetterOptions, letter_values
from intake.outbox import OutgoingMail
from intake.outgoing import TO_STAFF, OutboxItem, OutboxKind
from intake.ports import Signer

_MOST_FILES_OCTETS = 15 * 2**20  # a third more on the way, and many servers take no more than 25 MB

_SENDERS = {OutboxKind.REPLY: Sender.PERSON, OutboxKind.ACKNOWLEDGEMENT: Sender.ANSWERING}

_UNSIGNED = DkimSigner(())

FindWording = Callable[[OutboxKind, str, str], Wording]
ReadBlob = Callable[[str], bytes]


def default_wording(kind: OutboxKind, language: str, name: str) -> Wording:
    """The wording in code, whatever set is asked for."""
    return DEFAULTS[kind, language]


def _no_blob(digest: str) -> bytes:
    raise KeyError(digest)


class LetterComposer:
    """Composes for one service desk.

    wording: finds the template in force, by kind, language and set.
    read_blob: the octets of a file by digest; raises KeyError. It may block.
    dkim: signs what was composed. open_link: the secret of a row whose mail carries a link to log in by.
    """

    def __init__(
        self,
        signer: Signer,
        options: LetterOptions,
        *,
        wording: FindWording = default_wording,
        read_blob: ReadBlob = _no_blob,
        dkim: DkimSigner = _UNSIGNED,
        open_link: Callable[[OutboxItem], str | None] = lambda item: None,
    ) -> None:
        self._signer = signer
        self._options = options
        self._wording = wording
        self._read_blob = read_blob
        self._dkim = dkim
        self._open_link = open_link

    def compose(self, item: OutboxItem) -> OutgoingMail:
        """Return the mail, signed. Raises ValueError for a row no mail can be made of."""
        mail = self._compose(item)
        signed = self._dkim.sign(mail.octets, author=self._options.address, at=item.created_at)
        return replace(mail, octets=signed)

    def _compose(self, item: OutboxItem) -> OutgoingMail:
        if item.kind is OutboxKind.QUARANTINE_DIGEST:
            return self._digest(item)
        if item.kind is OutboxKind.LOGIN_LINK:
            return self._login_link(item)
        if item.kind is OutboxKind.LOGIN_CHANGED:
            return self._login_changed(item)
        if item.kind in SHORT_LETTERS:
            return self._short(item)
        if item.ticket_id is None:
            raise ValueError(f"a mail of kind {item.kind} is about a ticket")
        names = names_for(item.payload.get("language") or "cs")
        letter = self._letter(item, item.ticket_id, names)
        files, left_out = self._files(item)
        values = letter_values(item, names, self._options, self._signer) | {"files": ", ".join(left_out)}
        answering = item.kind is OutboxKind.ACKNOWLEDGEMENT
        octets = compose_letter(
            letter,
            fill(self._wording(item.kind, names.language, item.payload.get("wording") or ""), values),
            sender=_SENDERS.get(item.kind, Sender.TELLING),
            end="" if item.kind is OutboxKind.REPLY else names.automatic,
            files=files,
        )
        # RFC 3834 §3.3: only what answers a mail goes out without a way back; of the rest a bounce must find us.
        reverse_path = NULL_REVERSE_PATH if answering else letter.reply_address
        return OutgoingMail(
            reverse_path=reverse_path, recipient=item.recipient, octets=octets, message_id=letter.message_id
        )

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

    def _login_link(self, item: OutboxItem) -> OutgoingMail:
        secret = self._open_link(item)
        if secret is None:
            raise ValueError("the link was sealed with a key that is no longer known")
        message_id = item.message_id or f"<{item.kind}-{item.id}@{self._options.address.rpartition('@')[2]}>"
        octets = compose_login_letter(
            item,
            f"{self._options.public_url}/login/link/{secret}",
            sender=Address(display_name=self._options.name, addr_spec=self._options.address),
            message_id=message_id,
            zone=self._options.zone,
        )
        return OutgoingMail(
            reverse_path=NULL_REVERSE_PATH, recipient=item.recipient, octets=octets, message_id=message_id
        )

    def _login_changed(self, item: OutboxItem) -> OutgoingMail:
        message_id = item.message_id or f"<{item.kind}-{item.id}@{self._options.address.rpartition('@')[2]}>"
        sender = Address(display_name=self._options.name, addr_spec=self._options.address)
        octets = compose_login_changed(item, sender=sender, message_id=message_id, zone=self._options.zone)
        return OutgoingMail(
            reverse_path=NULL_REVERSE_PATH, recipient=item.recipient, octets=octets, message_id=message_id
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
