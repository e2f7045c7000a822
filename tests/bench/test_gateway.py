"""What the benchmarks measure is the whole gateway: signed mail is filed by each process that shares the port."""

import random
import smtplib
from pathlib import Path

import pytest

from tests.bench.gateway import RECIPIENT, Databases, gateway, zone
from tests.bench.mail_messages import make_message, new_author
from tests.servers.dns import DnsServer

pytestmark = pytest.mark.e2e

AUTHOR = new_author()
MAILS = 40


def test_two_processes_share_a_port_and_a_database(dns_process: DnsServer, tmp_path: Path) -> None:
    dns_process.publish(zone(AUTHOR))
    chance = random.Random(1)
    place = f"{dns_process.host}:{dns_process.port}"
    with (
        Databases(tmp_path / "databases", AUTHOR).fresh() as url,
        gateway(url, tmp_path / "gateway", nameserver=place, processes=2) as running,
    ):
        for number in range(MAILS):
            mail = make_message(AUTHOR, RECIPIENT, number=number, octets=5_000, chance=chance)
            with smtplib.SMTP("127.0.0.1", running.smtp_port, timeout=20) as client:
                client.sendmail(AUTHOR.address, [RECIPIENT], mail)
        assert running.filed() == MAILS
        assert running.held() == 0
    logs = [(tmp_path / "gateway" / f"process-{number}" / "output.log").read_text() for number in (1, 2)]
    taken = [log.count('"event": "mail taken"') for log in logs]
    assert sum(taken) == MAILS
    assert all(taken), taken
