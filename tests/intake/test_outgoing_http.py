"""What others may name leads nowhere inside, and keeps us for no longer and with no more than we allow."""

import socket
import ssl
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from intake.outgoing_http import LOOPBACK, Asked, OutgoingError, ask
from tests.servers.certificate import localhost_certificate
from tests.servers.web import Page, serve

Entries = list[tuple[Any, ...]]


def entries(*addresses: str, port: int = 443) -> Entries:
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses]


def asked(url: str, **more: Any) -> Asked:
    return Asked(**({"url": url, "headers": {}, "seconds": 5.0, "largest": 1000, "allowed": LOOPBACK} | more))


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Entries]]:
    """What the look-ups of a name say, one after the other; the last one stays."""
    told: dict[str, list[Entries]] = {}
    real = socket.getaddrinfo

    def look_up(host: str, *more: Any, **named: Any) -> Any:
        if host not in told:
            return real(host, *more, **named)
        return told[host].pop(0) if len(told[host]) > 1 else told[host][0]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return told


@pytest.fixture
def contexts(tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's and a client's, who trusts it."""
    made = localhost_certificate(tmp_path)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(made.certificate, made.key)
    return server, ssl.create_default_context(cafile=str(made.certificate))


def test_a_name_that_means_something_else_the_second_time_is_looked_up_once(names: dict[str, list[Entries]]) -> None:
    with serve(Page(body=b"inside")) as inside:
        port = int(inside.url.rpartition(":")[2])
        # First a public one, on which nobody listens; then the one the name is really for.
        names["rebind.example"] = [entries("192.0.2.1", port=port), entries("127.0.0.1", port=port)]
        with pytest.raises(OutgoingError):
            ask(asked(f"https://rebind.example:{port}/", seconds=0.3, allowed=()))
        assert len(names["rebind.example"]) == 1
        assert inside.heard == []


def test_the_name_is_kept_for_tls_and_host(
    names: dict[str, list[Entries]], contexts: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    server, client = contexts
    with serve(Page(body=b"well"), tls=server) as web:
        port = int(web.url.rpartition(":")[2])
        names["localhost"] = [entries("127.0.0.1", port=port)]
        assert ask(asked(f"https://localhost:{port}/x"), client).body == b"well"
        assert web.heard[0].headers["Host"] == f"localhost:{port}"
        names["other.example"] = names["localhost"]
        with pytest.raises(OutgoingError, match=r"other\.example"):
            ask(asked(f"https://other.example:{port}/x"), client)


def test_every_address_of_a_name_is_tried(names: dict[str, list[Entries]]) -> None:
    with serve(Page(body=b"well")) as web:
        port = int(web.url.rpartition(":")[2])
        names["both.example"] = [entries("127.0.0.2", "127.0.0.1", port=port)]
        assert ask(asked(f"http://both.example:{port}/")).body == b"well"


def test_who_drips_through_tls_is_not_waited_for(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    server, client = contexts
    began = time.monotonic()
    with serve(Page(body=b"x" * 100, drip=0.1), tls=server) as web, pytest.raises(OutgoingError):
        ask(asked(web.url, seconds=0.5), client)
    assert time.monotonic() - began < 5


def test_who_never_ends_the_handshake_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute, pytest.raises(OutgoingError):
        ask(asked(f"https://127.0.0.1:{mute.getsockname()[1]}/", seconds=0.3))


def test_a_look_up_that_does_not_end_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answered.wait(30) and [])
    try:
        with pytest.raises(OutgoingError, match="resolved"):
            ask(asked("https://slow.example/", seconds=0.1))
    finally:
        answered.set()


def test_what_is_too_large_is_refused_or_cut() -> None:
    with serve(Page(body=b"x" * 5000)) as web:
        assert len(ask(asked(web.url, whole=False)).body) == 1000
        with pytest.raises(OutgoingError, match="larger"):
            ask(asked(web.url))


def test_a_redirect_is_an_answer() -> None:
    with serve(Page(status=302, headers={"Location": "http://127.0.0.1/"})) as web:
        assert ask(asked(web.url)).status == 302
        assert len(web.heard) == 1
