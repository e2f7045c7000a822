"""The SMTP dialog as our peers see it: what is announced, what a connection may do, and for how long.

Owns a connection's limits, its timer and its replies; aiosmtpd's defaults are replaced where they are too generous.
Must not decide about messages: that is `channels.mail.smtp_policy`.
"""
# ruff: noqa: N802 - aiosmtpd finds commands and mechanisms by their names in capitals

import asyncio
from typing import Any, ClassVar

from aiosmtpd.smtp import AuthResult, LoginPassword, Session

from channels.mail import smtp_replies
from channels.mail.smtp_connections import Connections, client_address
from channels.mail.smtp_fast import FastSMTP
from channels.mail.smtp_policy import SmtpPolicy

_COMMAND_OCTETS = 512  # RFC 5321 §4.5.3.1.4
_AUTH_OCTETS = 12_288  # RFC 4954 §4
# How often a connection may say what brings no mail. "*": for each of the others, beyond any honest use.
COMMAND_BUDGET = {"AUTH": 5, "STARTTLS": 3, "EHLO": 20, "LHLO": 20, "HELO": 20, "NOOP": 100, "VRFY": 20, "HELP": 20}


class _CommandSizes(dict[str, int]):
    """Longest command lines. aiosmtpd keeps one table for all connections and adds to it on each EHLO."""

    def __missing__(self, command: str) -> int:
        return _COMMAND_OCTETS


class DialogSession(Session):
    """A session. Plain attribute: the inherited property warns in the log on each AUTH."""

    login_data = None


class SmtpDialog(FastSMTP):
    """One connection. `connections` and `event_handler` are set on the class by the listener."""

    connections: ClassVar[Connections]
    event_handler: SmtpPolicy
    reader_limit = _AUTH_OCTETS
    command_size_limits = _CommandSizes(MAIL=1024, RCPT=1024, AUTH=_AUTH_OCTETS)
    show_greeting_as = "ESMTP"

    messages = 0
    declared_octets = 0
    busy = False  # receiving a message or taking it in: not to be disturbed
    leaving = False
    _errors = 0
    _heard = 0.0
    data_began: float | None = None  # None while the message is being taken in
    client_ip: str | None = None

    # --- the connection ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self._original_transport is None:
            self.client_ip = client_address(transport.get_extra_info("peername"))
            if not self.connections.admit(self, self.client_ip):
                self.leaving = True
                transport.write(f"{smtp_replies.TOO_BUSY}\r\n".encode())  # type: ignore[attr-defined]
                transport.close()
                return
        super().connection_made(transport)
        if self._original_transport is None and (tls := transport.get_extra_info("ssl_object")) is not None:
            self._tls_protocol = tls  # implicit TLS: as good as STARTTLS, which must not be offered again
            self.session.ssl = {"ssl_object": tls}

    def connection_lost(self, error: Exception | None) -> None:
        if self.session is None:
            return
        self.connections.leave(self, self.client_ip)
        super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        if self.session is None:
            return
        if self.busy:
            self._heard = self.loop.time()
        super().data_received(data)

    def eof_received(self) -> bool | None:
        return None if self.session is None else super().eof_received()

    def say_goodbye(self) -> None:
        """Close when idle, else after the message that is being received or taken in. RFC 5321 §3.8."""
        self.leaving = True
        if not self.busy and self.transport is not None and not self.transport.is_closing():
            self._writer.write(f"{smtp_replies.SHUTTING_DOWN}\r\n".encode())
            self.transport.close()

    def abort(self) -> None:
        """Cut the connection."""
        transport = self._original_transport or self.transport
        if isinstance(transport, asyncio.Transport):
            transport.abort()

    # --- its timer: one handle that looks again, where the original makes a new one for each command ---

    def _reset_timeout(self, duration: float | None = None) -> None:
        self._heard = self.loop.time()
        if self._timeout_handle is None:
            self._timeout_handle = self.loop.call_later(self._timeout_duration, self._timeout_cb)

    def _timeout_cb(self) -> None:
        now = self.loop.time()
        ends = self._heard + self._timeout_duration
        if self.busy and self.data_began is not None:
            ends = min(ends, self.data_began + self.event_handler.options.data_seconds)
        elif self.busy:
            ends = now + self._timeout_duration  # it is our turn: the peer waits for the commit
        if now < ends:
            self._timeout_handle = self.loop.call_at(ends, self._timeout_cb)
        else:
            super()._timeout_cb()  # type: ignore[no-untyped-call]

    # --- replies ---

    async def push(self, status: Any) -> None:
        """Send a reply with its enhanced code; after too many refusals, or a 421, close."""
        reply = status.decode() if isinstance(status, bytes) else smtp_replies.with_enhanced_code(status)
        if reply.startswith("5"):
            self._errors += 1
        ends = self._errors > self.event_handler.options.max_errors
        self._writer.write(
            f"{reply}\r\n{smtp_replies.TOO_MANY_ERRORS}\r\n".encode() if ends else f"{reply}\r\n".encode()
        )
        await self._writer.drain()
        ends = ends or reply.startswith("421")
        if ends and self.transport is not None and not self.transport.is_closing():
            self.transport.close()

    async def _greet(self, lines: list[str]) -> None:
        """Send a multi-line 250 without enhanced codes. RFC 2034 §4: not in the answer to EHLO and HELO."""
        text = "".join(f"250-{line}\r\n" for line in lines[:-1]) + f"250 {lines[-1]}\r\n"
        self._writer.write(text.encode())
        await self._writer.drain()

    # --- commands ---

    def _create_session(self) -> Session:
        return DialogSession(self.loop)

    def _extensions(self) -> list[str]:
        options = self.event_handler.options
        offered = [f"SIZE {options.max_octets}", "8BITMIME", "SMTPUTF8", "PIPELINING", "ENHANCEDSTATUSCODES"]
        if self.tls_context and not self._tls_protocol:
            offered.append("STARTTLS")
        if options.authenticator is not None and self._tls_protocol:
            offered.append("AUTH " + " ".join(sorted(self._auth_methods)))
        return offered

    async def smtp_EHLO(self, hostname: str) -> None:
        await self._hello(hostname, extended=True)

    async def smtp_HELO(self, hostname: str) -> None:
        await self._hello(hostname, extended=False)

    async def _hello(self, hostname: str | None, *, extended: bool) -> None:
        if not hostname:
            await self.push("501 5.5.4 Say which host you are")
            return
        self._set_rset_state()  # type: ignore[no-untyped-call]
        self.session.extended_smtp = extended
        self.session.host_name = hostname.encode("ascii", "replace").decode()[:255]
        await self._greet([self.hostname, *(self._extensions() if extended else [])])

    async def smtp_VRFY(self, arg: str) -> None:
        await self.push(smtp_replies.CANNOT_VERIFY)

    async def smtp_EXPN(self, arg: str) -> None:
        await self.push(smtp_replies.NO_EXPANSION)

    async def smtp_HELP(self, arg: str) -> None:
        await self.push(smtp_replies.HELP)

    async def smtp_STARTTLS(self, arg: str) -> None:
        if self._tls_protocol:
            await self.push("503 5.5.1 TLS is active already")
            return
        await super().smtp_STARTTLS(arg)

    async def smtp_AUTH(self, arg: str | None) -> None:
        if self.event_handler.options.authenticator is None:
            await self.push(smtp_replies.NO_AUTHENTICATION)
            return
        mechanism, space, rest = (arg or "").partition(" ")
        await super().smtp_AUTH(f"{mechanism.upper()}{space}{rest}")

    async def auth_PLAIN(self, _: Any, args: list[str]) -> AuthResult:
        return await self._prove(await super().auth_PLAIN(_, args))

    async def auth_LOGIN(self, _: Any, args: list[str]) -> AuthResult:
        return await self._prove(await super().auth_LOGIN(_, args))

    def _authenticate(self, mechanism: str, auth_data: Any) -> AuthResult:
        return AuthResult(success=True, auth_data=auth_data)  # asked in `_prove`: looking up must not block

    async def _prove(self, claimed: AuthResult) -> AuthResult:
        authenticator = self.event_handler.options.authenticator
        if not claimed.success or authenticator is None or not isinstance(claimed.auth_data, LoginPassword):
            return claimed
        refused = AuthResult(success=False, handled=False)
        try:
            login, password = (part.decode() for part in claimed.auth_data)
        except UnicodeDecodeError:
            return refused
        contact = await authenticator(login, password)
        return refused if contact is None else AuthResult(success=True, auth_data=contact)

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        try:
            return super()._getaddr(arg)
        except Exception:  # noqa: BLE001 - the header parser raises whatever it stumbles over
            return None, None

    def _getparams(self, params: Any) -> dict[str, str | bool] | None:
        """RFC 4954 §5: AUTH= on MAIL is to be understood where AUTH is offered; we do not use it."""
        found = super()._getparams(params)
        if found is not None and self.event_handler.options.authenticator is not None:
            found.pop("AUTH", None)
        return found

    # --- a message ---

    async def smtp_DATA(self, arg: str | None) -> None:
        try:
            await super().smtp_DATA(arg)
        finally:
            self.busy = False
        self._heard = self.loop.time()
        if self.leaving:
            self.say_goodbye()

    async def _receive_data(self) -> str:
        policy = self.event_handler
        held, self.busy, self.data_began = self.declared_octets, True, self.loop.time()
        policy.octets_in_flight += held
        try:
            return await super()._receive_data()
        finally:
            policy.octets_in_flight -= held

    async def answer_data(self, status: str) -> None:
        if status.startswith("2"):
            self._errors = 0
        await super().answer_data(status)
