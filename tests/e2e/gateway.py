"""The real process: `python -m intake serve` with a settings file of its own, looked at from outside only.

Owns its life and the ways in: SMTP, LMTP, HTTP and the command line. What is in its lists is `tests.e2e.people`.
"""

import contextlib
import json
import os
import signal
import smtplib
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from tests.servers.process import SYSTEM_PATH, Server, free_port, wait_until
from tests.tree import ROOT

HELPDESK = "helpdesk@desk.example"
Settings = Mapping[str, Any]

_THIS_TREE = {"PYTHONPATH": str(ROOT)}


@dataclass(frozen=True, slots=True)
class Reply:
    """What the gateway said to a message."""

    code: int
    text: str

    @property
    def ticket(self) -> int:
        """The number in "Ticket 12"."""
        assert self.code == 250, self
        words = self.text.removesuffix(", received before").split()
        assert words[-2] == "Ticket", self
        return int(words[-1])


class Gateway:
    """A gateway that can be started, stopped, killed and started again on the same ports.

    settings: sections of the settings file that differ from what a test needs anyway.
    token: of the API, with every scope. roles: what `--only` gets; empty runs everything.
    """

    host = "127.0.0.1"

    def __init__(
        self, home: Path, database_url: str, *, token: str, settings: Settings | None = None, roles: str = ""
    ) -> None:
        self.smtp_port, self.http_port = free_port(), (settings or {}).get("http", {}).get("port") or free_port()
        self.url = f"http://{self.host}:{self.http_port}"
        self._settings_file = home / "intake.toml"
        self._home = home
        self._stopping = False
        own: dict[str, Any] = {
            "service": {"name": "Podpora", "public_url": "https://podpora.desk.example", "data_dir": str(home / "var")},
            "database": {"url": database_url},
            # A test writes more in a minute than people do in a day.
            "mail": {"addresses": [HELPDESK], "automatic_burst": 10_000, "automatic_per_day": 10_000},
            "smtp": {"port": self.smtp_port, "hostname": "mx.desk.example"},
            "http": {"port": self.http_port},
        }
        self._settings_file.write_text(write_toml(_merged(own, settings or {})))
        only = ["--only", roles] if roles else []
        self._server = Server(
            [sys.executable, "-m", "intake", "--config", self._settings_file, "serve", *only],
            home=home,
            ready=self._ready,
            account=None,
            environment=_THIS_TREE,
        )
        self._http = httpx2.Client(base_url=self.url, timeout=20, trust_env=False)
        self._token = {"Authorization": f"Bearer {token}"}

    # --- its life ---

    @property
    def pid(self) -> int:
        return self._server.pid

    @property
    def running(self) -> bool:
        return self._server.running

    def start(self) -> None:
        """Start it and return when it can take work."""
        self._stopping = False
        self._server.start()

    def stop(self) -> None:
        """Stop it as an operator does; raise AssertionError when it does not end well, or has not."""
        if self._stopping:
            self._server.await_end()  # a second signal would meet the bare interpreter at its very end
        else:
            self._server.stop()
        code, self._server.exit_code = self._server.exit_code, 0
        assert code in {None, 0}, f"ended with {code}\n{self.output()}"

    def terminate(self) -> None:
        """Send the signal to stop, without waiting; `stop` waits then."""
        self._stopping = True
        os.kill(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        """kill -9."""
        self._server.kill()
        self._server.exit_code = None

    def _ready(self) -> bool:
        with contextlib.suppress(httpx2.TransportError):
            return bool(self._http.get("/readyz", timeout=2).status_code == 200)
        return False

    def output(self) -> str:
        """All it has logged, over all its lives."""
        return self._server.output()

    def log(self) -> list[dict[str, Any]]:
        """The same as values, with the lines that are no JSON as `{"unreadable": …}`."""
        return [_read_line(line) for line in self.output().splitlines()]

    def complaints(self) -> list[str]:
        """What nobody wants to see in a log: errors of its own, and tracebacks."""
        return [
            json.dumps(line, ensure_ascii=False)
            for line in self.log()
            if line.get("level") in {"error", "critical"} or "unreadable" in line or "exception" in line
            # What Python's helper process says when its parent was killed.
            if not any(each in str(line.get("unreadable")) for each in ("resource_tracker", "  warnings.warn("))
        ]

    def close(self) -> None:
        """Stop it whatever state it is in."""
        self._server.stop()
        self._http.close()

    # --- mail ---

    @contextlib.contextmanager
    def smtp(self, *, source: str = "127.0.0.1") -> Iterator[smtplib.SMTP]:
        """A connection that has said EHLO. source: the client's own address on loopback."""
        client = smtplib.SMTP(self.host, self.smtp_port, timeout=60, source_address=(source, 0))
        try:
            client.ehlo("client.example")
            yield client
        finally:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                client.quit()

    def send(
        self, octets: bytes, *, reverse_path: str, recipients: Sequence[str] = (HELPDESK,), source: str = "127.0.0.1"
    ) -> Reply:
        """Send one message by a connection of its own; returns the reply to DATA, or the refusal before it."""
        with self.smtp(source=source) as client:
            return say(client, octets, reverse_path=reverse_path, recipients=recipients)

    # --- HTTP ---

    def ask(self, method: str, path: str, **more: Any) -> httpx2.Response:
        """Call the API (a path without a slash) or anything else, with the token unless other headers are given."""
        more.setdefault("headers", self._token)
        return self._http.request(method, path if path.startswith("/") else f"/api/v1/{path}", **more)

    def get(self, path: str, **parameters: Any) -> Any:
        """Read something from the API."""
        answer = self.ask("GET", path, params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def change(self, number: int, what: str, **sent: Any) -> Any:
        """Change a ticket's status, category …, as a technician who has just read it."""
        version = self.get(f"tickets/{number}")["version"]
        headers = self._token | {"If-Match": f'"{version}"'}
        answer = self.ask("PUT", f"tickets/{number}/{what}", json=sent, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def all(self, path: str, **parameters: Any) -> list[dict[str, Any]]:
        """Read a whole list, page by page."""
        found: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            page = self.get(path, limit=200, **parameters, **cursor)
            found += page["items"]
            if page["next_cursor"] is None:
                return found
            cursor = {"cursor": page["next_cursor"]}

    def wait_for(self, path: str, count: int, *, seconds: float = 10, **parameters: Any) -> list[dict[str, Any]]:
        """Return the list as soon as it has so many entries; raise TimeoutError with the log when it does not."""
        try:
            wait_until(
                lambda: len(self.all(path, **parameters)) >= count,
                seconds=seconds,
                what=f"{count} in {path} {parameters}",
            )
        except TimeoutError as error:
            raise TimeoutError(f"{error}\n{self.output()[-5000:]}") from error
        return self.all(path, **parameters)

    # --- the command line ---

    def command(self, *arguments: str) -> str:
        """Run `intake …` on the same settings and return what it printed; raise RuntimeError when it fails."""
        done = subprocess.run(
            [sys.executable, "-m", "intake", "--config", str(self._settings_file), *arguments],
            cwd=self._home,
            env={"PATH": SYSTEM_PATH, "LC_ALL": "C.UTF-8", "COLUMNS": "400", **_THIS_TREE},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"intake {' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done.stdout


def say(client: smtplib.SMTP, octets: bytes, *, reverse_path: str, recipients: Sequence[str] = (HELPDESK,)) -> Reply:
    """One mail transaction; the connection stays open. A refusal before DATA ends it with RSET."""
    code, text = client.mail(reverse_path, [f"SIZE={len(octets)}"])
    for recipient in recipients:
        if code < 400:
            code, text = client.rcpt(recipient)
    if code >= 400:
        client.rset()
    else:
        code, text = client.data(octets)
    return Reply(code, text.decode())


def write_toml(settings: Settings) -> str:
    """Write settings as TOML: sections, lists of sections, and values whose JSON form is also their TOML form."""
    lines: list[str] = []
    for name, section in settings.items():
        for each in section if isinstance(section, list) else [section]:
            lines.append(f"[[{name}]]" if isinstance(section, list) else f"[{name}]")
            lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in each.items()]
    return "\n".join(lines) + "\n"


def _merged(base: Settings, more: Settings) -> dict[str, Any]:
    merged = dict(base)
    for name, section in more.items():
        merged[name] = section if isinstance(section, list) else {**merged.get(name, {}), **section}
    return merged


def _read_line(line: str) -> dict[str, Any]:
    try:
        read = json.loads(line)
    except ValueError:
        return {"unreadable": line}
    return read if isinstance(read, dict) else {"unreadable": line}
