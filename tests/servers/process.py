"""Starting, awaiting and stopping other people's programs. Knows no particular server."""

import contextlib
import grp
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Below the range from which the kernel takes ports for outgoing connections. Each worker of a run has its own share:
# one that is free now may be listened on a moment later, and nobody asks twice.
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_PORTS = range(20_000 + _WORKER, 32_000, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))
_given: set[int] = set()
_READY_SECONDS = 60  # never waited for by a server that ends: only by one on a machine that has much else to do


def missing(what: str) -> None:
    """Skip the test visibly, or fail it where INTAKE_REQUIRE_SERVERS=1 says that nothing may be missing."""
    if os.environ.get("INTAKE_REQUIRE_SERVERS") == "1":
        pytest.fail(f"not available, but required by INTAKE_REQUIRE_SERVERS=1: {what}", pytrace=False)
    pytest.skip(f"not available: {what}")


def require(program: str, *, package: str, folders: Sequence[str] = ()) -> str:
    """Return the path of a program, or skip (fail in CI) naming the Debian package that brings it."""
    path = shutil.which(program, path=os.pathsep.join([*folders, SYSTEM_PATH]))
    if path is None:
        missing(f"{program} (Debian package {package})")
    assert path is not None
    return path


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The account a server runs under."""

    name: str
    group: str
    uid: int
    gid: int

    def own(self, path: Path) -> None:
        """Give a directory and all it holds to the account (only root needs to)."""
        if os.geteuid() == 0:
            for entry in (path, *path.rglob("*")):
                os.chown(entry, self.uid, self.gid, follow_symlinks=False)


def unprivileged(*preferred: str) -> Account:
    """Return the account for a server: who we are, or, as root, the first existing of `preferred` and nobody."""
    names = (*preferred, "nobody") if os.geteuid() == 0 else (pwd.getpwuid(os.geteuid()).pw_name,)
    for name in names:
        with contextlib.suppress(KeyError):
            found = pwd.getpwnam(name)
            group = grp.getgrgid(found.pw_gid).gr_name
            return Account(name=found.pw_name, group=group, uid=found.pw_uid, gid=found.pw_gid)
    raise RuntimeError("no unprivileged account on this machine")


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """Return a loopback port nobody listens on and that this process has not given out before."""
    for _ in range(200):
        port = random.choice(_PORTS)
        if port in _given:
            continue
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given.add(port)
        return port
    raise RuntimeError("no free port")


@contextlib.contextmanager
def directory(name: str, account: Account) -> Iterator[Path]:
    """A temporary directory of the account. Not pytest's tmp_path: its parents are closed to other accounts."""
    path = Path(tempfile.mkdtemp(prefix=f"intake-{name}-"))
    try:
        account.own(path)
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def wait_until(condition: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Poll until the condition holds; raise TimeoutError naming what did not happen."""
    end = time.monotonic() + seconds
    pause = 0.005
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds} s: {what}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.1)


def listening(port: int, host: str = "127.0.0.1") -> bool:
    """Say whether somebody accepts TCP connections there."""
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
        return True
    return False


class Server:
    """One foreign program: started, awaited, stopped or killed, and started again on the same port."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        home: Path,
        ready: Callable[[], bool],
        account: Account | None,
        stop_signal: signal.Signals = signal.SIGTERM,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """account: None keeps the caller's privileges, for a program that drops them itself."""
        self._command = [str(part) for part in command]
        self._home = home
        self._ready = ready
        self._account = account
        self._stop_signal = stop_signal
        self._environment = {"PATH": SYSTEM_PATH, "LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": str(home)}
        self._environment.update(environment or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._last_pid: int | None = None
        self.exit_code: int | None = None  # of the last run that ended

    @property
    def pid(self) -> int:
        assert self._process is not None, "not started"
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def output(self) -> str:
        """What the program has printed so far."""
        with contextlib.suppress(FileNotFoundError):
            return (self._home / "output.log").read_text(errors="replace")
        return ""

    def start(self) -> None:
        """Start it and return when it is ready; raise RuntimeError with its output when it does not come up."""
        assert self._process is None, "already started"
        drop = self._account is not None and os.geteuid() == 0
        with (self._home / "output.log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._home,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                user=self._account.uid if drop and self._account else None,
                group=self._account.gid if drop and self._account else None,
                extra_groups=[] if drop else None,
            )
        try:
            what = f"{self._command[0]} ready"
            wait_until(lambda: self._exited() or self._ready(), seconds=_READY_SECONDS, what=what)
        except TimeoutError as error:
            self.stop()
            raise RuntimeError(f"{error}\n{self.output()}") from error
        if self._exited():
            self._process = None
            raise RuntimeError(f"{self._command[0]} ended at once:\n{self.output()}")

    def _exited(self) -> bool:
        return self._process is not None and self._process.poll() is not None

    def stop(self) -> None:
        """Ask it to stop, wait, kill it when it does not. Stopping twice is harmless."""
        self._end(self._stop_signal)

    def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        """End it the hard way and wait until it is gone."""
        self._end(how)

    def end_the_rest(self) -> None:
        """After `stop`: end the children that outlive a parent which is gone, and whatever they are connected to."""
        assert not self.running, "still running"
        if self._last_pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._last_pid, signal.SIGKILL)

    def await_end(self) -> None:
        """Wait until it is gone by itself; kill it when it does not go."""
        self._end(None)

    def _end(self, how: signal.Signals | None) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None and how is not None:
            process.send_signal(how)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self.exit_code, self._last_pid = process.returncode, process.pid

    def __enter__(self) -> "Server":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
