"""A conversation there and back through a real Postfix: out, answered, answered twice, away, forwarded, bounced.

Postfix takes our mail and hands it to a receiver that stands for the customers' server; what that refuses, Postfix
reports to the way back that our mail names.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path
from typing import Any

import dkim
import pytest

from channels.mail.dkim_sign import make_key, read_key
from tests.e2e.conftest import Make
from tests.e2e.gateway import Gateway
from tests.e2e.letters import in_lines, letter, sign
from tests.servers.postfix import Postfix, postfix
from tests.servers.process import wait_until
from tests.servers.smtpsink import Received, SmtpSink

pytestmark = pytest.mark.e2e

JAN, PETRA = "Jan Novák <jan@firma.example>", "Petra Malá <petra@firma.example>"
PEM = make_key("rsa")
KEY = read_key("desk.example", "desk", PEM)


@pytest.fixture(scope="module")
def relay(smarthost: SmtpSink) -> Iterator[Postfix]:
    """The smarthost of the gateway."""
    with postfix((smarthost.host, smarthost.port)) as running:
        yield running


@pytest.fixture(scope="module")
def gateway(make_gateway: Make, relay: Postfix, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    key: Path = tmp_path_factory.mktemp("key") / "dkim.pem"
    key.write_text(PEM)
    running = make_gateway(
        {
            "smarthosts": [{"host": relay.host, "port": relay.port, "tls": "none"}],
            "dkim_keys": [{"domain": KEY.domain, "selector": KEY.selector, "private_key_file": str(key)}],
            "mail": {"breaches_to": ["dohled@desk.example"]},
        }
    )
    running.start()
    yield running
    running.stop()
    assert running.complaints() == []


@dataclass
class Trip:
    """A ticket of Jan's and the mails that came of it."""

    gateway: Gateway
    smarthost: SmtpSink
    number: int
    seen: list[Received] = field(default_factory=list)

    def next(self, *, recipient: str = "jan@firma.example") -> Received:
        """Wait for the next mail to that address that is about this ticket; a report about any."""

        def fresh() -> Received | None:
            for each in self.smarthost.received:
                about = f"#{self.number}]" in str(each.parsed()["Subject"]) or recipient == "helpdesk+"
                if each not in self.seen and each.recipients[0].startswith(recipient) and about:
                    return each
            return None

        wait_until(lambda: fresh() is not None, seconds=20, what=f"mail to {recipient}")
        found = fresh()
        assert found is not None
        self.seen.append(found)
        return found

    def ticket(self) -> Any:
        return self.gateway.get(f"tickets/{self.number}")

    def move(self, status: str, **more: Any) -> None:
        self.gateway.change(self.number, "status", status=status, **more)

    def deliveries(self) -> dict[str, str]:
        found = self.gateway.get(f"tickets/{self.number}/deliveries")
        return {each["kind"]: each["state"] for each in found}


@pytest.fixture
def trip(gateway: Gateway, smarthost: SmtpSink) -> Trip:
    number = gateway.send(sign(letter(JAN)), reverse_path="jan@firma.example").ticket
    made = Trip(gateway, smarthost, number)
    made.next()
    return made


def reply(to: Received, text: str, *, author: str = JAN, **headers: str) -> bytes:
    """What a mail client makes of "Reply", signed by its server."""
    answered = to.parsed()
    message = EmailMessage()
    message["From"], message["To"] = author, str(answered["Reply-To"])
    message["Subject"] = re.sub(r"^(?:Re: )?", "Re: ", str(answered["Subject"]))
    message["Date"] = answered["Date"].datetime
    message["Message-ID"] = make_msgid(domain="client.example")
    message["In-Reply-To"] = answered["Message-ID"]
    message["References"] = f"{answered['References'] or ''} {answered['Message-ID']}".strip()
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text, cte="quoted-printable")
    return sign(in_lines(message.as_bytes()))


def way_back(to: Received) -> str:
    return str(to.parsed()["Reply-To"].addresses[0].addr_spec)


def send(trip: Trip, octets: bytes, to: Received, *, reverse_path: str = "jan@firma.example") -> int:
    return trip.gateway.send(octets, reverse_path=reverse_path, recipients=[way_back(to)]).ticket


def text_of(message: Received, kind: str = "plain") -> str:
    part = message.parsed().get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_out_and_answered(trip: Trip) -> None:
    trip.move("more-info", words="Která linka nezvoní?")
    asked = trip.next()
    assert "Která linka nezvoní?" in text_of(asked)
    assert dkim.verify(asked.octets, dnsfunc=lambda name, timeout=5: KEY.record.encode())
    assert send(trip, reply(asked, "Linka 250."), asked) == trip.number
    ticket = trip.ticket()
    assert (ticket["status"], ticket["comments"][-1]["text"]) == ("in-progress", "Linka 250.")


def test_two_answers_to_one_mail_are_both_in_the_ticket(trip: Trip) -> None:
    trip.move("more-info", words="Která?")
    asked = trip.next()
    for text in ("Linka 250.", "A taky 251."):
        assert send(trip, reply(asked, text), asked) == trip.number
    assert [each["text"] for each in trip.ticket()["comments"]][-2:] == ["Linka 250.", "A taky 251."]


def test_somebody_who_is_away_changes_nothing_and_gets_no_answer(trip: Trip, smarthost: SmtpSink) -> None:
    trip.move("more-info", words="Která?")
    asked = trip.next()
    count = len(smarthost.received)
    away = reply(asked, "Jsem na dovolené.", Auto_Submitted="auto-replied")
    assert send(trip, away, asked, reverse_path="") == trip.number
    ticket = trip.ticket()
    assert (ticket["status"], ticket["comments"][-1]["automatic"]) == ("more-info", "auto-reply")
    assert len(smarthost.received) == count


def test_a_colleague_to_whom_it_was_forwarded_answers_into_the_same_ticket(trip: Trip) -> None:
    trip.move("more-info", words="Která?")
    asked = trip.next()
    answer = reply(asked, "Odpovídám za Jana: linka 250.", author=PETRA)
    assert send(trip, answer, asked, reverse_path="petra@firma.example") == trip.number
    said = trip.ticket()["comments"][-1]
    assert (said["actor"]["name"], said["text"]) == ("Petra Malá", "Odpovídám za Jana: linka 250.")


def test_a_stranger_to_whom_it_was_forwarded_does_not_get_in(trip: Trip) -> None:
    trip.move("more-info", words="Která?")
    asked = trip.next()
    foreign = reply(asked, "Dobrý den.", author="x@stranger.example")
    answer = trip.gateway.send(foreign, reverse_path="x@stranger.example", recipients=[way_back(asked)])
    assert answer.code == 550
    assert len(trip.ticket()["comments"]) == 2


def test_a_bounce_comes_back_to_its_mail(trip: Trip, smarthost: SmtpSink) -> None:
    smarthost.answer("550 5.1.1 no such user", at="RCPT")
    trip.move("more-info", words="Která?")
    report = trip.next(recipient="helpdesk+")
    assert report.reverse_path == ""
    count = len(smarthost.received)
    answer = trip.gateway.send(report.octets, reverse_path="", recipients=list(report.recipients))
    assert answer.ticket == trip.number
    found = [each for each in trip.gateway.get(f"tickets/{trip.number}/deliveries") if each["kind"] == "more-info"]
    assert [(each["state"], each["status"]) for each in found] == [("bounced", "5.1.1")]
    assert "no such user" in found[0]["reason"]
    ticket = trip.ticket()
    assert (ticket["attention"], ticket["status"], len(ticket["comments"])) == (True, "more-info", 2)
    assert len(smarthost.received) == count
    assert trip.deliveries()["acknowledgement"] == "sent"


def test_a_link_in_the_mail_closes_the_ticket(trip: Trip) -> None:
    trip.move("to-verify", solution="Vyměněna karta.", evaluation=["fault-elsewhere"])
    asked = trip.next()
    (path,) = re.findall(r"Přijmout řešení: https://podpora\.desk\.example(/answer/\S+)", text_of(asked))
    for _ in range(3):  # a program that checks links
        assert trip.gateway.ask("GET", path, headers={}).status_code == 200
    assert trip.ticket()["status"] == "to-verify"
    assert trip.gateway.ask("POST", path, headers={}, data={"words": "Díky."}).status_code == 200
    assert "Řešení: Vyměněna karta." in text_of(trip.next())
    ticket = trip.ticket()
    assert (ticket["status"], ticket["comments"][-1]["text"]) == ("closed", "Díky.")
    step = ticket["events"][-1]
    assert (step["actor"]["name"], step["actor"]["channel"]) == ("Jan Novák", "mail")


def test_all_of_it_is_one_thread(trip: Trip) -> None:
    trip.move("in-progress")
    trip.move("more-info", words="Která?")
    trip.gateway.ask("POST", f"tickets/{trip.number}/comments", json={"text": "Haló?"})
    mails = [*trip.seen, trip.next(), trip.next(), trip.next()]
    roots = {str(mail.parsed()["References"]).split()[0] for mail in mails}
    assert len(roots) == 1
    subjects = {str(mail.parsed()["Subject"]).removeprefix("Re: ") for mail in mails}
    assert len(subjects) == 1
