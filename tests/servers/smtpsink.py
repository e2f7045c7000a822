"""A receiving SMTP server in this process that keeps what it takes: where the gateway's own mail is looked at."""

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as default_policy

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.servers.certificate import Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One message as it arrived. octets: without the transparency dots. login: the name, if the client logged in."""

    reverse_path: str
    recipients: tuple[str, ...]
    options: tuple[str, ...]
    octets: bytes
    tls: bool
    login: str | None

    def parsed(self) -> EmailMessage:
        """The message read by the standard library."""
        message = message_from_bytes(self.octets, policy=default_policy)
        assert isinstance(message, EmailMessage)
        return message


class SmtpSink:
    """A running receiver.

    Say what it answers next with `answer`: those replies are used once each, then every message is taken again.
    """

    host = "127.0.0.1"

    def __init__(self, *, certificate: Certificate | None, login: tuple[str, str] | None) -> None:
        self.port = 0
        self.pause = 0.0  # seconds before each answer to DATA
        self.pausing = 0
        self._certificate = certificate
        self._login = login
        self._received: list[Received] = []
        self._refused: list[Received] = []
        self._answers: list[tuple[str, str]] = []
        self._changed = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._stopping = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="smtp sink", daemon=True)

    # What a test says and asks

    def answer(self, *replies: str, at: str = "DATA") -> None:
        """Use these replies (such as "451 4.3.0 later"), one for each coming MAIL, RCPT or DATA, instead of yes."""
        with self._changed:
            self._answers += [(at, reply) for reply in replies]

    @property
    def received(self) -> list[Received]:
        """The messages taken so far, oldest first."""
        with self._changed:
            return list(self._received)

    @property
    def refused(self) -> list[Received]:
        """The messages whose DATA was answered with something else than 250."""
        with self._changed:
            return list(self._refused)

    def wait_for(self, count: int, *, seconds: float = 10) -> list[Received]:
        """Return the messages as soon as there are `count` of them; raise TimeoutError when they do not come."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._received) >= count, seconds):
                raise TimeoutError(f"{len(self._received)} of {count} messages within {seconds} s")
            return list(self._received)

    def clear(self) -> None:
        """Forget the messages and the prepared answers."""
        with self._changed:
            self._received.clear()
            self._refused.clear()
            self._answers.clear()

    # What aiosmtpd calls

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if (reply := self._prepared("MAIL")) is not None:
            return reply
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if (reply := self._prepared("RCPT")) is not None:
            return reply
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.original_content, bytes)
        message = Received(
            reverse_path=(envelope.mail_from or "").removeprefix("<").removesuffix(">"),  # RFC 5321 §4.5.5: <>
            recipients=tuple(envelope.rcpt_tos),
            options=tuple(envelope.mail_options),
            octets=envelope.original_content,
            tls=session.ssl is not None,
            login=session.auth_data.login.decode() if isinstance(session.auth_data, LoginPassword) else None,
        )
        reply = self._prepared("DATA") or "250 2.0.0 kept"
        self.pausing += 1
        await asyncio.sleep(self.pause)
        self.pausing -= 1
        with self._changed:
            (self._received if reply.startswith("250") else self._refused).append(message)
            self._changed.notify_all()
        return reply

    def _prepared(self, verb: str) -> str | None:
        with self._changed:
            for position, (at, reply) in enumerate(self._answers):
                if at == verb:
                    del self._answers[position]
                    return reply
        return None

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        name, word = self._login or ("", "")
        good = isinstance(data, LoginPassword) and data == LoginPassword(name.encode(), word.encode())
        return AuthResult(success=good, handled=False, auth_data=data)  # not handled: aiosmtpd says 535

    # The thread

    def _smtp(self) -> SMTP:
        context = None
        if self._certificate is not None:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(self._certificate.certificate, self._certificate.key)
        return SMTP(
            self,
            hostname="sink.example",
            loop=self._loop,
            enable_SMTPUTF8=True,
            tls_context=context,
            authenticator=self._authenticate if self._login else None,
            auth_required=self._login is not None,
            auth_require_tls=context is not None,
        )

    async def _serve(self) -> None:
        server = await self._loop.create_server(self._smtp, self.host, self.port)
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._stopping.wait()
        server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await server.wait_closed()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    def start(self) -> None:
        """Listen."""
        self._thread.start()
        assert self._started.wait(10), "the SMTP sink does not listen"

    def stop(self) -> None:
        """Close the listener and every connection."""
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(10)


@contextlib.contextmanager
def smtp_sink(*, certificate: Certificate | None = None, login: tuple[str, str] | None = None) -> Iterator[SmtpSink]:
    """Start a receiver; with a certificate it offers STARTTLS, with a (name, password) it demands that log-in."""
    sink = SmtpSink(certificate=certificate, login=login)
    sink.start()
    try:
        yield sink
    finally:
        sink.stop()
