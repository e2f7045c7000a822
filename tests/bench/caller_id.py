"""How long a PBX waits for the answer to a caller ID, against a bare FastAPI route in the same run.

Prints p50 and p99 ratios with 1 000 and 1 000 000 authorized numbers; one request at a time over one connection.
"""

import http.client
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import insert

from intake.app import now
from store.engine import open_engine
from store.migrate import migrate
from store.tables import customers, numbers
from tests.servers.process import free_port

ROUNDS = 5
REQUESTS = 1500
TOKEN = "bench-token-bench-token"

HELLO = """
import uvicorn
from fastapi import FastAPI
app = FastAPI()
@app.post("/hello")
async def hello():
    return {"action": "allow"}
uvicorn.run(app, port=int(__import__("sys").argv[1]), access_log=False, log_level="error")
"""


@contextmanager
def bare_fastapi() -> Iterator[int]:
    """A FastAPI route that answers a constant; yields its port."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-c", HELLO, str(port)])
    try:
        wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def gateway(count: int) -> Iterator[int]:
    """The gateway with that many authorized numbers; yields its port."""
    with tempfile.TemporaryDirectory() as folder:
        seed(Path(folder) / "intake.db", count)
        port = free_port()
        settings = Path(folder) / "intake.toml"
        settings.write_text(
            f'[service]\ndata_dir = "{folder}"\n[smtp]\nenabled = false\n[http]\nport = {port}\n'
            f'[[phone_endpoints]]\nname = "bench"\ntoken = "{TOKEN}"\nticket_on = []\n'
        )
        command = [sys.executable, "-m", "intake", "--config", str(settings), "serve", "--only", "http"]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            wait_for(port)
            yield port
        finally:
            process.terminate()
            process.wait(30)


def seed(path: Path, count: int) -> None:
    """Fill the database with one customer and its numbers."""
    engine = open_engine(f"sqlite:///{path}")
    migrate(engine)
    with engine.begin() as connection:
        result = connection.execute(insert(customers).values(name="Bench", created_at=now()))
        owner = result.inserted_primary_key[0]
        for start in range(0, count, 50_000):
            rows = [
                {"customer_id": owner, "e164": number_of(each), "label": ""}
                for each in range(start, min(count, start + 50_000))
            ]
            connection.execute(insert(numbers), rows)
    engine.dispose()


def number_of(index: int) -> str:
    """An authorized number; all are of different E.164 subscribers."""
    return f"+4206{index:08d}"


def wait_for(port: int) -> None:
    """Wait until somebody answers on the port."""
    for _ in range(300):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
            connection.request("GET", "/healthz")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(f"nobody answers on {port}")


def ask(port: int, path: str, count: int) -> list[float]:
    """Latencies in seconds of `REQUESTS` requests, one after the other."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"}
    taken = []
    for each in range(REQUESTS):
        body = json.dumps(
            {"event": "new", "call_id": f"{time.monotonic_ns()}", "from": number_of((each * 7919) % count), "to": "100"}
        )
        began = time.perf_counter()
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        text = answer.read()
        taken.append(time.perf_counter() - began)
        if b"allow" not in text:
            raise AssertionError(f"{answer.status} {text!r}")
    return taken


def percentiles(taken: list[float]) -> tuple[float, float]:
    """p50 and p99 in milliseconds."""
    cut = statistics.quantiles(taken, n=100)
    return cut[49] * 1000, cut[98] * 1000


def main() -> None:
    """Run interleaved rounds and print medians and ratios."""
    with bare_fastapi() as bare, gateway(1000) as small, gateway(1_000_000) as large:
        targets = {"bare": (bare, "/hello", 1000), "1 000": (small, "/hooks/phone/bench", 1000)}
        targets["1 000 000"] = (large, "/hooks/phone/bench", 1_000_000)
        measured: dict[str, list[tuple[float, float]]] = {name: [] for name in targets}
        for turn in range(ROUNDS + 1):
            for name, (port, path, count) in targets.items():
                result = percentiles(ask(port, path, count))
                if turn:  # the first round warms up
                    measured[name].append(result)
    medians = {
        name: [statistics.median(each) for each in zip(*rounds, strict=True)] for name, rounds in measured.items()
    }
    print("caller-ID answer, one connection, ms: p50 p99 (ratio to a bare FastAPI route)")
    for name, (p50, p99) in medians.items():
        base = medians["bare"]
        print(f"  {name:>10}  {p50:.3f} {p99:.3f}  ({p50 / base[0]:.2f}x {p99 / base[1]:.2f}x)")


if __name__ == "__main__":
    main()
