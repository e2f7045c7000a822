"""The PIN by phone: what it may be, how it is kept, and that guessing leads nowhere."""

from datetime import timedelta

import pytest

from authz.phone.pin import (
    FREE_ATTEMPTS,
    Attempts,
    KeyedPin,
    PinKeys,
    count_failure,
    new_pin,
    pin_problem,
    read_keyed,
)
from tests.authz.phone.times import NOW

KEYS = PinKeys((b"the current secret", b"the one before"))


def test_only_the_contacts_own_pin_is_right() -> None:
    kept = KEYS.keep(7, "4711")
    assert KEYS.verify(kept, 7, "4711")
    assert not KEYS.verify(kept, 7, "4712")
    assert not KEYS.verify(kept, 8, "4711")
    assert not KEYS.verify("", 7, "4711")


def test_a_pin_outlives_a_change_of_the_secret() -> None:
    kept = PinKeys((b"the one before",)).keep(7, "4711")
    assert KEYS.verify(kept, 7, "4711")
    assert not PinKeys((b"the current secret",)).verify(kept, 7, "4711")


def test_who_holds_the_database_alone_cannot_try_the_few_pins_there_are() -> None:
    kept = KEYS.keep(7, "4711")
    thief = PinKeys((b"not the secret",))
    assert not any(thief.verify(kept, 7, f"{pin:04}") for pin in range(10_000))


def test_without_a_key_there_is_nothing_to_check_with() -> None:
    with pytest.raises(ValueError, match="key"):
        PinKeys(())


def test_keyed_entries_are_told_apart_without_their_digits() -> None:
    tags = {KEYS.tag("1", "4711"), KEYS.tag("1", "4712"), KEYS.tag("2", "4711")}
    assert len(tags) == 3
    assert not any("4711" in tag for tag in tags)


@pytest.mark.parametrize(
    ("keyed", "read"),
    [
        ("4711", KeyedPin(pin="4711")),
        ("4711#", KeyedPin(pin="4711")),
        ("12*4711#", KeyedPin(pin="4711", contact_id=12)),
        ("12*20261122", KeyedPin(pin="20261122", contact_id=12)),
    ],
)
def test_a_pin_may_come_with_the_contacts_number(keyed: str, read: KeyedPin) -> None:
    assert read_keyed(keyed) == read


@pytest.mark.parametrize(
    "keyed", ["", "#", "1", "471", "123456789", "*4711", "4711##", "٤٧١١", "1*2*4711", "x" * 10_000]
)
def test_anything_else_is_no_pin_at_all(keyed: str) -> None:
    assert read_keyed(keyed) is None


def test_guessing_locks_ever_longer_over_all_calls() -> None:
    attempts, at, waits = Attempts(), NOW, []
    for _ in range(FREE_ATTEMPTS + 9):
        attempts = count_failure(attempts, at)
        if attempts.locked_until:
            waits.append(attempts.locked_until - at)
            at = attempts.locked_until
    assert len(waits) == 10
    assert waits[:3] == [timedelta(minutes=15), timedelta(minutes=30), timedelta(hours=1)]
    assert waits[-1] == timedelta(days=1)


def test_a_lock_ends() -> None:
    locked = Attempts(failures=5, locked_until=NOW + timedelta(minutes=1))
    assert locked.locked(NOW)
    assert not locked.locked(NOW + timedelta(minutes=1))


@pytest.mark.parametrize("pin", ["123", "123456789", "abcd", "1111", "1234", "4321", "7890", "٤٧١١", ""])
def test_weak_pins_are_refused_with_a_sentence(pin: str) -> None:
    assert pin_problem(pin)


@pytest.mark.parametrize("pin", ["4711", "20261122", "83920"])
def test_other_pins_are_fine(pin: str) -> None:
    assert pin_problem(pin) is None


def test_a_made_pin_is_a_good_one() -> None:
    made = {new_pin() for _ in range(50)}
    assert len(made) > 40
    assert not any(pin_problem(pin) for pin in made)
