"""Resolvers that misbehave: dead, slow, lying. Small programs of the tests, on UDP and TCP."""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rrset

from tests.servers.process import free_port

# Takes a question as octets and returns the octets to answer, or None for silence. It may wait on the event, which
# is set when the test is over.
Behaviour = Callable[[bytes, threading.Event], bytes | None]


def silent(question: bytes, over: threading.Event) -> None:
    """Never answers."""


def garbage(question: bytes, over: threading.Event) -> bytes:
    """Answers with the right id and then octets that are no DNS message."""
    return question[:2] + b"\xff" * 40


def servfail(question: bytes, over: threading.Event) -> bytes:
    """Answers that something went wrong. RFC 1035 §4.1.1."""
    return _refusal(question, dns.rcode.SERVFAIL)


def refused(question: bytes, over: threading.Event) -> bytes:
    """Answers that it does not want to."""
    return _refusal(question, dns.rcode.REFUSED)


def foreign_id(question: bytes, over: threading.Event) -> bytes:
    """Answers as if to another question's id: what an off-path forger sends. RFC 5452 §9.1."""
    return bytes([question[0] ^ 0xFF]) + _answer(question, "v=spf1 +all")[1:]


def other_name(question: bytes, over: threading.Event) -> bytes:
    """Answers with a record of a name that was not asked for."""
    return _answer(question, "v=spf1 +all", owner="attacker.example.")


def truncated(question: bytes, over: threading.Event) -> bytes:
    """Says the answer is too long, on TCP too. RFC 2181 §9."""
    reply = dns.message.make_response(dns.message.from_wire(question))
    reply.flags |= dns.flags.TC
    return reply.to_wire()


def looping(question: bytes, over: threading.Event) -> bytes:
    """Answers with an alias of the name to itself."""
    asked = dns.message.from_wire(question)
    owner = asked.question[0].name.to_text()
    reply = dns.message.make_response(asked)
    reply.answer.append(dns.rrset.from_text(owner, 60, "IN", "CNAME", owner))
    return reply.to_wire()


def slow(seconds: float, *, upstream: tuple[str, int]) -> Behaviour:
    """Answers what the upstream server answers, that much later."""

    def answer(question: bytes, over: threading.Event) -> bytes | None:
        if over.wait(seconds):
            return None
        host, port = upstream
        return dns.query.udp(dns.message.from_wire(question), host, port=port, timeout=5).to_wire()

    return answer


def _refusal(question: bytes, rcode: dns.rcode.Rcode) -> bytes:
    reply = dns.message.make_response(dns.message.from_wire(question))
    reply.set_rcode(rcode)
    return reply.to_wire()


def _answer(question: bytes, text: str, *, owner: str | None = None) -> bytes:
    asked = dns.message.from_wire(question)
    reply = dns.message.make_response(asked)
    name = owner or asked.question[0].name.to_text()
    reply.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", f'"{text}"'))
    return reply.to_wire()


@dataclass(slots=True)
class FaultyResolver:
    """A running resolver of bad manners. asked: how many questions it has got, on UDP and TCP together."""

    port: int
    host: str = "127.0.0.1"
    asked: int = 0


@contextlib.contextmanager
def faulty_resolver(behaviour: Behaviour) -> Iterator[FaultyResolver]:
    """Start a resolver that behaves so."""
    port = free_port(socket.SOCK_DGRAM)
    resolver = FaultyResolver(port=port)
    over = threading.Event()
    threads: list[threading.Thread] = []

    def spawn(work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        threads.append(thread)
        thread.start()

    def on_datagram(question: bytes, peer: tuple[str, int]) -> None:
        reply = behaviour(question, over)
        if reply is not None:
            with contextlib.suppress(OSError):
                udp.sendto(reply, peer)

    def on_connection(connection: socket.socket) -> None:
        # RFC 1035 §4.2.2: each message on TCP is preceded by its length in two octets
        with connection, contextlib.suppress(OSError, struct.error):
            connection.settimeout(5)
            (length,) = struct.unpack("!H", connection.recv(2))
            resolver.asked += 1
            reply = behaviour(connection.recv(length), over)
            if reply is None:
                over.wait(5)
            else:
                connection.sendall(struct.pack("!H", len(reply)) + reply)

    def serve_udp() -> None:
        while not over.is_set():
            with contextlib.suppress(TimeoutError):
                question, peer = udp.recvfrom(65_535)
                resolver.asked += 1
                spawn(on_datagram, question, peer)

    def serve_tcp() -> None:
        while not over.is_set():
            with contextlib.suppress(TimeoutError):
                spawn(on_connection, tcp.accept()[0])

    with socket.socket(type=socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
        udp.bind((resolver.host, port))
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        tcp.bind((resolver.host, port))
        tcp.listen()
        for listener in (udp, tcp):
            listener.settimeout(0.1)
        spawn(serve_udp)
        spawn(serve_tcp)
        try:
            yield resolver
        finally:
            over.set()
            for thread in threads:
                thread.join(6)


def dead_port() -> int:
    """A port where nobody listens: the resolver's machine is there, its program is not."""
    return free_port(socket.SOCK_DGRAM)
