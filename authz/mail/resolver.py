"""The real resolver: dnspython with a deadline, a bounded cache and bounded concurrency. RFC 1035, RFC 2308.

Owns how long an answer is believed and how long one is waited for. Knows nothing of mail. Safe to call from threads;
`CachedOnly` is for callers that must not wait, such as an event loop.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.nameserver
import dns.rdata
import dns.rdatatype
import dns.resolver
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.ANY.PTR import PTR
from dns.rdtypes.ANY.TXT import TXT

from authz.mail.dns import DnsAnswer, DnsTemporaryError

UDP_PAYLOAD = 1232  # octets: no fragments on any usual path
MAX_RECORDS = 200  # of one answer
_PATIENCE = 1.0  # seconds beyond the deadline that a thread waits for another one's question

Key = tuple[str, str]


class CacheMiss(Exception):  # noqa: N818 - not an error: the answer has to be waited for
    """The cache alone cannot answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolverSettings:
    """How the DNS is asked. All times in seconds.

    nameservers: "address", "address:port" or "[address]:port"; none means those of the system.
    deadline: for one question, retries included. max_ttl, negative_ttl: caps on how long an answer, or the answer that
    there is nothing, is believed. failure_ttl: how long a failure is not tried again, RFC 2308 §7.1.
    """

    nameservers: tuple[str, ...] = ()
    deadline: float = 5.0
    max_ttl: float = 3600.0
    min_ttl: float = 5.0
    negative_ttl: float = 300.0
    failure_ttl: float = 5.0
    cache_size: int = 20_000
    concurrency: int = 32


@dataclass(frozen=True, slots=True)
class _Entry:
    answer: DnsAnswer | None  # None: a failure
    until: float


class DnsResolver:
    """Asks the DNS. The same question asked at the same time by several threads goes out once."""

    def __init__(self, settings: ResolverSettings | None = None) -> None:
        self._settings = settings or ResolverSettings()
        self._cache: OrderedDict[Key, _Entry] = OrderedDict()
        self._asking: dict[Key, Future[DnsAnswer]] = {}
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(self._settings.concurrency)
        self._upstream = _make_upstream(self._settings)

    def query(self, name: str, rtype: str) -> DnsAnswer:
        """See `authz.mail.dns.Resolver`. Returns or raises within twice the deadline: one to get a slot, one to ask."""
        key = (name.rstrip(".").lower(), rtype)
        with self._lock:
            entry = self._known(key)
            if entry is None:
                waiting = self._asking.get(key)
                if waiting is None:
                    mine = self._asking[key] = Future()
        if entry is not None:
            return _open(entry, key)
        if waiting is not None:
            return self._wait(waiting, key)
        try:
            answer, ttl = self._ask(key)
        except Exception as error:
            self._finish(key, _Entry(None, time.monotonic() + self._settings.failure_ttl))
            failure = DnsTemporaryError(f"{key[1]} {key[0]}: {type(error).__name__}")
            mine.set_exception(failure)
            raise failure from error
        self._finish(key, _Entry(answer, time.monotonic() + ttl))
        mine.set_result(answer)
        return answer

    def cached(self, name: str, rtype: str) -> DnsAnswer:
        """Answer from the cache at once. Raises CacheMiss, or DnsTemporaryError for a failure of a moment ago."""
        key = (name.rstrip(".").lower(), rtype)
        with self._lock:
            entry = self._known(key)
        if entry is None:
            raise CacheMiss(f"{rtype} {name}")
        return _open(entry, key)

    def _known(self, key: Key) -> _Entry | None:
        entry = self._cache.get(key)
        if entry is None or entry.until < time.monotonic():
            return None
        self._cache.move_to_end(key)
        return entry

    def _finish(self, key: Key, entry: _Entry) -> None:
        with self._lock:
            self._cache[key] = entry
            self._cache.move_to_end(key)
            if len(self._cache) > self._settings.cache_size:
                self._cache.popitem(last=False)
            self._asking.pop(key, None)

    def _wait(self, waiting: "Future[DnsAnswer]", key: Key) -> DnsAnswer:
        try:
            return waiting.result(2 * self._settings.deadline + _PATIENCE)
        except TimeoutError as error:
            raise DnsTemporaryError(f"{key[1]} {key[0]}: no answer in time") from error

    def _ask(self, key: Key) -> tuple[DnsAnswer, float]:
        """Ask the name servers. Returns the answer and how long it is good, in seconds."""
        name = _make_name(key[0])
        if name is None:
            return DnsAnswer(exists=False), self._settings.negative_ttl
        if not self._slots.acquire(timeout=self._settings.deadline):
            raise DnsTemporaryError("too many questions are open")
        try:
            found = self._upstream.resolve(
                name, key[1], raise_on_no_answer=False, lifetime=self._settings.deadline, search=False
            )
        except dns.resolver.NXDOMAIN as nothing:
            responses: list[dns.message.Message] = list(nothing.kwargs["responses"].values())
            secure = bool(responses) and bool(responses[-1].flags & dns.flags.AD)
            return DnsAnswer(exists=False, secure=secure), self._negative_ttl(responses[-1:])
        finally:
            self._slots.release()
        secure = bool(found.response.flags & dns.flags.AD)
        if found.rrset is None:
            return DnsAnswer(secure=secure), self._negative_ttl([found.response])
        if len(found.rrset) > MAX_RECORDS:
            raise DnsTemporaryError("the answer is too long")
        records = tuple(_octets_of(record) for record in found.rrset)
        ttl = min(max(float(found.rrset.ttl), self._settings.min_ttl), self._settings.max_ttl)
        return DnsAnswer(records=records, secure=secure), ttl

    def _negative_ttl(self, responses: Sequence[dns.message.Message]) -> float:
        """How long to believe that there is nothing. RFC 2308 §5."""
        ttl = self._settings.negative_ttl
        for response in responses:
            for rrset in response.authority:
                if rrset.rdtype == dns.rdatatype.SOA:
                    ttl = min(ttl, float(rrset.ttl), float(rrset[0].minimum))
        return max(ttl, self._settings.min_ttl)


class CachedOnly:
    """A view of a resolver that never waits: `query` raises CacheMiss where the resolver would have to ask."""

    def __init__(self, resolver: DnsResolver) -> None:
        self._resolver = resolver

    def query(self, name: str, rtype: str) -> DnsAnswer:
        """See `DnsResolver.cached`."""
        return self._resolver.cached(name, rtype)


def _open(entry: _Entry, key: Key) -> DnsAnswer:
    if entry.answer is None:
        raise DnsTemporaryError(f"{key[1]} {key[0]}: failed a moment ago")
    return entry.answer


def _make_name(name: str) -> dns.name.Name | None:
    """Make a DNS name of exactly these labels, without escapes. None when there is no such name. RFC 1035 §2.3.4."""
    try:
        return dns.name.Name([*(label.encode("utf-8") for label in name.split(".")), b""])
    except (dns.exception.DNSException, UnicodeError):
        return None


def _octets_of(record: dns.rdata.Rdata) -> bytes:
    """One record in the form `DnsAnswer.records` promises."""
    if isinstance(record, TXT):
        return b"".join(record.strings)
    if isinstance(record, MX):
        return f"{record.preference} {record.exchange.to_text(omit_final_dot=True)}".encode()
    if isinstance(record, PTR):
        return record.target.to_text(omit_final_dot=True).encode()
    return record.to_text().encode()


def _make_upstream(settings: ResolverSettings) -> dns.resolver.Resolver:
    upstream = dns.resolver.Resolver(configure=not settings.nameservers)
    if settings.nameservers:
        upstream.nameservers = [dns.nameserver.Do53Nameserver(*_split_port(text)) for text in settings.nameservers]
    upstream.timeout = min(2.0, settings.deadline / 2)
    # RFC 6840 §5.7: AD in the question asks for AD in the answer, without the signatures.
    upstream.flags = dns.flags.RD | dns.flags.AD
    upstream.use_edns(0, 0, UDP_PAYLOAD)
    return upstream


def _split_port(text: str) -> tuple[str, int]:
    if text.startswith("["):
        address, _, port = text[1:].partition("]")
        return address, int(port.removeprefix(":") or 53)
    if text.count(":") == 1:
        address, _, port = text.partition(":")
        return address, int(port)
    return text, 53
