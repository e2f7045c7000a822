"""Terms as people write them: what is left out has the published default, what cannot be meant is refused by name."""

import json
from datetime import date, time, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.commands.documents import read_written_terms
from intake.sla.agreed import TermsError, read_terms, written_terms
from intake.sla.calendar import ROUND_THE_CLOCK, WEEKDAYS_8_18, Opening
from intake.sla.contract import EXAMPLE_TERMS, Contract, ContractVersion, Terms
from intake.sla.versions import one_contract
from intake.terms import Category, Evaluation
from tests.intake.sla.examples import SITES, calendar_of, prague


def read(written: dict[str, Any]) -> Terms:
    return read_terms(json.loads(json.dumps(written)), name="S-1")


def test_nothing_agreed_is_the_published_terms() -> None:
    assert read({}) == Terms(name="S-1")


def test_the_example_is_written_and_read_again() -> None:
    assert read_terms(written_terms(EXAMPLE_TERMS), name=EXAMPLE_TERMS.name) == EXAMPLE_TERMS


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.name)
def test_a_calendar_is_written_and_read_again(site: Any) -> None:
    calendar = calendar_of(site)
    assert read(written_terms(Terms(name="S-1", calendar=calendar))).calendar == calendar


@given(
    st.builds(
        dict,
        guaranteed_percent=st.decimals(Decimal("0.001"), 100, places=3).map(str),
        monthly_price=st.decimals(0, 10**8, places=2).map(str),
        reopen_days=st.integers(0, 366),
        acceptance_open_days=st.integers(1, 366),
        warn_at_percent=st.lists(st.integers(1, 100), max_size=5),
        options=st.builds(dict, included=st.lists(st.sampled_from([flag.value for flag in Evaluation]), unique=True)),
        targets=st.dictionaries(
            st.sampled_from([category.value for category in Category]),
            st.builds(dict, response_minutes=st.integers(1, 500_000), fix_minutes=st.none() | st.integers(1, 500_000)),
        ),
    )
)
def test_whatever_is_agreed_is_written_and_read_again(written: dict[str, Any]) -> None:
    terms = read(written)
    assert read(written_terms(terms)) == terms


def test_percentages_are_exact() -> None:
    terms = read({"guaranteed_percent": "99.99", "warn_at_percent": [90, "12.5"], "discount_per_nine_percent": 15})
    assert terms.guaranteed == Fraction(9999, 10_000)
    assert terms.warn_at == (Fraction(1, 8), Fraction(9, 10))
    assert terms.discount_per_nine == Decimal("0.15")


def test_published_calendars_by_name_and_with_days_of_their_own() -> None:
    assert read({"calendar": "weekdays-8-18"}).calendar == WEEKDAYS_8_18
    assert read({"calendar": {"week": "round-the-clock"}}).calendar == ROUND_THE_CLOCK
    own = {"extra_days": [{"day": "2026-12-31", "name": "Inventura"}], "removed_days": ["2026-11-17"]}
    calendar = read({"calendar": own}).calendar
    assert calendar.week == WEEKDAYS_8_18.week
    assert [(each.day, each.name) for each in calendar.extra_days] == [(date(2026, 12, 31), "Inventura")]
    assert calendar.removed_days == {date(2026, 11, 17)}


def test_openings_over_midnight_and_to_it() -> None:
    week = {"friday": ["8:00-12:00".zfill(11), "13:00–24:00"], "saturday": ["22:00-06:00"]}
    calendar = read({"calendar": {"week": week}}).calendar
    assert calendar.week[4] == (Opening(time(8), time(12)), Opening(time(13), time(0)))
    assert calendar.week[5][0].overnight


@pytest.mark.parametrize(
    ("written", "field", "words"),
    [
        ({"prize": 1}, "terms.prize", "Extra inputs"),
        ({"targets": {"D": {}}}, "terms.targets.D.[key]", "'A', 'B', 'C' or 'change'"),
        ({"targets": {"A": {"fix_minutes": 0}}}, "terms.targets.A.fix_minutes", "greater than 0"),
        ({"guaranteed_percent": "101"}, "terms.guaranteed_percent", "less than or equal to 100"),
        ({"monthly_price": "-1"}, "terms.monthly_price", "greater than or equal to 0"),
        ({"calendar": {"week": {"monday": ["8-18"]}}}, "terms.calendar", "08:00-18:00"),
        ({"calendar": {"week": {"monday": ["08:00-24:30"]}}}, "terms.calendar", "24:30"),
        ({"calendar": {"week": {}}}, "terms.calendar", "at least one opening"),
        ({"calendar": {"zone": "Mars/Olympus"}}, "terms.calendar", "IANA"),
        ({"calendar": {"country": "XX"}}, "terms.calendar", "ISO 3166"),
        ({"acceptance_open_days": 0}, "terms.acceptance_open_days", "greater than or equal to 1"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_field(written: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(TermsError, match=words) as refused:
        read(written)
    assert refused.value.field == field


FIRST, SECOND = Terms(name="first"), Terms(name="second")


def joined(*agreed: tuple[int, int | None, Terms]) -> list[tuple[int, int | None, str]]:
    """What is in force when, by days of March 2026."""
    contract: Contract = one_contract(
        ContractVersion(
            valid_from=prague(2026, 3, start), valid_until=prague(2026, 3, end) if end else None, terms=terms
        )
        for start, end, terms in agreed
    )
    return [
        (
            (each.valid_from + timedelta(hours=2)).day,
            (each.valid_until + timedelta(hours=2)).day if each.valid_until else None,
            each.terms.name,
        )
        for each in contract.versions
    ]


def test_of_contracts_in_force_the_one_that_began_last_counts() -> None:
    assert joined((1, None, FIRST), (10, None, SECOND)) == [(1, 10, "first"), (10, None, "second")]
    assert joined((10, None, SECOND), (1, None, FIRST)) == [(1, 10, "first"), (10, None, "second")]
    assert joined((1, None, FIRST), (10, 20, SECOND)) == [(1, 10, "first"), (10, 20, "second"), (20, None, "first")]
    assert joined((1, 5, FIRST), (10, 20, SECOND)) == [(1, 5, "first"), (10, 20, "second")]
    assert joined((1, None, FIRST), (1, None, SECOND)) == [(1, None, "second")]
    assert joined((1, 20, FIRST), (20, None, FIRST)) == [(1, None, "first")]
    assert joined() == []


def test_the_example_of_the_documentation_can_be_read(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "service-manager.md").read_text(encoding="utf-8")
    file = tmp_path / "contract.toml"
    file.write_text(page.partition("```toml contract.toml\n")[2].partition("```")[0], encoding="utf-8")
    terms = read(read_written_terms(file))
    assert terms.rates == {Evaluation.CONSULTATION: Decimal(1800)}
    assert terms.targets_of(Category.A).fix == timedelta(hours=4)
