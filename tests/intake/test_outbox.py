"""The outbox worker on the real queue: what it has claimed and does not send, anybody may send at once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Engine

from authz.identity import Channel
from intake.outbox import OutboxWorker, OutgoingMail, Sent
from intake.outgoing import OutboxItem, OutboxKind
from intake.ports import Transaction
from intake.terms import Category, Status
from intake.tickets.model import Ticket
from store.outbox import StoreOutbox
from tests.store.world import World, world

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = AT

    def __call__(self) -> datetime:
        return self.now


class Sender:
    """Sends everything; each mail takes `takes`, and after `stops_after` of them the worker is told to stop."""

    def __init__(self, clock: Clock, *, takes: timedelta, stops_after: int = 1000) -> None:
        self.sent: list[str] = []
        self.worker: OutboxWorker | None = None
        self._clock = clock
        self._takes = takes
        self._stops_after = stops_after

    def send(self, mail: OutgoingMail) -> Sent:
        self.sent.append(mail.recipient)
        self._clock.now += self._takes
        if len(self.sent) == self._stops_after and self.worker is not None:
            self.worker.stop()
        return Sent(text="250")


class Composer:
    def compose(self, item: OutboxItem) -> OutgoingMail:
        return OutgoingMail(reverse_path="", recipient=item.recipient, octets=b"")


@pytest.fixture
def filled(database_url: str) -> Iterator[World]:
    """Ten mails wait, each to an address of its own."""
    with world(database_url) as made:
        made.do(lambda tx: tx.add_ticket(_ticket(made)))
        for number in range(10):
            made.do(partial(_add_item, number=number))
        yield made


def _ticket(made: World) -> Ticket:
    return Ticket(
        id=1,
        number=1,
        customer_id=made.acme.id,
        contact_id=made.jana.id,
        subject="Tisk",
        category=Category.C,
        status=Status.NEW,
        channel=Channel.MAIL,
        received_at=AT,
        since=AT,
        updated_at=AT,
    )


def _add_item(tx: Transaction, number: int) -> None:
    tx.add_outbox_item(_item(number))


def _item(number: int) -> OutboxItem:
    return OutboxItem(
        id=number + 1,
        kind=OutboxKind.ACKNOWLEDGEMENT,
        ticket_id=1,
        recipient=f"{number}@acme.example",
        message_id=f"<{number}@desk.example>",
        created_at=AT,
        next_attempt_at=AT,
    )


def _work(engine: Engine, sender: Sender, clock: Clock) -> None:
    worker = OutboxWorker(StoreOutbox(engine), Composer(), sender, clock=clock, next_attempt=lambda made, at: None)
    sender.worker = worker
    worker.work_once()


def _due(engine: Engine, at: datetime) -> set[str]:
    claimed = StoreOutbox(engine).claim(limit=100, at=at, until=at + timedelta(hours=1))
    return {item.recipient for item in claimed}


def test_a_worker_that_stops_gives_back_what_it_has_not_sent(filled: World) -> None:
    clock = Clock()
    sender = Sender(clock, takes=timedelta(seconds=1), stops_after=3)
    _work(filled.engine, sender, clock)
    assert len(sender.sent) == 3
    assert _due(filled.engine, clock.now) == {_item(number).recipient for number in range(10)} - set(sender.sent)


def test_no_mail_is_begun_that_might_outlast_its_claim(filled: World) -> None:
    clock = Clock()
    sender = Sender(clock, takes=timedelta(minutes=2))
    _work(filled.engine, sender, clock)
    # A send may take a quarter of an hour; meanwhile nobody else may come to think that it is his.
    assert 0 < len(sender.sent) < 10
    assert clock.now <= AT + timedelta(minutes=20)
    assert len(_due(filled.engine, clock.now)) == 10 - len(sender.sent)
