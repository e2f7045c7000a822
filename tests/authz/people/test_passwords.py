"""Passwords: which are taken, what is kept, how one is checked."""

import time

import pytest
from argon2 import PasswordHasher

from authz.people.passwords import LONGEST, PasswordCheck, check_password, hash_password, password_problem

PASSWORD = "koně a vozy na dvoře"


def test_only_the_same_password_is_right() -> None:
    kept = hash_password(PASSWORD)
    assert check_password(PASSWORD, kept) == PasswordCheck(right=True)
    for wrong in ("", PASSWORD + " ", PASSWORD.upper(), "x" * 100_000):
        assert check_password(wrong, kept) == PasswordCheck(right=False)


def test_what_is_kept_is_argon2id_and_different_each_time() -> None:
    first, second = hash_password(PASSWORD), hash_password(PASSWORD)
    assert first.startswith("$argon2id$")
    assert first != second


@pytest.mark.parametrize("kept", [None, "", "not a hash", "$argon2id$v=19$m=8,t=1,p=1$AAAA$AAAA", "$2b$12$abc"])
def test_nothing_is_right_where_nothing_is_kept(kept: str | None) -> None:
    assert check_password(PASSWORD, kept) == PasswordCheck(right=False)
    assert check_password("", kept) == PasswordCheck(right=False)


def test_an_unknown_log_in_takes_as_long_as_a_known_one() -> None:
    kept = hash_password(PASSWORD)

    def shortest(value: str | None) -> float:
        times = []
        for _ in range(5):
            began = time.perf_counter()
            check_password("špatné heslo", value)
            times.append(time.perf_counter() - began)
        return min(times)

    assert shortest(None) > shortest(kept) / 3


def test_a_hash_made_with_less_is_renewed() -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    check = check_password(PASSWORD, weak)
    assert check.right
    assert check.renewed is not None
    assert check_password(PASSWORD, check.renewed) == PasswordCheck(right=True)
    assert check_password("špatné heslo", weak).renewed is None


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("krátké hes", None),
        ("krátké he", "at least 10"),
        ("x" * (LONGEST + 1), "at most"),
        ("jana@acme.example", "must not be the log-in"),
        ("JANA@ACME.EXAMPLE", "must not be the log-in"),
        ("aaaaaaaaaaaa", "repeats too few"),
        ("abcabcabcabc", "repeats too few"),
        (PASSWORD, None),
    ],
)
def test_length_counts_and_the_advice_says_what_to_do(password: str, says: str | None) -> None:
    problem = password_problem(password, "jana@acme.example")
    assert problem is None if says is None else problem is not None and says in problem
