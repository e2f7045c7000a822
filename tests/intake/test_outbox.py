"""The outbox worker on the real queue: what it has claimed and does not send, anybody may send at once."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Engine, select, text

import intake.outbox
from authz.identity import Channel
from intake.outbox import OutboxWorker, OutgoingMail, Sent
from intake.outgoing import OutboxItem, OutboxKind, OutboxState
from intake.ports import Transaction
from intake.terms import Category, Status
from intake.tickets.model import Ticket
from store.outbox import StoreOutbox
from store.tables import outbox
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


def _due_count(engine: Engine, at: datetime) -> set[int]:
    """Who is due, without claiming them."""
    query = select(outbox.c.id).where(outbox.c.state == "pending", outbox.c.next_attempt_at <= at)
    with engine.connect() as connection:
        return set(connection.execute(query).scalars())


def test_a_worker_that_stops_gives_back_what_it_has_not_sent(filled: World) -> None:
    clock = Clock()
    sender = Sender(clock, takes=timedelta(seconds=1), stops_after=3)
    _work(filled.engine, sender, clock)
    assert len(sender.sent) == 3
    assert _due(filled.engine, clock.now) == {_item(number).recipient for number in range(10)} - set(sender.sent)


def test_a_claim_holds_while_its_worker_lives_and_no_longer(filled: World) -> None:
    clock = Clock()
    sender = Sender(clock, takes=timedelta(seconds=80))
    worker = OutboxWorker(
        StoreOutbox(filled.engine), Composer(), sender, clock=clock, next_attempt=lambda made, at: None
    )
    seen: list[int] = []

    def look(mail: OutgoingMail) -> Sent:
        # While a mail is being sent for long, the claims are renewed as the worker's other thread does it.
        worker.renew_claims()
        result = Sender.send(sender, mail)
        seen.append(len(_due_count(filled.engine, clock.now)))
        return result

    sender.send = look  # type: ignore[method-assign]
    worker.work_once()
    assert seen == [0] * 10
    assert len(sender.sent) == 10


def test_what_a_dead_worker_had_claimed_is_due_again_soon(filled: World) -> None:
    queue = StoreOutbox(filled.engine)
    claimed = queue.claim(limit=20, at=AT, until=AT + timedelta(seconds=90))
    assert len(claimed) == 10
    assert _due_count(filled.engine, AT + timedelta(seconds=89)) == set()
    assert len(_due_count(filled.engine, AT + timedelta(seconds=91))) == 10


def test_looking_for_mail_in_vain_waits_for_no_writer(filled: World) -> None:
    queue = StoreOutbox(filled.engine)
    with filled.engine.begin() as writing:
        writing.execute(text("UPDATE outbox SET attempts = attempts"))
        assert queue.claim(limit=20, at=AT - timedelta(days=1), until=AT) == ()


def test_a_worker_whose_smarthost_hangs_does_not_hold_the_end(filled: World) -> None:
    begun, hangs = threading.Event(), threading.Event()

    class Hanging:
        def send(self, mail: OutgoingMail) -> Sent:
            begun.set()
            hangs.wait(30)
            return Sent(text="250")

    worker = OutboxWorker(
        StoreOutbox(filled.engine), Composer(), Hanging(), clock=Clock(), next_attempt=lambda made, at: None
    )
    worker.start()
    assert begun.wait(10)
    began = time.monotonic()
    assert not worker.stop(0.2)
    assert time.monotonic() - began < 5
    hangs.set()
    assert worker.stop(10)


def test_a_nudge_sends_at_once(filled: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake.outbox, "_IDLE_SECONDS", 600)  # it would not look again by itself
    waits, sent = threading.Event(), threading.Event()

    class Quick:
        def send(self, mail: OutgoingMail) -> Sent:
            (sent if mail.recipient == "new@acme.example" else waits).set()
            return Sent(text="250")

    worker = OutboxWorker(
        StoreOutbox(filled.engine), Composer(), Quick(), clock=Clock(), next_attempt=lambda made, at: None
    )
    filled.writer.on_mail = worker.nudge
    worker.start()
    try:
        assert waits.wait(10)
        filled.do(lambda tx: tx.add_outbox_item(replace(_item(77), recipient="new@acme.example")))
        assert sent.wait(10)
    finally:
        assert worker.stop(10)


@pytest.mark.parametrize("late", [OutboxState.PENDING, OutboxState.FAILED, OutboxState.STOPPED])
def test_what_a_worker_says_too_late_does_not_send_again_what_another_has_sent(
    filled: World, late: OutboxState
) -> None:
    queue = StoreOutbox(filled.engine)
    for _ in ("the one that hangs", "the one that takes over"):
        queue.claim(limit=1, at=AT, until=AT)
    queue.settle(1, state=OutboxState.SENT, at=AT, next_attempt_at=None, text="250")
    queue.settle(1, state=late, at=AT, next_attempt_at=AT, text="timed out")
    queue.give_back(1, at=AT)
    queue.renew([1], until=AT)
    sent = filled.do(lambda tx: tx.correspondence.sent(1))
    assert sent is not None
    assert sent.state is OutboxState.SENT
    assert 1 not in _due_count(filled.engine, AT)


def test_what_was_sent_after_all_is_written_down_as_sent(filled: World) -> None:
    queue = StoreOutbox(filled.engine)
    queue.settle(1, state=OutboxState.FAILED, at=AT, next_attempt_at=None, text="timed out")
    queue.settle(1, state=OutboxState.SENT, at=AT, next_attempt_at=None, text="250")
    sent = filled.do(lambda tx: tx.correspondence.sent(1))
    assert sent is not None
    assert sent.state is OutboxState.SENT


def test_what_is_named_when_it_is_sent_keeps_its_name(filled: World) -> None:
    class Naming:
        def compose(self, item: OutboxItem) -> OutgoingMail:
            return OutgoingMail(
                reverse_path="", recipient=item.recipient, octets=b"", message_id="<named@desk.example>"
            )

    clock = Clock()
    filled.do(lambda tx: tx.add_outbox_item(replace(_item(50), message_id="")))
    worker = OutboxWorker(
        StoreOutbox(filled.engine),
        Naming(),
        Sender(clock, takes=timedelta(seconds=1)),
        clock=clock,
        next_attempt=lambda made, at: None,
    )
    worker.work_once()
    named = filled.do(lambda tx: tx.correspondence.sent(51))
    assert named is not None
    assert (named.message_id, named.state) == ("<named@desk.example>", OutboxState.SENT)
    assert filled.do(lambda tx: tx.correspondence.sent(1)).message_id == "<0@desk.example>"  # type: ignore[union-attr]
