"""Two machines that answer each other fall silent, and people are written to again when it is quiet."""

from dataclasses import replace
from datetime import timedelta

import pytest

from intake.letters.limits import AutomaticLimits
from intake.outbox import OutboxWorker, OutgoingMail, Sent, Stopped, Watcher
from intake.outgoing import NOTICES, OutboxItem, OutboxKind, OutboxState
from store.outbox import StoreOutbox
from tests.intake.mail.desk import HELPDESK, NOON, MailDesk

LIMITS = AutomaticLimits(own_addresses=frozenset({HELPDESK}), per_day=8, burst=3)


def item(number: int, *, at_minute: float = 0, **changes: object) -> OutboxItem:
    at = NOON + timedelta(minutes=at_minute)
    made = OutboxItem(
        id=number,
        kind=OutboxKind.ACKNOWLEDGEMENT,
        ticket_id=1,
        recipient="robot@acme.example",
        message_id=f"<{number}@desk.example>",
        created_at=at,
        next_attempt_at=at,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def write(desk: MailDesk, *items: OutboxItem) -> None:
    def work(tx: object) -> None:
        for each in items:
            tx.add_outbox_item(each)  # type: ignore[attr-defined]

    desk.world.do(work)


def stopped(desk: MailDesk, wanted: OutboxItem, limits: AutomaticLimits = LIMITS) -> Stopped | None:
    return limits.stop(wanted, StoreOutbox(desk.world.engine).count_written)


def test_a_burst_stops_and_heals_when_it_is_quiet(desk: MailDesk) -> None:
    desk.open()
    burst = [item(n, at_minute=n) for n in range(1, 7)]
    write(desk, *burst)
    assert [stopped(desk, each) is None for each in burst] == [True, True, True, False, False, False]
    told = stopped(desk, burst[3])
    assert told is not None
    assert told.attention
    # While the other side goes on it stays so; ten quiet minutes later mail goes out again.
    write(desk, item(10, at_minute=9), item(11, at_minute=20))
    assert stopped(desk, item(10, at_minute=9)) is not None
    assert stopped(desk, item(11, at_minute=20)) is None


def test_a_day_has_its_cap(desk: MailDesk) -> None:
    desk.open()
    slow = [item(n, at_minute=60 * n) for n in range(1, 12)]
    write(desk, *slow)
    assert [stopped(desk, each) is None for each in slow] == [True] * 8 + [False] * 3


def test_everybody_is_counted_alone(desk: MailDesk) -> None:
    desk.open()
    write(desk, *[item(n) for n in range(1, 6)])
    other = item(9, recipient="jana@acme.example")
    write(desk, other)
    assert stopped(desk, other) is None


def test_a_persons_reply_and_mail_to_our_own_people_are_not_counted(desk: MailDesk) -> None:
    desk.open()
    write(desk, *[item(n) for n in range(1, 6)])
    assert stopped(desk, item(7, kind=OutboxKind.REPLY)) is None
    assert stopped(desk, item(8, kind=OutboxKind.BREACH)) is None
    write(desk, *[item(n, kind=OutboxKind.REPLY, recipient="b@acme.example") for n in range(20, 30)])
    assert stopped(desk, item(30, recipient="b@acme.example")) is None


@pytest.mark.parametrize("recipient", [HELPDESK, "HelpDesk@desk.example", "helpdesk+abc@desk.example"])
def test_we_never_write_to_ourselves_by_machine(desk: MailDesk, recipient: str) -> None:
    assert stopped(desk, item(1, recipient=recipient)) is not None


def test_a_kind_that_is_switched_off_is_not_sent_and_troubles_nobody(desk: MailDesk) -> None:
    limits = replace(LIMITS, notices=NOTICES - {OutboxKind.CLOSED})
    told = stopped(desk, item(1, kind=OutboxKind.CLOSED), limits)
    assert told is not None
    assert not told.attention
    assert stopped(desk, item(1, kind=OutboxKind.TO_VERIFY), limits) is None


def test_what_is_stopped_is_written_down_and_told_and_never_sent(desk: MailDesk) -> None:
    desk.open()
    write(desk, *[item(n) for n in range(1, 6)])
    sent: list[str] = []
    ended: list[int] = []

    class Sending:
        def send(self, mail: OutgoingMail) -> Sent:
            sent.append(mail.message_id)
            return Sent(text="250")

    class Composing:
        def compose(self, row: OutboxItem) -> OutgoingMail:
            return OutgoingMail(reverse_path="", recipient=row.recipient, octets=b"", message_id=row.message_id)

    queue = StoreOutbox(desk.world.engine)
    worker = OutboxWorker(
        queue,
        Composing(),
        Sending(),
        clock=lambda: NOON + timedelta(minutes=1),
        next_attempt=lambda made, at: None,
        watcher=Watcher(
            stop=lambda row: LIMITS.stop(row, queue.count_written) if row.id < 6 else Stopped(text="not of this test"),
            ended=lambda row, outcome: ended.append(row.id),
        ),
    )
    worker.work_once()
    states = {row.id: row.state for row in desk.items() if row.id < 6}
    assert states == {n: OutboxState.SENT if n <= 3 else OutboxState.STOPPED for n in range(1, 6)}
    assert sent == [f"<{n}@desk.example>" for n in (1, 2, 3)]
    assert set(ended) >= {4, 5}
