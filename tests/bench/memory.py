"""Resident memory of the gateway: with nothing to do, for each idle SMTP connection, and while large mails arrive.

    python -m tests.bench.memory [--connections 500] [--mails 50] [--octets 5000000] [--rounds 1]

Every role runs. Beside it in the same run: aiosmtpd as it is, which shows what a bare listener takes. Memory is the
sum over the process and its children; pages that they share are counted for each of them.
"""

import argparse
import contextlib
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path

from tests.bench import report
from tests.bench.gateway import RECIPIENT, Databases, gateway, zone
from tests.bench.mail_messages import Author, new_author
from tests.bench.processes import MEBIOCTET, peak_of, resident
from tests.bench.smtp import prepare
from tests.bench.smtp_running import Serving, start
from tests.servers.dns import dns_server
from tests.servers.process import free_port

_SETTLE_SECONDS = 2.0
_PER_ADDRESS = 150  # a listener does not take any number of connections from one address
_OPTIONS = ("--connections", "--mails", "--octets", "--rounds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Octets. idle: after the start; warm: after the first mails; connection: of an idle one; peak: under load."""

    idle: float
    warm: float
    connection: float
    peak: float


def send(serving: Serving, messages: Path, name: str, sessions: int) -> None:
    """Send a file of messages. Raises RuntimeError when one is not taken."""
    envelope = json.loads((messages / "envelope.json").read_text())
    command = [
        *(sys.executable, "-m", "tests.bench.mail_load", f"{serving.host}:{serving.port}", str(messages / name)),
        *("--sender", envelope["sender"], "--recipient", envelope["recipient"], "--sessions", str(sessions)),
    ]
    outcome = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    if outcome["unsent"]:
        raise RuntimeError(f"not everything was taken: {outcome['replies']}")


@contextlib.contextmanager
def idle_connections(serving: Serving, count: int) -> Iterator[None]:
    """Hold connections open that have said EHLO, from several addresses of this machine."""
    with contextlib.ExitStack() as opened:
        for number in range(count):
            source = f"127.0.0.{2 + number // _PER_ADDRESS}"
            connection = socket.create_connection((serving.host, serving.port), timeout=10, source_address=(source, 0))
            opened.enter_context(connection)
            if not connection.recv(1024).startswith(b"220"):
                raise RuntimeError(f"connection {number + 1} was refused")
            connection.sendall(b"EHLO bench.example\r\n")
            connection.recv(4096)
        yield


def measure(serving: Serving, messages: Path, connections: int, mails: int) -> Sizes:
    """Measure one server that has just been started."""
    roots = serving.pids
    time.sleep(_SETTLE_SECONDS)
    idle = resident(*roots)
    send(serving, messages, "5k", 4)
    time.sleep(_SETTLE_SECONDS)
    warm = resident(*roots)
    with idle_connections(serving, connections):
        time.sleep(_SETTLE_SECONDS / 2)
        connection = (resident(*roots) - warm) / connections
    with peak_of(*roots) as peak:
        send(serving, messages, "5m", mails)
    return Sizes(idle=idle, warm=warm, connection=connection, peak=peak.octets)


@contextlib.contextmanager
def whole_gateway(home: Path, author: Author) -> Iterator[Serving]:
    """The gateway with every role, LMTP and a PBX included."""
    with (
        dns_server(zone(author)) as names,
        Databases(home / "databases", author).fresh() as url,
        gateway(
            url,
            home / "gateway",
            nameserver=f"{names.host}:{names.port}",
            roles="",
            settings={
                "lmtp": {"enabled": True, "port": free_port()},
                "phone_endpoints": [{"name": "bench", "token": "a-token-for-the-bench"}],
            },
        ) as running,
    ):
        yield Serving(host="127.0.0.1", port=running.smtp_port, pids=running.pids)


@contextlib.contextmanager
def bare_listener(home: Path, author: Author) -> Iterator[Serving]:
    """aiosmtpd as it is."""
    with start(["aiosmtpd"], home=home, messages=home, author=author) as (target,), target.round() as serving:
        yield serving


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    for option, default in zip(_OPTIONS, (500, 50, 5_000_000, 1), strict=True):
        parser.add_argument(option, type=int, default=default)
    given = parser.parse_args()
    title = f"Memory: {given.connections} idle connections, then {given.mails} mails of {given.octets} octets at once"
    print(report.heading(title), flush=True)
    author = new_author()
    rows = []
    for name, opened in (("gateway, all roles", whole_gateway), ("aiosmtpd, null", bare_listener)):
        found = []
        for _ in range(given.rounds):
            with tempfile.TemporaryDirectory(prefix="intake-bench-") as folder:
                messages = Path(folder) / "messages"
                prepare(messages, author, RECIPIENT, {"5k": (5_000, 50), "5m": (given.octets, given.mails)})
                with opened(Path(folder), author) as serving:
                    found.append(astuple(measure(serving, messages, given.connections, given.mails)))
        idle, warm, connection, peak = (statistics.median(each) for each in zip(*found, strict=True))
        rows.append((name, *(f"{octets / MEBIOCTET:.0f}" for octets in (idle, warm)), f"{connection / 1024:.1f}"))
        rows[-1] += (f"{peak / MEBIOCTET:.0f}",)
    print(report.table(("", "idle MiB", "after 50 mails MiB", "per connection KiB", "peak MiB"), rows))


if __name__ == "__main__":
    report.run(main)
