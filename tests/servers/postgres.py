"""PostgreSQL: one cluster, a fresh database for each test, cloned from a template."""

import contextlib
import itertools
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
from psycopg import sql

from tests.servers.process import Account, Server, directory, free_port, require, unprivileged, wait_until

# Without these a test run costs a disk flush per commit; with durable=True nothing is traded for speed.
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
_DURABLE = ("fsync=on", "synchronous_commit=on", "full_page_writes=on")
_names = itertools.count(1)


def _program(name: str) -> str:
    """Debian keeps the server's programs out of the path, one folder a version; the newest one wins."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    chosen = [os.environ["PG_BIN"]] if "PG_BIN" in os.environ else []
    return require(name, package="postgresql", folders=[*chosen, *map(str, folders)])


class Cluster:
    """A running PostgreSQL on loopback."""

    def __init__(self, *, home: Path, account: Account, durable: bool) -> None:
        self.port = free_port()
        self._home = home
        settings = (
            *(_DURABLE if durable else _FAST),
            "listen_addresses=127.0.0.1",
            "max_connections=200",
            "timezone=UTC",
        )
        self._server = Server(
            [
                _program("postgres"),
                *("-D", home / "data", "-p", str(self.port), "-k", home),
                *(word for setting in settings for word in ("-c", setting)),
            ],
            home=home,
            ready=self._answers,
            account=account,
            stop_signal=signal.SIGINT,  # fast shutdown: rolls back, disconnects, writes a checkpoint
        )

    def _answers(self) -> bool:
        with contextlib.suppress(psycopg.OperationalError), self._connect():
            return True
        return False

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="postgres", dbname="postgres", autocommit=True, connect_timeout=5
        )

    @property
    def pid(self) -> int:
        """Of the server; its backends are its children."""
        return self._server.pid

    def start(self) -> None:
        """Start (again); after a crash this is where recovery happens."""
        self._server.start()

    def stop(self) -> None:
        """Stop in good order."""
        self._server.stop()

    def crash(self) -> None:
        """End it without a checkpoint, as a power cut would, short of losing what the system had not written."""
        self._server.kill(signal.SIGQUIT)

    def log(self) -> str:
        """What the server has logged."""
        return self._server.output()

    def url(self, database: str = "postgres") -> str:
        """The SQLAlchemy URL of a database."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}"

    def create(self, *, template: str = "template0") -> str:
        """Create a database from a template and return its name."""
        name = f"test_{next(_names)}"
        with self._connect() as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
            )
        return name

    def drop(self, name: str) -> None:
        """Drop a database with whoever is still connected to it."""
        with self._connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def rename(self, name: str) -> str:
        """Disconnect everybody from a database and give it another name, which is returned."""
        new = f"test_{next(_names)}"
        with self._connect() as connection:
            others = sql.SQL("FROM pg_stat_activity WHERE datname = {}").format(sql.Literal(name))
            connection.execute(sql.SQL("SELECT pg_terminate_backend(pid) ") + others)
            wait_until(
                lambda: connection.execute(sql.SQL("SELECT count(*) ") + others).fetchone() == (0,),
                seconds=20,
                what=f"everybody has left {name}",
            )
            connection.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(name), sql.Identifier(new))
            )
        return new

    def template(self, prepare: Callable[[str], None]) -> str:
        """Create a database, let `prepare(url)` fill it (and disconnect), and return its name for `create`."""
        name = self.create()
        prepare(self.url(name))
        return name

    @contextlib.contextmanager
    def database(self, *, template: str = "template0") -> Iterator[str]:
        """The URL of a fresh database that is dropped at the end."""
        name = self.create(template=template)
        try:
            yield self.url(name)
        finally:
            self.drop(name)


@contextlib.contextmanager
def postgres(*, durable: bool = False) -> Iterator[Cluster]:
    """Start a cluster of its own. durable: commits are flushed to the disk, for tests that crash it."""
    initdb = _program("initdb")
    account = unprivileged("postgres")
    with directory("postgres", account) as home:
        root = os.geteuid() == 0
        subprocess.run(
            [initdb, "-D", home / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"],
            check=True,
            cwd=home,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(home)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            user=account.uid if root else None,
            group=account.gid if root else None,
            extra_groups=[] if root else None,
        )
        cluster = Cluster(home=home, account=account, durable=durable)
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()
