"""How long a PBX waits for the answer to a caller ID, against a bare FastAPI route in the same run.

`python -m tests.bench.caller_id [--rounds N] [--requests N]` prints p50, p99 and their ratios with 1 000 numbers, and
with 1 000 000 numbers and 10 000 ranges of 100; numbers and ranges are asked for apart. One request at a time over one
connection, back to back (the record of a call competes with the next answer) and paced (it has been written by then:
how calls really come). The gateway's memory is its resident set after all of it.
"""

import argparse
import http.client
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import insert

from intake.app import now
from store.engine import open_engine
from store.migrate import migrate
from store.tables import customers, number_ranges, numbers
from tests.bench.processes import MEBIOCTET, resident
from tests.bench.report import heading, ratio, run, table
from tests.servers.process import free_port

ROUNDS = 5
REQUESTS = 1500
PACED_REQUESTS = 200
PAUSE = 0.02  # seconds between paced requests: fifty calls a second
RANGES = 10_000
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


@dataclass(frozen=True, slots=True)
class Served:
    """A server: its port and process id."""

    port: int
    pid: int


@contextmanager
def gateway(count: int, ranges: int) -> Iterator[Served]:
    """The gateway with so many authorized numbers and ranges."""
    with tempfile.TemporaryDirectory() as folder:
        seed(Path(folder) / "intake.db", count, ranges)
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
            yield Served(port, process.pid)
        finally:
            process.terminate()
            process.wait(30)


def seed(path: Path, count: int, ranges: int) -> None:
    """Fill the database with one customer, its numbers and its ranges."""
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
        blocks = [
            {"customer_id": owner, "digits": 12, "first": first, "last": first + 99, "label": ""}
            for first in (int(number_in_range(each)[1:10]) * 1000 for each in range(ranges))
        ]
        if blocks:
            connection.execute(insert(number_ranges), blocks)
    engine.dispose()


def number_of(index: int) -> str:
    """An authorized number; all are of different E.164 subscribers."""
    return f"+420{600_000_000 + index}"


def number_in_range(index: int) -> str:
    """A number inside the range with this index: every other hundred of a thousand is listed."""
    return f"+420{200_000 + index}{index % 100:03d}"


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


def ask(port: int, path: str, caller: Callable[[int], str], requests: int, pause: float) -> list[float]:
    """Latencies in seconds of so many requests, one after the other. pause: seconds between them."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"}
    taken = []
    for each in range(requests):
        body = json.dumps(
            {"event": "new", "call_id": f"{time.monotonic_ns()}", "from": caller(each * 7919), "to": "100"}
        )
        if pause:
            time.sleep(pause)
        began = time.perf_counter()
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        text = answer.read()
        taken.append(time.perf_counter() - began)
        if b"allow" not in text:
            raise AssertionError(f"{answer.status} {text!r}")
    connection.close()
    return taken


def percentiles(taken: list[float]) -> tuple[float, float]:
    """p50 and p99 in milliseconds."""
    cut = statistics.quantiles(taken, n=100)
    return cut[49] * 1000, cut[98] * 1000


def measure(rounds: int, requests: int) -> None:
    """Run interleaved rounds and print medians, ratios and memory."""
    hook = "/hooks/phone/bench"
    with bare_fastapi() as bare, gateway(1000, 0) as small, gateway(1_000_000, RANGES) as large:
        targets: dict[str, tuple[int, str, Callable[[int], str]]] = {
            "bare FastAPI route": (bare, "/hello", number_of),
            "1 000 numbers": (small.port, hook, lambda each: number_of(each % 1000)),
            "1 000 000 numbers": (large.port, hook, lambda each: number_of(each % 1_000_000)),
            "10 000 ranges beside them": (large.port, hook, lambda each: number_in_range(each % RANGES)),
        }
        for mode, count, pause in (("back to back", requests, 0.0), ("paced", min(requests, PACED_REQUESTS), PAUSE)):
            measured: dict[str, list[tuple[float, float]]] = {name: [] for name in targets}
            for turn in range(rounds + 1):
                for name, (port, path, caller) in targets.items():
                    result = percentiles(ask(port, path, caller, count, pause))
                    if turn:  # the first round warms up
                        measured[name].append(result)
            print_mode(mode, measured)
        memory = {name: resident(served.pid) / MEBIOCTET for name, served in (("small", small), ("large", large))}
    print(
        f"\nresident memory of the gateway: {memory['small']:.0f} MiB, with all the numbers {memory['large']:.0f} MiB"
    )


def print_mode(mode: str, measured: dict[str, list[tuple[float, float]]]) -> None:
    """The table of one mode: the median round."""
    medians = {
        name: [statistics.median(each) for each in zip(*rounds, strict=True)] for name, rounds in measured.items()
    }
    base = next(iter(medians.values()))
    rows = [
        (name, f"{p50:.3f}", f"{p99:.3f}", ratio(p50, base[0]), ratio(p99, base[1]))
        for name, (p50, p99) in medians.items()
    ]
    print(heading(f"Caller-ID answer, one connection, {mode}"))
    print(table(("", "p50 ms", "p99 ms", "p50", "p99"), rows))


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.caller_id", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--requests", type=int, default=REQUESTS)
    chosen = parser.parse_args()
    run(lambda: measure(chosen.rounds, chosen.requests))


if __name__ == "__main__":
    main()
