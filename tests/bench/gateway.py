"""The whole gateway as a thing to measure: real processes on a fresh database that knows the author of the load.

Owns the database, the settings file and the life of the processes. What is sent to them is the benchmark's matter.
"""

import contextlib
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from authz.identity import Channel
from intake.people import AddressData, ContactData, CustomerData
from intake.ports import Transaction
from intake.tickets.model import Actor, ActorKind
from store.engine import open_engine, reading
from store.migrate import migrate
from store.tables import quarantine, tickets
from store.writer import GroupWriter
from tests.bench.mail_messages import Author
from tests.e2e.gateway import write_toml
from tests.servers.dns import Zone
from tests.servers.postgres import Cluster
from tests.servers.process import Server, free_port, require
from tests.tree import ROOT

RECIPIENT = "helpdesk@example.org"
_DESK = Actor(kind=ActorKind.ADMIN, name="bench", channel=Channel.WEB)

# Stands in front of the C library's calls; a disk that is slower than the one at hand.
_SLOW_FLUSH = """\
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
static int slow(const char *name, int fd) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    struct timespec pause = {0, %d * 1000L};
    nanosleep(&pause, 0);
    return real(fd);
}
int fsync(int fd) { return slow("fsync", fd); }
int fdatasync(int fd) { return slow("fdatasync", fd); }
"""


def zone(author: Author) -> Zone:
    """What the DNS must answer for the author's signatures to hold."""
    return {author.dns_name: {"TXT": (author.dns_record,)}}


class Databases:
    """Fresh databases that know one author, as copies of one that was filled once.

    cluster: a running PostgreSQL, or None for SQLite files.
    """

    def __init__(self, home: Path, author: Author, cluster: Cluster | None = None) -> None:
        self._home, self._cluster, self._count = home, cluster, 0
        if cluster is None:
            home.mkdir(parents=True, exist_ok=True)
            _seed(f"sqlite:///{home / 'filled.db'}", author)
        else:
            self._template = cluster.template(lambda url: _seed(url, author))

    @contextlib.contextmanager
    def fresh(self) -> Iterator[str]:
        """Yield the URL of a database that is gone afterwards."""
        if self._cluster is not None:
            with self._cluster.database(template=self._template) as url:
                yield url
            return
        self._count += 1
        folder = self._home / f"copy-{self._count}"
        folder.mkdir()
        try:
            shutil.copy(self._home / "filled.db", folder / "intake.db")
            yield f"sqlite:///{folder / 'intake.db'}"
        finally:
            shutil.rmtree(folder)


def _seed(url: str, author: Author) -> None:
    engine = open_engine(url)
    migrate(engine)
    writer = GroupWriter(engine)
    try:
        writer.submit(lambda tx: _fill(tx, author.address)).result(30)
    finally:
        writer.stop()
        engine.dispose()


def _fill(tx: Transaction, address: str) -> None:
    at = datetime.now(UTC)
    customer = tx.people.add_customer(CustomerData(name="Bench"), by=_DESK, at=at).id
    contact = tx.people.add_contact(ContactData(customer_id=customer, name="Load Test"), by=_DESK, at=at).id
    tx.people.add_address(AddressData(customer_id=customer, contact_id=contact, address=address), by=_DESK, at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """Gateway processes that share ports and a database. pids: of the processes themselves, not of their children."""

    smtp_port: int
    http_port: int
    database_url: str
    servers: Sequence[Server]

    @property
    def pids(self) -> list[int]:
        return [server.pid for server in self.servers]

    def filed(self) -> int:
        """How many tickets there are."""
        return self._count(tickets)

    def held(self) -> int:
        """How many mails were put into quarantine instead."""
        return self._count(quarantine)

    def _count(self, rows: Any) -> int:
        engine = open_engine(self.database_url)
        try:
            with reading(engine).connect() as connection:
                return int(connection.execute(select(func.count()).select_from(rows)).scalar_one())
        finally:
            engine.dispose()


@contextlib.contextmanager
def gateway(
    database_url: str,
    home: Path,
    *,
    nameserver: str,
    roles: str = "smtp",
    processes: int = 1,
    settings: Mapping[str, Any] | None = None,
    preload: Path | None = None,
) -> Iterator[Running]:
    """Start gateway processes on one database and yield when all of them listen.

    roles: as `--only` takes them; empty runs everything. settings: further sections of the settings file.
    preload: a library to load in front of the C library's (see `slow_flush`).
    """
    smtp_port, http_port = free_port(), free_port()
    home.mkdir(parents=True, exist_ok=True)
    (home / "intake.toml").write_text(
        write_toml(
            {
                "service": {"data_dir": str(home / "var"), "secret_key": "a secret that all processes share"},
                "database": {"url": database_url},
                "mail": {"addresses": [RECIPIENT]},
                "smtp": {"port": smtp_port, "reuse_port": processes > 1},
                "http": {"port": http_port},
                "dns": {"nameservers": [nameserver]},
                **(settings or {}),
            }
        )
    )
    command = [sys.executable, "-m", "intake", "--config", str(home / "intake.toml"), "serve"]
    with contextlib.ExitStack() as running:
        servers = []
        for number in range(processes):
            folder = home / f"process-{number + 1}"
            folder.mkdir()
            server = _server([*command, *(["--only", roles] if roles else [])], folder, preload)
            servers.append(running.enter_context(server))
        yield Running(smtp_port=smtp_port, http_port=http_port, database_url=database_url, servers=servers)


def _server(command: Sequence[str], folder: Path, preload: Path | None) -> Server:
    """One process; it is ready when it says so, for a shared port tells nothing about each of those behind it."""
    environment = {"PYTHONPATH": str(ROOT), **({"LD_PRELOAD": str(preload)} if preload else {})}
    ready = lambda: '"event": "ready"' in (folder / "output.log").read_text(errors="replace")  # noqa: E731
    return Server(command, home=folder, ready=ready, account=None, environment=environment)


def slow_flush(folder: Path, milliseconds: float) -> Path:
    """Compile a library for `preload` that makes every flush to the disk take so much longer. Needs a C compiler."""
    source, library = folder / "slow_flush.c", folder / "slow_flush.so"
    source.write_text(_SLOW_FLUSH % round(milliseconds * 1000))
    compiler = require("cc", package="gcc")
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True, capture_output=True
    )
    return library
