"""Messages a second over SMTP: the whole gateway, null servers and Postfix's durable queue, in interleaved rounds.

    python -m tests.bench.smtp [--targets gateway,gateway-2,ours,aiosmtpd,postfix] [--sizes 5k,100k,5m]
                               [--sessions 20,100] [--rounds 5] [--scale 1] [--load both|signed|smtp-source]
                               [--reconnect] [--rate 200 [--beside]] [--gateway NAME=HOST:PORT=MESSAGES …]

Printed are medians and their ratio to Postfix, which says more than any number of messages a second. `smtp-source`
sends one message again and again, `signed` sends distinct DKIM-signed ones (tests.bench.mail_load); a gateway takes
only those. What the targets are is in tests.bench.smtp_running; a gateway that already runs elsewhere is measured by
giving its address and a folder of messages whose author it knows: `prepare` writes them and says what its DNS must
answer.

    python -m tests.bench.smtp prepare FOLDER --author jan@firma.example --recipient helpdesk@example.org
"""

import argparse
import contextlib
import functools
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench import report
from tests.bench.gateway import RECIPIENT
from tests.bench.mail_messages import Author, new_author, write_messages
from tests.bench.processes import MEBIOCTET, cpu_seconds, peak_of, resident
from tests.bench.smtp_running import BASELINE, TARGETS, Serving, Target, always, start
from tests.servers.postfix import smtp_source

SENDER = "load@firma.example"
SIZES = {"5k": (5_000, 1500), "100k": (100_000, 300), "5m": (5_000_000, 20)}
_WARM_SHARE = 10  # one message in so many is sent before, to a target that begins each round cold
_BESIDE_PER_SECOND = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One measurement: by which load, how large, how many at once.

    scale: which share of the usual number of messages. rate: messages a second, or None for as fast as they go.
    beside: 5 MB mails arrive at the same time.
    """

    load: str
    size: str
    sessions: int
    scale: float = 1.0
    reconnect: bool = False
    rate: float | None = None
    beside: bool = False

    @property
    def title(self) -> str:
        more = [", one message per connection"] * self.reconnect + [", 5 MB mails beside"] * self.beside
        return f"{self.load}, {self.size}, {self.sessions} sessions" + "".join(more)

    @property
    def unit(self) -> str:
        return "messages/s" if self.rate is None else f"p99 ms at {self.rate:g}/s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What one round showed.

    figure: messages a second, or the 99th percentile of the time to the 250 in milliseconds. cpu_ms: a message.
    idle, peak: resident octets. The last three are 0 for a server whose processes are not ours.
    """

    figure: float
    cpu_ms: float
    idle: int
    peak: int


def count_of(size: str, scale: float) -> int:
    """How many messages of a size are sent."""
    return max(2, round(SIZES[size][1] * scale))


def run_round(case: Case, target: Target) -> Sample:
    """Measure one round. Raises RuntimeError when the server did not do with the messages what is measured."""
    with target.round() as serving:
        pids = serving.pids
        warm = _load(case, target, serving, f"{case.size}-warm")["sent"] if target.fresh else 0
        idle, before = resident(*pids), cpu_seconds(*pids)
        with peak_of(*pids) as peak, _beside(case, target, serving) as beside:
            figure, sent = _send(case, target, serving)
        others = sum(beside)
        serving.settle(warm + sent + others)
        used = cpu_seconds(*pids) - before
        return Sample(figure=figure, cpu_ms=used / (sent + others) * 1000, idle=idle, peak=peak.octets)


def _send(case: Case, target: Target, serving: Serving) -> tuple[float, int]:
    """Return the figure and how many messages were taken."""
    if case.load == "signed":
        outcome = _load(case, target, serving, case.size)
        return float(outcome["per_second" if case.rate is None else "p99_ms"]), outcome["sent"]
    octets, count = SIZES[case.size][0], max(count_of(case.size, case.scale), case.sessions)
    began = time.perf_counter()
    smtp_source(
        serving.host,
        serving.port,
        recipient=RECIPIENT,
        sender=SENDER,
        count=count,
        sessions=case.sessions,
        length=octets,
        reconnect=case.reconnect,
    )
    return count / (time.perf_counter() - began), count


def _command(target: Target, serving: Serving, file: str, *options: str) -> list[str]:
    envelope = json.loads((target.messages / "envelope.json").read_text())
    return [
        *(sys.executable, "-m", "tests.bench.mail_load", f"{serving.host}:{serving.port}"),
        *(str(target.messages / file), "--sender", envelope["sender"], "--recipient", envelope["recipient"], *options),
    ]


def _load(case: Case, target: Target, serving: Serving, file: str) -> dict[str, Any]:
    options = ["--sessions", str(case.sessions), *(["--reconnect"] if case.reconnect else [])]
    options += ["--rate", str(case.rate)] if case.rate is not None else []
    done = subprocess.run(_command(target, serving, file, *options), check=True, stdout=subprocess.PIPE, text=True)
    return _all_taken(target, done.stdout)


def _all_taken(target: Target, output: str) -> dict[str, Any]:
    outcome: dict[str, Any] = json.loads(output)
    if outcome["unsent"]:
        raise RuntimeError(f"{target.name} did not take everything: {outcome['replies']}")
    return outcome


@contextlib.contextmanager
def _beside(case: Case, target: Target, serving: Serving) -> Iterator[list[int]]:
    """Let 5 MB mails arrive meanwhile; the list then holds how many were taken."""
    taken: list[int] = []
    if not case.beside:
        yield taken
        return
    command = _command(target, serving, "5m", "--sessions", "4", "--rate", str(_BESIDE_PER_SECOND))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield taken
        taken.append(_all_taken(target, process.communicate()[0])["sent"])


def prepare(folder: Path, author: Author, recipient: str, sizes: Mapping[str, tuple[int, int]]) -> None:
    """Write signed messages, the envelope, and the DNS record that verifies them. sizes: name → octets, count."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "envelope.json").write_text(json.dumps({"sender": author.address, "recipient": recipient}))
    (folder / "dns.json").write_text(json.dumps({author.dns_name: {"TXT": [author.dns_record]}}))
    for seed, (size, (octets, count)) in enumerate(sizes.items()):
        write = functools.partial(write_messages, author=author, recipient=recipient, octets=octets)
        write(folder / size, count=count, seed=2 * seed)
        write(folder / f"{size}-warm", count=max(2, count // _WARM_SHARE), seed=2 * seed + 1)


def measure(case: Case, chosen: Sequence[Target], rounds: int) -> dict[str, list[Sample]]:
    """Return each target's samples. Rounds are interleaved, so that what else the machine does falls on all alike."""
    samples: dict[str, list[Sample]] = {target.name: [] for target in chosen}
    for _ in range(rounds):
        for target in chosen:
            samples[target.name].append(run_round(case, target))
    return samples


def rows(samples: dict[str, list[Sample]]) -> Iterator[list[str]]:
    """Name, median, spread of the rounds, ratio to the baseline, processor time, memory idle and at its peak."""
    medians = {name: statistics.median(each.figure for each in found) for name, found in samples.items()}
    for name, found in samples.items():
        figures = [each.figure for each in found]
        cpu = statistics.median(each.cpu_ms for each in found)
        idle = statistics.median(each.idle for each in found) / MEBIOCTET
        peak = statistics.median(each.peak for each in found) / MEBIOCTET
        yield [
            name,
            f"{medians[name]:.1f}",
            f"{min(figures):.0f}–{max(figures):.0f}",
            report.ratio(medians[name], medians.get(BASELINE, 0.0)),
            *([f"{cpu:.2f}", f"{idle:.0f}", f"{peak:.0f}"] if peak else ["–"] * 3),
        ]


def cases(given: argparse.Namespace) -> Iterator[Case]:
    """All combinations that the arguments ask for."""
    for load in _loads(given):
        for size in given.sizes.split(","):
            for sessions in map(int, given.sessions.split(",")):
                yield Case(
                    load=load,
                    size=size,
                    sessions=sessions,
                    scale=given.scale,
                    reconnect=given.reconnect,
                    rate=given.rate,
                    beside=given.beside,
                )


def _loads(given: argparse.Namespace) -> list[str]:
    if given.rate is not None:
        return ["signed"]
    return ["smtp-source", "signed"] if given.load == "both" else [given.load]


def main() -> None:
    given = _arguments()
    if given.command == "prepare":
        author = new_author(given.author)
        prepare(given.folder, author, given.recipient, SIZES)
        print(f"The DNS must answer {author.dns_name} TXT with\n{author.dns_record}")
        return
    sizes = given.sizes.split(",")
    print(report.heading("Mail by SMTP"), flush=True)
    with tempfile.TemporaryDirectory(prefix="intake-bench-") as folder:
        home, messages, author = Path(folder), Path(folder) / "messages", new_author(SENDER)
        wanted = {size: (SIZES[size][0], count_of(size, given.scale)) for size in sizes if "signed" in _loads(given)}
        prepare(messages, author, RECIPIENT, wanted)
        if given.beside:
            seconds = count_of(sizes[0], given.scale) / given.rate
            count = max(2, round(_BESIDE_PER_SECOND * seconds))
            write_messages(messages / "5m", author, RECIPIENT, count=count, octets=SIZES["5m"][0], seed=99)
        with start(given.targets.split(","), home=home, messages=messages, author=author) as found:
            found += [_elsewhere(each) for each in given.gateway]
            for case in cases(given):
                able = [each for each in found if case.load == "signed" or not each.signed_only]
                columns = (case.title, case.unit, "rounds", f"× {BASELINE}", "CPU ms", "idle MiB", "peak MiB")
                print(report.table(columns, rows(measure(case, able, given.rounds))), flush=True)


def _elsewhere(given: str) -> Target:
    name, address, folder = given.split("=")
    host, _, port = address.rpartition(":")
    serving = Serving(host=host, port=int(port))
    return Target(name=name, messages=Path(folder), round=always(serving))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--targets", default="gateway,gateway-2,ours,aiosmtpd,postfix", help=", ".join(TARGETS))
    parser.add_argument("--sizes", default="5k,100k,5m")
    parser.add_argument("--sessions", default="20,100")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0, help="send this share of the usual number of messages")
    parser.add_argument("--reconnect", action="store_true", help="one message for each connection")
    parser.add_argument("--rate", type=float, help="send so many a second and print the 99th percentile in ms")
    parser.add_argument("--beside", action="store_true", help="with --rate: 5 MB mails arrive at the same time")
    parser.add_argument("--load", choices=["both", "signed", "smtp-source"], default="both")
    parser.add_argument("--gateway", action="append", default=[], metavar="NAME=HOST:PORT=MESSAGES")
    commands = parser.add_subparsers(dest="command")
    messages = commands.add_parser("prepare", help="write signed messages for a gateway that knows their author")
    messages.add_argument("folder", type=Path)
    messages.add_argument("--author", default=SENDER)
    messages.add_argument("--recipient", default=RECIPIENT)
    given = parser.parse_args()
    if given.beside and given.rate is None:
        parser.error("--beside needs --rate")
    return given


if __name__ == "__main__":
    report.run(main)
