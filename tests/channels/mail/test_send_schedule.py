from datetime import UTC, datetime, timedelta

import pytest

from channels.mail.send_schedule import PAUSES, next_attempt

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def attempts() -> list[datetime]:
    made = [START]
    while (following := next_attempt(len(made), made[-1])) is not None:
        made.append(following)
    return made


def test_giving_up_takes_about_four_days() -> None:
    """RFC 5321 §4.5.4.1."""
    assert timedelta(days=3, hours=23) < attempts()[-1] - START < timedelta(days=5)


def test_the_first_tries_come_soon_and_the_later_ones_are_half_an_hour_and_more_apart() -> None:
    assert next_attempt(1, START) == START + timedelta(minutes=1)
    assert all(pause >= timedelta(minutes=30) for pause in PAUSES[3:])


def test_pauses_never_shrink() -> None:
    assert list(PAUSES) == sorted(PAUSES)


def test_there_is_no_schedule_before_the_first_attempt() -> None:
    with pytest.raises(ValueError, match="no attempt"):
        next_attempt(0, START)
