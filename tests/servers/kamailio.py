"""Kamailio with a configuration under test, and SIPp, which plays the callers and the agent."""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.servers.process import (
    SYSTEM_PATH,
    Account,
    Server,
    directory,
    free_port,
    missing,
    require,
    unprivileged,
    wait_until,
)

SCENARIOS = Path(__file__).parent.parent / "data" / "sipp"
_MODULES = Path("/usr/lib/x86_64-linux-gnu/kamailio/modules")
_SECONDS = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """How a call went.

    exit_code: SIPp's, 0 when the call went as the scenario says. messages: what the caller sent and received.
    agent_messages: the same of the agent, "" when there was none or the call never got there.
    """

    exit_code: int
    messages: str
    agent_messages: str
    output: str

    def agent_header(self, name: str) -> str | None:
        """The value of a header field of the INVITE that reached the agent."""
        found = re.search(rf"^{re.escape(name)}:[ \t]*(.*?)\r?$", self.agent_messages, re.MULTILINE | re.IGNORECASE)
        return found[1] if found else None


class Kamailio:
    """A running Kamailio. host, port: where callers send their INVITE; agent_port: where it sends allowed calls."""

    host = "127.0.0.1"

    def __init__(self, *, home: Path, account: Account, server: Server, port: int, agent_port: int) -> None:
        self.port = port
        self.agent_port = agent_port
        self._home = home
        self._account = account
        self._server = server
        self._calls = 0

    def log(self) -> str:
        """What Kamailio has logged."""
        return self._server.output()

    def call(
        self,
        scenario: str,
        *,
        caller: str,
        headers: Sequence[str] = (),
        called: str = "+420211151657",
        agent: str | None = "agent_answers",
        status: int | None = None,
    ) -> Call:
        """Place one call and return how it went.

        scenario, agent: names of files in tests/data/sipp; agent=None when the call must not get that far.
        caller: the From value without its tag. headers: further header fields of the INVITE.
        status: the final response that caller_refused waits for.
        """
        self._calls += 1
        played = self._home / f"call{self._calls}"
        played.mkdir()
        text = (SCENARIOS / f"{scenario}.xml").read_text().replace("STATUS", str(status))
        (played / "caller.xml").write_text(text)
        if agent is not None:
            shutil.copy(SCENARIOS / f"{agent}.xml", played / "agent.xml")
        self._account.own(played)
        with contextlib.ExitStack() as stack:
            if agent is not None:
                stack.enter_context(self._sipp(played, "agent", self.agent_port))
            keys = ["-key", "caller", caller, "-key", "extra", "\r\n".join(headers) or "Subject: a call"]
            remote = [f"{self.host}:{self.port}", "-s", called, *keys]
            process = stack.enter_context(self._sipp(played, "caller", free_port(socket.SOCK_DGRAM), *remote))
            exit_code = process.wait(_SECONDS + 5)
        return Call(
            exit_code=exit_code,
            messages=_read(played / "caller.messages"),
            agent_messages=_read(played / "agent.messages"),
            output=_read(played / "caller.output") + _read(played / "caller.errors"),
        )

    @contextlib.contextmanager
    def _sipp(self, folder: Path, who: str, port: int, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        command = [
            require("sipp", package="sip-tester"),
            *arguments,
            *("-sf", f"{who}.xml", "-i", self.host, "-p", str(port), "-m", "1", "-nostdin"),
            *("-timeout", str(_SECONDS), "-timeout_error", "-recv_timeout", str(_SECONDS * 1000)),
            *("-trace_msg", "-message_file", f"{who}.messages", "-trace_err", "-error_file", f"{who}.errors"),
        ]
        drop = os.geteuid() == 0
        with (folder / f"{who}.output").open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env={"PATH": SYSTEM_PATH, "TERM": "dumb", "LC_ALL": "C.UTF-8"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                user=self._account.uid if drop else None,
                group=self._account.gid if drop else None,
                extra_groups=[] if drop else None,
            )
        try:
            if who == "agent":
                wait_until(lambda: _bound(port), seconds=5, what="the agent is there")
            yield process
        finally:
            if who == "agent":
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(1)
            if process.poll() is None:
                process.kill()
            process.wait()


def _read(path: Path) -> str:
    with contextlib.suppress(FileNotFoundError):
        return path.read_text(errors="replace")
    return ""


def _bound(port: int) -> bool:
    """Whether somebody has the UDP port."""
    with socket.socket(type=socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def _answers_options(port: int) -> bool:
    """Whether a SIP server answers. RFC 3261 §11."""
    with socket.socket(type=socket.SOCK_DGRAM) as probe:
        probe.settimeout(0.2)
        probe.bind(("127.0.0.1", 0))
        own = probe.getsockname()[1]
        request = (
            f"OPTIONS sip:127.0.0.1:{port} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{own};branch=z9hG4bK{own}\r\n"
            f"Max-Forwards: 70\r\nFrom: <sip:probe@127.0.0.1>;tag=1\r\nTo: <sip:127.0.0.1>\r\n"
            f"Call-ID: probe-{own}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
        )
        with contextlib.suppress(OSError):
            probe.sendto(request.encode(), ("127.0.0.1", port))
            return probe.recv(4096).startswith(b"SIP/2.0 200")
    return False


@contextlib.contextmanager
def kamailio(
    configuration: Path, *, gateway_url: str, token: str = "", defines: Sequence[str] = ()
) -> Iterator[Kamailio]:
    """Start Kamailio with a configuration that takes GATEWAY_URL, GATEWAY_TOKEN, LISTEN and AGENTS as defines.

    defines: further ones, such as "WITH_FAIL_OPEN".
    """
    program = require("kamailio", package="kamailio")
    require("sipp", package="sip-tester")
    for module, package in (("http_client", "kamailio-utils-modules"), ("jansson", "kamailio-json-modules")):
        if not any(_MODULES.parent.parent.parent.glob(f"*/kamailio/modules/{module}.so")):
            missing(f"Kamailio's module {module} (Debian package {package})")
    account = unprivileged("kamailio")
    port, agent_port = free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_DGRAM)
    values = {
        "GATEWAY_URL": json.dumps(gateway_url),
        "GATEWAY_TOKEN": json.dumps(token),
        "LISTEN": f"udp:127.0.0.1:{port}",
        "AGENTS": json.dumps(f"sip:127.0.0.1:{agent_port}"),
    }
    with directory("kamailio", account) as home:
        shutil.copy(configuration, home / "kamailio.cfg")
        (home / "run").mkdir()
        account.own(home)
        server = Server(
            [
                *(program, "-f", home / "kamailio.cfg", "-DD", "-E", "-m", "64", "-M", "8"),
                *("-Y", home / "run", "-w", home / "run"),
                *(word for name, value in values.items() for word in ("-A", f"{name}={value}")),
                *(word for name in defines for word in ("-A", name)),
            ],
            home=home,
            ready=lambda: _answers_options(port),
            account=account,
        )
        with server:
            yield Kamailio(home=home, account=account, server=server, port=port, agent_port=agent_port)
