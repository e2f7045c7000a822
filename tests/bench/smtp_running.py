"""The SMTP servers that are compared, each ready for one round: the gateway with everything on, null ones, Postfix.

Owns their start, and what a round must leave behind: a gateway that held mail instead of filing it, or a queue that is
not empty, makes the round's figure worthless.
"""

import contextlib
import functools
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.gateway import RECIPIENT, Databases, gateway, slow_flush, zone
from tests.bench.mail_messages import Author
from tests.servers.dns import dns_server
from tests.servers.postfix import postfix
from tests.servers.postgres import postgres
from tests.servers.process import Server, free_port, listening
from tests.tree import ROOT

BASELINE = "postfix"
SLOW_FLUSH_MS = 2.0
GATEWAYS = {
    "gateway": "one process, SQLite",
    "gateway-2": "two processes on one SQLite file and one port",
    "gateway-slow": f"one process, SQLite, {SLOW_FLUSH_MS:g} ms added to each flush",
    "gateway-pg": "one process, PostgreSQL",
    "gateway-pg-2": "two processes, PostgreSQL",
}
NULLS = {"ours": "our listener, a core that does nothing", "aiosmtpd": "aiosmtpd as it is, a handler that does nothing"}
TARGETS = {**GATEWAYS, **NULLS, BASELINE: "Postfix into its durable queue, then discard"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """A server during one round.

    pids: roots of its processes; none for one that somebody else runs. settle: wait until it has nothing left to do,
    given the number of messages it took; raises RuntimeError when it did not do with them what is measured.
    """

    host: str
    port: int
    pids: Sequence[int] = ()
    settle: Callable[[int], None] = lambda sent: None


Round = Callable[[], contextlib.AbstractContextManager[Serving]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A server to compare. messages: the folder of signed messages for it. fresh: begins each round anew, and cold."""

    name: str
    messages: Path
    round: Round
    fresh: bool = False

    @property
    def signed_only(self) -> bool:
        """Whether it takes nothing but the signed messages."""
        return self.name not in NULLS and self.name != BASELINE


def always(serving: Serving) -> Round:
    """The same server in every round."""
    return lambda: contextlib.nullcontext(serving)


@contextlib.contextmanager
def start(names: Sequence[str], *, home: Path, messages: Path, author: Author) -> Iterator[list[Target]]:
    """Start what the named targets need and yield them in that order."""
    with contextlib.ExitStack() as running:
        rounds: dict[str, Round] = {}
        for name in names:
            if name not in GATEWAYS:
                made = _postfix() if name == BASELINE else _null(name, home)
                rounds[name] = always(running.enter_context(made))
        chosen = [name for name in names if name in GATEWAYS]
        rounds.update(running.enter_context(_gateways(chosen, home, author)) if chosen else {})
        yield [Target(name=name, messages=messages, round=rounds[name], fresh=name in GATEWAYS) for name in names]


@contextlib.contextmanager
def _gateways(names: Sequence[str], home: Path, author: Author) -> Iterator[dict[str, Round]]:
    with contextlib.ExitStack() as running:
        names_server = running.enter_context(dns_server(zone(author)))
        files = Databases(home / "databases", author)
        on_server = None
        if any("-pg" in name for name in names):
            cluster = running.enter_context(postgres(durable=True))
            on_server = Databases(home / "databases", author, cluster)
        rounds: dict[str, Round] = {}
        for name in names:
            (home / name).mkdir()
            rounds[name] = functools.partial(
                _gateway_round,
                on_server if on_server is not None and "-pg" in name else files,
                home / name,
                nameserver=f"{names_server.host}:{names_server.port}",
                processes=2 if name.endswith("-2") else 1,
                preload=slow_flush(home / name, SLOW_FLUSH_MS) if name == "gateway-slow" else None,
            )
        yield rounds


@contextlib.contextmanager
def _gateway_round(
    databases: Databases, home: Path, *, nameserver: str, processes: int, preload: Path | None
) -> Iterator[Serving]:
    place = home / f"round-{sum(1 for _ in home.iterdir())}"
    with (
        databases.fresh() as url,
        gateway(url, place, nameserver=nameserver, processes=processes, preload=preload) as running,
    ):

        def settle(sent: int) -> None:
            if running.filed() != sent:
                raise RuntimeError(f"{home.name}: {sent} taken, {running.filed()} filed, {running.held()} held")

        yield Serving(host="127.0.0.1", port=running.smtp_port, pids=running.pids, settle=settle)


@contextlib.contextmanager
def _null(name: str, home: Path) -> Iterator[Serving]:
    port = free_port()
    (home / name).mkdir()
    command = [sys.executable, "-m", "tests.bench.smtp_targets", name, str(port), RECIPIENT]
    with Server(
        command,
        home=home / name,
        ready=lambda: listening(port),
        account=None,
        environment={"PYTHONPATH": str(ROOT)},
    ) as server:
        yield Serving(host="127.0.0.1", port=port, pids=[server.pid])


@contextlib.contextmanager
def _postfix() -> Iterator[Serving]:
    with postfix(None) as mta:
        yield Serving(
            host=mta.host, port=mta.port, pids=[mta.pid], settle=lambda sent: mta.wait_until_empty(seconds=120)
        )
