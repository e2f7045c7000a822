"""What became of our mail: reports find their mail by our own signature only, and change nothing but its state."""

from dataclasses import replace
from datetime import timedelta

import pytest

from authz.decision import Reason, Verdict
from authz.evidence import Evidence
from intake.letters.correspondence import Delivery, DeliveryState
from intake.outgoing import OutboxItem, OutboxState
from intake.ports import Receipt
from intake.queries import LedgerFilter, Window
from intake.submission import Automatic, AutomaticKind, DeliveryReport
from intake.terms import Status
from intake.tickets.model import EventKind
from store.outbox import StoreOutbox
from store.queries import StoreQueries
from tests.intake.mail.desk import JANA, SIGNER, MailDesk

BOUNCE = Automatic(kind=AutomaticKind.BOUNCE, may_answer=False, why="delivery report")
DAEMON = "mailer-daemon@mx.acme.example"
GONE = DeliveryReport(
    recipient=JANA,
    action="failed",
    status="5.1.1",
    diagnostic="550 5.1.1 no such user",
    original_message_id=None,
    permanent=True,
)


def sent(desk: MailDesk, kind: str = "in-progress") -> tuple[int, OutboxItem, str]:
    """A notice that was sent; returns the ticket's number, the row and the mail's Message-ID."""
    number = desk.open()
    desk.move(number, Status.IN_PROGRESS)
    item = desk.items(kind)[-1]
    message_id = desk.mail(item)[1]["Message-ID"]
    StoreOutbox(desk.world.engine).settle(
        item.id, state=OutboxState.SENT, at=desk.now, next_attempt_at=None, text="250", message_id=message_id
    )
    return number, item, message_id


def report(desk: MailDesk, told: DeliveryReport, *, token: str | None = None, **more: str) -> Receipt:
    subject = text = "Undelivered"
    return desk.receive(
        text, author=DAEMON, reverse_path="", automatic=BOUNCE, report=told, token=token, subject=subject, **more
    )


def delivery(desk: MailDesk, number: int, item: OutboxItem) -> Delivery:
    (found,) = [each for each in StoreQueries(desk.world.engine).deliveries(number) if each.id == item.id]
    return found


def test_a_bounce_is_kept_with_its_mail_and_calls_for_somebody(desk: MailDesk) -> None:
    number, item, message_id = sent(desk)
    before = desk.ticket(number)
    receipt = report(desk, replace(GONE, original_message_id=message_id))
    assert (receipt.verdict, receipt.reason, receipt.ticket_number) == (Verdict.ACCEPT, Reason.DELIVERY_REPORT, number)
    state = delivery(desk, number, item)
    assert (state.state, state.status, state.reason) == (DeliveryState.BOUNCED, "5.1.1", "550 5.1.1 no such user")
    after = desk.ticket(number)
    assert (after.attention, after.status) == (True, before.status)
    page = StoreQueries(desk.world.engine).ticket_page(number, desk.now)
    assert page is not None
    assert len(page.comments) == 1
    (event,) = [event for event in page.events if event.kind is EventKind.DELIVERY]
    assert (event.after, event.detail["recipient"]) == ("bounced", JANA)


def test_a_report_that_comes_by_another_way_again_leaves_a_line_and_changes_nothing(desk: MailDesk) -> None:
    number, item, message_id = sent(desk)
    told = replace(GONE, original_message_id=message_id)
    first = report(desk, told, message_id="<report@acme.example>", content_digest="the report")
    again = report(desk, told, message_id="<report@acme.example>", content_digest="the report")
    assert (again.duplicate, again.ticket_number, again.ledger_id) == (True, number, first.ledger_id)
    lines = StoreQueries(desk.world.engine).ledger(LedgerFilter(message_id="<report@acme.example>"), Window()).items
    assert [line.entry.duplicate_of for line in lines] == [first.ledger_id, None]
    assert delivery(desk, number, item).state is DeliveryState.BOUNCED


def test_nothing_answers_a_bounce(desk: MailDesk) -> None:
    _, _, message_id = sent(desk)
    before = len(desk.items())
    report(desk, replace(GONE, original_message_id=message_id))
    assert len(desk.items()) == before


def test_a_delay_is_no_failure(desk: MailDesk) -> None:
    number, item, message_id = sent(desk)
    later = replace(GONE, action="delayed", status="4.4.1", permanent=False, original_message_id=message_id)
    report(desk, later)
    assert delivery(desk, number, item).state is DeliveryState.DELAYED
    assert not desk.ticket(number).attention
    report(desk, replace(later, action="delivered", status="2.0.0"))
    assert delivery(desk, number, item).state is DeliveryState.SENT
    report(desk, replace(GONE, original_message_id=message_id))
    assert delivery(desk, number, item).state is DeliveryState.BOUNCED
    report(desk, later)
    assert delivery(desk, number, item).state is DeliveryState.BOUNCED


def test_without_what_came_back_the_signed_address_and_the_recipient_tell(desk: MailDesk) -> None:
    number, item, _ = sent(desk)
    token = SIGNER.reply_address(desk.ticket(number).id).partition("+")[2].partition("@")[0]
    assert report(desk, replace(GONE, recipient=JANA.upper()), token=token).reason is Reason.DELIVERY_REPORT
    assert delivery(desk, number, item).state is DeliveryState.BOUNCED


@pytest.mark.parametrize("told", [GONE, replace(GONE, original_message_id="<12.aaaa@desk.example>")])
def test_a_report_without_our_signature_is_a_strangers_mail(desk: MailDesk, told: DeliveryReport) -> None:
    number, item, _ = sent(desk)
    receipt = report(desk, told)
    assert (receipt.verdict, receipt.reason) == (Verdict.REJECT, Reason.AUTHOR_UNKNOWN)
    assert delivery(desk, number, item).state is DeliveryState.SENT


def test_a_report_needs_no_proof_of_its_author(desk: MailDesk) -> None:
    number, item, message_id = sent(desk)
    told = replace(GONE, original_message_id=message_id)
    desk.receive("x", author=DAEMON, reverse_path="", automatic=BOUNCE, report=told, evidence=Evidence(()))
    assert delivery(desk, number, item).state is DeliveryState.BOUNCED


def test_the_same_report_counts_once(desk: MailDesk) -> None:
    number, _, message_id = sent(desk)
    told = replace(GONE, original_message_id=message_id)
    again = {
        "author": DAEMON,
        "reverse_path": "",
        "automatic": BOUNCE,
        "report": told,
        "message_id": "<dsn@mx.example>",
    }
    first = desk.receive("x", **again)  # type: ignore[arg-type]
    desk.count -= 1
    second = desk.receive("x", **again)  # type: ignore[arg-type]
    assert (second.duplicate, second.ledger_id) == (True, first.ledger_id)
    page = StoreQueries(desk.world.engine).ticket_page(number, desk.now)
    assert page is not None
    assert [event.kind for event in page.events].count(EventKind.DELIVERY) == 1


def test_a_report_is_no_part_of_the_conversation(desk: MailDesk) -> None:
    number, _, message_id = sent(desk)
    report(desk, replace(GONE, original_message_id=message_id))
    desk.move(number, Status.MORE_INFO)
    assert desk.last("more-info")["In-Reply-To"] == "<m1@acme.example>"


def test_what_waits_is_queued_and_what_was_tried_in_vain_is_delayed(desk: MailDesk) -> None:
    number = desk.open()
    (item,) = desk.items()
    assert delivery(desk, number, item).state is DeliveryState.QUEUED
    StoreOutbox(desk.world.engine).settle(
        item.id,
        state=OutboxState.PENDING,
        at=desk.now,
        next_attempt_at=desk.now + timedelta(minutes=5),
        text="451 later",
    )
    found = delivery(desk, number, item)
    assert (found.state, found.reason) == (DeliveryState.DELAYED, "451 later")


def test_customers_do_not_see_what_became_of_mail(desk: MailDesk) -> None:
    number, _, message_id = sent(desk)
    report(desk, replace(GONE, original_message_id=message_id))
    page = StoreQueries(desk.world.engine).ticket_page(number, desk.now)
    assert page is not None
    assert EventKind.DELIVERY not in {event.kind for event in page.for_customer().events}
