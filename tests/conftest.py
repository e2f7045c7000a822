"""Fixtures every test may use. What a server is and does stands beside it in tests/servers."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from authz.people import passwords
from tests.database import bring_up, engine, writer
from tests.servers import dns, postgres, smtpsink
from tests.servers import dovecot as dovecot_module
from tests.servers.clones import Clones

__all__ = ["engine", "writer"]

# What must be pure is tested without sockets: policy, arithmetic, life cycle, parsing (see the import contracts).
PURE = (
    "tests/authz/test_policy",
    "tests/intake/sla/",
    "tests/intake/tickets/test_lifecycle",
    "tests/channels/mail/test_parse",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Take the sockets away from the tests of pure code."""
    for item in items:
        if item.nodeid.startswith(PURE):
            item.add_marker(pytest.mark.disable_socket)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Cluster]:
    """One PostgreSQL for the whole run."""
    with postgres.postgres() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database file at the current schema, to be copied."""
    path = tmp_path_factory.mktemp("template") / "intake.db"
    bring_up(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_clones(postgres_server: postgres.Cluster) -> Clones:
    """Empty databases at the current schema."""
    return Clones(postgres_server, postgres_server.template(bring_up))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh database at the current schema; the test runs on both engines."""
    if request.param == "sqlite":
        path = tmp_path / "intake.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    clones: Clones = request.getfixturevalue("postgres_clones")
    with clones.database() as url:
        yield url


@pytest.fixture
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are hashed with little work, for tests of what comes after a log-in."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture(scope="session")
def dovecot_server() -> Iterator[dovecot_module.Dovecot]:
    """One Dovecot for the whole run, with alice, bob and carol; each password is "secret"."""
    with dovecot_module.dovecot({"alice": "secret", "bob": "secret", "carol": "secret"}) as server:
        yield server


@pytest.fixture
def dovecot(dovecot_server: dovecot_module.Dovecot) -> dovecot_module.Dovecot:
    """The Dovecot, running and with empty mailboxes."""
    dovecot_server.clear()
    return dovecot_server


@pytest.fixture
def smtp_receiver() -> Iterator[smtpsink.SmtpSink]:
    """A receiving SMTP server that keeps what it takes."""
    with smtpsink.smtp_sink() as sink:
        yield sink


@pytest.fixture(scope="session")
def dns_process() -> Iterator[dns.DnsServer]:
    """One authoritative DNS server for the whole run."""
    with dns.dns_server() as server:
        yield server


@pytest.fixture
def dns_server(dns_process: dns.DnsServer) -> dns.DnsServer:
    """The DNS server without any name; a test publishes its zone."""
    dns_process.publish({})
    return dns_process
