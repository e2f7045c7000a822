"""The start of the process, and its command line: what cannot work is said in a line, with what to do."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Database, Make, gateways, make_database
from tests.e2e.gateway import HELPDESK, Gateway
from tests.e2e.letters import letter, sign
from tests.servers.dns import DnsServer
from tests.servers.process import listening
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


MAILBOX = {"name": "alice", "host": "127.0.0.1", "login": "alice", "password": "secret"}
NOWHERE = "/nowhere/roots.pem"
CANNOT_WORK: dict[str, tuple[dict[str, Any], str]] = {
    "a misspelt name": ({"smtp": {"prot": 25}}, "there is no setting smtp.prot; did you mean smtp.port?"),
    "no address": ({"mail": {"addresses": ["no address"]}}, "mail.addresses: not an address"),
    "a sub-address": ({"mail": {"addresses": ["help+desk@desk.example"]}}, "mail.addresses: not an address"),
    "no database": ({"database": {"url": "postgresql://nobody@127.0.0.1:1/no"}}, "the database cannot be used"),
    "no such dialect": ({"phone_endpoints": [{"name": "pbx", "dialect": "martian"}]}, "there is no dialect martian"),
    "no certificate": ({"smtp": {"tls_certificate": NOWHERE}}, f"smtp.tls_certificate, smtp.tls_key: {NOWHERE}"),
    "no roots": ({"mailboxes": [MAILBOX | {"ca_file": NOWHERE}]}, f"mailboxes: alice: ca_file: {NOWHERE}"),
    "a colon": ({"mailboxes": [MAILBOX | {"name": "a:b"}]}, "a mailbox's name must not contain a colon"),
    "one name twice": ({"mailboxes": [MAILBOX, MAILBOX]}, "two mailboxes have the same name"),
    "no roots of a smarthost": ({"smarthosts": [{"host": "relay.example", "ca_file": NOWHERE}]}, "relay.example"),
    "smtp port taken": ({"smtp": {}}, "in use"),
    "http port taken": ({"http": {}}, "in use"),
}


@pytest.fixture(scope="module")
def said(make_gateway: Make) -> dict[str, str]:
    """What it says in each case when it does not start; all tried at the same time."""
    with socket.create_server(("127.0.0.1", 0)) as taken, ThreadPoolExecutor(4) as tries:
        for case in ("smtp", "http"):
            CANNOT_WORK[f"{case} port taken"][0][case]["port"] = taken.getsockname()[1]
        made = {case: make_gateway(settings) for case, (settings, _) in CANNOT_WORK.items()}
        return dict(zip(made, tries.map(_try_to_start, made.values()), strict=True))


def _try_to_start(gateway: Gateway) -> str:
    try:
        gateway.start()
    except RuntimeError as failure:
        return str(failure)
    return "it started"


@pytest.mark.parametrize("case", CANNOT_WORK)
def test_what_cannot_work_is_said_in_a_line(said: dict[str, str], case: str) -> None:
    assert "ended at once" in said[case]
    assert "Traceback" not in said[case]
    assert CANNOT_WORK[case][1] in said[case].splitlines()[-1]
    if case.endswith("port taken"):
        assert str(CANNOT_WORK[case][0][case.split(maxsplit=1)[0]]["port"]) in said[case].splitlines()[-1]


def test_the_operator_may_have_the_unproved_refused_and_the_unknown_held(make_gateway: Make) -> None:
    gateway = make_gateway({"mail": {"unverified": "reject", "unknown": "hold"}})
    gateway.start()
    unproved = gateway.send(letter(), reverse_path="jan@firma.example")
    assert (unproved.code, unproved.text.split()[1]) == (550, "author-unverified:")
    unknown = gateway.send(sign(letter("who@firma.example")), reverse_path="who@firma.example")
    assert "Held for review" in unknown.text
    assert unknown.text.split()[-1] in gateway.command("quarantine", "list")
    gateway.stop()


def test_roles_can_be_split(make_gateway: Make) -> None:
    reading, writing = make_gateway(roles="http"), make_gateway(roles="http,smtp")
    for each in (reading, writing):
        each.start()
    assert not listening(reading.smtp_port)
    number = writing.send(sign(letter()), reverse_path="jan@firma.example").ticket
    assert reading.get(f"tickets/{number}")["status"] == "new"
    for each in (reading, writing):
        each.stop()


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
