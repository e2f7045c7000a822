"""Calls on record: one call and one ticket, whatever a PBX repeats, reorders or loses. On both engines."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from authz.decision import Reason, Verdict
from channels.phone.call_tickets import Moment
from channels.phone.calls import Limits
from channels.phone.event import CallEvent, CallEventKind, Cause, Direction
from channels.phone.filing import TicketCause
from channels.phone.recorder import record_event
from intake.people import NumberData
from intake.ports import Transaction
from intake.queries import Window
from intake.terms import Category, Status
from store.writer import GroupWriter
from tests.channels.phone.calling import KNOWN, RANG, STRANGER, after, answered, ended, event, new
from tests.channels.phone.desk import KARELS, SIGNER, Desk, filing, set_up
from tests.store.world import ADMIN, world

EVERY = frozenset(TicketCause)


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    with world(database_url) as small:
        yield set_up(small)


# --- one call, one ticket ---


def _orders(*events: CallEvent) -> list[tuple[CallEvent, ...]]:
    """Every order of the events, each told once or twice, and with each one but the last lost."""
    told: set[tuple[CallEvent, ...]] = set()
    for kept in (events, *itertools.combinations(events, len(events) - 1)):
        told |= set(itertools.permutations(kept))
        told |= {(*order, *order) for order in itertools.permutations(kept)}
    return sorted(told, key=repr)


def _as(call_id: str, events: Sequence[CallEvent]) -> list[CallEvent]:
    return [replace(each, call_id=call_id) for each in events]


def test_repeated_reordered_and_lost_events_make_one_call_and_one_ticket(desk: Desk) -> None:
    """RULE channel-phone"""
    rules = filing(when=EVERY)
    told = _orders(new(), answered(), ended(cause=Cause.NORMAL))
    for number, events in enumerate(told):
        desk.hear(*_as(f"call-{number}", events), rules=rules, at=after(60))
    desk.look(after(3600), rules)
    lines = list(desk.calls())
    assert len(lines) == len({line.call_id for line in lines}) == len(told)
    assert all(line.ticket_number is not None for line in lines)
    pages = desk.tickets()
    assert len(pages) == len(told)
    assert {len(page.comments) for page in pages} == {1}


def test_whatever_the_order_the_call_is_the_same_in_the_end(desk: Desk) -> None:
    rules = filing(when=frozenset())
    events = (new(), answered(), ended(cause=Cause.NORMAL))
    seen = set()
    for number, order in enumerate(itertools.permutations(events)):
        desk.hear(*_as(f"call-{number}", order), rules=rules)
        line = desk.call(f"call-{number}")
        seen.add((line.state, line.started_at, line.answered_at, line.ended_at, line.cause, line.agent, line.verdict))
    assert seen == {("ended", RANG, after(5), after(60), "normal", "Tomáš", Verdict.ACCEPT)}


def test_an_answer_that_came_late_makes_no_missed_call(desk: Desk) -> None:
    rules = filing(settle=timedelta(seconds=10))
    desk.hear(new(), ended(), rules=rules)
    assert desk.look(after(69), rules) == 0
    desk.hear(answered(), rules=rules, at=after(69))
    desk.look(after(3600), rules)
    assert desk.tickets() == []


def test_two_nodes_that_hear_of_a_call_at_once_record_one(desk: Desk) -> None:
    """The second node looks before the first has committed, and by another event."""
    first, second = desk.writer, GroupWriter(desk.engine)
    try:
        events = [(first, new()), (second, answered(seconds=0.01)), (first, ended()), (second, ended())]
        for number in range(20):
            waiting = [
                writer.submit(lambda tx, each=each: record_event(tx, each, None, filing(), Moment(SIGNER, after(60))))
                for writer, each in zip(
                    (writer for writer, _ in events), _as(f"call-{number}", [each for _, each in events]), strict=True
                )
            ]
            for each in waiting:
                each.result(10)
    finally:
        second.stop()
    assert sorted(line.call_id for line in desk.calls()) == sorted(f"call-{number}" for number in range(20))
    assert {(line.state, line.agent) for line in desk.calls()} == {("ended", "Tomáš")}


def test_call_ids_that_come_again_are_calls_of_their_own(desk: Desk) -> None:
    monday = new(call=KNOWN, call_id_reused=True)
    tuesday = replace(monday, at=RANG + timedelta(days=1))
    desk.hear(monday, replace(monday, at=after(30)), tuesday)
    assert [line.started_at for line in desk.calls()] == [tuesday.at, RANG]


# --- tickets ---


def test_a_missed_calls_clock_starts_when_it_rang(desk: Desk) -> None:
    """RULE channel-phone"""
    desk.hear(new(), ended(), at=after(600))
    desk.look(after(700))
    (page,) = desk.tickets()
    ticket = page.line.ticket
    assert (ticket.received_at, ticket.since, ticket.status, ticket.channel) == (RANG, RANG, Status.NEW, "phone")
    assert (ticket.customer_id, ticket.contact_id) == (desk.customer_id, desk.contact_id)
    assert "Jana Nováková" in ticket.subject
    assert desk.call().ticket_number == ticket.number
    assert desk.looked_at() is None


@pytest.mark.parametrize(("minutes", "joins"), [(29, True), (31, False)])
def test_the_next_call_joins_the_open_ticket_within_the_window(desk: Desk, minutes: int, joins: bool) -> None:
    rules = filing(join_within=timedelta(minutes=30))
    desk.hear(new(), ended(), rules=rules)
    again = timedelta(minutes=minutes).total_seconds()
    desk.hear(new(again, call="2"), ended(again + 60, call="2"), rules=rules)
    numbers = {line.call_id: line.ticket_number for line in desk.calls()}
    assert (numbers["1"] == numbers["2"]) is joins
    assert len(desk.tickets()) == (1 if joins else 2)


def test_a_colleague_who_calls_within_the_window_gets_a_ticket_of_its_own(desk: Desk) -> None:
    rules = filing(join_within=timedelta(minutes=30))
    desk.hear(new(), ended(), rules=rules)
    desk.hear(
        new(60, call="2", presented="+420211151611"), ended(120, call="2", presented="+420211151611"), rules=rules
    )
    assert [page.line.ticket.contact_id for page in desk.tickets()] == [desk.contact_id, None]


def test_a_keyed_number_joins_that_ticket_if_it_is_the_customers_own(desk: Desk) -> None:
    rules = filing()
    desk.hear(new(), ended(), rules=rules)
    (first,) = desk.tickets()
    number = first.line.ticket.number
    for call, caller in (("2", KNOWN), ("3", KARELS)):
        keyed = event(CallEventKind.DTMF, 7001, call=call, digits=f"{number}#", presented=caller)
        desk.hear(new(7000, call=call, presented=caller), keyed, ended(7060, call=call, presented=caller), rules=rules)
    assert desk.call("2").ticket_number == number
    assert desk.call("3").ticket_number != number


def test_a_keyed_digit_is_the_category(desk: Desk) -> None:
    """RULE category-a"""
    desk.hear(new(), event(CallEventKind.DTMF, 2, digits="1"), ended(), rules=filing())
    (page,) = desk.tickets()
    assert page.line.ticket.category is Category.A


def test_a_voicemail_makes_a_ticket_though_the_machine_answered(desk: Desk) -> None:
    url = "https://pbx.example/42.wav"
    voicemail = event(CallEventKind.VOICEMAIL, 50, recording_url=url)
    desk.hear(new(), answered(agent="voicemail"), voicemail, voicemail, ended(cause=Cause.NORMAL), rules=filing())
    (page,) = desk.tickets()
    assert page.line.ticket.subject.startswith(("Hlasová zpráva", "Voicemail"))
    assert page.line.ticket.received_at == RANG


def test_an_answered_call_makes_no_ticket_unless_the_endpoint_says_so(desk: Desk) -> None:
    desk.hear(new(), answered(), ended(cause=Cause.NORMAL), rules=filing())
    assert desk.tickets() == []
    desk.hear(new(call="2"), answered(call="2"), rules=filing(when=EVERY))
    assert len(desk.tickets()) == 1


def test_an_outgoing_call_is_recorded_and_makes_no_ticket(desk: Desk) -> None:
    out = {"direction": Direction.OUTBOUND, "presented": "100", "called_number": KNOWN}
    desk.hear(new(**out), ended(**out), rules=filing(when=EVERY))
    line = desk.call()
    assert (line.direction, line.state, line.reason) == ("out", "ended", Reason.OUTGOING_CALL)
    assert (line.customer_id, line.caller_shown, line.called_number) == (desk.customer_id, "100", KNOWN)
    assert desk.tickets() == []


# --- refused callers ---


@pytest.mark.parametrize(
    ("presented", "reason"),
    [(STRANGER, Reason.CALLER_UNKNOWN), ("anonymous", Reason.CALLER_WITHHELD), ("220", Reason.CALLER_INTERNAL)],
)
def test_a_refused_caller_is_on_record_with_the_reason_and_the_call_is_over(
    desk: Desk, presented: str, reason: Reason
) -> None:
    desk.hear(new(presented=presented))
    line = desk.call()
    assert (line.verdict, line.reason, line.state, line.cause) == (Verdict.REJECT, reason, "ended", "rejected")
    assert (line.ended_at, line.ticket_number) == (RANG, None)
    assert desk.looked_at() is None
    assert [(verdict, why) for verdict, why, _ in desk.said()] == [("reject", reason)]


def test_late_events_of_a_refused_call_change_nothing_that_matters(desk: Desk) -> None:
    caller = {"presented": STRANGER}
    desk.hear(new(**caller), event(CallEventKind.DTMF, 2, digits="1", **caller), new(**caller), rules=filing())
    assert desk.call().state == "ended"
    desk.hear(ended(cause=Cause.BUSY, **caller), rules=filing())
    assert (desk.call().ended_at, desk.call().cause) == (after(60), "busy")
    assert desk.look(after(10**6)) == 0
    assert (len(list(desk.calls())), len(desk.said()), desk.tickets()) == (1, 1, [])


def test_a_pbx_that_puts_a_refused_caller_through_all_the_same_is_on_record(desk: Desk) -> None:
    caller = {"presented": STRANGER}
    desk.hear(new(**caller), answered(**caller), rules=filing(when=EVERY))
    line = desk.call()
    assert (line.verdict, line.state, line.answered_at, line.agent) == (
        Verdict.REJECT,
        "answered",
        after(5),
        "Tomáš",
    )
    desk.hear(ended(cause=Cause.NORMAL, **caller), rules=filing(when=EVERY))
    assert (desk.call().state, desk.tickets()) == ("ended", [])


def test_a_number_is_judged_by_the_time_we_heard_of_it(desk: Desk) -> None:
    def expire(tx: Transaction) -> None:
        (entry,) = desk.queries.numbers(Window(), customer_id=desk.customer_id).items
        data = NumberData(
            customer_id=desk.customer_id, contact_id=desk.contact_id, number=KNOWN, valid_until=after(3600)
        )
        tx.people.change_number(entry.id, data, by=ADMIN, at=RANG)

    desk.writer.submit(expire).result(10)
    desk.hear(new(), at=after(3601))
    assert desk.call().reason is Reason.NO_LONGER_VALID


# --- the reaper ---


@pytest.mark.parametrize(("talks", "hours"), [(False, 1), (True, 12)])
def test_a_call_that_falls_silent_is_ended_by_us(desk: Desk, talks: bool, hours: int) -> None:
    events = [new(), answered()] if talks else [new()]
    silence = timedelta(hours=hours)
    desk.hear(*events, rules=filing())
    assert desk.look(events[-1].at + silence, filing()) == 0
    assert desk.look(events[-1].at + silence + timedelta(seconds=2), filing()) == 1
    line = desk.call()
    assert (line.state, line.cause, line.outcome) == ("ended", "no-end-reported", "unreported")
    assert desk.looked_at() is None


def test_after_how_long_a_silence_is_the_endpoints_to_say(desk: Desk) -> None:
    rules = replace(filing(), limits=Limits(ringing=timedelta(minutes=2)))
    desk.hear(new(), rules=rules)
    assert desk.look(after(120), rules) == 0
    assert desk.look(after(122), rules) == 1
    (page,) = desk.tickets()
    assert "neohlásila" in page.comments[0].text, "nobody knows that the call was missed"
    assert page.line.ticket.received_at == RANG, "its clock runs from the ring"


def test_a_refused_call_without_an_end_makes_no_ticket(desk: Desk) -> None:
    desk.hear(new(presented=STRANGER), rules=filing())
    desk.look(after(10**5), filing())
    assert desk.call().state == "ended"
    assert desk.tickets() == []


def test_the_peers_own_end_takes_the_place_of_ours_and_makes_no_second_ticket(desk: Desk) -> None:
    desk.hear(new(), rules=filing())
    desk.look(after(3700), filing())
    assert len(desk.tickets()) == 1
    desk.hear(ended(), rules=filing(), at=after(3800))
    desk.look(after(10**5), filing())
    assert desk.call().cause == "no-answer"
    assert len(desk.tickets()) == 1


def test_a_call_of_an_endpoint_that_is_gone_still_ends(desk: Desk) -> None:
    desk.hear(new())
    desk.look(after(3700), None)
    assert (desk.call().state, desk.tickets(), desk.looked_at()) == ("ended", [], None)
