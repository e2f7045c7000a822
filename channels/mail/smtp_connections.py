"""Who is connected to a listener, and how many may be.

Owns the register and its two limits. Must not speak SMTP.
"""

import asyncio
import ipaddress
from collections import Counter
from typing import Any, Protocol


class Connection(Protocol):
    """What the listener may do to a connection when it stops."""

    def say_goodbye(self) -> None:
        """Close when idle, else after the message that is being received or taken in."""
        ...

    def abort(self) -> None:
        """Cut it."""
        ...


def client_address(peer: Any) -> str | None:
    """Return the textual IP address of a socket's peer; None for a Unix socket."""
    if not isinstance(peer, tuple):
        return None
    address = ipaddress.ip_address(peer[0].partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


class Connections:
    """The open connections of one listener, and how many each host has."""

    def __init__(self, *, most: int, most_per_host: int) -> None:
        self._most = most
        self._most_per_host = most_per_host
        self._hosts: Counter[str | None] = Counter()
        self.open: set[Connection] = set()
        self.refused = 0
        self.none_left = asyncio.Event()
        self.none_left.set()

    def admit(self, connection: Connection, host: str | None) -> bool:
        """Count a connection in, or say that it is one too many. Unix sockets have no host and no limit for one."""
        if len(self.open) >= self._most or (host is not None and self._hosts[host] >= self._most_per_host):
            self.refused += 1
            return False
        self.open.add(connection)
        self._hosts[host] += 1
        self.none_left.clear()
        return True

    def leave(self, connection: Connection, host: str | None) -> None:
        """Count a connection out; twice is once."""
        if connection not in self.open:
            return
        self.open.remove(connection)
        self._hosts[host] -= 1
        if not self._hosts[host]:
            del self._hosts[host]
        if not self.open:
            self.none_left.set()
