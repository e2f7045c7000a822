"""Letters somebody asks for to somebody else's address: counted for a mailbox under all its names, and not for ever."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from intake.administration import TooOftenError
from intake.letters.asked import LETTERS_OVER, AskedLimits, count_asked, may_tell, target_of
from tests.store.world import AT, World, world

LIMITS = AskedLimits(mails_per_address=2, mails_per_customer=3)


@pytest.fixture
def small_world(database_url: str) -> Iterator[World]:
    with world(database_url) as made:
        yield made


def ask(made: World, address: str, *, customer_id: int | None = None, minutes: float = 0) -> None:
    at = AT + timedelta(minutes=minutes)
    made.do(lambda tx: count_asked(tx.asked, LIMITS, address, customer_id=customer_id, at=at))


@pytest.mark.parametrize(
    "spelled", ["Jan@Firma.cz", "jan+1@firma.cz", "JAN+a+b@firma.CZ", " jan@firma.cz", "jan+@firma.cz"]
)
def test_a_mailbox_is_one_under_all_its_names(spelled: str) -> None:
    assert target_of(spelled) == "jan@firma.cz"


def test_the_oldest_makes_room_and_the_refusal_says_when(small_world: World) -> None:
    for minutes in (0, 10):
        ask(small_world, "jan@firma.cz", minutes=minutes)
    with pytest.raises(TooOftenError, match=r"jan@firma\.cz lately; ask again after 2026-11-24 10:00 CET\.") as refused:
        ask(small_world, "jan@firma.cz", minutes=20)
    assert refused.value.until == AT + LETTERS_OVER
    ask(small_world, "eva@firma.cz", minutes=20)
    ask(small_world, "jan@firma.cz", minutes=24 * 60)
    with pytest.raises(TooOftenError):
        ask(small_world, "jan@firma.cz", minutes=24 * 60 + 9)


def test_one_customer_uses_up_nobody_elses(small_world: World) -> None:
    acme, globex = small_world.acme.id, small_world.globex.id
    for each in range(3):
        ask(small_world, f"{each}@acme.example", customer_id=acme)
    with pytest.raises(TooOftenError, match="Too many mails were asked for lately"):
        ask(small_world, "4@acme.example", customer_id=acme)
    assert not small_world.do(lambda tx: may_tell(tx.asked, LIMITS, customer_id=acme, at=AT))
    assert small_world.do(lambda tx: may_tell(tx.asked, LIMITS, customer_id=globex, at=AT))
    ask(small_world, "4@acme.example")


def test_what_no_longer_counts_is_forgotten(small_world: World) -> None:
    ask(small_world, "jan@firma.cz")
    assert small_world.do(lambda tx: tx.asked.forget(AT)) == 0
    assert small_world.do(lambda tx: tx.asked.forget(AT + timedelta(seconds=1))) == 1


@pytest.mark.parametrize(("seconds", "told"), [(0, "10:00"), (0.000001, "10:01"), (59, "10:01")])
def test_nobody_is_told_to_come_back_too_early(seconds: float, told: str) -> None:
    assert LIMITS.when(AT + timedelta(seconds=seconds)) == f"2026-11-23 {told} CET"
