"""A name server on loopback that answers as told: in time, late, never, or with lies."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

Answer = Callable[[dns.message.Message], list[bytes]]


class NameServer:
    """asked: the questions seen, in order. answer: makes the datagrams to send back for a question."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked: list[str] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0.05)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._socket.getsockname()[1]}"

    @contextmanager
    def running(self) -> "Iterator[NameServer]":
        self._thread.start()
        try:
            yield self
        finally:
            self._stopped.set()
            self._thread.join()
            self._socket.close()

    def _serve(self) -> None:
        while not self._stopped.is_set():
            try:
                octets, peer = self._socket.recvfrom(4096)
            except TimeoutError:
                continue
            question = dns.message.from_wire(octets)
            self.asked.append(str(question.question[0]))
            for datagram in self.answer(question):
                self._socket.sendto(datagram, peer)


def reply(
    question: dns.message.Message,
    *records: str,
    ttl: int = 300,
    rcode: dns.rcode.Rcode = dns.rcode.NOERROR,
    authority: str | None = None,
    secure: bool = False,
) -> bytes:
    """A well-formed answer. records: the data of the asked type. authority: the data of an SOA record."""
    response = dns.message.make_response(question)
    response.set_rcode(rcode)
    asked = question.question[0]
    if records:
        response.answer.append(dns.rrset.from_text(asked.name, ttl, asked.rdclass, asked.rdtype, *records))
    if authority:
        response.authority.append(dns.rrset.from_text(asked.name, ttl, "IN", "SOA", authority))
    if secure:
        response.flags |= dns.flags.AD
    return response.to_wire(max_size=65535)
