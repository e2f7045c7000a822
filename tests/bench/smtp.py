"""Messages a second over SMTP: ours with a null core, aiosmtpd with a null handler, Postfix's durable queue, and more.

    python -m tests.bench.smtp [--sizes 5k,100k,5m] [--sessions 20,100] [--rounds 5] [--reconnect]
                               [--load both|signed|smtp-source] [--rate 200] [--gateway NAME=HOST:PORT=MESSAGES …]

Rounds are interleaved, so that what else the machine does falls on all alike; printed are medians and their ratio to
Postfix, which says more than any number of messages a second. `smtp-source` sends one message again and again,
`signed` sends distinct DKIM-signed ones (tests.bench.mail_load).

A gateway with everything on is measured by giving its address and a folder of messages whose author it knows:
`prepare` writes them and says what its DNS must answer.

    python -m tests.bench.smtp prepare FOLDER --author jan@firma.example --recipient helpdesk@example.org
"""

import argparse
import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.mail_messages import Author, new_author, write_messages
from tests.servers.postfix import Postfix, postfix, smtp_source
from tests.servers.process import Server, free_port, listening

SENDER = "load@firma.example"
RECIPIENT = "helpdesk@example.org"
SIZES = {"5k": (5_000, 1500), "100k": (100_000, 300), "5m": (5_000_000, 20)}
BASELINE = "postfix"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A server to send to. messages: the folder of signed messages it wants, with its sender and recipient."""

    name: str
    host: str
    port: int
    messages: Path
    mta: Postfix | None = None

    def settle(self) -> None:
        """Wait until it has nothing left to do from this round."""
        if self.mta is not None:
            self.mta.wait_until_empty(seconds=120)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One measurement: by which load, how large, how many at once."""

    load: str
    size: str
    sessions: int
    reconnect: bool
    rate: float | None = None

    @property
    def unit(self) -> str:
        return "/s" if self.rate is None else " ms"

    def run(self, target: Target) -> float:
        """Return messages a second, or with a rate the 99th percentile of the time to the 250, in milliseconds."""
        if self.load == "signed":
            return _run_signed(self, target)
        octets, count = SIZES[self.size]
        count = max(count, self.sessions)
        began = time.perf_counter()
        smtp_source(
            target.host,
            target.port,
            recipient=RECIPIENT,
            sender=SENDER,
            count=count,
            sessions=self.sessions,
            length=octets,
            reconnect=self.reconnect,
        )
        return count / (time.perf_counter() - began)


def _run_signed(case: Case, target: Target) -> float:
    envelope = json.loads((target.messages / "envelope.json").read_text())
    command = [
        *(sys.executable, "-m", "tests.bench.mail_load", f"{target.host}:{target.port}"),
        *(str(target.messages / case.size), "--sender", envelope["sender"], "--recipient", envelope["recipient"]),
        *("--sessions", str(case.sessions), *(["--reconnect"] if case.reconnect else [])),
        *(["--rate", str(case.rate)] if case.rate is not None else []),
    ]
    outcome = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    if outcome["unsent"]:
        raise RuntimeError(f"{target.name} did not take everything: {outcome['replies']}")
    return float(outcome["per_second" if case.rate is None else "p99_ms"])


def prepare(folder: Path, author: Author, recipient: str, sizes: Sequence[str]) -> None:
    """Write the signed messages of each size, the envelope, and the DNS record that verifies them."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "envelope.json").write_text(json.dumps({"sender": author.address, "recipient": recipient}))
    (folder / "dns.json").write_text(json.dumps({author.dns_name: {"TXT": [author.dns_record]}}))
    for seed, size in enumerate(sizes):
        octets, count = SIZES[size]
        write_messages(folder / size, author, recipient, count=count, octets=octets, seed=seed)


@contextlib.contextmanager
def targets(messages: Path, gateways: Sequence[str]) -> Iterator[list[Target]]:
    """Start the servers to compare and yield them, the baseline last."""
    with contextlib.ExitStack() as running:
        home = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="intake-bench-")))
        found = []
        for name in ("ours", "aiosmtpd"):
            port = free_port()
            (home / name).mkdir()
            command = [sys.executable, "-m", "tests.bench.smtp_targets", name, str(port), RECIPIENT]
            server = Server(
                command,
                home=home / name,
                ready=lambda port=port: listening(port),
                account=None,
                environment={"PYTHONPATH": str(Path.cwd())},
            )
            running.enter_context(server)
            found.append(Target(name=f"{name}, null", host="127.0.0.1", port=port, messages=messages))
        for given in gateways:
            name, address, folder = given.split("=")
            host, _, number = address.rpartition(":")
            found.append(Target(name=name, host=host, port=int(number), messages=Path(folder)))
        mta = running.enter_context(postfix(None))
        found.append(Target(name=BASELINE, host=mta.host, port=mta.port, messages=messages, mta=mta))
        yield found


def measure(case: Case, chosen: Sequence[Target], rounds: int) -> dict[str, float]:
    """Return each target's median over interleaved rounds."""
    rates: dict[str, list[float]] = {target.name: [] for target in chosen}
    for _ in range(rounds):
        for target in chosen:
            rates[target.name].append(case.run(target))
            target.settle()
    return {name: statistics.median(found) for name, found in rates.items()}


def main() -> None:
    given = _arguments()
    if given.command == "prepare":
        author = new_author(given.author)
        prepare(given.folder, author, given.recipient, list(SIZES))
        print(f"The DNS must answer {author.dns_name} TXT with\n{author.dns_record}")
        return
    sizes = given.sizes.split(",")
    loads = ["smtp-source", "signed"] if given.load == "both" else [given.load]
    if given.rate is not None:
        loads = ["signed"]
    with tempfile.TemporaryDirectory(prefix="intake-bench-") as folder:
        messages = Path(folder)
        prepare(messages, new_author(SENDER), RECIPIENT, sizes if "signed" in loads else [])
        with targets(messages, given.gateway) as found:
            print(f"{'load':<12}{'size':>5}{'sessions':>9}  " + "".join(f"{target.name:>22}" for target in found))
            for load in loads:
                for size in sizes:
                    for sessions in map(int, given.sessions.split(",")):
                        case = Case(load=load, size=size, sessions=sessions, reconnect=given.reconnect, rate=given.rate)
                        wanted = found if load == "signed" else [each for each in found if each.messages == messages]
                        _print(case, found, measure(case, wanted, given.rounds))


def _print(case: Case, found: Sequence[Target], rates: dict[str, float]) -> None:
    cells = []
    digits = 0 if case.rate is None else 1
    for target in found:
        rate = rates.get(target.name)
        cells.append(
            f"{'–':>22}" if rate is None else f"{rate:>9.{digits}f}{case.unit} {rate / rates[BASELINE]:>9.2f}×"
        )
    print(f"{case.load:<12}{case.size:>5}{case.sessions:>9}  " + "".join(cells), flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sizes", default="5k,100k,5m")
    parser.add_argument("--sessions", default="20,100")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--reconnect", action="store_true", help="one message for each connection")
    parser.add_argument("--rate", type=float, help="send so many a second and print the 99th percentile in ms")
    parser.add_argument("--load", choices=["both", "signed", "smtp-source"], default="both")
    parser.add_argument("--gateway", action="append", default=[], metavar="NAME=HOST:PORT=MESSAGES")
    commands = parser.add_subparsers(dest="command")
    messages = commands.add_parser("prepare", help="write signed messages for a gateway that knows their author")
    messages.add_argument("folder", type=Path)
    messages.add_argument("--author", default=SENDER)
    messages.add_argument("--recipient", default=RECIPIENT)
    return parser.parse_args()


if __name__ == "__main__":
    main()
