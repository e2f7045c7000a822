"""The start of the process, and its command line: what cannot work is said in a line, with what to do."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Database, Make, gateways, make_database
from tests.e2e.gateway import HELPDESK
from tests.e2e.letters import letter, sign
from tests.servers.dns import DnsServer
from tests.servers.smtpsink import SmtpSink

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One engine is enough here."""
    with make_database(request, "sqlite", tmp_path_factory.mktemp("database")) as made:
        yield made


@pytest.fixture(scope="module")
def make_gateway(
    database: Database, names: DnsServer, smarthost: SmtpSink, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Make]:
    with gateways(database, names, smarthost, tmp_path_factory) as make:
        yield make


def _why_not(make_gateway: Make, settings: dict[str, Any]) -> str:
    """What it says when it does not start."""
    with pytest.raises(RuntimeError, match="ended at once") as failure:
        make_gateway(settings).start()
    said = str(failure.value)
    assert "Traceback" not in said
    return said.splitlines()[-1]


@pytest.mark.parametrize("listener", ["smtp", "http"])
def test_a_taken_port_is_said_in_a_line(make_gateway: Make, listener: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = _why_not(make_gateway, {listener: {"port": port}})
    assert str(port) in said
    assert "in use" in said


MAILBOX = {"name": "alice", "host": "127.0.0.1", "login": "alice", "password": "secret"}
NOWHERE = "/nowhere/roots.pem"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"smtp": {"prot": 25}}, "there is no setting smtp.prot; did you mean smtp.port?"),
        ({"mail": {"addresses": ["no address"]}}, "mail.addresses: not an address"),
        ({"mail": {"addresses": ["help+desk@desk.example"]}}, "mail.addresses: not an address"),
        ({"database": {"url": "postgresql://nobody@127.0.0.1:1/nowhere"}}, "the database cannot be used"),
        ({"phone_endpoints": [{"name": "pbx", "dialect": "martian"}]}, "there is no dialect martian"),
        ({"smtp": {"tls_certificate": NOWHERE}}, f"smtp.tls_certificate, smtp.tls_key: {NOWHERE}"),
        ({"mailboxes": [MAILBOX | {"ca_file": NOWHERE}]}, f"mailboxes: alice: ca_file: {NOWHERE}"),
        ({"mailboxes": [MAILBOX | {"name": "a:b"}]}, "mailboxes: a:b: a mailbox's name must not contain a colon"),
        ({"mailboxes": [MAILBOX, MAILBOX]}, "two mailboxes have the same name"),
        ({"smarthosts": [{"host": "relay.example", "ca_file": NOWHERE}]}, "smarthosts: relay.example: ca_file"),
    ],
)
def test_a_setting_that_cannot_work_is_said_in_a_line(make_gateway: Make, settings: dict[str, Any], said: str) -> None:
    assert said in _why_not(make_gateway, settings)


def test_a_client_that_never_ends_does_not_keep_the_process_alive(make_gateway: Make) -> None:
    gateway = make_gateway()
    gateway.start()
    with gateway.smtp() as client:
        client.mail("eva@modern.example")
        client.rcpt(HELPDESK)
        client.docmd("DATA")
        client.send(b"From: eva@modern.example\r\n")
        began = time.monotonic()
        gateway.stop()
        assert 5 < time.monotonic() - began < 15


def _large_mail() -> bytes:
    return sign(letter(text="slovo " * 30_000))


def test_a_parsing_process_that_died_is_started_again(make_gateway: Make) -> None:
    gateway = make_gateway()
    gateway.start()
    assert gateway.send(_large_mail(), reverse_path="jan@firma.example").ticket
    for child in _children(gateway.pid):
        if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
            os.kill(child, signal.SIGKILL)
    replies = [gateway.send(_large_mail(), reverse_path="jan@firma.example").code for _ in range(3)]
    assert replies[-1] == 250
    gateway.stop()


def test_the_parsing_process_ends_with_a_killed_parent(make_gateway: Make) -> None:
    gateway = make_gateway()
    gateway.start()
    gateway.send(_large_mail(), reverse_path="jan@firma.example")
    children = _children(gateway.pid)
    assert children
    gateway.kill()
    end = time.monotonic() + 10
    while any(Path(f"/proc/{child}/cmdline").exists() for child in children):
        assert time.monotonic() < end
        time.sleep(0.05)


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task")
    return [int(child) for task in tasks.iterdir() for child in (task / "children").read_text().split()]
