"""What a listener accepts, and how a message reaches the core: aiosmtpd's handler hooks.

Owns the checks on MAIL, RCPT and DATA and the hand-over to the `MailTaker`; what all connections share lives here.
Must not write to a connection: that is `channels.mail.smtp_dialog`.
"""
# ruff: noqa: N802 - aiosmtpd finds hooks by their names in capitals

import asyncio
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aiosmtpd.smtp import Envelope, Session

from authz.mail.handover import Handover
from channels.mail import smtp_replies
from channels.mail.delivery import MailTaker, envelope_key
from channels.mail.smtp_options import SmtpOptions
from intake.ports import Receipt

if TYPE_CHECKING:
    from channels.mail.smtp_dialog import SmtpDialog

log = logging.getLogger(__name__)

_UNDECLARED_OCTETS = 2**20  # what a message without SIZE is taken to need
_HASH_IN_THREAD = 2**19  # octets; below it the hop to a thread costs more than the digest


def has_bare_newline(octets: bytes) -> bool:
    """Say whether CR or LF stands alone: a message may then end in two places. RFC 5321 §2.3.8."""
    pairs = octets.count(b"\r\n")
    return pairs != octets.count(b"\n") or pairs != octets.count(b"\r")


class SmtpPolicy:
    """The hooks of one listener.

    trust_peer: whether the connecting host is the one the message came from (SMTP); False behind LMTP, where SPF of
        our own MTA's address would say nothing.
    """

    def __init__(self, taker: MailTaker, options: SmtpOptions, *, trust_peer: bool = True) -> None:
        self.options = options
        self.octets_in_flight = 0
        self.takes: set[asyncio.Task[Receipt]] = set()
        self._taker = taker
        self._trust_peer = trust_peer

    async def handle_MAIL(
        self, server: "SmtpDialog", session: Session, envelope: Envelope, address: str, mail_options: list[str]
    ) -> str:
        if server.messages >= self.options.max_messages:
            return smtp_replies.TOO_MANY_MESSAGES
        if problem := _problem_with(address, utf8=envelope.smtp_utf8):
            return problem
        server.declared_octets = _declared(mail_options)
        if self.octets_in_flight + server.declared_octets > self.options.max_octets_in_flight:
            return smtp_replies.TOO_MUCH_IN_FLIGHT
        envelope.mail_from = address
        envelope.mail_options.extend(mail_options)
        return "250 2.1.0 OK"

    async def handle_RCPT(
        self, server: "SmtpDialog", session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        if problem := _problem_with(address, utf8=envelope.smtp_utf8):
            return problem
        recipients = self.options.recipients
        if recipients.account_for(address) is None:
            return smtp_replies.NO_SUCH_MAILBOX if recipients.is_ours(address) else smtp_replies.NO_RELAY
        if len(envelope.rcpt_tos) >= self.options.max_recipients:
            return smtp_replies.TOO_MANY_RECIPIENTS
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: "SmtpDialog", session: Session, envelope: Envelope) -> str:
        received_at = datetime.now(UTC)
        server.data_began = None
        octets = envelope.content
        if not isinstance(octets, bytes):
            raise TypeError("aiosmtpd must not decode the message")
        if has_bare_newline(octets):
            return smtp_replies.BARE_NEWLINE
        server.messages += 1
        reverse_path = "" if envelope.mail_from in {"<>", None} else str(envelope.mail_from)
        recipients = tuple(envelope.rcpt_tos)
        hashing = asyncio.to_thread if len(octets) > _HASH_IN_THREAD else _at_once
        take = self._taker.take(
            octets,
            account=self.options.recipients.account_for(recipients[0]) or "",
            source_key=await hashing(envelope_key, reverse_path, recipients, octets),
            handover=Handover(
                client_ip=server.client_ip if self._trust_peer else None,
                helo=session.host_name,
                reverse_path=reverse_path,
                submission_login=session.auth_data if session.authenticated else None,
                tls=session.ssl is not None,
            ),
            recipients=recipients,
            received_at=received_at,
        )
        try:
            return smtp_replies.reply_for(await self._undisturbed(take))
        except Exception:  # noqa: BLE001 - logged where it happened; the peer keeps the message
            return smtp_replies.NOT_TAKEN

    async def handle_exception(self, error: Exception) -> str:
        """RFC 5321 §4.2.1: a fault of ours is 4yz, the peer keeps the message."""
        log.error("smtp dialog failed", exc_info=error)
        return smtp_replies.NOT_TAKEN

    async def _undisturbed(self, take: Any) -> Receipt:
        """Let a take run to its end even when the peer hangs up: the receipt may be committed already."""
        task: asyncio.Task[Receipt] = asyncio.ensure_future(take)
        self.takes.add(task)
        task.add_done_callback(self._taken)
        return await asyncio.shield(task)

    def _taken(self, task: asyncio.Task[Receipt]) -> None:
        self.takes.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("mail could not be taken in", exc_info=error)  # also when nobody waits for it any more


async def _at_once(function: Any, *arguments: Any) -> Any:
    return function(*arguments)


def _problem_with(address: str, *, utf8: bool) -> str | None:
    """Return the reply for an address that cannot be one. RFC 5321 §4.1.2, RFC 6531 §3.5."""
    if address.isascii():
        return None if address.isprintable() else smtp_replies.MALFORMED_ADDRESS
    if any("\ud800" <= character <= "\udfff" for character in address) or not address.isprintable():
        return smtp_replies.MALFORMED_ADDRESS  # not even UTF-8
    return None if utf8 else smtp_replies.NOT_ASCII


def _declared(mail_options: list[str]) -> int:
    """Return the SIZE parameter. RFC 1870 §6."""
    for option in mail_options:
        name, _, value = option.partition("=")
        if name == "SIZE" and value.isascii() and value.isdigit():
            return int(value)
    return _UNDECLARED_OCTETS
