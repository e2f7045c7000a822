"""One HTTP request of ours, with limits in time and size: for recordings and for commands to providers.

Blocking; for a thread. Never follows a redirect, and knows no proxy. Where a URL may lead is the caller's to decide;
with `only_public` a name that leads into a private network is refused, and the address that was checked is the one
connected to, so that a second look-up cannot say something else.
"""

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

_CHUNK = 64 * 1024


class OutgoingError(Exception):
    """The request did not end in an answer. permanent: coming again will not help."""

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request. seconds: for all of it. largest: octets of the answer's body. only_public: see above."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str]
    body: bytes | None = None
    seconds: float
    largest: int
    only_public: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An answer of any status. content_type: without parameters, in lower case."""

    status: int
    content_type: str
    body: bytes


def ask(asked: Asked, context: ssl.SSLContext | None = None) -> Answered:
    """Send the request and read the whole answer. context: roots other than the system's. Raises OutgoingError."""
    parts = urlsplit(asked.url)
    host, encrypted = parts.hostname, parts.scheme == "https"
    if parts.scheme not in {"https", "http"} or not host:
        raise OutgoingError("not an http or https URL", permanent=True)
    try:
        port = parts.port or (443 if encrypted else 80)
        address = _resolve(host, port, only_public=asked.only_public)
        plain = socket.create_connection((address, port), timeout=asked.seconds)
    except ValueError as error:
        raise OutgoingError(f"not a usable URL: {error}", permanent=True) from error
    except OSError as error:
        raise OutgoingError(f"cannot connect to {host}: {error}") from error
    # Who drips an octet now and then would pass any time-out of a single read.
    alarm = threading.Timer(asked.seconds, _cut, [plain])
    alarm.start()
    connection: http.client.HTTPConnection | None = None
    try:
        if encrypted:
            connection = http.client.HTTPSConnection(host, port)
            connection.sock = (context or ssl.create_default_context()).wrap_socket(plain, server_hostname=host)
        else:
            connection = http.client.HTTPConnection(host, port)
            connection.sock = plain
        return _converse(connection, asked)
    except (OSError, http.client.HTTPException) as error:
        raise OutgoingError(f"{host} gave no whole answer: {error}") from error
    finally:
        alarm.cancel()
        if connection is not None:
            connection.close()
        plain.close()


def _resolve(host: str, port: int, *, only_public: bool) -> str:
    found = [str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if only_public and not all(ip_address(each.partition("%")[0]).is_global for each in found):
        raise OutgoingError(f"{host} leads into a private network", permanent=True)
    return found[0]


def _converse(connection: http.client.HTTPConnection, asked: Asked) -> Answered:
    parts = urlsplit(asked.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection.request(asked.method, target, asked.body, dict(asked.headers))
    body = bytearray()
    with connection.getresponse() as answer:
        while piece := answer.read1(_CHUNK):
            body += piece
            if len(body) > asked.largest:
                raise OutgoingError(f"the answer is larger than {asked.largest} octets", permanent=True)
        if answer.length:
            raise http.client.IncompleteRead(bytes(body), answer.length)
        kind = (answer.getheader("Content-Type") or "").partition(";")[0].strip().lower()
        return Answered(status=answer.status, content_type=kind, body=bytes(body))


def _cut(plain: socket.socket) -> None:
    with contextlib.suppress(OSError):
        plain.shutdown(socket.SHUT_RDWR)
