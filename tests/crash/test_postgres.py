"""PostgreSQL itself dies in the middle of the work and comes back: the gateway goes on by itself."""

import threading
import time
from collections.abc import Iterator

import httpx2
import pytest

from tests.crash.load import assert_nothing_lost_nothing_doubled, make_load
from tests.e2e.conftest import Database, Make, gateways, make_database
from tests.e2e.gateway import Gateway
from tests.e2e.people import JAN_NUMBER
from tests.servers.dns import DnsServer
from tests.servers.postgres import Cluster
from tests.servers.process import wait_until
from tests.servers.smtpsink import SmtpSink

pytestmark = [pytest.mark.crash, pytest.mark.slow]

MESSAGES = 300
TOKEN = "a-token-for-the-pbx-0123456789"


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with make_database(request, "postgresql", tmp_path_factory.mktemp("database")) as made:
        yield made


@pytest.fixture
def make_gateway(
    database: Database, names: DnsServer, smarthost: SmtpSink, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Make]:
    with gateways(database, names, smarthost, tmp_path_factory) as make:
        yield make


def _ring(gateway: Gateway) -> httpx2.Response:
    event = {"event": "new", "call_id": str(time.monotonic()), "from": JAN_NUMBER, "to": "+420211151657"}
    return gateway.ask("POST", "/hooks/phone/pbx", json=event, headers={"Authorization": f"Bearer {TOKEN}"})


def test_a_load_of_mail_survives_the_database(make_gateway: Make, database: Database, postgres_server: Cluster) -> None:
    load = make_load(MESSAGES)
    gateway = make_gateway({"phone_endpoints": [{"name": "pbx", "token": TOKEN}]})
    gateway.start()
    assert _ring(gateway).json()["action"] == "allow"
    crashes = iter((80, 160))
    crash_at = next(crashes)
    lock = threading.Lock()

    def crash(count: int) -> None:
        nonlocal crash_at
        with lock:
            if count >= crash_at:
                crash_at = next(crashes, MESSAGES + 1)
                postgres_server.crash()

    for _ in range(2):
        load.send(gateway, each=crash)
        # RFC 5321 §4.2.1: a fault of ours is a transient reply, the peers keep their messages.
        assert set(load.refused) <= {421, 451}
        assert load.refused
        assert gateway.ask("GET", "/healthz").status_code == 200
        assert gateway.ask("GET", "/readyz").status_code == 503
        unanswered = _ring(gateway)
        assert (unanswered.status_code, unanswered.headers["Retry-After"]) == (503, "10")
        postgres_server.start()
        wait_until(lambda: gateway.ask("GET", "/readyz").status_code == 200, seconds=10, what="it is back")
    end = time.monotonic() + 30
    while len(load.taken) < MESSAGES and time.monotonic() < end:
        load.send(gateway)
    assert gateway.running
    assert_nothing_lost_nothing_doubled(gateway, database.url, load)
    assert _ring(gateway).json()["action"] == "allow"
    gateway.stop()
