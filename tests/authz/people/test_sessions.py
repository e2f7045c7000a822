"""Sessions and the wait after failed log-ins, tried with every order of attempts."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from authz.people.sessions import (
    FAILURES_FORGOTTEN_AFTER,
    FREE_FAILURES,
    LONGEST_WAIT,
    SESSION_LENGTH,
    count_failure,
    is_same,
    keep_session,
    locked_until,
    new_session,
)

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def test_a_session_keeps_no_secret_and_ends() -> None:
    first, second = new_session(AT), new_session(AT)
    assert first.kept == keep_session(first.secret) != first.secret
    assert first.expires_at - first.created_at == SESSION_LENGTH
    assert len({first.secret, first.csrf, second.secret, second.csrf}) == 4
    assert len(first.secret) >= 43
    assert first.secret not in repr(first)
    assert first.csrf not in repr(first)


def test_nothing_equals_an_empty_secret() -> None:
    assert is_same("a", "a")
    assert not is_same("a", "b")
    assert not is_same("", "")
    assert not is_same("ž", "z")


def test_the_first_failures_are_free_then_the_wait_doubles_up_to_an_hour() -> None:
    waits = [locked_until(count, AT) for count in range(FREE_FAILURES + 9)]
    assert waits[:FREE_FAILURES] == [None] * FREE_FAILURES
    seconds = [(wait - AT).total_seconds() for wait in waits[FREE_FAILURES:] if wait is not None]
    assert seconds == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]


@given(st.integers(0, 10**9))
def test_no_number_of_failures_locks_for_longer_than_the_longest_wait(failures: int) -> None:
    until = locked_until(failures, AT)
    assert until is None or AT < until <= AT + LONGEST_WAIT


@given(st.lists(st.timedeltas(timedelta(0), timedelta(days=2)), min_size=1, max_size=40))
def test_failures_count_up_until_a_day_without_any(pauses: list[timedelta]) -> None:
    count, last, at = 0, None, AT
    for pause in pauses:
        at += pause
        before = count
        count = count_failure(count, last, at)
        fresh = last is None or at - last >= FAILURES_FORGOTTEN_AFTER
        assert count == (1 if fresh else before + 1)
        last = at
