"""Calendars: holidays by country and subdivision, own days, versions; and open days."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from intake.sla.calendar import (
    ROUND_THE_CLOCK,
    WEEKDAYS_8_18,
    CalendarHistory,
    CalendarVersion,
    ClosedReason,
    NamedDay,
    Opening,
    ServiceCalendar,
    day_off,
    why_closed,
)
from intake.sla.hours import add_open, add_open_days, next_open, open_time
from tests.intake.sla.examples import prague

HOUR = timedelta(hours=1)


def test_hours_weekdays_czech_holidays_easter_included() -> None:
    closed = [date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 1), date(2026, 11, 17), date(2027, 3, 26)]
    assert all(day_off(WEEKDAYS_8_18, day) for day in closed)
    assert day_off(WEEKDAYS_8_18, date(2026, 4, 3)) == (ClosedReason.HOLIDAY, "Velký pátek")
    assert day_off(WEEKDAYS_8_18, date(2026, 4, 7)) is None
    assert day_off(ROUND_THE_CLOCK, date(2026, 12, 24)) is None


def test_holidays_follow_country_and_subdivision() -> None:
    epiphany = date(2026, 1, 6)
    bavaria = replace(WEEKDAYS_8_18, country="DE", subdivision="BY", zone="Europe/Berlin")
    assert day_off(bavaria, epiphany)
    assert day_off(replace(bavaria, subdivision="BE"), epiphany) is None
    assert day_off(WEEKDAYS_8_18, epiphany) is None


def test_own_days_close_and_removed_days_open() -> None:
    calendar = replace(
        WEEKDAYS_8_18,
        extra_days=(NamedDay(date(2026, 4, 7), "stocktaking"),),
        removed_days=frozenset({date(2026, 4, 3)}),
    )
    assert day_off(calendar, date(2026, 4, 7)) == (ClosedReason.EXTRA_DAY, "stocktaking")
    assert open_time(calendar, prague(2026, 4, 2, 17), prague(2026, 4, 8, 9)) == 12 * HOUR


def test_days_of_the_site_close_like_holidays() -> None:
    site = (NamedDay(date(2026, 4, 7), "stocktaking"),)
    assert day_off(replace(WEEKDAYS_8_18, site_days=site), date(2026, 4, 7)) == (ClosedReason.EXTRA_DAY, "stocktaking")
    working = replace(WEEKDAYS_8_18, site_days=site, removed_days=frozenset({date(2026, 4, 7)}))
    assert day_off(working, date(2026, 4, 7)) is None
    assert day_off(replace(ROUND_THE_CLOCK, site_days=site), date(2026, 4, 7)) is None  # RULE hours-247
    assert replace(WEEKDAYS_8_18, site_days=site) != WEEKDAYS_8_18


@pytest.mark.parametrize(
    ("day", "reason", "words"),
    [
        (date(2026, 4, 4), ClosedReason.WEEKDAY, "no service on Saturday"),
        (date(2026, 4, 6), ClosedReason.HOLIDAY, "Velikonoční pondělí"),
        (date(2026, 4, 7), ClosedReason.OUTSIDE_HOURS, "outside the opening hours"),
    ],
)
def test_closed_time_has_a_reason(day: date, reason: ClosedReason, words: str) -> None:
    assert why_closed(WEEKDAYS_8_18, day) == (reason, words)


@pytest.mark.parametrize("language", ["C", "en_US.UTF-8", "uk_UA.UTF-8"])
def test_the_names_of_holidays_do_not_depend_on_the_machine(language: str) -> None:
    code = (
        "from datetime import date; from intake.sla.calendar import *;"
        "print(ascii(why_closed(WEEKDAYS_8_18, date(2026, 4, 6))[1]))"
    )
    environment = os.environ | {"LANG": language, "LANGUAGE": language, "LC_ALL": language}
    shown = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == ascii("Velikonoční pondělí")


def test_a_night_shift_belongs_to_the_day_it_starts_on() -> None:
    night = ServiceCalendar(name="nights", week=((Opening(time(22), time(6)),),) * 7)
    # Good Friday's shift does not happen; the one of Thursday runs on into Friday.
    assert open_time(night, prague(2026, 4, 2, 12), prague(2026, 4, 3, 12)) == 8 * HOUR
    assert open_time(night, prague(2026, 4, 3, 12), prague(2026, 4, 4, 12)) == 0 * HOUR
    # The night the clock goes back is an hour longer, the night it goes forward an hour shorter.
    assert open_time(night, prague(2026, 10, 24, 12), prague(2026, 10, 25, 12)) == 9 * HOUR
    assert open_time(night, prague(2026, 3, 28, 12), prague(2026, 3, 29, 12)) == 7 * HOUR


def test_a_week_needs_seven_days_and_an_opening() -> None:
    for week in ((), ((),) * 7, WEEKDAYS_8_18.week[:6]):
        with pytest.raises(ValueError, match="seven days and at least one opening"):
            ServiceCalendar(name="empty", week=week)


def test_unknown_zones_and_countries_are_errors() -> None:
    with pytest.raises(KeyError, match="Prag"):
        replace(WEEKDAYS_8_18, zone="Europe/Prag")
    with pytest.raises(NotImplementedError):
        day_off(replace(WEEKDAYS_8_18, country="XX"), date(2026, 1, 1))


def versions(*pairs: tuple[datetime, ServiceCalendar | None]) -> CalendarHistory:
    return CalendarHistory(versions=tuple(CalendarVersion(valid_from=at, calendar=what) for at, what in pairs))


def test_versions_take_turns_and_never_reach_back() -> None:
    switch = prague(2026, 6, 10, 12)
    hours = versions((prague(2026, 1, 1), WEEKDAYS_8_18), (switch, ROUND_THE_CLOCK))
    assert open_time(hours, prague(2026, 6, 10), prague(2026, 6, 11)) == 4 * HOUR + 12 * HOUR
    assert open_time(hours, prague(2025, 12, 1), prague(2026, 1, 1)) == 0 * HOUR
    assert hours.at(switch) is ROUND_THE_CLOCK
    assert hours.at(switch - timedelta.resolution) is WEEKDAYS_8_18
    assert hours.at(prague(2025, 12, 31)) is None
    with pytest.raises(ValueError, match="follow each other"):
        versions((switch, WEEKDAYS_8_18), (switch, ROUND_THE_CLOCK))


def test_hours_that_run_out_have_no_deadline() -> None:
    hours = versions((prague(2026, 1, 1), WEEKDAYS_8_18), (prague(2026, 6, 11), None))
    assert add_open(hours, prague(2026, 6, 10, 17), HOUR) == prague(2026, 6, 10, 18)
    assert add_open(hours, prague(2026, 6, 10, 17), HOUR + timedelta.resolution) is None
    assert next_open(hours, prague(2026, 6, 11)) is None
    assert add_open(versions(), prague(2026, 6, 11), HOUR) is None
    # A contract that begins later has its first opening there.
    assert next_open(hours, prague(2020, 5, 5)) == prague(2026, 1, 2, 8)


def test_adding_open_time_stops_at_closing_not_at_the_next_opening() -> None:
    assert add_open(WEEKDAYS_8_18, prague(2026, 1, 9, 8), 10 * HOUR) == prague(2026, 1, 9, 18)
    assert next_open(WEEKDAYS_8_18, prague(2026, 1, 9, 18)) == prague(2026, 1, 12, 8)
    assert add_open(WEEKDAYS_8_18, prague(2026, 1, 10, 3), 0 * HOUR) == prague(2026, 1, 10, 3)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        (prague(2026, 1, 5, 9), 5, prague(2026, 1, 12, 18)),
        (prague(2026, 1, 9, 19), 1, prague(2026, 1, 12, 18)),
        (prague(2026, 4, 1, 9), 5, prague(2026, 4, 10, 18)),  # over Easter
    ],
)
def test_status_to_verify_acceptance_period_is_counted_in_open_days(start: datetime, days: int, end: datetime) -> None:
    assert add_open_days(WEEKDAYS_8_18, start, days) == end


def test_status_to_verify_acceptance_period_round_the_clock_ends_at_midnight() -> None:
    assert add_open_days(ROUND_THE_CLOCK, prague(2026, 1, 5, 9), 5) == prague(2026, 1, 11)
    with pytest.raises(ValueError, match="at least one"):
        add_open_days(ROUND_THE_CLOCK, prague(2026, 1, 5, 9), 0)


def test_naive_times_are_refused() -> None:
    naive = datetime(2026, 1, 5, 9)
    with pytest.raises(ValueError, match="aware"):
        open_time(WEEKDAYS_8_18, naive, prague(2026, 1, 6))
    with pytest.raises(ValueError, match="aware"):
        add_open(WEEKDAYS_8_18, naive, HOUR)


def test_any_zone_may_ask_and_utc_answers() -> None:
    new_year = datetime.fromisoformat("2026-01-01T05:00+09:00")  # still 2025 in UTC
    assert open_time(ROUND_THE_CLOCK, new_year, prague(2026, 1, 2)) == 27 * HOUR
    answer = add_open(ROUND_THE_CLOCK, new_year, HOUR)
    assert answer is not None
    assert answer.tzinfo is UTC


def test_equal_calendars_are_one_key() -> None:
    again = replace(WEEKDAYS_8_18)
    assert again == WEEKDAYS_8_18
    assert hash(again) == hash(WEEKDAYS_8_18)
    assert replace(WEEKDAYS_8_18, holiday_language="en_US") != WEEKDAYS_8_18
