"""One-time codes: RFC 6238's own examples, a step each way, none twice; recovery codes that survive handwriting."""

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz.people.totp import (
    RECOVERY_CODES,
    STEP_SECONDS,
    check_code,
    keep_recovery_code,
    key_address,
    new_key,
    new_recovery_codes,
)

# RFC 6238 appendix B, SHA-1; the last six of its eight digits.
KEY = base64.b32encode(b"12345678901234567890").decode()
EXAMPLES = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
]


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(("seconds", "code"), EXAMPLES)
def test_the_examples_of_the_rfc(seconds: int, code: str) -> None:
    assert check_code(KEY, code, 0, at(seconds)) == seconds // STEP_SECONDS
    assert check_code(KEY, f" {code[:3]} {code[3:]} ", 0, at(seconds)) == seconds // STEP_SECONDS


@given(st.integers(min_value=-200, max_value=200))
def test_a_code_is_right_one_step_each_way(moved: int) -> None:
    seconds, code = EXAMPLES[3]
    steps = (seconds + moved) // STEP_SECONDS - seconds // STEP_SECONDS
    found = check_code(KEY, code, 0, at(seconds + moved))
    assert (found is not None) == (abs(steps) <= 1)


def test_no_step_is_taken_twice_and_none_goes_back() -> None:
    seconds, code = EXAMPLES[0]
    step = seconds // STEP_SECONDS
    assert check_code(KEY, code, step - 1, at(seconds)) == step
    assert check_code(KEY, code, step, at(seconds)) is None
    assert check_code(KEY, code, step + 1, at(seconds)) is None


@given(st.text(max_size=60))
def test_rubbish_is_no_code(typed: str) -> None:
    assert check_code(KEY, typed, 10**9, at(59)) is None
    kept = keep_recovery_code("contact/1", typed)
    assert kept is None or len(kept) == 64


def test_a_key_is_as_long_as_its_hash_and_the_picture_says_whose() -> None:
    key = new_key()
    assert len(base64.b32decode(key)) == 20
    address = key_address(key, service="Podpora & spol.", login="jan@firma.cz")
    assert address.startswith("otpauth://totp/Podpora%20%26%20spol.:jan%40firma.cz?secret=" + key)


def test_recovery_codes_differ_and_are_kept_for_one_person() -> None:
    codes = new_recovery_codes()
    assert len(set(codes)) == RECOVERY_CODES
    kept = keep_recovery_code("contact/1", codes[0])
    assert kept is not None
    assert kept == keep_recovery_code("contact/1", codes[0].lower().replace("-", "  "))
    assert kept != keep_recovery_code("contact/2", codes[0])
    assert codes[0] not in kept
