"""Two gateways that are each other's contacts: what one's machine writes, the other's does not keep answering."""

import contextlib
import re
import smtplib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from email.utils import make_msgid
from pathlib import Path

import pytest

from authz.people.tokens import Scope, new_token
from intake.people import AddressData, ApiTokenData, ContactData, CustomerData
from intake.ports import Transaction
from store.engine import open_engine
from store.migrate import migrate
from store.writer import GroupWriter
from tests.e2e.gateway import Gateway
from tests.e2e.letters import letter
from tests.e2e.people import DESK, SPF
from tests.servers.dns import DnsServer
from tests.servers.process import wait_until
from tests.servers.smtpsink import SmtpSink, smtp_sink

pytestmark = pytest.mark.e2e

BURST = 5


def seed(url: str, contact: str) -> str:
    """A database that knows one contact; returns a token of the API."""
    engine = open_engine(url)
    migrate(engine)
    writer = GroupWriter(engine)
    token = new_token()
    at = datetime.now(UTC)

    def fill(tx: Transaction) -> None:
        customer = tx.people.add_customer(CustomerData(name="The other desk"), by=DESK, at=at)
        person = tx.people.add_contact(ContactData(customer_id=customer.id, name="Robot"), by=DESK, at=at)
        entry = AddressData(customer_id=customer.id, contact_id=person.id, address=contact)
        tx.people.add_address(entry, by=DESK, at=at)
        tx.people.add_token(ApiTokenData(name="desk", scopes=frozenset(Scope)), kept=token.kept, by=DESK, at=at)

    writer.submit(fill).result(30)
    writer.stop()
    engine.dispose()
    return token.secret


def mangled(octets: bytes) -> bytes:
    """What the worst of forwarders makes of a mail: nothing says that a machine wrote it, or in answer to what."""
    message = message_from_bytes(octets, policy=default)
    for name in ("Auto-Submitted", "Precedence", "X-Auto-Response-Suppress", "X-Intake-Loop", "References"):
        del message[name]
    for name in ("In-Reply-To", "Reply-To", "Message-ID", "DKIM-Signature"):
        del message[name]
    message["Message-ID"] = make_msgid(domain="forwarder.example")
    subject = re.sub(r"^(?:Re: )?\[#\d+\] ", "", str(message["Subject"]))
    del message["Subject"]
    message["Subject"] = subject
    return message.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


@dataclass
class Side:
    """One of the two service desks. sink: takes what it sends."""

    name: str
    gateway: Gateway
    sink: SmtpSink

    @property
    def address(self) -> str:
        return f"helpdesk@{self.name}.example"

    def counted(self, outcome: str) -> float:
        """How many acknowledgements came to that."""
        figures = self.gateway.ask("GET", "/metrics").text
        wanted = rf'intake_outgoing_mail_total{{kind="acknowledgement",outcome="{outcome}"}} (\S+)'
        return sum(map(float, re.findall(wanted, figures)))


class Postman(threading.Thread):
    """Carries what each side sends to the other, as it is or mangled."""

    def __init__(self, sides: tuple[Side, Side], *, mangle: bool) -> None:
        super().__init__(daemon=True)
        self.carried = 0
        self._sides = sides
        self._mangle = mangle
        self._stopping = threading.Event()

    def run(self) -> None:
        done = [0, 0]
        while not self._stopping.wait(0.05):
            for number, side in enumerate(self._sides):
                other = self._sides[1 - number]
                for message in side.sink.received[done[number] :]:
                    done[number] += 1
                    octets = mangled(message.octets) if self._mangle else message.octets
                    path = side.address if self._mangle else message.reverse_path
                    with contextlib.suppress(smtplib.SMTPException, OSError):
                        other.gateway.send(octets, reverse_path=path, recipients=message.recipients)
                    self.carried += 1

    def stop(self) -> None:
        self._stopping.set()
        self.join(10)


@pytest.fixture
def sides(tmp_path: Path, dns_process: DnsServer) -> Iterator[tuple[Side, Side]]:
    dns_process.publish(
        {
            name: {"TXT": (SPF,)}
            for name in ("one.example", "two.example", "mx.one.example", "mx.two.example", "client.example")
        }
    )
    with contextlib.ExitStack() as stack:
        made = []
        for name, other in (("one", "two"), ("two", "one")):
            sink = stack.enter_context(smtp_sink())
            url = f"sqlite:///{tmp_path / name}.db"
            token = seed(url, f"helpdesk@{other}.example")
            home = tmp_path / name
            home.mkdir()
            gateway = Gateway(
                home,
                url,
                token=token,
                settings={
                    "mail": {"addresses": [f"helpdesk@{name}.example"], "automatic_burst": BURST},
                    "smtp": {"hostname": f"mx.{name}.example"},
                    "dns": {"nameservers": [f"{dns_process.host}:{dns_process.port}"], "timeout_seconds": 1},
                    "smarthosts": [{"host": sink.host, "port": sink.port, "tls": "none"}],
                },
            )
            stack.callback(gateway.close)
            gateway.start()
            made.append(Side(name, gateway, sink))
        yield made[0], made[1]


def begin(sides: tuple[Side, Side]) -> None:
    """Somebody at the second desk writes to the first, once."""
    one, two = sides
    mail = letter(f"Podpora <{two.address}>", to=one.address)
    assert one.gateway.send(mail, reverse_path=two.address, recipients=[one.address]).ticket


def wait_for_silence(postman: Postman) -> int:
    """Return how many mails were carried when none has been for a while."""
    seen, since = -1, time.monotonic()
    while time.monotonic() - since < 3 and seen < 20 * BURST:
        if postman.carried != seen:
            seen, since = postman.carried, time.monotonic()
        time.sleep(0.1)
    return seen


def test_an_automatic_answer_is_not_answered(sides: tuple[Side, Side]) -> None:
    postman = Postman(sides, mangle=False)
    postman.start()
    begin(sides)
    assert wait_for_silence(postman) == 1
    postman.stop()
    one, two = sides
    assert (one.counted("sent"), two.counted("sent")) == (1, 0)


def test_two_machines_that_cannot_tell_each_other_fall_silent(sides: tuple[Side, Side]) -> None:
    postman = Postman(sides, mangle=True)
    postman.start()
    begin(sides)
    carried = wait_for_silence(postman)
    postman.stop()
    one, two = sides
    # Each may write a burst; the one that has written more than that stops, and the other has nothing left to answer.
    assert BURST <= carried <= 2 * BURST
    assert one.counted("stopped") + two.counted("stopped") == 1
    (stopped,) = [side for side in sides if side.counted("stopped")]
    wait_until(lambda: bool(stopped.gateway.all("tickets", attention=True)), seconds=5, what="somebody is called")
    number = stopped.gateway.all("tickets", attention=True)[0]["number"]
    (delivery,) = stopped.gateway.get(f"tickets/{number}/deliveries")
    assert delivery["state"] == "stopped"
    assert "automatic mails to this address" in delivery["reason"]
    assert one.gateway.complaints() == two.gateway.complaints() == []
