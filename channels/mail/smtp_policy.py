"""What a listener accepts, and how a message reaches the core: aiosmtpd's handler hooks.

Owns the checks on MAIL, RCPT and DATA and the hand-over to the `MailTaker`; what all connections share lives here.
Must not write to a connection: that is `channels.mail.smtp_dialog`.
"""
# ruff: noqa: N802 - aiosmtpd finds hooks by their names in capitals

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from aiosmtpd.smtp import Envelope, Session

from authz.mail.handover import Handover
from channels.mail import smtp_replies
from channels.mail.delivery import MailTaker, envelope_key
from channels.mail.smtp_fast import read_spooled
from channels.mail.smtp_options import SmtpOptions
from channels.mail.spool import Spool, SpooledMail
from intake.ports import Receipt

if TYPE_CHECKING:
    from channels.mail.smtp_dialog import SmtpDialog

log = logging.getLogger(__name__)

_UNDECLARED_OCTETS = 2**20  # what a message without SIZE is taken to need

Take = Callable[..., Awaitable[Receipt]]
KeyOf = Callable[[bytes], str]


def has_bare_newline(octets: bytes) -> bool:
    """Say whether CR or LF stands alone: a message may then end in two places. RFC 5321 §2.3.8."""
    pairs = octets.count(b"\r\n")
    return pairs != octets.count(b"\n") or pairs != octets.count(b"\r")


class SmtpPolicy:
    """The hooks of one listener.

    trust_peer: whether the connecting host is the one the message came from (SMTP); False behind LMTP, where SPF of
        our own MTA's address would say nothing.
    spool: where its large messages wait for their turn.
    """

    def __init__(self, taker: MailTaker, options: SmtpOptions, spool: Spool, *, trust_peer: bool = True) -> None:
        self.options = options
        self.octets_in_flight = 0
        self.takes: set[asyncio.Task[str]] = set()
        self._taker = taker
        self._spool = spool
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
        server.messages += 1
        reverse_path = "" if envelope.mail_from in {"<>", None} else str(envelope.mail_from)
        recipients = tuple(envelope.rcpt_tos)
        take = partial(
            self._taker.take,
            account=self.options.recipients.account_for(recipients[0]) or "",
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
        key_of = partial(envelope_key, reverse_path, recipients)
        content: object = envelope.content
        if isinstance(content, SpooledMail):
            return await self._undisturbed(self._take_in_turn(content, key_of, take))
        if not isinstance(content, bytes):
            raise TypeError("aiosmtpd must not decode the message")
        if has_bare_newline(content):
            return smtp_replies.BARE_NEWLINE
        return await self._undisturbed(_take(content, key_of(content), take))

    async def _take_in_turn(self, spooled: SpooledMail, key_of: KeyOf, take: Take) -> str:
        """Take a large message when there is room for it in memory. Its peer waits, as it would for a slow disk."""
        with contextlib.closing(spooled):
            async with self._spool.turn(spooled.size):
                octets, source_key = await asyncio.to_thread(_read, spooled, key_of)
                return smtp_replies.BARE_NEWLINE if source_key is None else await _take(octets, source_key, take)

    async def handle_exception(self, error: Exception) -> str:
        """RFC 5321 §4.2.1: a fault of ours is 4yz, the peer keeps the message."""
        log.error("smtp dialog failed", exc_info=error)
        return smtp_replies.NOT_TAKEN

    async def _undisturbed(self, take: Coroutine[Any, Any, str]) -> str:
        """Let a take run to its end even when the peer hangs up: the receipt may be committed already."""
        task = asyncio.ensure_future(take)
        self.takes.add(task)
        task.add_done_callback(self._taken)
        try:
            return await asyncio.shield(task)
        except Exception:  # noqa: BLE001 - logged by `_taken`; the peer keeps the message
            return smtp_replies.NOT_TAKEN

    def _taken(self, task: asyncio.Task[str]) -> None:
        self.takes.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("mail could not be taken in", exc_info=error)  # also when nobody waits for it any more


async def _take(octets: bytes, source_key: str, take: Take) -> str:
    return smtp_replies.reply_for(await take(octets, source_key=source_key))


def _read(spooled: SpooledMail, key_of: KeyOf) -> tuple[bytes, str | None]:
    """Return the octets and their key; no key when they could end in two places. Blocking."""
    octets = read_spooled(spooled)
    return octets, None if has_bare_newline(octets) else key_of(octets)


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
