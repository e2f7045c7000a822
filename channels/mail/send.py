"""Hands our mail to a smarthost. Blocking: call it in a thread.

Owns the connection, its protection and the sense of the replies: whether trying again may help. Must not decide when.
"""

import contextlib
import ipaddress
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from authz.mail.address import address_key

_IDLE_SECONDS = 30.0  # an idle connection older than this is not trusted to be there still
_MAILS_PER_CONNECTION = 100
_REST_SECONDS = 60.0  # a host that did not answer is asked last for so long
_FINAL_SECONDS = 600.0  # RFC 5321 §4.5.3.2.6: the reply to the final dot may take ten minutes


def _nothing() -> None:
    """Nobody wants to know."""


class SmarthostLogin(StrEnum):
    """What the secret is."""

    PASSWORD = "password"  # noqa: S105 - the name of a kind of secret
    XOAUTH2 = "xoauth2"
    OAUTHBEARER = "oauthbearer"  # RFC 7628


class SmarthostTls(StrEnum):
    """How the connection is protected. NONE is accepted to a loopback address only."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmarthostOptions:
    """The settings slice of one smarthost. Durations in seconds.

    secret: called at each log-in for the password or a fresh access token. refused: told when it was not taken.
    """

    host: str
    port: int = 587
    tls: SmarthostTls = SmarthostTls.STARTTLS
    login: str | None = None
    secret: Callable[[], str] | None = None
    login_by: SmarthostLogin = SmarthostLogin.PASSWORD
    refused: Callable[[], None] = _nothing
    trust: ssl.SSLContext | None = None
    hostname: str = "localhost"
    timeout_seconds: float = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The smarthost has taken responsibility. RFC 5321 §6.1."""

    code: int
    text: str
    host: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransientFailure:
    """It may work later. code: the reply's, None when there was none.

    uncertain: the message was sent whole but the reply is missing; the host may have it.
    """

    code: int | None
    text: str
    host: str
    uncertain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PermanentFailure:
    """This host will never take this message for this recipient."""

    code: int | None
    text: str
    host: str


SendResult = Sent | TransientFailure | PermanentFailure


class Smarthost:
    """One server that relays our mail. Safe to share between threads; keeps its connection for the next mail."""

    def __init__(self, options: SmarthostOptions) -> None:
        self._options = options
        self._name = f"{options.host}:{options.port}"
        self._lock = threading.Lock()
        self._connection: smtplib.SMTP | None = None
        self._used_at = 0.0
        self._mails = 0

    def send(self, reverse_path: str, recipient: str, octets: bytes) -> SendResult:
        """Send one message with CRLF line ends. reverse_path: "" is the null reverse-path. Never raises."""
        # smtplib would send to whatever address it can make out of this.
        if address_key(recipient) is None or (reverse_path and address_key(reverse_path) is None):
            text = f"not an address: {reverse_path!r} or {recipient!r}"
            return PermanentFailure(code=None, text=text, host=self._name)
        with self._lock:
            try:
                connection = self._connected()
            except smtplib.SMTPResponseException as error:
                # A greeting, TLS or log-in that is refused is about us, not about this message.
                return self._broken(TransientFailure(code=error.smtp_code, text=_text(error), host=self._name))
            except (OSError, smtplib.SMTPException, ValueError) as error:
                return self._broken(TransientFailure(code=None, text=_text(error), host=self._name))
            return self._transact(connection, reverse_path, recipient, octets)

    def close(self) -> None:
        """Say goodbye and let go of the connection."""
        with self._lock:
            self._drop()

    def _connected(self) -> smtplib.SMTP:
        fresh = time.monotonic() - self._used_at < _IDLE_SECONDS and self._mails < _MAILS_PER_CONNECTION
        if self._connection is not None and not fresh:
            self._drop()
        if self._connection is None:
            self._connection = self._connect()
            self._mails = 0
        self._mails += 1
        return self._connection

    def _connect(self) -> smtplib.SMTP:
        options = self._options
        trust = options.trust or ssl.create_default_context()
        name, seconds = options.hostname, options.timeout_seconds
        connection: smtplib.SMTP
        if options.tls is SmarthostTls.TLS:
            connection = smtplib.SMTP_SSL(options.host, options.port, name, timeout=seconds, context=trust)
        else:
            connection = smtplib.SMTP(options.host, options.port, name, timeout=seconds)
        try:
            self._protect(connection, trust)
            connection.ehlo_or_helo_if_needed()
            if options.login is not None and options.secret is not None:
                try:
                    log_in(connection, options.login, options.secret(), options.login_by)
                except smtplib.SMTPAuthenticationError:
                    options.refused()
                    raise
        except BaseException:
            connection.close()
            raise
        return connection

    def _protect(self, connection: smtplib.SMTP, trust: ssl.SSLContext) -> None:
        """RFC 3207 §4.1: when the host offers no TLS or fails at it, there is no mail, never clear text."""
        if self._options.tls is SmarthostTls.STARTTLS:
            code, reply = connection.starttls(context=trust)
            if code != 220:
                raise smtplib.SMTPResponseException(code, reply)
        elif self._options.tls is SmarthostTls.NONE and isinstance(connection.sock, socket.socket):
            address = ipaddress.ip_address(connection.sock.getpeername()[0].partition("%")[0])
            if not address.is_loopback:
                raise ValueError(f"{self._options.host} is not this host: set tls or starttls")

    def _transact(self, connection: smtplib.SMTP, reverse_path: str, recipient: str, octets: bytes) -> SendResult:
        whole = False
        try:
            code, reply = connection.mail(reverse_path, _mail_options(connection, reverse_path, recipient, octets))
            if code == 250:
                code, reply = connection.rcpt(recipient)
            if code in {250, 251}:
                if connection.sock is not None:
                    connection.sock.settimeout(_FINAL_SECONDS)
                whole = True
                code, reply = connection.data(octets)
                if connection.sock is not None:
                    connection.sock.settimeout(self._options.timeout_seconds)
        except smtplib.SMTPDataError as error:
            code, reply = error.smtp_code, _text(error).encode()
        except smtplib.SMTPNotSupportedError as error:
            return PermanentFailure(code=None, text=_text(error), host=self._name)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            return self._broken(TransientFailure(code=None, text=_text(error), host=self._name, uncertain=whole))
        text = reply.decode("utf-8", "replace")
        self._used_at = time.monotonic()
        if code == 250:
            return Sent(code=code, text=text, host=self._name)
        if code == 421:
            self._drop()
        else:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                connection.rset()
        kind = PermanentFailure if 500 <= code <= 599 else TransientFailure
        return kind(code=code, text=text, host=self._name)

    def _broken(self, failure: TransientFailure) -> TransientFailure:
        self._drop()
        return failure

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                connection.quit()
            connection.close()


class Smarthosts:
    """Several smarthosts, in the order of preference; one that is down does not make every mail wait for it.

    clock: monotonic seconds.
    """

    def __init__(self, hosts: Sequence[Smarthost], *, clock: Callable[[], float] = time.monotonic) -> None:
        if not hosts:
            raise ValueError("no smarthost to send by")
        self._hosts = tuple(hosts)
        self._clock = clock
        self._rests_until = [0.0] * len(self._hosts)

    def send(self, reverse_path: str, recipient: str, octets: bytes) -> SendResult:
        """Try each host until one takes the message or refuses it for good.

        A message that one host may have is not given to the next: it waits and goes out again with its Message-ID.
        """
        first, *others = self._in_order()
        result = self._ask(first, reverse_path, recipient, octets)
        for number in others:
            if not isinstance(result, TransientFailure) or result.uncertain:
                break
            result = self._ask(number, reverse_path, recipient, octets)
        return result

    def _in_order(self) -> list[int]:
        """The hosts as preferred, those that did not answer lately last."""
        now = self._clock()
        return sorted(range(len(self._hosts)), key=lambda number: self._rests_until[number] > now)

    def _ask(self, number: int, reverse_path: str, recipient: str, octets: bytes) -> SendResult:
        result = self._hosts[number].send(reverse_path, recipient, octets)
        silent = isinstance(result, TransientFailure) and result.code is None
        self._rests_until[number] = self._clock() + _REST_SECONDS if silent else 0.0
        return result

    def close(self) -> None:
        """Let go of all connections."""
        for host in self._hosts:
            host.close()


def log_in(connection: smtplib.SMTP, login: str, secret: str, by: SmarthostLogin) -> None:
    """Log in to a host that was greeted. secret: the password or the access token. Raises SMTPException. RFC 4954"""
    if by is SmarthostLogin.PASSWORD:
        connection.login(login, secret)
        return
    mechanism = by.upper()
    if mechanism not in connection.esmtp_features.get("auth", "").upper().split():
        raise smtplib.SMTPNotSupportedError(f"the host does not offer {mechanism}")
    shown = f"user={login}\1auth=Bearer {secret}\1\1"
    if by is SmarthostLogin.OAUTHBEARER:
        gs2_name = login.replace("=", "=3D").replace(",", "=2C")
        shown = f"n,a={gs2_name},\1auth=Bearer {secret}\1\1"
    # A challenge tells why it was refused; this answer to it ends the attempt. RFC 7628 §3.2.3
    connection.auth(mechanism, lambda challenge=None: shown if challenge is None else "\1")


def _mail_options(connection: smtplib.SMTP, reverse_path: str, recipient: str, octets: bytes) -> list[str]:
    """RFC 1870, RFC 6152, RFC 6531: what the host is to know beforehand, as far as it can hear it."""
    options = [f"SIZE={len(octets)}"] if connection.has_extn("size") else []
    if not octets.isascii() and connection.has_extn("8bitmime"):
        options.append("BODY=8BITMIME")
    if not (reverse_path + recipient).isascii():
        if not connection.has_extn("smtputf8"):
            raise smtplib.SMTPNotSupportedError("the smarthost cannot take an address outside ASCII")
        connection.command_encoding = "utf-8"
        options.append("SMTPUTF8")
    return options


def _text(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        reply = error.smtp_error
        return reply.decode("utf-8", "replace") if isinstance(reply, bytes) else str(reply)
    return f"{type(error).__name__}: {error}"
