"""What a customer's message does in each status."""

from datetime import timedelta

import pytest

from intake.terms import Category, Status
from intake.tickets.customer import Answer, Effect, on_customer_message
from tests.intake.tickets.test_lifecycle import CONTACT, FLAGS, LATER, MONDAY, ticket


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("answer", [None, Answer.ACCEPT, Answer.REJECT])
def test_status_more_info_and_all_others_automatic_mail_never_changes_a_status(
    status: Status, answer: Answer | None
) -> None:
    state = ticket(status, solution="x", evaluation=FLAGS)
    result = on_customer_message(state, actor=CONTACT, at=LATER, automatic=True, answer=answer)
    assert (result.effect, result.change) == (Effect.COMMENT, None)


@pytest.mark.parametrize(
    ("status", "answer", "effect", "after"),
    [
        (Status.NEW, None, Effect.COMMENT, None),
        (Status.IN_PROGRESS, None, Effect.COMMENT, None),
        (Status.POSTPONED, None, Effect.COMMENT, None),
        (Status.MORE_INFO, None, Effect.STEP, Status.IN_PROGRESS),
        (Status.TO_VERIFY, None, Effect.ASK_TECHNICIAN, None),
        (Status.TO_VERIFY, Answer.ACCEPT, Effect.STEP, Status.CLOSED),
        (Status.TO_VERIFY, Answer.REJECT, Effect.STEP, Status.IN_PROGRESS),
        (Status.CLOSED, None, Effect.STEP, Status.IN_PROGRESS),
        (Status.CLOSED, Answer.ACCEPT, Effect.COMMENT, None),
    ],
)
def test_a_human_message(status: Status, answer: Answer | None, effect: Effect, after: Status | None) -> None:
    state = ticket(status, solution="restarted", evaluation=FLAGS)
    result = on_customer_message(state, actor=CONTACT, at=LATER, automatic=False, answer=answer)
    assert result.effect is effect
    assert (result.change.after.status if result.change else None) is after


def test_status_closed_a_reply_after_the_reopen_window_becomes_a_new_linked_ticket() -> None:
    at = MONDAY + timedelta(days=14)
    result = on_customer_message(ticket(Status.CLOSED), actor=CONTACT, at=at, automatic=False)
    assert result.effect is Effect.NEW_TICKET


def test_an_acceptance_without_solution_and_flags_asks_a_technician_to_close_properly() -> None:
    state = ticket(Status.TO_VERIFY)
    result = on_customer_message(state, actor=CONTACT, at=LATER, automatic=False, answer=Answer.ACCEPT)
    assert result.effect is Effect.ASK_TECHNICIAN
    assert "at least one evaluation flag" in result.why


def test_change_offer_an_answer_does_not_start_work_nobody_ordered() -> None:
    state = ticket(Status.MORE_INFO, Category.CHANGE)
    result = on_customer_message(state, actor=CONTACT, at=LATER, automatic=False)
    assert result.effect is Effect.ASK_TECHNICIAN
    closed = on_customer_message(ticket(Status.CLOSED, Category.CHANGE), actor=CONTACT, at=LATER, automatic=False)
    assert closed.effect is Effect.NEW_TICKET
