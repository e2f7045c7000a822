"""The end of the process: it drops nothing that it answered for."""

import contextlib
import itertools
import smtplib
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e.conftest import Database
from tests.e2e.gateway import HELPDESK, Gateway, Reply
from tests.e2e.letters import letter, sign, wait_for_acknowledgement
from tests.e2e.people import count_waiting_mail, try_outgoing_mail_now
from tests.servers.process import listening, wait_until
from tests.servers.smtpsink import SmtpSink

pytestmark = pytest.mark.e2e


class Client(threading.Thread):
    """Sends a message slowly: says when it is in the middle of DATA, and goes on when told."""

    def __init__(self, gateway: Gateway, mail: bytes, go_on: threading.Event) -> None:
        super().__init__(daemon=True)
        self.mail = mail
        self.in_data = threading.Event()
        self.reply: Reply | None = None
        self._gateway = gateway
        self._go_on = go_on

    def run(self) -> None:
        with contextlib.suppress(OSError, smtplib.SMTPException), self._gateway.smtp() as client:
            client.mail("eva@modern.example")
            client.rcpt(HELPDESK)
            client.docmd("DATA")
            half = len(self.mail) // 2
            client.send(self.mail[:half])
            self.in_data.set()
            self._go_on.wait(20)
            client.send(self.mail[half:] + b".\r\n")
            code, text = client.getreply()
            self.reply = Reply(code, text.decode())


def test_a_message_that_was_begun_is_finished_before_the_end(gateway: Gateway) -> None:
    go_on = threading.Event()
    mails = [sign(letter("eva@modern.example", subject=f"Rozepsaná {n}"), "modern.example") for n in range(5)]
    clients = [Client(gateway, mail, go_on) for mail in mails]
    with gateway.smtp() as idle, gateway.smtp() as between:
        between.mail("eva@modern.example")
        for client in clients:
            client.start()
        assert all(client.in_data.wait(10) for client in clients)
        gateway.terminate()
        # RFC 5321 §3.8: who is not in the middle of a message is told to come again.
        assert idle.getreply()[0] == 421
        assert between.getreply()[0] == 421
        wait_until(lambda: not listening(gateway.smtp_port), seconds=5, what="nobody new is let in")
        go_on.set()
        for client in clients:
            client.join(20)
    assert [client.reply.code if client.reply else None for client in clients] == [250] * 5
    gateway.stop()
    gateway.start()
    assert len(gateway.all("tickets", subject="Rozepsaná")) == 5


def test_in_the_middle_of_a_load_every_250_is_a_ticket_and_everybody_else_can_come_again(gateway: Gateway) -> None:
    mails = {
        f"Zátěž {n:03}": sign(letter("eva@modern.example", subject=f"Zátěž {n:03}"), "modern.example")
        for n in range(150)
    }
    taken: dict[str, int] = {}
    nth = itertools.count(1)

    def send(subject: str) -> None:
        with contextlib.suppress(OSError, smtplib.SMTPException):
            reply = gateway.send(mails[subject], reverse_path="eva@modern.example")
            if reply.code == 250:
                taken[subject] = reply.ticket
                if next(nth) == 50:
                    gateway.terminate()
            else:
                assert reply.code in {421, 451}, reply

    with ThreadPoolExecutor(10) as senders:
        list(senders.map(send, mails))
    gateway.stop()
    assert 50 <= len(taken) < 150
    gateway.start()
    kept = {ticket["subject"]: ticket["number"] for ticket in gateway.all("tickets", subject="Zátěž")}
    assert kept.items() >= taken.items()
    for subject in mails.keys() - taken.keys():
        assert gateway.send(mails[subject], reverse_path="eva@modern.example").ticket
    subjects = [ticket["subject"] for ticket in gateway.all("tickets", subject="Zátěž")]
    assert sorted(subjects) == sorted(mails)


def test_what_was_not_sent_before_the_end_is_sent_after_the_next_start(
    gateway: Gateway, smarthost: SmtpSink, database: Database
) -> None:
    smarthost.pause = 0.3
    numbers = [gateway.send(sign(letter()), reverse_path="jan@firma.example").ticket for _ in range(30)]
    gateway.stop()
    smarthost.pause = 0
    assert count_waiting_mail(database.url) > 0
    gateway.start()
    for number in numbers:
        wait_for_acknowledgement(smarthost, number)
    told = [message.parsed()["Message-ID"] for message in smarthost.received]
    assert len(told) == len(set(told))


def test_a_smarthost_that_hangs_does_not_hold_the_end(
    gateway: Gateway, smarthost: SmtpSink, database: Database
) -> None:
    smarthost.pause = 60
    number = gateway.send(sign(letter()), reverse_path="jan@firma.example").ticket
    wait_until(lambda: smarthost.pausing > 0, seconds=10, what="the mail in hand")
    began = time.monotonic()
    gateway.stop()
    assert time.monotonic() - began < 20
    smarthost.pause = 0
    gateway.start()
    try_outgoing_mail_now(database.url)
    assert wait_for_acknowledgement(smarthost, number)
