"""Speaking SMTP and LMTP to a listener, octet by octet."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from channels.mail.recipients import Recipients
from channels.mail.smtp import SmtpListener
from channels.mail.smtp_options import SmtpOptions
from tests.channels.mail.takers import Taker

MESSAGE = b"From: jan@firma.example\r\nTo: helpdesk@example.org\r\nSubject: hi\r\n\r\nbody\r\n"


class Peer:
    """One connection. Every method gives the reply's lines joined with "|", without line ends."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def reply(self) -> str:
        lines = []
        while True:
            line = (await asyncio.wait_for(self.reader.readline(), 10)).decode().rstrip("\r\n")
            lines.append(line)
            if line[3:4] != "-":
                return "|".join(lines)

    async def say(self, command: str | bytes) -> str:
        await self.send(command if isinstance(command, bytes) else command.encode("utf-8", "surrogateescape"))
        return await self.reply()

    async def send(self, command: bytes) -> None:
        self.writer.write(command + b"\r\n")
        await self.writer.drain()

    async def open(self, hello: str = "EHLO client.example") -> str:
        """Read the greeting and say hello."""
        await self.reply()
        return await self.say(hello)

    async def envelope(self, *recipients: str, mail: str = "MAIL FROM:<jan@firma.example>") -> str:
        """Everything up to and with DATA; gives the reply to DATA."""
        await self.say(mail)
        for recipient in recipients or ("helpdesk@example.org",):
            await self.say(f"RCPT TO:<{recipient}>")
        return await self.say("DATA")

    async def data(self, octets: bytes) -> str:
        """Send octets as they are, then the final dot."""
        return await self.say(octets + b".")

    async def mail(self, octets: bytes = MESSAGE, *recipients: str) -> str:
        await self.envelope(*recipients)
        return await self.data(octets)

    async def ended(self) -> bool:
        """Whether the other side has closed."""
        with contextlib.suppress(ConnectionError):
            return not await asyncio.wait_for(self.reader.read(1), 5)
        return True


def options(**changes: Any) -> SmtpOptions:
    defaults = {"recipients": Recipients(["helpdesk@example.org", "Servis@přiklad.example"]), "port": 0}
    return SmtpOptions(**{**defaults, **changes})


@contextlib.asynccontextmanager
async def peer_of(listener: SmtpListener) -> AsyncIterator[Peer]:
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    try:
        yield Peer(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


@contextlib.asynccontextmanager
async def serving(
    taker: Taker | None = None, *, kind: type[SmtpListener] = SmtpListener, **changes: Any
) -> AsyncIterator[tuple[SmtpListener, Taker]]:
    taker = taker or Taker()
    listener = kind(taker, options(**changes))
    await listener.start()
    try:
        yield listener, taker
    finally:
        await listener.stop(grace_seconds=0)


@contextlib.asynccontextmanager
async def talking(
    taker: Taker | None = None, *, kind: type[SmtpListener] = SmtpListener, **changes: Any
) -> AsyncIterator[tuple[Peer, Taker]]:
    """A listener and one peer that has said hello."""
    async with serving(taker, kind=kind, **changes) as (listener, taker), peer_of(listener) as peer:
        await peer.open("LHLO mta.example" if kind is not SmtpListener else "EHLO client.example")
        yield peer, taker
