"""kill -9 in the middle of the work: after a restart and a second try by the peers, each request is there once."""

import re
import threading
import time
from functools import partial

import pytest

from tests.crash.load import AUTHOR, DOMAIN, assert_nothing_lost_nothing_doubled, make_load
from tests.e2e.conftest import Database, Make
from tests.e2e.gateway import Gateway
from tests.e2e.letters import letter, sign
from tests.e2e.people import let_leases_expire, try_outgoing_mail_now
from tests.e2e.test_mailbox import mailbox
from tests.servers.dovecot import Dovecot
from tests.servers.process import wait_until
from tests.servers.smtpsink import SmtpSink

pytestmark = [pytest.mark.crash, pytest.mark.slow]

MESSAGES = 500


class KillAt:
    """Kills the gateway when so many messages are acknowledged, whoever's thread gets there first."""

    def __init__(self, gateway: Gateway, count: int) -> None:
        self._gateway = gateway
        self._count = count
        self._lock = threading.Lock()
        self.done = False

    def __call__(self, count: int) -> None:
        with self._lock:
            if count >= self._count and not self.done:
                self.done = True
                self._gateway.kill()


def test_a_load_of_mail_survives_the_process(make_gateway: Make, database: Database, smarthost: SmtpSink) -> None:
    load = make_load(MESSAGES)
    gateway = make_gateway()
    gateway.start()
    for after in (120, 320):
        kill = KillAt(gateway, after)
        load.send(gateway, each=kill)
        assert kill.done
        gateway.start()
        kept = {ticket["subject"]: ticket["number"] for ticket in gateway.all("tickets")}
        assert kept.items() >= load.taken.items(), "something acknowledged is gone"
    load.send(gateway)
    load.send(gateway)  # what was not heard
    assert len(load.taken) == MESSAGES
    assert_nothing_lost_nothing_doubled(gateway, database.url, load)
    assert gateway.complaints() == []
    _assert_everybody_hears(database, smarthost, MESSAGES)
    gateway.stop()


def _assert_everybody_hears(database: Database, smarthost: SmtpSink, count: int) -> None:
    """Each acknowledgement arrives, again under the same Message-ID if it arrives again."""
    end = time.monotonic() + 60
    while True:
        told = {
            (_field(each.octets, b"Message-ID"), _field(each.octets, b"In-Reply-To")) for each in smarthost.received
        }
        if len(told) == count or time.monotonic() > end:
            break
        try_outgoing_mail_now(database.url)  # a row that a dead process had in hand waits for a while
        time.sleep(1)
    assert len({name for name, _ in told}) == len({request for _, request in told}) == count


def _field(octets: bytes, name: bytes) -> bytes:
    found = re.search(rb"^%s:\s*(\S+)" % re.escape(name), octets, re.MULTILINE)
    assert found is not None
    return found[1]


def test_a_mailbox_being_read_survives_the_process(make_gateway: Make, database: Database, dovecot: Dovecot) -> None:
    subjects = [f"Ze schránky {number:03}" for number in range(60)]
    for subject in subjects:
        dovecot.deliver("alice", sign(letter(AUTHOR, subject=subject), DOMAIN), reverse_path=AUTHOR)
    gateway = make_gateway({"mailboxes": [mailbox(dovecot)]})
    for after in (15, 40):
        gateway.start()
        wait_until(partial(_has_taken, gateway, after), seconds=30, what=f"{after} mails taken")
        gateway.kill()
        let_leases_expire(database.url)
    gateway.start()
    found = gateway.wait_for("tickets", len(subjects), subject="Ze schránky", seconds=60)
    assert sorted(ticket["subject"] for ticket in found) == subjects
    wait_until(lambda: dovecot.folder("alice") == [], seconds=20, what="everything moved")
    assert len(dovecot.folder("alice", "Processed")) == len(subjects)
    gateway.stop()


def _has_taken(gateway: Gateway, count: int) -> bool:
    return gateway.output().count('"event": "mail taken"') >= count
