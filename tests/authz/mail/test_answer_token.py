"""Tokens of one-click links: only ours are read, and they say what was put in."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz.mail.answer_token import AnswerToken, name_address, read_answer, sign_answer

SECRET, OTHER = b"a secret of thirty-two octets.....", b"another secret, not less long...."
instants = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(
    number=st.integers(0, 2**63 - 1),
    since=instants,
    expires=instants,
    word=st.sampled_from(["accept", "reject"]),
    to=st.emails(),
)
def test_a_token_says_what_was_put_in(number: int, since: datetime, expires: datetime, word: str, to: str) -> None:
    answer = AnswerToken(
        number=number, since=since, word=word, expires_at=expires.replace(microsecond=0), sent_to=name_address(to)
    )
    token = sign_answer(SECRET, answer)
    assert read_answer([OTHER, SECRET], token) == answer
    assert read_answer([OTHER], token) is None


@given(token=st.one_of(st.text(max_size=80), st.from_regex(r"[A-Za-z0-9_-]{60}", fullmatch=True)))
def test_reading_never_raises(token: str) -> None:
    assert read_answer([SECRET], token) is None


def test_a_short_secret_signs_nothing() -> None:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    with pytest.raises(ValueError, match="octets"):
        sign_answer(b"short", AnswerToken(number=1, since=at, word="accept", expires_at=at, sent_to=b"12345678"))


def test_an_address_is_named_alike_however_it_is_spelled_and_unlike_another() -> None:
    assert name_address("Jan@Firma.cz") == name_address("jan@firma.CZ") != name_address("jana@firma.cz")
