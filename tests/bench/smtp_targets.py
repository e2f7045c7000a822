"""Servers to hold a gateway against: ours with a core that does nothing, and aiosmtpd as it is.

    python -m tests.bench.smtp_targets ours|aiosmtpd PORT RECIPIENT

Each is a program of its own, on uvloop, until it is ended.
"""

import asyncio
import sys
from typing import Any

import uvloop
from aiosmtpd.smtp import SMTP

from authz.decision import PUBLIC_TEXT, Reason, Verdict
from channels.mail.recipients import Recipients
from channels.mail.smtp import SmtpListener
from channels.mail.smtp_options import SmtpOptions
from intake.ports import Receipt

_RECEIPT = Receipt(
    verdict=Verdict.ACCEPT,
    reason=Reason.AUTHORIZED,
    public_text=PUBLIC_TEXT[Reason.AUTHORIZED],
    ledger_id=1,
    ticket_number=1,
)


class _NullTaker:
    async def take(self, octets: bytes, **_: Any) -> Receipt:
        return _RECEIPT


class _NullHandler:
    async def handle_DATA(self, *_: Any) -> str:  # noqa: N802 - aiosmtpd finds hooks by name
        return "250 2.0.0 OK"


async def serve(name: str, port: int, recipient: str) -> None:
    """Serve until cancelled."""
    if name == "ours":
        await SmtpListener(_NullTaker(), SmtpOptions(recipients=Recipients([recipient]), port=port)).start()
    else:
        loop = asyncio.get_running_loop()
        handler = _NullHandler()
        await loop.create_server(lambda: SMTP(handler, hostname="localhost", loop=loop), "127.0.0.1", port)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
