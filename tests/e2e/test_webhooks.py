"""Events reach another program though the gateway is killed while it tells them: none lost, each with its id."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler

import pytest
from sqlalchemy import update
from standardwebhooks import Webhook as Verifier

from store.engine import open_engine
from store.tables import webhook_deliveries, webhooks
from tests.e2e.conftest import Database, Make
from tests.e2e.gateway import Gateway
from tests.intake.webhooks.receiver import Posted, Receiver, answer, receiver
from tests.servers.process import wait_until

SETTINGS = {"webhooks": {"allowed_networks": ["127.0.0.0/8"], "timeout_seconds": 5}}
TICKETS = 30


@pytest.fixture
def gateway(make_gateway: Make) -> Iterator[Gateway]:
    """A gateway that may post to this machine."""
    made = make_gateway(SETTINGS)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def program() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


def try_now(database: Database) -> None:
    """Let what was claimed or put off be due: a test does not wait until others may take over."""
    engine = open_engine(database.url)
    with engine.begin() as connection:
        due = {"next_attempt_at": datetime.now(UTC)}
        connection.execute(update(webhook_deliveries).where(webhook_deliveries.c.state == "pending").values(due))
        connection.execute(update(webhooks).values(quiet_until=None))
    engine.dispose()


def test_nothing_is_lost_when_the_gateway_is_killed_while_it_posts(
    gateway: Gateway, database: Database, program: Receiver
) -> None:
    hook = gateway.ask("POST", "webhooks", json={"url": program.url, "types": ["ticket.created"]}).json()
    let_go = threading.Event()

    def hang(handler: BaseHTTPRequestHandler, posted: Posted) -> None:
        let_go.wait(20)
        handler.close_connection = True

    program.behave = hang
    contact = gateway.get("contacts", customer_id=database.seeded.firma)["items"][0]["id"]
    made = set()
    for turn in range(TICKETS):
        sent = {"subject": "Nejde", "text": f"Pokus {turn}", "contact_id": contact}
        answered = gateway.ask("POST", "tickets", json=sent)
        assert answered.status_code == 201, answered.text
        made.add(answered.json()["number"])
    wait_until(lambda: len(program.posted) >= 4, seconds=15, what="posts that hang")
    gateway.kill()
    let_go.set()
    cut_off = list(program.ids)
    program.behave = answer(204)
    gateway.start()
    try_now(database)
    path = f"webhooks/{hook['webhook']['id']}/deliveries"
    gateway.wait_for(path, TICKETS, state="done", seconds=30)
    assert {each.told["data"]["ticket"] for each in program.posted} == made
    assert len(set(program.ids)) == TICKETS, "an event has one id, however often it is told"
    assert all(program.ids.count(each) > 1 for each in cut_off), "what was cut off was told again"
    last = program.posted[-1]
    Verifier(hook["secret"]).verify(last.body, last.headers)
