"""ClamAV's daemon with one signature of our own, for the EICAR test string; nothing is downloaded."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from tests.servers.process import Server, directory, free_port, listening, require, unprivileged

# The harmless string every scanner knows, in two halves so that no scanner finds it here.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
SIGNATURE = "Test.EICAR.Intake"

_CONFIGURATION = """\
Foreground yes
DatabaseDirectory {home}/signatures
TemporaryDirectory {home}/tmp
LocalSocket {home}/clamd.sock
TCPAddr 127.0.0.1
TCPSocket {port}
LogFile {home}/clamd.log
StreamMaxLength 2M
MaxThreads 2
SelfCheck 86400
"""


class ClamdServer(Server):
    """A running clamd. socket: its Unix socket; port: its TCP port on loopback."""

    socket: Path
    port: int


@contextlib.contextmanager
def clamd() -> Iterator[ClamdServer]:
    """Run the daemon; it takes no mail larger than two megabytes."""
    program = require("clamd", package="clamav-daemon")
    account = unprivileged("clamav")
    with directory("clamd", account) as home:
        (home / "signatures").mkdir()
        (home / "tmp").mkdir()
        (home / "signatures" / "own.ndb").write_text(f"{SIGNATURE}:0:*:{EICAR.hex()}\n")
        port = free_port()
        (home / "clamd.conf").write_text(_CONFIGURATION.format(home=home, port=port))
        account.own(home)
        server = ClamdServer(
            [program, "--config-file", home / "clamd.conf"],
            home=home,
            ready=lambda: listening(port) and (home / "clamd.sock").exists(),
            account=account,
        )
        server.socket, server.port = home / "clamd.sock", port
        server.start()
        try:
            yield server
        finally:
            server.stop()
            shutil.rmtree(home / "tmp", ignore_errors=True)
