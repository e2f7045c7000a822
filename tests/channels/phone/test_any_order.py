"""A PBX that repeats, reorders, delays and drops events, as Hypothesis pleases, over the real store: one call, one
ticket at most, and in the end what the events that did arrive amount to."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from channels.phone.calls import LATE_WITHIN, Limits
from channels.phone.event import CallEvent, CallEventKind, Cause
from channels.phone.filing import TicketCause
from tests.channels.phone.calling import KNOWN, RANG, STRANGER, after, answered, ended, event, new
from tests.channels.phone.desk import Desk, filing, set_up
from tests.store.world import world

RULES = filing(when=frozenset({TicketCause.MISSED, TicketCause.VOICEMAIL}), settle=timedelta(seconds=10))
# What the PBX could tell of one call.
TOLD: tuple[CallEvent, ...] = (
    new(),
    new(1, leg="b"),
    answered(),
    answered(20, agent="Klára"),
    ended(30, leg="b", cause=Cause.NORMAL),
    ended(60),
    event(CallEventKind.VOICEMAIL, 50, event_id="m1"),
    event(CallEventKind.DTMF, 10, digits="2"),
)
_NUMBERS = count()


class Pbx(RuleBasedStateMachine):
    """One call of a known caller or a stranger."""

    desk: ClassVar[Desk]

    def __init__(self) -> None:
        super().__init__()
        self.call_id = f"call-{next(_NUMBERS)}"
        self.heard: set[CallEvent] = set()
        self.now = RANG
        self.caller = KNOWN

    @initialize(stranger=st.booleans())
    def somebody_calls(self, stranger: bool) -> None:
        """Decide who it is; no event of it need ever arrive."""
        self.caller = STRANGER if stranger else KNOWN

    @rule(told=st.sampled_from(TOLD), times=st.integers(1, 3))
    def tell(self, told: CallEvent, times: int) -> None:
        """An event arrives, at once or late, once or more often."""
        one = replace(told, call_id=self.call_id, presented=self.caller)
        self.now = max(self.now, one.at)
        self.heard.add(one)
        self.desk.hear(*[one] * times, rules=RULES, at=self.now)

    @rule(seconds=st.integers(1, 30))
    def wait(self, seconds: int) -> None:
        """Time goes by, and the call keeper looks."""
        self.now += timedelta(seconds=seconds)
        self.desk.look(self.now, RULES)

    @invariant()
    @precondition(lambda self: self.heard)
    def it_is_one_call_with_one_ticket_at_most(self) -> None:
        """Never two rows, never two tickets, and none for a stranger."""
        lines = [each for each in self.desk.calls() if each.call_id == self.call_id]
        assert len(lines) == 1
        assert len(self.tickets()) <= 1
        if self.caller == STRANGER:
            assert (lines[0].verdict, self.tickets()) == ("reject", [])

    def teardown(self) -> None:
        """Long after the last event the call is over, and has the ticket its events ask for."""
        if not self.heard:
            return
        end = max(self.now, after(120)) + Limits().talking + LATE_WITHIN
        for at in (end, end + timedelta(minutes=1)):
            self.desk.look(at, RULES)
        line = self.desk.call(self.call_id)
        assert line.state == "ended"
        if self.caller == KNOWN:
            self.check_ticket()

    def check_ticket(self) -> None:
        """A message always makes one, and so does a call that nobody ever answered.

        One that was answered may have one all the same: made before the PBX came out with the answer.
        """
        kinds = {each.kind for each in self.heard}
        if CallEventKind.VOICEMAIL in kinds or CallEventKind.ANSWERED not in kinds:
            assert len(self.tickets()) == 1

    def tickets(self) -> list[int]:
        """The call's tickets, found by what they were made of."""
        line = self.desk.call(self.call_id)
        return [] if line.ticket_number is None else [line.ticket_number]


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    with world(database_url) as small:
        yield set_up(small)


def test_whatever_a_pbx_does_it_is_one_call_and_one_ticket(desk: Desk) -> None:
    """RULE channel-phone"""
    Pbx.desk = desk
    chosen = settings(max_examples=25, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Pbx, settings=chosen)
    # Every ticket there is belongs to exactly one call.
    numbers = [line.ticket_number for line in desk.calls() if line.ticket_number is not None]
    assert len(numbers) == len(set(numbers))
