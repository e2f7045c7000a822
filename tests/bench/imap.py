"""Tickets a second from an IMAP mailbox, beside a client that only fetches and moves the same mails.

    python -m tests.bench.imap [--mails 500] [--octets 5000] [--rounds 3]

The mailbox is full before anyone looks. The gateway (`--only imap`, a fresh SQLite database) is measured from its
first look at the mailbox to the last ticket; the client, IMAPClient with the same batches, from its log-in to its last
move. Both read the same Dovecot, one after the other in each round.
"""

import argparse
import contextlib
import functools
import smtplib
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.bench import report
from tests.bench.gateway import RECIPIENT, Databases, gateway, zone
from tests.bench.mail_messages import Author, new_author, read_messages, write_messages
from tests.bench.processes import MEBIOCTET, cpu_seconds, peak_of
from tests.servers.dns import dns_server
from tests.servers.dovecot import Dovecot, dovecot
from tests.servers.process import wait_until

# As channels.mail.imap_options.ImapMailbox fetches.
BATCH_MAILS = 50
_MOST_SECONDS = 300
_LOOK_SECONDS = 0.02


def deliver(server: Dovecot, user: str, mails: Sequence[bytes], sender: str) -> None:
    """Put mails into a user's INBOX over one LMTP connection."""
    with smtplib.LMTP("127.0.0.1", server.lmtp_port, timeout=30) as connection:
        for mail in mails:
            connection.sendmail(sender, [user], mail)


def mailbox(server: Dovecot, user: str) -> dict[str, Any]:
    """The settings of a user's mailbox."""
    return {
        "name": user,
        "host": server.host,
        "port": server.imaps_port,
        "login": user,
        "password": server.users[user],
        "ca_file": str(server.certificate),
    }


def fetch_and_move(server: Dovecot, user: str) -> float:
    """Fetch and move all of a user's mail in batches; returns seconds."""
    began = time.perf_counter()
    with server.client(user) as connection:
        connection.create_folder("Processed")
        connection.select_folder("INBOX")
        uids = connection.search()
        for start in range(0, len(uids), BATCH_MAILS):
            batch = uids[start : start + BATCH_MAILS]
            connection.fetch(batch, ["BODY.PEEK[]"])
            connection.move(batch, "Processed")
    return time.perf_counter() - began


class Gateways:
    """Measures one gateway a round."""

    def __init__(self, server: Dovecot, databases: Databases, home: Path, nameserver: str) -> None:
        self._server, self._databases, self._home, self._nameserver = server, databases, home, nameserver

    def take_all(self, user: str, count: int) -> tuple[float, float, float]:
        """Return seconds until every mail is a ticket, processor seconds, and peak memory in octets."""
        with contextlib.ExitStack() as running:
            url = running.enter_context(self._databases.fresh())
            home = self._home / user
            one = running.enter_context(
                gateway(
                    url,
                    home,
                    nameserver=self._nameserver,
                    roles="imap",
                    settings={"mailboxes": [mailbox(self._server, user)]},
                )
            )
            peak = running.enter_context(peak_of(*one.pids))
            log = home / "process-1" / "output.log"
            wait_until(lambda: "polling mailbox" in log.read_text(), seconds=20, what="the poller")
            began, used = time.perf_counter(), cpu_seconds(*one.pids)
            while one.filed() + one.held() < count and time.perf_counter() < began + _MOST_SECONDS:
                time.sleep(_LOOK_SECONDS)
            seconds = time.perf_counter() - began
            used = cpu_seconds(*one.pids) - used
            if one.filed() < count:
                raise RuntimeError(f"{count} mails, {one.filed()} filed, {one.held()} held")
            return seconds, used, peak.octets


def measure(
    server: Dovecot, gateways: Gateways, mails: Sequence[bytes], author: Author, rounds: int
) -> list[tuple[str, ...]]:
    """Run the rounds; returns the table's rows."""
    deliver_to = functools.partial(deliver, server, mails=mails, sender=author.address)
    ours, plain = [], []
    for number in range(rounds):
        deliver_to(f"plain{number}")
        plain.append(len(mails) / fetch_and_move(server, f"plain{number}"))
        deliver_to(f"ours{number}")
        ours.append(gateways.take_all(f"ours{number}", len(mails)))
    rate = statistics.median(len(mails) / seconds for seconds, _, _ in ours)
    cpu = statistics.median(used for _, used, _ in ours) / len(mails) * 1000
    peak = statistics.median(octets for _, _, octets in ours) / MEBIOCTET
    base = statistics.median(plain)
    return [
        ("gateway, tickets", f"{rate:.0f}", report.ratio(rate, base), f"{cpu:.2f}", f"{peak:.0f}"),
        ("IMAPClient, fetched and moved", f"{base:.0f}", report.ratio(base, base), "–", "–"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--mails", type=int, default=500)
    parser.add_argument("--octets", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    author = new_author()
    users = {f"{kind}{number}": "secret" for kind in ("ours", "plain") for number in range(given.rounds)}
    print(report.heading(f"Mail by IMAP: {given.mails} mails of {given.octets} octets"), flush=True)
    with contextlib.ExitStack() as running:
        home = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="intake-bench-")))
        write_messages(home / "mails", author, RECIPIENT, count=given.mails, octets=given.octets, seed=1)
        server = running.enter_context(dovecot(users))
        names = running.enter_context(dns_server(zone(author)))
        databases = Databases(home / "databases", author)
        gateways = Gateways(server, databases, home, f"{names.host}:{names.port}")
        rows = measure(server, gateways, list(read_messages(home / "mails")), author, given.rounds)
        print(report.table(("", "mails/s", "× IMAPClient", "CPU ms", "peak MiB"), rows))


if __name__ == "__main__":
    report.run(main)
