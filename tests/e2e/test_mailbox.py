"""A mailbox read by IMAP from a real Dovecot, by one gateway and by two."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.conftest import Make
from tests.e2e.gateway import Gateway
from tests.e2e.letters import letter, sign, some_file, wait_for_acknowledgement
from tests.servers.dovecot import Dovecot
from tests.servers.process import wait_until
from tests.servers.smtpsink import SmtpSink

pytestmark = pytest.mark.e2e

ALICE = "alice"


def mailbox(server: Dovecot, user: str = ALICE) -> dict[str, Any]:
    """The settings of a mailbox of that server."""
    return {
        "name": user,
        "host": server.host,
        "port": server.imaps_port,
        "login": user,
        "password": server.users[user],
        "ca_file": str(server.certificate),
    }


@pytest.fixture(scope="module")
def gateway(make_gateway: Make, dovecot_server: Dovecot) -> Iterator[Gateway]:
    dovecot_server.clear()
    running = make_gateway({"mailboxes": [mailbox(dovecot_server)]})
    running.start()
    wait_until(lambda: "polling mailbox" in running.output(), seconds=10, what="the poller")
    yield running
    running.stop()
    assert running.complaints() == []


def _wait_for_ticket(gateway: Gateway, subject: str, *, seconds: float = 10) -> dict[str, Any]:
    (ticket,) = gateway.wait_for("tickets", 1, subject=subject, seconds=seconds)
    found: dict[str, Any] = gateway.get(f"tickets/{ticket['number']}")
    return found


def _wait_until_moved(server: Dovecot, octets: bytes, folder: str) -> None:
    """Dovecot adds fields above; the mail itself is unchanged."""
    wait_until(
        lambda: any(each.endswith(octets) for each in server.folder(ALICE, folder)),
        seconds=10,
        what=f"a mail in {folder}",
    )
    assert not any(each.endswith(octets) for each in server.folder(ALICE))


def test_a_mail_becomes_a_ticket_within_a_second_and_is_moved(
    gateway: Gateway, dovecot_server: Dovecot, smarthost: SmtpSink
) -> None:
    taken: list[float] = []
    for attempt in range(3):  # the machine may be busy with something else for a moment
        content, subject = some_file(), f"Schránka {attempt}"
        mail = sign(letter(subject=subject, files={"výpis.pdf": content}))
        time.sleep(0.5)
        began = time.monotonic()
        dovecot_server.deliver(ALICE, mail, reverse_path="jan@firma.example")
        ticket = _wait_for_ticket(gateway, subject)
        taken.append(time.monotonic() - began)
        (file,) = ticket["attachments"]
        downloaded = gateway.ask("GET", f"tickets/{ticket['number']}/attachments/{file['id']}")
        assert downloaded.content == content
        _wait_until_moved(dovecot_server, mail, "Processed")
        wait_for_acknowledgement(smarthost, ticket["number"])
        if taken[-1] < 1:
            break
    assert min(taken) < 1, taken


@pytest.mark.parametrize(
    ("author", "folder", "reason"),
    [("who@firma.example", "Refused", "author-unknown"), ("left@firma.example", "Refused", "contact-inactive")],
)
def test_a_mail_of_nobody_we_serve_is_put_aside(
    gateway: Gateway, dovecot_server: Dovecot, author: str, folder: str, reason: str
) -> None:
    mail = sign(letter(author))
    dovecot_server.deliver(ALICE, mail, reverse_path="jan@firma.example")
    _wait_until_moved(dovecot_server, mail, folder)
    (entry,) = gateway.get("ledger", identity=author)["items"]
    assert (entry["verdict"], entry["reason"], entry["account"]) == ("reject", reason, ALICE)


def test_a_mail_that_proves_nothing_is_held(gateway: Gateway, dovecot_server: Dovecot) -> None:
    mail = letter("Petra Malá <petra@firma.example>")
    dovecot_server.deliver(ALICE, mail, reverse_path="petra@firma.example")
    _wait_until_moved(dovecot_server, mail, "Processed")
    (held,) = gateway.get("quarantine")["items"]
    assert (held["identity"], held["reason"]) == ("petra@firma.example", "author-unverified")


def test_the_same_mail_twice_in_the_mailbox_is_one_ticket(gateway: Gateway, dovecot_server: Dovecot) -> None:
    mail = sign(letter(subject="Dvakrát ve schránce"))
    for _ in range(2):
        dovecot_server.deliver(ALICE, mail, reverse_path="jan@firma.example")
    wait_until(
        lambda: sum(each.endswith(mail) for each in dovecot_server.folder(ALICE, "Processed")) == 2,
        seconds=10,
        what="both moved",
    )
    assert len(gateway.all("tickets", subject="Dvakrát ve schránce")) == 1


def test_the_server_may_go_away_and_come_back(gateway: Gateway, dovecot_server: Dovecot) -> None:
    dovecot_server.stop()
    wait_until(lambda: gateway.ask("GET", "/readyz").status_code == 503, seconds=10, what="the trouble is told")
    dovecot_server.start()
    dovecot_server.deliver(ALICE, sign(letter(subject="Po návratu")))
    _wait_for_ticket(gateway, "Po návratu", seconds=20)
    wait_until(lambda: gateway.ask("GET", "/readyz").status_code == 200, seconds=10, what="it is told as over")


def test_a_mail_handed_in_twice_by_different_ways_is_one_ticket(gateway: Gateway, dovecot_server: Dovecot) -> None:
    mail = sign(letter(subject="Dvěma cestami"))
    number = gateway.send(mail, reverse_path="jan@firma.example").ticket
    dovecot_server.deliver(ALICE, mail, reverse_path="jan@firma.example")
    _wait_until_moved(dovecot_server, mail, "Processed")
    assert [ticket["number"] for ticket in gateway.all("tickets", subject="Dvěma cestami")] == [number]
