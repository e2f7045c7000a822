"""The PIN by phone: what it may be, how it is kept, and that guessing leads nowhere."""

from datetime import timedelta

import pytest

from authz.phone.pin import FREE_ATTEMPTS, PinOutcome, PinRecord, check_pin, hash_pin, pin_problem
from tests.authz.phone.times import NOW

RECORD = PinRecord(pin_hash=hash_pin("4711"))


def test_the_right_pin_is_right_and_forgets_the_failures() -> None:
    tried = PinRecord(pin_hash=RECORD.pin_hash, failures=3)
    assert check_pin(tried, "4711#", NOW) == (PinOutcome.RIGHT, RECORD)


@pytest.mark.parametrize("keyed", ["4712", "", "#", "47110", "*4711", "٤٧١١", "4711##", "x" * 10_000])
def test_anything_else_is_wrong_and_counted(keyed: str) -> None:
    outcome, record = check_pin(RECORD, keyed, NOW)
    assert (outcome, record.failures, record.locked_until) == (PinOutcome.WRONG, 1, None)


def test_guessing_locks_ever_longer_over_all_calls() -> None:
    record, at, waits = RECORD, NOW, []
    for _ in range(FREE_ATTEMPTS + 9):
        _, record = check_pin(record, "0000", at)
        if record.locked_until:
            waits.append(record.locked_until - at)
            at = record.locked_until
    assert waits[:3] == [timedelta(minutes=15), timedelta(minutes=30), timedelta(hours=1)]
    assert waits[-1] == timedelta(days=1)


def test_while_locked_even_the_right_pin_is_not_looked_at() -> None:
    locked = PinRecord(pin_hash=RECORD.pin_hash, failures=5, locked_until=NOW + timedelta(minutes=1))
    assert check_pin(locked, "4711", NOW) == (PinOutcome.LOCKED, locked)
    assert check_pin(locked, "4711", NOW + timedelta(minutes=1))[0] is PinOutcome.RIGHT


def test_a_damaged_hash_lets_nobody_in() -> None:
    for damaged in ("", "4711", "$argon2id$"):
        assert check_pin(PinRecord(pin_hash=damaged), "4711", NOW)[0] is PinOutcome.WRONG


def test_the_pin_cannot_be_read_from_what_is_kept() -> None:
    assert "4711" not in RECORD.pin_hash.split("$")[-1]
    assert hash_pin("4711") != RECORD.pin_hash


@pytest.mark.parametrize("pin", ["123", "123456789", "abcd", "1111", "1234", "4321", "7890", "٤٧١١", ""])
def test_weak_pins_are_refused_with_a_sentence(pin: str) -> None:
    assert pin_problem(pin)


@pytest.mark.parametrize("pin", ["4711", "20261122", "83920"])
def test_other_pins_are_fine(pin: str) -> None:
    assert pin_problem(pin) is None
