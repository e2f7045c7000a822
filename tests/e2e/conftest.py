"""A running gateway on each engine, shared by the tests of a module, with the servers around it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
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


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared_database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """As `database_url`, for all tests of a module."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('database') / 'intake.db'}"
        return
    cluster: Cluster = request.getfixturevalue("postgres_server")
    with cluster.database() as url:
        yield url


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


@pytest.fixture(scope="module")
def seeded(shared_database_url: str) -> Seeded:
    """What is in the lists of the module's database."""
    return seed(shared_database_url)


@pytest.fixture(scope="module")
def make_gateway(
    shared_database_url: str,
    seeded: Seeded,
    names: DnsServer,
    smarthost: smtpsink.SmtpSink,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[..., Gateway]]:
    """Make gateways on the module's database; each is closed in the end. They are not started yet."""
    with ExitStack() as made:

        def make(settings: Settings | None = None, *, roles: str = "", home: Path | None = None) -> Gateway:
            usual: dict[str, Any] = {
                "dns": {"nameservers": [f"{names.host}:{names.port}"], "timeout_seconds": 1},
                "smarthosts": [{"host": smarthost.host, "port": smarthost.port, "tls": "none"}],
            }
            chosen = home or tmp_path_factory.mktemp("gateway")
            gateway = Gateway(
                chosen, shared_database_url, token=seeded.token, settings={**usual, **(settings or {})}, roles=roles
            )
            made.callback(gateway.close)
            return gateway

        yield make


@pytest.fixture(scope="module")
def gateway(make_gateway: Callable[..., Gateway]) -> Iterator[Gateway]:
    """A running gateway, shared by the tests of the module. It ends well and has nothing to complain about."""
    running = make_gateway()
    running.start()
    yield running
    running.stop()
    assert running.complaints() == []
