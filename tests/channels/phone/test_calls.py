"""The life of a call: whatever order its events come in, however often, and if they never come."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from channels.phone.calls import (
    TRANSITIONS,
    Call,
    CallState,
    Limits,
    apply,
    apply_all,
    continues,
    event_key,
    is_stale,
    reap,
)
from channels.phone.event import CallEvent, CallEventKind, Cause, Direction

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def event(kind: CallEventKind, seconds: int = 0, **more: object) -> CallEvent:
    base = CallEvent(provider="native", endpoint="pbx", call_id="c1", kind=kind, at=NOW + timedelta(seconds=seconds))
    return replace(base, **more)  # type: ignore[arg-type]


def whole(*events: CallEvent) -> Call:
    call = apply_all(events)
    assert call is not None
    return call


RING = event(CallEventKind.NEW, 0, presented="+420777123456", agents=("a", "b"))
ANSWER = event(CallEventKind.ANSWERED, 5, agent="b")
TRANSFER = event(CallEventKind.ANSWERED, 40, agent="c")
HANG_UP = event(CallEventKind.ENDED, 65, cause=Cause.NORMAL)
KEYED = event(CallEventKind.DTMF, 2, digits="12#", event_id="d1")

moments = st.integers(min_value=0, max_value=300)
legs = st.sampled_from([None, None, "l1", "l2"])
any_event = st.builds(
    lambda kind, seconds, leg, agent, cause, number: event(
        kind, seconds, leg=leg, agent=agent, cause=cause, presented=number, event_id=f"{kind}{seconds}"
    ),
    st.sampled_from(list(CallEventKind)),
    moments,
    legs,
    st.sampled_from([None, "a", "b"]),
    st.sampled_from([None, *Cause]),
    st.sampled_from([None, "+420777123456", "anonymous"]),
)


def comparable(call: Call) -> Call:
    """All of a call but when we first heard of it, which alone depends on the order."""
    return replace(call, opened_at=NOW)


@given(st.lists(any_event, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_matters(events: list[CallEvent], random: object) -> None:
    shuffled = [*events, *events]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert comparable(whole(*events)) == comparable(whole(*shuffled))


@given(st.lists(any_event, min_size=1, max_size=8))
def test_an_event_is_kept_once(events: list[CallEvent]) -> None:
    keys = [each.key for each in whole(*events).events]
    assert sorted(keys) == sorted({each.key for each in events})


@given(st.lists(any_event, min_size=1, max_size=8))
def test_a_call_that_has_ended_stays_ended_whatever_comes(events: list[CallEvent]) -> None:
    call = whole(HANG_UP, *events)
    assert call.state is CallState.ENDED
    assert call.ended_at is not None


def test_every_pair_of_state_and_event_is_in_the_table() -> None:
    assert set(TRANSITIONS) == {(state, kind) for state in CallState for kind in CallEventKind}


def test_no_event_takes_a_call_back() -> None:
    order = list(CallState)
    assert all(order.index(after) >= order.index(before) for (before, _), after in TRANSITIONS.items())


def test_a_call_rings_is_answered_and_ends() -> None:
    states = [whole(*(RING, ANSWER, HANG_UP)[:count]).state for count in (1, 2, 3)]
    assert states == [CallState.RINGING, CallState.ANSWERED, CallState.ENDED]
    call = whole(RING, ANSWER, HANG_UP)
    assert (call.began_at, call.answered_at, call.ended_at) == (RING.at, ANSWER.at, HANG_UP.at)
    assert (call.agent, call.cause, call.presented) == ("b", Cause.NORMAL, "+420777123456")


def test_an_answer_for_an_unknown_call_is_no_error() -> None:
    call = whole(ANSWER)
    assert (call.state, call.announced, call.began_at) == (CallState.ANSWERED, False, ANSWER.at)
    assert apply(call, RING).announced


def test_an_answer_that_comes_after_the_end_still_counts() -> None:
    call = whole(RING, HANG_UP, ANSWER)
    assert (call.state, call.answered_at) == (CallState.ENDED, ANSWER.at)


def test_a_transfer_is_answered_again_by_somebody_else() -> None:
    call = whole(RING, ANSWER, TRANSFER, ANSWER, HANG_UP)
    assert (call.agent, call.answered_at, len(call.events)) == ("c", ANSWER.at, 4)


def test_a_call_ends_with_its_last_leg() -> None:
    first = event(CallEventKind.NEW, 0, leg="l1")
    second = event(CallEventKind.NEW, 1, leg="l2", direction=Direction.OUTBOUND)
    busy = event(CallEventKind.ENDED, 9, leg="l2", cause=Cause.BUSY)
    over = event(CallEventKind.ENDED, 20, leg="l1", cause=Cause.CANCELLED)
    assert whole(first, second, busy).state is CallState.RINGING
    call = whole(first, second, busy, over)
    assert (call.state, call.ended_at, call.direction) == (CallState.ENDED, over.at, Direction.INBOUND)


def test_keyed_digits_and_recordings_are_kept() -> None:
    recording = event(CallEventKind.RECORDING, 70, recording_url="https://x/1", event_id="r1")
    call = whole(RING, KEYED, HANG_UP, recording)
    assert (call.digits, call.recordings, call.voicemail) == ("12#", ("https://x/1",), False)
    assert whole(RING, event(CallEventKind.ENDED, 9, cause=Cause.VOICEMAIL)).voicemail


@pytest.mark.parametrize(
    ("events", "after", "stale"),
    [
        ((RING,), timedelta(minutes=59), False),
        ((RING,), timedelta(minutes=61), True),
        ((RING, ANSWER), timedelta(hours=11), False),
        ((RING, ANSWER), timedelta(hours=13), True),
        ((RING, HANG_UP), timedelta(days=9), False),
    ],
)
def test_a_call_without_an_end_is_given_up_after_long_silence(
    events: tuple[CallEvent, ...], after: timedelta, *, stale: bool
) -> None:
    assert is_stale(whole(*events), NOW + after) is stale


def test_the_limits_are_the_operators() -> None:
    assert is_stale(whole(RING), NOW + timedelta(minutes=3), Limits(ringing=timedelta(minutes=2)))


def test_the_reaper_ends_a_call_and_the_real_end_takes_its_place() -> None:
    call = whole(RING, ANSWER)
    reaped = apply(call, reap(call, NOW + timedelta(hours=13)))
    assert (reaped.state, reaped.reaped, reaped.agent) == (CallState.ENDED, True, "b")
    assert event_key(reap(call, NOW), call) != event_key(HANG_UP, call)
    ended = apply(reaped, HANG_UP)
    assert (ended.ended_at, ended.reaped, ended.cause) == (HANG_UP.at, False, Cause.NORMAL)
    assert comparable(ended) == comparable(whole(RING, ANSWER, HANG_UP))


REUSED = replace(RING, call_id="420777123456", call_id_reused=True)


@pytest.mark.parametrize(
    ("later", "belongs"),
    [
        (replace(REUSED, at=NOW + timedelta(seconds=20)), True),
        (replace(REUSED, at=NOW + timedelta(seconds=70)), False),
        (replace(REUSED, kind=CallEventKind.ANSWERED, at=NOW + timedelta(hours=1)), True),
    ],
)
def test_where_call_ids_come_again_time_tells_the_calls_apart(later: CallEvent, *, belongs: bool) -> None:
    assert continues(whole(REUSED), later) is belongs


def test_a_redial_right_after_the_end_is_a_new_call() -> None:
    over = whole(REUSED, replace(REUSED, kind=CallEventKind.ENDED, at=NOW + timedelta(seconds=10)))
    assert not continues(over, replace(REUSED, at=NOW + timedelta(seconds=20)))
    late = replace(REUSED, kind=CallEventKind.ANSWERED, at=NOW + timedelta(seconds=15))
    assert continues(over, late)
    assert not continues(over, replace(late, at=NOW + timedelta(minutes=9)))


def test_unique_call_ids_always_continue_their_call() -> None:
    assert continues(whole(RING, HANG_UP), replace(RING, at=NOW + timedelta(days=1)))


def test_the_ledgers_key_tells_reused_ids_apart_and_repetitions_not() -> None:
    first, repeated = whole(REUSED), replace(REUSED, at=NOW + timedelta(seconds=5))
    redial = replace(REUSED, at=NOW + timedelta(minutes=9))
    assert event_key(repeated, first) == event_key(REUSED, None)
    assert event_key(redial, None) != event_key(REUSED, None)
    assert event_key(RING, None) == event_key(replace(RING, at=NOW + timedelta(days=1)), whole(RING)) == RING.key


@given(st.text(max_size=8), st.text(max_size=8), st.text(max_size=8), st.text(max_size=8))
@example("a/b", "c", "a", "b/c")
@example("a", "b%2Fc", "a", "b/c")
def test_different_calls_never_share_a_key(endpoint: str, call_id: str, other_endpoint: str, other_id: str) -> None:
    one, other = (
        replace(RING, endpoint=endpoint, call_id=call_id),
        replace(RING, endpoint=other_endpoint, call_id=other_id),
    )
    assert (one.key == other.key) is ((endpoint, call_id) == (other_endpoint, other_id))
