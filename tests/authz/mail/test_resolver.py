"""The resolver answers in time or says that it cannot, and remembers no longer than it may."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from authz.mail.dns import DnsAnswer, DnsTemporaryError
from authz.mail.resolver import CachedOnly, CacheMiss, DnsResolver, ResolverSettings
from tests.authz.mail.name_server import Answer, NameServer, reply


def _resolver(server: NameServer, **settings: float) -> DnsResolver:
    values = {"deadline": 5.0, "min_ttl": 0.0, **settings}
    return DnsResolver(ResolverSettings(nameservers=(server.address,), **values))  # type: ignore[arg-type]


def _ask(answer: Answer, rtype: str = "TXT", **settings: float) -> DnsAnswer:
    with NameServer(answer).running() as server:
        return _resolver(server, **settings).query("firma.cz", rtype)


@pytest.mark.parametrize(
    ("rtype", "data", "record"),
    [
        ("TXT", '"v=spf1 " "-all"', b"v=spf1 -all"),
        ("TXT", '"\\195\\255"', b"\xc3\xff"),
        ("A", "192.0.2.1", b"192.0.2.1"),
        ("AAAA", "2001:db8::1", b"2001:db8::1"),
        ("MX", "10 mx.firma.cz.", b"10 mx.firma.cz"),
        ("PTR", "mail.firma.cz.", b"mail.firma.cz"),
    ],
)
def test_records_come_in_the_form_the_port_promises(rtype: str, data: str, record: bytes) -> None:
    assert _ask(lambda question: [reply(question, data)], rtype=rtype).records == (record,)


def test_nothing_there_and_no_such_name_are_told_apart() -> None:
    assert _ask(lambda question: [reply(question)]) == DnsAnswer()
    assert _ask(lambda question: [reply(question, rcode=dns.rcode.NXDOMAIN)]) == DnsAnswer(exists=False)


@pytest.mark.parametrize("name", ["a" * 64 + ".cz", "a..cz", ".", "a." * 200 + "cz", "\ud800.cz", ""])
def test_a_name_that_cannot_exist_is_answered_without_asking(name: str) -> None:
    with NameServer(lambda question: [reply(question, '"x"')]).running() as server:
        answer = _resolver(server).query(name, "TXT")
        assert answer.records == ()
        assert [question for question in server.asked if question != ". IN TXT"] == []


def test_dnssec_is_asked_for_and_recorded() -> None:
    def answer(question: dns.message.Message) -> list[bytes]:
        assert question.flags & dns.flags.AD
        return [reply(question, '"x"', secure=True)]

    assert _ask(answer).secure
    assert not _ask(lambda question: [reply(question, '"x"')]).secure


def _dead(_question: dns.message.Message) -> list[bytes]:
    return []


def _failing(question: dns.message.Message) -> list[bytes]:
    return [reply(question, rcode=dns.rcode.SERVFAIL)]


def _lying_about_the_question(question: dns.message.Message) -> list[bytes]:
    other = dns.message.make_query("evil.example", "TXT")
    other.id = question.id
    return [reply(other, '"v=spf1 +all"')]


def _lying_about_the_id(question: dns.message.Message) -> list[bytes]:
    response = dns.message.from_wire(reply(question, '"v=spf1 +all"'))
    response.id ^= 1
    return [response.to_wire()]


def _garbage(question: dns.message.Message) -> list[bytes]:
    return [question.id.to_bytes(2, "big") + b"\x84\x00" + b"\xff" * 30]


def _looping(question: dns.message.Message) -> list[bytes]:
    response = dns.message.make_response(question)
    name = str(question.question[0].name)
    response.answer.append(dns.rrset.from_text(name, 60, "IN", "CNAME", f"a.{name}"))
    response.answer.append(dns.rrset.from_text(f"a.{name}", 60, "IN", "CNAME", name))
    return [response.to_wire()]


def _too_many(question: dns.message.Message) -> list[bytes]:
    return [reply(question, *(f"192.0.{number >> 8}.{number & 255}" for number in range(300)))]


@pytest.mark.parametrize(
    "answer", [_dead, _failing, _lying_about_the_question, _lying_about_the_id, _garbage, _looping, _too_many]
)
def test_a_broken_server_is_a_temporary_failure_within_the_deadline(answer: Answer) -> None:
    start = time.monotonic()
    with pytest.raises(DnsTemporaryError):
        _ask(answer, rtype="A" if answer is _too_many else "TXT", deadline=0.4)
    assert time.monotonic() - start < 3


def test_an_answer_is_believed_for_its_ttl() -> None:
    with NameServer(lambda question: [reply(question, '"x"', ttl=1)]).running() as server:
        resolver = _resolver(server)
        for _ in range(5):
            resolver.query("firma.cz", "TXT")
            resolver.query("FIRMA.cz.", "TXT")
        assert len(server.asked) == 1
        time.sleep(1.1)
        resolver.query("firma.cz", "TXT")
        assert len(server.asked) == 2


def test_a_long_ttl_is_capped() -> None:
    with NameServer(lambda question: [reply(question, '"x"', ttl=86400)]).running() as server:
        resolver = _resolver(server, max_ttl=0.1)
        resolver.query("firma.cz", "TXT")
        time.sleep(0.15)
        resolver.query("firma.cz", "TXT")
        assert len(server.asked) == 2


@pytest.mark.parametrize("rcode", [dns.rcode.NXDOMAIN, dns.rcode.NOERROR])
def test_that_there_is_nothing_is_believed_as_long_as_the_zone_says(rcode: dns.rcode.Rcode) -> None:
    """RFC 2308 §5"""
    soa = "ns.firma.cz. root.firma.cz. 1 2 3 4 1"
    with NameServer(lambda question: [reply(question, rcode=rcode, authority=soa)]).running() as server:
        resolver = _resolver(server)
        resolver.query("firma.cz", "TXT")
        resolver.query("firma.cz", "TXT")
        assert len(server.asked) == 1
        time.sleep(1.1)
        resolver.query("firma.cz", "TXT")
        assert len(server.asked) == 2


def test_a_failure_is_remembered_for_a_moment_only() -> None:
    with NameServer(_failing).running() as server:
        resolver = _resolver(server, failure_ttl=0.2)
        for _ in range(3):
            with pytest.raises(DnsTemporaryError):
                resolver.query("firma.cz", "TXT")
        failed = len(server.asked)
        server.answer = lambda question: [reply(question, '"x"')]
        time.sleep(0.25)
        assert resolver.query("firma.cz", "TXT").records == (b"x",)
        assert len(server.asked) == failed + 1


def test_the_cache_is_bounded() -> None:
    with NameServer(lambda question: [reply(question, '"x"')]).running() as server:
        resolver = _resolver(server, cache_size=10)
        for number in range(30):
            resolver.query(f"n{number}.cz", "TXT")
        resolver.query("n29.cz", "TXT")
        assert len(server.asked) == 30
        with pytest.raises(CacheMiss):
            resolver.cached("n0.cz", "TXT")


def test_the_cached_view_never_asks() -> None:
    with NameServer(lambda question: [reply(question, '"x"')]).running() as server:
        resolver = _resolver(server)
        cached = CachedOnly(resolver)
        with pytest.raises(CacheMiss):
            cached.query("firma.cz", "TXT")
        assert server.asked == []
        resolver.query("firma.cz", "TXT")
        assert cached.query("firma.cz", "TXT").records == (b"x",)


def test_the_cached_view_tells_a_recent_failure() -> None:
    with NameServer(_failing).running() as server:
        resolver = _resolver(server)
        with pytest.raises(DnsTemporaryError):
            resolver.query("firma.cz", "TXT")
        with pytest.raises(DnsTemporaryError):
            CachedOnly(resolver).query("firma.cz", "TXT")


def test_the_same_question_of_many_threads_goes_out_once() -> None:
    def slow(question: dns.message.Message) -> list[bytes]:
        time.sleep(0.2)
        return [reply(question, '"x"')]

    with NameServer(slow).running() as server, ThreadPoolExecutor(8) as pool:
        resolver = _resolver(server, deadline=5.0)
        answers = list(pool.map(lambda _: resolver.query("firma.cz", "TXT"), range(8)))
        assert [answer.records for answer in answers] == [(b"x",)] * 8
        assert len(server.asked) == 1


def test_questions_beyond_the_limit_wait_and_then_fail() -> None:
    with NameServer(_dead).running() as server:
        resolver = _resolver(server, concurrency=1, deadline=0.3)
        failures = []

        def ask(number: int) -> None:
            try:
                resolver.query(f"n{number}.cz", "TXT")
            except DnsTemporaryError as error:
                failures.append(error)

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
        start = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(failures) == 4
        assert time.monotonic() - start < 2


def test_a_name_server_may_be_named_with_its_port() -> None:
    with NameServer(lambda question: [reply(question, '"x"')]).running() as server:
        resolver = DnsResolver(ResolverSettings(nameservers=("127.0.0.1:1", server.address), deadline=4.0))
        assert resolver.query("firma.cz", "TXT").records == (b"x",)
    DnsResolver(ResolverSettings(nameservers=("192.0.2.1", "2001:db8::1", "[2001:db8::1]:5353", "[2001:db8::1]")))
