"""Outbox rows as mail: which letter a row asks for. See `intake.outbox.Composer`."""

from email.headerregistry import Address

from channels.mail.compose import NULL_REVERSE_PATH, Letter, compose_acknowledgement, compose_reply
from channels.mail.digest import compose_digest
from intake.outbox import OutgoingMail
from intake.outgoing import OutboxItem, OutboxKind
from intake.ports import Signer
from intake.terms import Category


class LetterComposer:
    """Composes for one service desk. name, address: how it calls itself in From."""

    def __init__(self, signer: Signer, *, name: str, address: str) -> None:
        self._signer = signer
        self._name = name
        self._address = address

    def compose(self, item: OutboxItem) -> OutgoingMail:
        """Return the mail. Raises ValueError for a row no mail can be made of."""
        if item.kind is OutboxKind.QUARANTINE_DIGEST:
            return self._digest(item)
        letter = self._letter(item)
        match item.kind:
            case OutboxKind.ACKNOWLEDGEMENT:
                octets = compose_acknowledgement(letter, category=Category(item.payload["category"]))
                return OutgoingMail(reverse_path=NULL_REVERSE_PATH, recipient=item.recipient, octets=octets)
            case OutboxKind.REPLY:
                octets = compose_reply(letter, author=item.payload["author"], text=item.payload["text"])
                return OutgoingMail(reverse_path=letter.reply_address, recipient=item.recipient, octets=octets)

    def _digest(self, item: OutboxItem) -> OutgoingMail:
        octets = compose_digest(
            item.payload,
            sender=Address(display_name=self._name, addr_spec=self._address),
            recipient=item.recipient,
            message_id=item.message_id,
            sent_at=item.created_at,
        )
        return OutgoingMail(reverse_path=NULL_REVERSE_PATH, recipient=item.recipient, octets=octets)

    def _letter(self, item: OutboxItem) -> Letter:
        payload = item.payload
        if item.ticket_id is None:
            raise ValueError(f"a mail of kind {item.kind} is about a ticket")
        return Letter(
            language=payload.get("language") or "cs",
            sender_name=self._name,
            sender_address=self._address,
            recipient=item.recipient,
            recipient_name=payload.get("name") or "",
            reply_address=self._signer.reply_address(item.ticket_id),
            message_id=item.message_id,
            number=payload["number"],
            subject=payload["subject"],
            sent_at=item.created_at,
            in_reply_to=payload.get("in_reply_to"),
        )
