"""The live list of calls on the real process: who listens hears the next call, and does not keep the service alive."""

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.e2e.conftest import Make
from tests.e2e.gateway import Gateway
from tests.e2e.people import JAN_NUMBER

pytestmark = pytest.mark.e2e

TOKEN = "a-token-for-the-pbx-0123456789"


@pytest.fixture
def gateway(make_gateway: Make) -> Iterator[Gateway]:
    running = make_gateway({"phone_endpoints": [{"name": "pbx", "dialect": "native", "token": TOKEN}]})
    running.start()
    yield running
    running.stop()


class Listener:
    """Listens in a thread until the service ends the stream. heard: the calls told so far."""

    def __init__(self, gateway: Gateway) -> None:
        self.heard: list[dict[str, Any]] = []
        self.listening = threading.Event()
        self.thread = threading.Thread(target=self._listen, args=(gateway,), daemon=True)
        self.thread.start()
        assert self.listening.wait(10)

    def _listen(self, gateway: Gateway) -> None:
        with httpx2.Client(base_url=gateway.url, timeout=30, trust_env=False) as client:
            headers = dict(gateway.ask("GET", "calls").request.headers)
            with client.stream(
                "GET", "/api/v1/calls/live", headers={"Authorization": headers["authorization"]}
            ) as answer:
                for line in answer.iter_lines():
                    self.listening.set()
                    if line.startswith("data: "):
                        self.heard.append(json.loads(line.removeprefix("data: ")))

    def wait_for(self, count: int) -> list[dict[str, Any]]:
        end = time.monotonic() + 5
        while len(self.heard) < count and time.monotonic() < end:
            time.sleep(0.05)
        return self.heard


def test_who_listens_hears_a_call_and_does_not_keep_the_service_alive(gateway: Gateway) -> None:
    listener = Listener(gateway)
    event = {"event": "new", "call_id": "1", "from": JAN_NUMBER}
    gateway.ask("POST", "/hooks/phone/pbx", json=event, headers={"Authorization": f"Bearer {TOKEN}"})
    (heard,) = listener.wait_for(1)
    assert (heard["state"], heard["contact_name"], heard["caller_e164"]) == ("ringing", "Jan Novák", JAN_NUMBER)
    began = time.monotonic()
    gateway.stop()
    assert time.monotonic() - began < 5
    listener.thread.join(5)
    assert not listener.thread.is_alive()
    assert gateway.complaints() == []
