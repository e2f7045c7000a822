"""One HTTP request of ours to somebody else's address, with limits in place, time and size. The only way out by HTTP
for what others may name: webhooks, recordings, commands to providers, identity providers.

The name is resolved once, every address it has is judged, and the connection goes to an address that was judged: a
name cannot mean one thing when it is checked and another when it is used. Redirects are answers and not followed; no
proxy is known. Blocking; for a thread.
"""

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

ANYWHERE: tuple[Network, ...] = (ip_network("0.0.0.0/0"), ip_network("::/0"))
LOOPBACK: tuple[Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))

_CHUNK = 64 * 1024
# Addresses inside which an IPv4 address travels. RFC 6052 §2.1, RFC 3056 §2
_NAT64 = ip_network("64:ff9b::/96")


class OutgoingError(Exception):
    """The request did not end in an answer. permanent: coming again cannot help until somebody changes something."""

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request. seconds: for all of it. largest: octets of the answer's body that are read.

    whole: a larger answer is refused; else the rest of it is left unread.
    allowed: networks that may be asked although they are not public, and by http too; everywhere else only https is.
    """

    url: str
    method: str = "GET"
    headers: Mapping[str, str]
    body: bytes | None = None
    seconds: float
    largest: int
    whole: bool = True
    allowed: Sequence[Network] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An answer of any status. content_type: without parameters, in lower case. retry_after: as it was sent."""

    status: int
    content_type: str
    retry_after: str | None
    body: bytes


def ask(asked: Asked, context: ssl.SSLContext | None = None) -> Answered:
    """Send the request and read the answer. context: roots other than the system's. Raises OutgoingError."""
    ends_at = time.monotonic() + asked.seconds
    try:
        parts = urlsplit(asked.url)
        host, encrypted = parts.hostname, parts.scheme == "https"
        port = parts.port or (443 if encrypted else 80)
    except ValueError as error:
        raise OutgoingError(f"not a usable URL: {error}", permanent=True) from error
    if parts.scheme not in {"https", "http"} or not host:
        raise OutgoingError("not an http or https URL", permanent=True)
    addresses = _resolve(host, port, ends_at)
    _judge(host, addresses, asked.allowed, encrypted=encrypted)
    line = _Line(_connect(host, addresses, port, ends_at))
    # Who drips an octet now and then would pass any time-out of a single read.
    alarm = threading.Timer(max(ends_at - time.monotonic(), 0), line.cut)
    alarm.daemon = True
    alarm.start()
    connection = http.client.HTTPSConnection(host, port) if encrypted else http.client.HTTPConnection(host, port)
    try:
        if encrypted:
            line.encrypt(context or ssl.create_default_context(), host)
        connection.sock = line.sock
        return _converse(connection, asked, parts)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise OutgoingError(f"{host} gave no whole answer: {error}"[:400]) from error
    finally:
        alarm.cancel()
        connection.close()
        line.sock.close()


def is_public(address: Address) -> bool:
    """Whether it is somewhere in the Internet, and not in a way to spell an address that is not."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address.teredo is not None:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


class _Line:
    """A connection that another thread may cut, whether or not TLS has begun on it."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock

    def encrypt(self, context: ssl.SSLContext, host: str) -> None:
        """Begin TLS. The wrapped socket is ours before the peer is waited for, so that waiting can be cut."""
        self.sock = encrypted = context.wrap_socket(self.sock, server_hostname=host, do_handshake_on_connect=False)
        encrypted.do_handshake()

    def cut(self) -> None:
        # That of SSLSocket would go on without TLS.
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


def _resolve(host: str, port: int, ends_at: float) -> list[str]:
    """Every address of a name. Raises OutgoingError."""
    found: Future[list[str]] = Future()

    def look_up() -> None:
        try:
            entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.set_result([str(entry[4][0]) for entry in entries])
        except (OSError, UnicodeError) as error:
            found.set_exception(error)

    # The look-up itself knows no deadline.
    threading.Thread(target=look_up, name="resolving", daemon=True).start()
    try:
        return list(dict.fromkeys(found.result(max(ends_at - time.monotonic(), 0))))
    except (OSError, UnicodeError) as error:
        raise OutgoingError(f"{host} cannot be resolved: {error}") from error


def _judge(host: str, addresses: Sequence[str], allowed: Sequence[Network], *, encrypted: bool) -> None:
    """Raise OutgoingError unless every address of the name may be asked."""
    for address in (ip_address(each.partition("%")[0]) for each in addresses):
        inside = any(address in network for network in allowed if network.version == address.version)
        if not inside and not is_public(address):
            raise OutgoingError(f"{host} is {address}, which is not a public address.", permanent=True)
        if not inside and not encrypted:
            raise OutgoingError("Only https is asked outside the allowed networks.", permanent=True)


def _connect(host: str, addresses: Sequence[str], port: int, ends_at: float) -> socket.socket:
    """To the first of the addresses that answers. Raises OutgoingError."""
    problem: OSError | OverflowError | None = None
    for address in addresses:
        left = ends_at - time.monotonic()
        if left <= 0:
            break
        try:
            return socket.create_connection((address, port), timeout=left)
        except (OSError, OverflowError) as error:
            problem = error
    raise OutgoingError(f"cannot connect to {host}: {problem or 'timed out'}") from problem


def _converse(connection: http.client.HTTPConnection, asked: Asked, parts: SplitResult) -> Answered:
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection.request(asked.method, target, asked.body, dict(asked.headers))
    body = bytearray()
    with connection.getresponse() as answer:
        while len(body) <= asked.largest and (piece := answer.read1(_CHUNK)):
            body += piece
        if asked.whole and len(body) > asked.largest:
            raise OutgoingError(f"the answer is larger than {asked.largest} octets", permanent=True)
        if asked.whole and answer.length:
            raise http.client.IncompleteRead(bytes(body), answer.length)
        return Answered(
            status=answer.status,
            content_type=(answer.getheader("Content-Type") or "").partition(";")[0].strip().lower(),
            retry_after=answer.getheader("Retry-After"),
            body=bytes(body[: asked.largest]),
        )
