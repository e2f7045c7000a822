"""Posting to somebody's URL without being made to post into our own network.

The name is resolved once, every address it has is judged, and the connection goes to the address that was judged: a
name cannot mean one thing when it is checked and another when it is used. Redirects are not followed.
"""

import http.client
import socket
import ssl
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

_LONGEST_URL = 2000
_MOST_READ = 65_536
# Addresses inside which an IPv4 address travels. RFC 6052 §2.1, RFC 3056 §2
_NAT64 = ip_network("64:ff9b::/96")

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back. retry_after: the header as it was sent."""

    status: int
    retry_after: str | None
    text: str


class NotPostedError(Exception):
    """Nothing came back, or nothing was sent. permanent: trying again cannot help until somebody changes something."""

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent


def url_problem(url: str) -> str | None:
    """What is wrong with a URL as one to post to, before it is resolved."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return "This is no URL."
    if len(url) > _LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        return "Give a URL of at most 2000 printable ASCII characters."
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        return "Give a URL that begins with https://, with a host."
    if parts.username is not None or parts.password is not None:
        return "A URL with a user name would give it away; check the signature instead."
    return "Leave out the #fragment." if parts.fragment else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Poster:
    """Posts JSON. allowed: networks inside ours that may be posted to, by http too. seconds: the whole deadline."""

    allowed: Sequence[Network] = ()
    seconds: float = 15.0
    context: ssl.SSLContext | None = None

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post and read the answer. Blocking. Raises NotPostedError."""
        parts = urlsplit(url)
        address, port = self._judge(parts)
        connection = _PinnedConnection(parts.hostname or "", address, port, self.seconds, self._tls(parts))
        # A peer that sends an octet now and then is as gone as one that sends none.
        watchdog = threading.Timer(self.seconds, connection.cut)
        watchdog.daemon = True
        watchdog.start()
        try:
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", target, body, dict(headers))
            response = connection.getresponse()
            text = response.read(_MOST_READ).decode("utf-8", "replace")
            return Answer(status=response.status, retry_after=response.headers.get("Retry-After"), text=text[:200])
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise NotPostedError(f"{type(error).__name__}: {error}"[:400]) from error
        finally:
            watchdog.cancel()
            connection.close()

    def _tls(self, parts: SplitResult) -> ssl.SSLContext | None:
        return (self.context or ssl.create_default_context()) if parts.scheme == "https" else None

    def _judge(self, parts: SplitResult) -> tuple[Address, int]:
        """The address to connect to, when every address of the name may be. Raises NotPostedError."""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        host = parts.hostname or ""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise NotPostedError(f"{host} cannot be resolved: {error}") from error
        addresses = [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
        for address in addresses:
            inside = any(address in network for network in self.allowed if network.version == address.version)
            if not inside and not is_public(address):
                raise NotPostedError(f"{host} is {address}, which is not a public address.", permanent=True)
            if not inside and parts.scheme != "https":
                raise NotPostedError("Only https is posted to outside the allowed networks.", permanent=True)
        return addresses[0], port


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


class _PinnedConnection(http.client.HTTPConnection):
    """A connection to an address that was judged, for the name it was judged under."""

    def __init__(self, host: str, address: Address, port: int, seconds: float, tls: ssl.SSLContext | None) -> None:
        super().__init__(host, port, timeout=seconds)
        self._address = str(address)
        self._tls = tls
        if tls is not None:
            self.default_port = 443

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), self.timeout)
        if self._tls is not None:
            self.sock = self._tls.wrap_socket(self.sock, server_hostname=self.host)

    def cut(self) -> None:
        """End it from another thread."""
        sock = self.sock
        if sock is not None:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return
