"""Two processes on one PostgreSQL, neither of them special."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from tests.e2e.conftest import Database, Make, gateways, make_database
from tests.e2e.gateway import Gateway
from tests.e2e.letters import letter, sign, wait_for_acknowledgement
from tests.e2e.people import let_leases_expire
from tests.e2e.test_mailbox import mailbox
from tests.servers.dns import DnsServer
from tests.servers.dovecot import Dovecot
from tests.servers.process import wait_until
from tests.servers.smtpsink import SmtpSink

pytestmark = pytest.mark.e2e

USERS = ("alice", "bob", "carol")


@pytest.fixture(scope="module")
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with make_database(request, "postgresql", tmp_path_factory.mktemp("database")) as made:
        yield made


@pytest.fixture(scope="module")
def make(
    shared: Database, names: DnsServer, smarthost: SmtpSink, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Make]:
    with gateways(shared, names, smarthost, tmp_path_factory) as made:
        yield made


@pytest.fixture(scope="module")
def nodes(make: Make, dovecot_server: Dovecot) -> list[Gateway]:
    """Two nodes with the same three mailboxes, started at the same moment."""
    dovecot_server.clear()
    made = [make({"mailboxes": [mailbox(dovecot_server, user) for user in USERS]}) for _ in range(2)]
    with ThreadPoolExecutor(2) as both:
        list(both.map(Gateway.start, made))
    return made


def _deliver(dovecot_server: Dovecot, subject: str, count: int) -> None:
    for number in range(count):
        octets = sign(letter("eva@modern.example", subject=f"{subject} {number}"), "modern.example")
        dovecot_server.deliver(USERS[number % len(USERS)], octets, reverse_path="eva@modern.example")


def _assert_each_once(node: Gateway, dovecot_server: Dovecot, subject: str, count: int) -> None:
    found = node.wait_for("tickets", count, subject=subject, seconds=30)
    assert sorted(ticket["subject"] for ticket in found) == sorted(f"{subject} {number}" for number in range(count))
    for user in USERS:
        wait_until(partial(_is_empty, dovecot_server, user), seconds=10, what="everything moved")


def _is_empty(dovecot_server: Dovecot, user: str) -> bool:
    return dovecot_server.folder(user) == []


def _polling(node: Gateway) -> set[str]:
    return {line["mailbox"] for line in node.log() if line.get("event") == "polling mailbox"}


def test_each_mail_of_a_shared_mailbox_is_taken_once(nodes: list[Gateway], dovecot_server: Dovecot) -> None:
    one, other = nodes
    _deliver(dovecot_server, "Společná", 30)
    _assert_each_once(one, dovecot_server, "Společná", 30)
    assert _polling(one) | _polling(other) == set(USERS)
    assert not _polling(one) & _polling(other)


def test_the_same_mail_given_to_both_at_once_is_one_ticket(nodes: list[Gateway]) -> None:
    mails = [sign(letter("eva@modern.example", subject=f"Oběma {n}"), "modern.example") for n in range(20)]
    with ThreadPoolExecutor(8) as senders:
        replies = list(
            senders.map(
                lambda job: nodes[job[0]].send(job[1], reverse_path="eva@modern.example"),
                [(node, mail) for mail in mails for node in (0, 1)],
            )
        )
    assert {reply.code for reply in replies} == {250}
    assert len(nodes[0].all("tickets", subject="Oběma")) == 20
    for first, second in zip(replies[::2], replies[1::2], strict=True):
        assert first.ticket == second.ticket


def test_each_acknowledgement_is_sent_once(nodes: list[Gateway], smarthost: SmtpSink) -> None:
    for number in range(20):
        octets = sign(letter("eva@modern.example", subject=f"Potvrdit {number}"), "modern.example")
        nodes[number % 2].send(octets, reverse_path="eva@modern.example")

    def told() -> list[str]:
        messages = [message.parsed() for message in smarthost.received]
        return [message["Message-ID"] for message in messages if "Potvrdit" in message["Subject"]]

    wait_until(lambda: len(told()) >= 20, seconds=20, what="all are told")
    later = nodes[0].send(sign(letter()), reverse_path="jan@firma.example")
    wait_for_acknowledgement(smarthost, later.ticket)
    assert len(told()) == len(set(told())) == 20
    assert [node.complaints() for node in nodes] == [[], []]


def test_a_node_takes_over_what_another_one_did(
    nodes: list[Gateway], dovecot_server: Dovecot, shared: Database
) -> None:
    one, other = nodes
    _deliver(dovecot_server, "Před", 6)
    _assert_each_once(other, dovecot_server, "Před", 6)
    one.kill()
    let_leases_expire(shared.url)
    _deliver(dovecot_server, "Po pádu", 9)
    _assert_each_once(other, dovecot_server, "Po pádu", 9)
    assert _polling(other) == set(USERS)
    one.start()
    other.stop()  # in good order: its leases are given back
    _deliver(dovecot_server, "Po předání", 9)
    _assert_each_once(one, dovecot_server, "Po předání", 9)
