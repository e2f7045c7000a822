"""LMTP: how an MTA on the same site delivers to us, with one reply for each recipient. RFC 2033.

Owns what differs from SMTP. The connecting host is our own MTA: its address proves nothing about the author.
"""
# ruff: noqa: N802 - aiosmtpd finds commands by their names in capitals

from typing import ClassVar

from channels.mail.smtp import SmtpListener
from channels.mail.smtp_dialog import SmtpDialog
from channels.mail.smtp_replies import with_enhanced_code


class LmtpDialog(SmtpDialog):
    """One LMTP connection."""

    async def smtp_LHLO(self, hostname: str) -> None:
        """RFC 2033 §4.1."""
        await self._hello(hostname, extended=True)

    async def smtp_EHLO(self, hostname: str) -> None:
        await self.push("500 5.5.1 This is LMTP: say LHLO")

    async def smtp_HELO(self, hostname: str) -> None:
        await self.push("500 5.5.1 This is LMTP: say LHLO")

    async def answer_data(self, status: str) -> None:
        """RFC 2033 §4.2: a reply for each successful RCPT, in their order. One take decides for all of them."""
        await super().answer_data("\r\n".join([with_enhanced_code(status)] * len(self.envelope.rcpt_tos)))


class LmtpListener(SmtpListener):
    """Serves LMTP on a Unix socket or an address."""

    dialog: ClassVar[type[SmtpDialog]] = LmtpDialog
    trust_peer: ClassVar[bool] = False
