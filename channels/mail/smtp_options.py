"""The settings slice of one SMTP or LMTP listener. Data only."""

import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from channels.mail.recipients import Recipients

# (login, password) → the contact's login, or None when they do not fit. Raises when it cannot tell right now.
Authenticator = Callable[[str, str], Awaitable[str | None]]

MEBIOCTET = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpOptions:
    """How a listener behaves. Sizes in octets, durations in seconds.

    port: 0 takes any free port. path: a Unix socket instead of host and port. reuse_port: several processes listen
        on one port. hostname: how we name ourselves in the greeting.
    tls: the certificate, None offers no TLS. require_starttls: no mail without it. implicit_tls: TLS from the first
        octet (port 465). authenticator: offers AUTH, never without TLS.
    max_octets: of one message, announced by SIZE. RFC 1870.
    max_octets_in_flight: of all messages being received or taken in; beyond it MAIL is answered 452.
    max_messages, max_errors, max_recipients: of one connection; of one message.
    timeout_seconds: without a command, or without progress in DATA; RFC 5321 §4.5.3.2.7 wants five minutes.
    data_seconds: for one whole message, however steadily it drips.
    """

    recipients: Recipients
    host: str = "127.0.0.1"
    port: int = 8025
    path: str | None = None
    reuse_port: bool = False
    hostname: str = "localhost"
    tls: ssl.SSLContext | None = None
    require_starttls: bool = False
    implicit_tls: bool = False
    authenticator: Authenticator | None = None
    max_octets: int = 25 * MEBIOCTET
    max_octets_in_flight: int = 256 * MEBIOCTET
    max_connections: int = 1000
    max_connections_per_host: int = 200
    max_messages: int = 1000
    max_errors: int = 20
    max_recipients: int = 100
    timeout_seconds: float = 300
    data_seconds: float = 1800
