"""Postfix: an MTA with a queue of its own that relays all it takes to one next hop, and its load programs."""

import contextlib
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.servers.process import (
    SYSTEM_PATH,
    Account,
    Server,
    directory,
    free_port,
    listening,
    missing,
    require,
    unprivileged,
    wait_until,
)

_DAEMONS = Path("/usr/lib/postfix/sbin")

# Relays everything from loopback to the next hop and looks nothing up. Deferred mail is tried again within seconds.
_MAIN = """\
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
maillog_file = {home}/mail.log
maillog_file_prefixes = {home}
myhostname = relay.example
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
inet_interfaces = loopback-only
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
smtpd_peername_lookup = no
smtp_dns_support_level = disabled
smtp_host_lookup = native
lmtp_host_lookup = native
smtp_tls_security_level = {tls}
smtp_send_xforward_command = no
smtputf8_enable = yes
default_transport = {transport}
message_size_limit = 104857600
mailbox_size_limit = 0
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
disable_vrfy_command = yes
"""

_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n -  0 cleanup
qmgr      unix  n - n 1  1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n -  - trivial-rewrite
bounce    unix  - - n -  0 bounce
defer     unix  - - n -  0 bounce
trace     unix  - - n -  0 bounce
verify    unix  - - n -  1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n -  - proxymap
smtp      unix  - - n -  - smtp
lmtp      unix  - - n -  - lmtp
showq     unix  n - n -  - showq
error     unix  - - n -  - error
retry     unix  - - n -  - error
discard   unix  - - n -  - discard
anvil     unix  - - n -  1 anvil
scache    unix  - - n -  1 scache
postlog   unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """A running Postfix. host, port: where it takes mail by SMTP from anybody on loopback."""

    host = "127.0.0.1"

    def __init__(self, *, home: Path, port: int) -> None:
        self.port = port
        self._home = home
        self._server = Server(
            [_DAEMONS / "master", "-c", home / "etc", "-d"],
            home=home,
            ready=lambda: listening(port),
            account=None,  # root: each of its daemons drops to the postfix account itself
            environment={"MAIL_CONFIG": str(home / "etc")},
        )

    @property
    def pid(self) -> int:
        """Of the master; the daemons are its children."""
        return self._server.pid

    def start(self) -> None:
        """Start (again) with the queue as it is."""
        self._server.start()

    def stop(self) -> None:
        """Stop; what is queued stays queued."""
        self._server.stop()

    def log(self) -> str:
        """What Postfix has logged about its mail."""
        with contextlib.suppress(FileNotFoundError):
            return (self._home / "mail.log").read_text(errors="replace")
        return ""

    def statuses(self) -> list[tuple[str, str]]:
        """Each delivery attempt so far as (status, what the next hop said), such as ("sent", "250 2.0.0 OK")."""
        return re.findall(r"postfix/(?:smtp|lmtp|discard)\[\d+\]: .* status=(\w+) \((.*)\)$", self.log(), re.MULTILINE)

    def queue(self) -> list[str]:
        """The queue ids of the messages not yet delivered."""
        folders = (self._home / "queue" / name for name in ("maildrop", "incoming", "active", "deferred", "hold"))
        return sorted(path.name for folder in folders for path in folder.rglob("*") if path.is_file())

    def flush(self) -> None:
        """Try all deferred mail now."""
        _run([require("postqueue", package="postfix"), "-c", self._home / "etc", "-f"], home=self._home)

    def wait_until_empty(self, *, seconds: float = 20) -> None:
        """Return when everything is delivered or bounced; raise TimeoutError with the log when it is not."""
        try:
            wait_until(lambda: not self.queue(), seconds=seconds, what="the queue is empty")
        except TimeoutError as error:
            raise TimeoutError(f"{error}\n{self.log()}") from error


def _run(command: list[str | Path], *, home: Path) -> None:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=home,
        env={"PATH": SYSTEM_PATH, "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stdout}{done.stderr}")


def _transport(next_hop: tuple[str, int] | None, *, lmtp: bool) -> str:
    if next_hop is None:
        return "discard:"
    host, port = next_hop
    return f"lmtp:inet:[{host}]:{port}" if lmtp else f"smtp:[{host}]:{port}"


@contextlib.contextmanager
def postfix(next_hop: tuple[str, int] | None, *, lmtp: bool = False, tls: bool = False) -> Iterator[Postfix]:
    """Start a Postfix that relays to the next hop, by LMTP if told; None throws all mail away after queueing it.

    tls: use STARTTLS where the next hop offers it, with any certificate. Needs root, as Postfix does.
    """
    postfix_command = require("postfix", package="postfix")
    if os.geteuid() != 0:
        missing("a Postfix of our own, which only root can start")
    with directory("postfix", Account(name="root", group="root", uid=0, gid=0)) as home:
        home.chmod(0o755)  # the daemons pass through it as the postfix account
        port = free_port()
        (home / "etc").mkdir()
        (home / "queue").mkdir()
        (home / "etc" / "main.cf").write_text(
            _MAIN.format(home=home, transport=_transport(next_hop, lmtp=lmtp), tls="may" if tls else "none")
        )
        (home / "etc" / "master.cf").write_text(_MASTER.format(port=port))
        _run([postfix_command, "-c", home / "etc", "check"], home=home)  # creates the queue with its owners
        server = Postfix(home=home, port=port)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def smtp_source(
    host: str,
    port: int,
    *,
    recipient: str,
    sender: str = "load@example.cz",
    count: int = 1,
    sessions: int = 1,
    message: Path | None = None,
    length: int | None = None,
    reconnect: bool = False,
) -> None:
    """Send `count` messages in parallel sessions; raise RuntimeError when one is not accepted.

    message: a file with the whole message, the same each time; else generated text of `length` octets.
    reconnect: one message per connection.
    """
    what: list[str | Path] = ["-F", message] if message is not None else []
    if length is not None:
        what += ["-l", str(length)]
    if not reconnect:
        what.append("-d")  # keep the connection for the next message
    command: list[str | Path] = [
        require("smtp-source", package="postfix"),
        *what,
        *("-m", str(count), "-s", str(sessions), "-f", sender, "-t", recipient),
        f"{host}:{port}",
    ]
    _run(command, home=Path("/"))


@contextlib.contextmanager
def smtp_discard() -> Iterator[tuple[str, int]]:
    """Postfix's smtp-sink: a receiver that takes everything and keeps nothing, for load; yields its address."""
    program = require("smtp-sink", package="postfix")
    account = unprivileged()
    port = free_port()
    with directory("sink", account) as home:
        server = Server(
            [program, f"127.0.0.1:{port}", "200"], home=home, ready=lambda: listening(port), account=account
        )
        with server:
            yield "127.0.0.1", port
