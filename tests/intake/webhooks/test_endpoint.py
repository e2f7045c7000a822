"""Nothing makes us post into our own network, however it is spelt."""

import socket
import time
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from intake.outgoing_http import OutgoingError, is_public
from intake.webhooks.endpoint import Poster, url_problem
from tests.intake.webhooks.receiver import Posted, answer, receiver

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://localhost/",
        "https://0.0.0.0/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://[fd00::1]/",
        "https://[fe80::1]/",
        "https://10.0.0.1/",
        "https://172.16.0.1/",
        "https://192.168.1.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://100.64.0.1/",
        "https://224.0.0.1/",
        "https://255.255.255.255/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://127.1/",
    ],
)
def test_an_address_inside_is_never_connected_to(url: str) -> None:
    with pytest.raises(OutgoingError, match=r"not a public address|cannot be resolved"):
        Poster().post(url, b"{}", {})


def test_every_address_of_a_name_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [(socket.AF_INET, 1, 6, "", (address, 443)) for address in ("93.184.215.14", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    with pytest.raises(OutgoingError, match=r"127\.0\.0\.1, which is not"):
        Poster().post("https://rebind.example/", b"{}", {})


def test_the_connection_goes_to_the_address_that_was_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as program:
        port = int(program.url.split(":")[2].split("/")[0])
        answers = iter([[(socket.AF_INET, 1, 6, "", ("127.0.0.1", port))]])
        real = socket.getaddrinfo

        def once(host: str, *more: Any, **named: Any) -> Any:
            return next(answers) if host == "hooks.example" else real(host, *more, **named)

        monkeypatch.setattr(socket, "getaddrinfo", once)
        url = f"http://hooks.example:{port}/x?y=1"
        assert Poster(allowed=LOOPBACK).post(url, b"{}", {}).status == 204
        assert (program.posted[0].path, program.posted[0].headers["host"]) == ("/x?y=1", f"hooks.example:{port}")


def test_http_is_only_for_allowed_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    public = [(socket.AF_INET, 1, 6, "", ("93.184.215.14", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: public)
    with pytest.raises(OutgoingError, match="Only https") as refused:
        Poster().post("http://hooks.example/", b"{}", {})
    assert refused.value.permanent


def test_a_redirect_is_an_answer_and_not_followed() -> None:
    with receiver() as program:
        program.behave = answer(302, Location=program.url + "/elsewhere")
        assert Poster(allowed=LOOPBACK).post(program.url, b"{}", {}).status == 302
        assert [each.path for each in program.posted] == ["/events"]


def test_a_peer_that_dribbles_is_cut_at_the_deadline() -> None:
    def dribble(handler: BaseHTTPRequestHandler, _: Posted) -> None:
        for octet in b"HTTP/1.1 200 OK and so on for ever" * 10:
            try:
                handler.wfile.write(bytes([octet]))
                handler.wfile.flush()
            except OSError:
                return
            time.sleep(0.05)

    with receiver() as program:
        program.behave = dribble
        began = time.monotonic()
        with pytest.raises(OutgoingError):
            Poster(allowed=LOOPBACK, seconds=0.4).post(program.url, b"{}", {})
        assert time.monotonic() - began < 3


def test_a_huge_answer_is_not_read_whole() -> None:
    def flood(handler: BaseHTTPRequestHandler, _: Posted) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(10**12))
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b"x" * 65536)
        except OSError:
            return

    with receiver() as program:
        program.behave = flood
        assert len(Poster(allowed=LOOPBACK, seconds=5).post(program.url, b"{}", {}).text) == 200


@pytest.mark.parametrize(
    "url",
    ["", "ftp://x.example/", "https://", "https:///x", "https://u:p@x.example/", "https://x.example/#a",
     "https://x.example:99999/", "https://x.example/ x", "javascript:alert(1)", "https://x.example/" + "a" * 2000,
     "https://ř.example/", "https://[::1/"],
)  # fmt: skip
def test_what_is_no_url_to_post_to_is_refused_at_once(url: str) -> None:
    assert url_problem(url) is not None


def test_an_ordinary_url_is_taken() -> None:
    assert url_problem("https://hooks.example:8443/path?x=1") is None
    assert is_public(ip_address("93.184.215.14"))
    assert is_public(ip_address("2606:2800:21f:cb07:6820:80da:af6b:8b2c"))
