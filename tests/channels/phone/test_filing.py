"""What becomes of calls: missed calls, voicemail, answered calls, and which ticket they join."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from channels.phone.calls import Call, apply, apply_all
from channels.phone.event import CallEvent, CallEventKind, Cause, Direction
from channels.phone.filing import (
    FilingRules,
    OpenTicket,
    TicketCause,
    choose_ticket,
    keyed_category,
    keyed_ticket,
    ticket_due,
)
from intake.terms import Category

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
EVERYTHING = FilingRules(when=frozenset(TicketCause))
CALLER = "+420777123456"


def call(*events: tuple[CallEventKind, int, Cause | None], **more: object) -> Call:
    made = apply_all(
        CallEvent(
            provider="native",
            endpoint="pbx",
            call_id="c1",
            kind=kind,
            at=NOW + timedelta(seconds=seconds),
            cause=cause,
            **more,  # type: ignore[arg-type]
        )
        for kind, seconds, cause in events
    )
    assert made is not None
    return made


RANG = (CallEventKind.NEW, 0, None)
ANSWERED = (CallEventKind.ANSWERED, 5, None)
ENDED = (CallEventKind.ENDED, 20, Cause.NO_ANSWER)
VOICEMAIL = (CallEventKind.VOICEMAIL, 30, None)


def test_a_missed_calls_clock_starts_when_it_rang() -> None:
    due = ticket_due(call(RANG, ENDED), FilingRules(), authorized=True)
    assert due is not None
    assert (due.cause, due.clock_from) == (TicketCause.MISSED, NOW)
    assert due.not_before == NOW + timedelta(seconds=30)


def test_an_answer_on_its_way_makes_a_missed_call_none() -> None:
    missed = call(RANG, ENDED)
    assert ticket_due(missed, FilingRules(), authorized=True)
    late = CallEvent(provider="native", endpoint="pbx", call_id="c1", kind=CallEventKind.ANSWERED, at=NOW)
    assert ticket_due(apply(missed, late), FilingRules(), authorized=True) is None


@pytest.mark.parametrize(
    ("events", "cause"),
    [
        ((RANG,), None),
        ((RANG, ANSWERED), TicketCause.ANSWERED),
        ((RANG, ANSWERED, ENDED), TicketCause.ANSWERED),
        ((RANG, ENDED), TicketCause.MISSED),
        ((ENDED,), TicketCause.MISSED),
        ((RANG, ENDED, VOICEMAIL), TicketCause.VOICEMAIL),
        ((RANG, ANSWERED, VOICEMAIL), TicketCause.VOICEMAIL),
        ((RANG, (CallEventKind.ENDED, 9, Cause.VOICEMAIL)), TicketCause.VOICEMAIL),
        ((RANG, (CallEventKind.ENDED, 9, Cause.REJECTED)), None),
        ((RANG, (CallEventKind.ENDED, 9, Cause.BLOCKED)), None),
    ],
)
def test_what_about_a_call_makes_a_ticket(
    events: tuple[tuple[CallEventKind, int, Cause | None], ...], cause: TicketCause | None
) -> None:
    due = ticket_due(call(*events), EVERYTHING, authorized=True)
    assert (due.cause if due else None) is cause


def test_the_endpoint_chooses() -> None:
    assert ticket_due(call(RANG, ENDED), FilingRules(when=frozenset()), authorized=True) is None
    assert ticket_due(call(RANG, ANSWERED), FilingRules(), authorized=True) is None


def test_refused_callers_and_outbound_calls_make_no_ticket() -> None:
    assert ticket_due(call(RANG, ENDED), EVERYTHING, authorized=False) is None
    assert ticket_due(call(RANG, ENDED, direction=Direction.OUTBOUND), EVERYTHING, authorized=True) is None


@pytest.mark.parametrize(
    ("minutes_ago", "customer", "caller", "joined"),
    [
        (10, 1, CALLER, 7),
        (29, 1, CALLER, 7),
        (31, 1, CALLER, None),
        (10, 2, CALLER, None),
        (10, 1, "+420602000001", None),
    ],
)
def test_a_second_call_within_the_window_joins_the_open_ticket(
    minutes_ago: int, customer: int, caller: str, joined: int | None
) -> None:
    ticket = OpenTicket(
        number=7, customer_id=customer, caller_id=caller, last_call_at=NOW - timedelta(minutes=minutes_ago)
    )
    assert choose_ticket(call(RANG), CALLER, 1, [ticket], FilingRules()) == joined


def test_the_last_of_several_tickets_is_joined_and_no_window_joins_none() -> None:
    tickets = [
        OpenTicket(number=number, customer_id=1, caller_id=CALLER, last_call_at=NOW - timedelta(minutes=minutes))
        for number, minutes in ((7, 20), (8, 5), (9, 12))
    ]
    assert choose_ticket(call(RANG), CALLER, 1, tickets, FilingRules()) == 8
    assert choose_ticket(call(RANG), CALLER, 1, tickets, FilingRules(join_within=timedelta(0))) is None


def test_a_keyed_ticket_number_wins_only_within_the_callers_customer() -> None:
    keyed = replace(call(RANG), digits="42#")
    own, foreign = OpenTicket(number=42, customer_id=1), OpenTicket(number=42, customer_id=2)
    assert choose_ticket(keyed, CALLER, 1, [own], FilingRules()) == 42
    assert choose_ticket(keyed, CALLER, 1, [foreign], FilingRules()) is None


@pytest.mark.parametrize(
    ("digits", "ticket", "category"),
    [
        ("42#", 42, None),
        ("1", None, Category.A),
        ("3", None, Category.C),
        ("4", None, Category.CHANGE),
        ("42", None, None),
    ],
)
def test_what_was_keyed(digits: str, ticket: int | None, category: Category | None) -> None:
    assert (keyed_ticket(digits), keyed_category(digits)) == (ticket, category)


@pytest.mark.parametrize("digits", [None, "", "#", "٤٢#", "1234567890#", "4*2#"])
def test_anything_else_keyed_is_nothing(digits: str | None) -> None:
    assert keyed_ticket(digits) is None
    assert keyed_category(digits) is None
