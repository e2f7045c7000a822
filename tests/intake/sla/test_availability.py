"""Ts, Tn, the nines and the discount table."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from intake.sla.availability import MaintenanceWindow, measure_availability, missed_nines, percent
from intake.sla.calendar import ROUND_THE_CLOCK, WEEKDAYS_8_18
from intake.sla.contract import Contract, ContractVersion, Terms
from intake.sla.statement import month_span
from intake.terms import Category, Status
from tests.intake.sla.examples import ALWAYS, PAUSES_AVAILABLE, THREE_NINES, WEEKDAYS, contract, history, prague

HOUR = timedelta(hours=1)
JUNE = month_span(2026, 6, "Europe/Prague")

# The published table: under which real availability which discount is due.
TABLE = {
    Fraction(99, 100): {"99.995": 0, "99.95": 0, "99.5": 0, "95": 20, "80": 40},
    Fraction(999, 1000): {"99.995": 0, "99.95": 0, "99.5": 20, "95": 40, "80": 60},
    Fraction(9999, 10_000): {"99.995": 0, "99.95": 20, "99.5": 40, "95": 60, "80": 80},
}


@pytest.mark.parametrize(
    ("guaranteed", "real", "discount"),
    [(guaranteed, real, discount) for guaranteed, row in TABLE.items() for real, discount in row.items()],
)
def test_availability_discount_is_the_published_table(guaranteed: Fraction, real: str, discount: int) -> None:
    assert missed_nines(Fraction(real) / 100, guaranteed) * 20 == discount


@pytest.mark.parametrize("guaranteed", list(TABLE))
@pytest.mark.parametrize("threshold", [Fraction(9, 10), Fraction(99, 100), Fraction(999, 1000), Fraction(9999, 10_000)])
def test_availability_discount_exactly_at_a_threshold_it_is_met(guaranteed: Fraction, threshold: Fraction) -> None:
    below = missed_nines(threshold - Fraction(1, 10**9), guaranteed)
    assert below - missed_nines(threshold, guaranteed) == (1 if threshold <= guaranteed else 0)


def test_availability_discount_never_exceeds_the_price() -> None:
    steep = contract(ROUND_THE_CLOCK, guaranteed=Fraction(9999, 10_000), discount_per_nine=Decimal("0.5"))
    down = history(prague(2026, 5, 1))
    assert measure_availability(steep, [down], JUNE).discount == 1


def test_availability_assured_is_the_open_time_of_the_month_inside_the_contract() -> None:
    assert measure_availability(ALWAYS, [], JUNE).assured == timedelta(days=30)
    assert measure_availability(WEEKDAYS, [], JUNE).assured == 22 * 10 * HOUR
    assert measure_availability(ALWAYS, [], month_span(2026, 3, "Europe/Prague")).assured == 31 * 24 * HOUR - HOUR
    from_the_15th = ContractVersion(valid_from=prague(2026, 6, 15), terms=Terms(name="S", calendar=ROUND_THE_CLOCK))
    assert measure_availability(Contract(versions=(from_the_15th,)), [], JUNE).assured == timedelta(days=16)


def test_availability_maintenance_is_neither_assured_nor_unavailable() -> None:
    night = MaintenanceWindow(start=prague(2026, 6, 10, 2), end=prague(2026, 6, 10, 4))
    again = MaintenanceWindow(start=prague(2026, 6, 10, 3), end=prague(2026, 6, 10, 5))
    ticket = history(prague(2026, 6, 10, 1), (prague(2026, 6, 10, 6), Status.CLOSED))
    figures = measure_availability(ALWAYS, [ticket], JUNE, [night, again])
    assert (figures.assured, figures.unavailable) == (timedelta(days=30) - 3 * HOUR, 2 * HOUR)


@pytest.mark.parametrize("end", [Status.TO_VERIFY, Status.CLOSED, True])
def test_availability_a_fix_ends_the_incident(end: Status | bool) -> None:
    ticket = history(prague(2026, 6, 10, 1), (prague(2026, 6, 10, 6), end))
    assert measure_availability(ALWAYS, [ticket], JUNE).unavailable == 5 * HOUR


@pytest.mark.parametrize("pause", [Status.MORE_INFO, Status.POSTPONED])
def test_availability_a_pause_does_not_end_the_incident_unless_agreed(pause: Status) -> None:
    ticket = history(prague(2026, 6, 10, 1), (prague(2026, 6, 10, 2), pause), (prague(2026, 6, 10, 6), Status.CLOSED))
    assert measure_availability(ALWAYS, [ticket], JUNE).unavailable == 5 * HOUR
    agreed = contract(ROUND_THE_CLOCK, options=PAUSES_AVAILABLE)
    assert measure_availability(agreed, [ticket], JUNE).unavailable == HOUR


def test_availability_counts_again_after_a_rejection() -> None:
    ticket = history(
        prague(2026, 6, 10, 1),
        (prague(2026, 6, 10, 2), Status.TO_VERIFY),
        (prague(2026, 6, 10, 5), Status.IN_PROGRESS),
        (prague(2026, 6, 10, 6), Status.CLOSED),
    )
    figures = measure_availability(ALWAYS, [ticket], JUNE)
    assert [incident.counted for incident in figures.incidents] == [HOUR, HOUR]


def test_availability_only_category_a_inside_the_month_and_the_open_hours() -> None:
    long = history(prague(2026, 5, 31, 22), (prague(2026, 6, 1, 9), Status.CLOSED))
    assert measure_availability(ALWAYS, [long], JUNE).unavailable == 9 * HOUR
    assert measure_availability(WEEKDAYS, [long], JUNE).unavailable == HOUR
    assert not measure_availability(ALWAYS, [replace(long, category=Category.B)], JUNE).incidents
    raised = history(
        prague(2026, 6, 10, 1),
        (prague(2026, 6, 10, 3), Category.A),
        (prague(2026, 6, 10, 4), Status.CLOSED),
        category=Category.B,
    )
    assert measure_availability(ALWAYS, [raised], JUNE).unavailable == HOUR


def test_availability_needs_a_contract_in_that_month() -> None:
    with pytest.raises(ValueError, match="no contract was in force"):
        measure_availability(Contract(versions=()), [], JUNE)


def test_availability_of_a_month_in_which_nothing_was_assured_is_whole() -> None:
    month = month_span(2026, 6, "Europe/Prague")
    all_of_it = MaintenanceWindow(start=month.start, end=month.end)
    figures = measure_availability(ALWAYS, [history(month.start)], month, [all_of_it])
    assert (figures.real, figures.discount) == (1, 0)


def test_availability_the_last_terms_of_the_month_guarantee_it() -> None:
    def terms(guaranteed: Fraction) -> Terms:
        return Terms(name="S", calendar=WEEKDAYS_8_18, guaranteed=guaranteed)

    middle = prague(2026, 6, 15)
    agreed = Contract(
        versions=(
            ContractVersion(valid_from=prague(2026, 1, 1), valid_until=middle, terms=terms(Fraction(99, 100))),
            ContractVersion(valid_from=middle, terms=terms(THREE_NINES)),
        )
    )
    assert measure_availability(agreed, [], JUNE).guaranteed == THREE_NINES
    assert measure_availability(agreed, [], month_span(2026, 5, "Europe/Prague")).guaranteed == Fraction(99, 100)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Fraction(1), "100.0000"),
        (Fraction(718, 720), "99.7222"),
        (Fraction(99_899_999, 100_000_000), "99.8999"),
        (Fraction(999, 1000), "99.9000"),
        (Fraction(0), "0.0000"),
    ],
)
def test_percentages_are_rounded_down(value: Fraction, shown: str) -> None:
    assert percent(value) == shown
