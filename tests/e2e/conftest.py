"""A running gateway on each engine, shared by the tests of a module, with the servers around it."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.gateway import Gateway, Settings
from tests.e2e.people import Seeded, seed, zone
from tests.servers import smtpsink
from tests.servers.dns import DnsServer
from tests.servers.postgres import Cluster

PHONE_TOKEN = "a-token-for-the-pbx-0123456789"
PHONE_KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """A database of our people. url: where it is."""

    url: str
    seeded: Seeded


@pytest.fixture(scope="session")
def seeded_file(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Seeded]:
    """A filled SQLite file to copy."""
    path = tmp_path_factory.mktemp("seeded") / "intake.db"
    return path, seed(f"sqlite:///{path}")


@pytest.fixture(scope="session")
def seeded_template(postgres_server: Cluster) -> tuple[str, Seeded]:
    """A filled PostgreSQL database to clone."""
    filled: list[Seeded] = []
    return postgres_server.template(lambda url: filled.append(seed(url))), filled[0]


@contextmanager
def make_database(request: pytest.FixtureRequest, engine: str, folder: Path) -> Iterator[Database]:
    """A fresh copy of the filled database on one engine."""
    if engine == "sqlite":
        path, seeded = request.getfixturevalue("seeded_file")
        shutil.copy(path, folder / "intake.db")
        yield Database(url=f"sqlite:///{folder / 'intake.db'}", seeded=seeded)
        return
    cluster: Cluster = request.getfixturevalue("postgres_server")
    template, seeded = request.getfixturevalue("seeded_template")
    with cluster.database(template=template) as url:
        yield Database(url=url, seeded=seeded)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The database that the tests of a module share, on each engine."""
    with make_database(request, request.param, tmp_path_factory.mktemp("database")) as made:
        yield made


@pytest.fixture(scope="module")
def names(dns_process: DnsServer) -> DnsServer:
    """The DNS with the keys and SPF records of our people."""
    dns_process.publish(zone())
    return dns_process


@pytest.fixture(scope="module")
def smarthost() -> Iterator[smtpsink.SmtpSink]:
    """Where the gateway's own mail goes."""
    with smtpsink.smtp_sink() as sink:
        yield sink


Make = Callable[..., Gateway]


@contextmanager
def gateways(
    database: Database, names: DnsServer, smarthost: smtpsink.SmtpSink, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Make]:
    """Make gateways on one database; each is closed in the end. They are not started yet."""
    usual: dict[str, Any] = {
        "service": {"secret_key": "a secret that several nodes share"},
        "dns": {"nameservers": [f"{names.host}:{names.port}"], "timeout_seconds": 1},
        "smarthosts": [{"host": smarthost.host, "port": smarthost.port, "tls": "none"}],
    }
    smarthost.clear()  # ticket numbers begin anew
    with ExitStack() as made:

        def make(settings: Settings | None = None, *, roles: str = "") -> Gateway:
            home = tmp_path_factory.mktemp("gateway")
            chosen = {**usual, **(settings or {})}
            gateway = Gateway(home, database.url, token=database.seeded.token, settings=chosen, roles=roles)
            made.callback(gateway.close)
            return gateway

        yield make


@pytest.fixture(scope="module")
def make_gateway(
    database: Database, names: DnsServer, smarthost: smtpsink.SmtpSink, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Make]:
    """Makes gateways on the module's database."""
    with gateways(database, names, smarthost, tmp_path_factory) as make:
        yield make


@pytest.fixture(scope="module")
def gateway(make_gateway: Make) -> Iterator[Gateway]:
    """A running gateway, shared by the tests of the module. It ends well and has nothing to complain about."""
    running = make_gateway()
    running.start()
    yield running
    running.stop()
    if complaints := running.complaints():
        pytest.fail("\n".join(complaints))
