"""The SMTP listener: binds, serves, and stops without dropping what it has begun.

Owns the life of the listening socket. What is said is `channels.mail.smtp_dialog`; what is accepted is
`channels.mail.smtp_policy`.
"""

import asyncio
import contextlib
import logging
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from channels.mail.delivery import MailTaker
from channels.mail.smtp_connections import Connections
from channels.mail.smtp_dialog import COMMAND_BUDGET, SmtpDialog
from channels.mail.smtp_options import SmtpOptions
from channels.mail.smtp_policy import SmtpPolicy
from channels.mail.spool import Spool

log = logging.getLogger(__name__)

_BACKLOG = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerStatus:
    """A listener at a glance, for readiness and metrics."""

    listening: bool
    connections: int
    refused_connections: int
    octets_in_flight: int
    takes_in_flight: int


class SmtpListener:
    """Serves one address or Unix socket. Start and stop it in the same event loop."""

    dialog: ClassVar[type[SmtpDialog]] = SmtpDialog
    trust_peer: ClassVar[bool] = True

    def __init__(
        self,
        taker: MailTaker,
        options: SmtpOptions,
        *,
        spool: Spool | None = None,
        sock: socket.socket | None = None,
    ) -> None:
        """spool: of the process, when it has several listeners.

        sock: a bound socket to listen on instead, such as one inherited from a parent process.
        """
        self._spool = spool or Spool()
        self._policy = SmtpPolicy(taker, options, self._spool, trust_peer=self.trust_peer)
        self._connections = Connections(most=options.max_connections, most_per_host=options.max_connections_per_host)
        self._options = options
        self._sock = sock
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port listened on; 0 for a Unix socket and when stopped."""
        if self._server is None or not self._server.sockets:
            return 0
        name = self._server.sockets[0].getsockname()
        return int(name[1]) if isinstance(name, tuple) else 0

    @property
    def status(self) -> ListenerStatus:
        return ListenerStatus(
            listening=self._server is not None,
            connections=len(self._connections.open),
            refused_connections=self._connections.refused,
            octets_in_flight=self._policy.octets_in_flight,
            takes_in_flight=len(self._policy.takes),
        )

    async def start(self) -> None:
        """Listen. Raises OSError when the address is taken."""
        loop = asyncio.get_running_loop()
        options = self._options
        bound = self.dialog.bind(
            self._policy,
            loop=loop,
            data_size_limit=options.max_octets,
            enable_SMTPUTF8=True,
            hostname=options.hostname,
            ident="ESMTP",
            tls_context=options.tls,
            require_starttls=options.require_starttls and not options.implicit_tls,
            timeout=options.timeout_seconds,
            command_call_limit={**COMMAND_BUDGET, "*": 1_000_000},
        )
        bound.connections = self._connections
        bound.spool = self._spool
        tls = options.tls if options.implicit_tls else None
        make = lambda: bound(loop)  # noqa: E731 - a factory, not a function with a name
        if self._sock is not None:
            self._server = await loop.create_server(make, sock=self._sock, ssl=tls, backlog=_BACKLOG)
        elif options.path is not None:
            self._remove_socket()
            self._server = await loop.create_unix_server(make, options.path, ssl=tls, backlog=_BACKLOG)
        else:
            self._server = await loop.create_server(
                make, options.host, options.port, ssl=tls, backlog=_BACKLOG, reuse_port=options.reuse_port or None
            )
        log.info("listening for mail on %s", options.path or f"{options.host}:{self.port}")

    async def stop(self, grace_seconds: float = 10.0) -> None:
        """Stop accepting, finish messages that are being received, say 421 to the rest, and return.

        grace_seconds: for those messages; what is not done by then is cut off, and its peer still has it.
        """
        if self._server is None:
            return
        server, self._server = self._server, None
        server.close()
        for connection in list(self._connections.open):
            try:
                connection.say_goodbye()
            except Exception:
                log.exception("a connection could not be told")  # the others must be
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace_seconds):
                await self._connections.none_left.wait()
                if self._policy.takes:
                    await asyncio.wait(self._policy.takes)
        for connection in list(self._connections.open):
            connection.abort()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                await server.wait_closed()
        self._remove_socket()

    def _remove_socket(self) -> None:
        if self._options.path is not None:
            Path(self._options.path).unlink(missing_ok=True)
