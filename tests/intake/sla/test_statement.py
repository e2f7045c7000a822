"""The monthly statement: which month a promise belongs to, money, and the same octets every time."""

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings

from intake.sla.access import AccessMethod, AccessProfile
from intake.sla.availability import MaintenanceWindow
from intake.sla.calendar import ROUND_THE_CLOCK
from intake.sla.clock import ClockKind
from intake.sla.compliance import outcomes
from intake.sla.contract import Contract, Options
from intake.sla.history import TicketHistory
from intake.sla.render import CSV_HEADER, plain_value, statement_csv, statement_json
from intake.sla.statement import Statement, TimeEntry, build_statement, month_span
from intake.terms import Category, Evaluation, Status
from tests.intake.sla.examples import PRAGUE, THREE_NINES, WEEKDAYS, contract, history, prague
from tests.intake.sla.test_properties import contracts, tickets

HOUR = timedelta(hours=1)
PRICED = contract(
    ROUND_THE_CLOCK,
    guaranteed=THREE_NINES,
    monthly_price=Decimal(12_345),
    hourly_rate=Decimal(1_500),
    rates={Evaluation.CONSULTATION: Decimal("1800.00")},
)
HISTORIES = (
    replace(
        history(prague(2026, 6, 10, 10), (prague(2026, 6, 10, 11), Status.TO_VERIFY), ticket=12), subject="=Výpadek"
    ),
    history(prague(2026, 6, 10, 10, 30), (prague(2026, 6, 10, 12), Status.CLOSED), ticket=7),
    history(prague(2026, 6, 20, 10), category=Category.C, ticket=9),
)
ENTRIES = (
    TimeEntry(id=1, ticket=7, at=prague(2026, 6, 10, 11), minutes=95, flag=Evaluation.UCS_FAULT, person="Tereza"),
    TimeEntry(id=2, ticket=7, at=prague(2026, 6, 11, 9), minutes=50, flag=Evaluation.CONSULTATION, person="Tereza"),
    TimeEntry(id=3, ticket=9, at=prague(2026, 6, 30, 23, 59), minutes=10, flag=Evaluation.MISTAKE, person="Tereza"),
    TimeEntry(id=4, ticket=9, at=prague(2026, 7, 1), minutes=600, flag=Evaluation.MISTAKE, person="Tereza"),
)
PROFILES = (
    AccessProfile(name="VPN", method=AccessMethod.DIAL_IN_TOKEN, windows_only=True),
    AccessProfile(name="Old", method=AccessMethod.DIAL_IN_PASSWORD, valid_until=prague(2026, 6, 2)),
    AccessProfile(name="HQ", method=AccessMethod.SITE_TO_SITE),
)
MAINTENANCE = (MaintenanceWindow(start=prague(2026, 6, 14, 2), end=prague(2026, 6, 14, 4), note="upgrade"),)


def june(**changed: object) -> Statement:
    given_fields: dict[str, object] = {
        "customer": "Firma s.r.o.",
        "year": 2026,
        "month": 6,
        "contract": PRICED,
        "histories": HISTORIES,
        "time_entries": ENTRIES,
        "access_profiles": PROFILES,
        "maintenance": MAINTENANCE,
    }
    return build_statement(**(given_fields | changed))  # type: ignore[arg-type]


def test_month_is_a_local_month() -> None:
    march = month_span(2026, 3, "Europe/Prague")
    assert (march.start, march.end) == (prague(2026, 3, 1), prague(2026, 4, 1))
    assert march.length == timedelta(days=31) - HOUR
    assert month_span(2026, 12, "Europe/Prague").end == prague(2027, 1, 1)


def test_statement_totals() -> None:
    totals = june().totals
    assert totals.monthly_price == Decimal("12345.00")
    assert totals.discount == Decimal("2469.00")  # one missed nine
    assert totals.work == Decimal("1500.00") + Decimal("250.00")
    assert totals.access == Decimal(4000 + 4000 + 2000)
    assert totals.total == Decimal("12345.00") - Decimal("2469.00") + Decimal("1750.00") + Decimal("10000.00")


def test_service_hours_ucs_fault_is_included_and_the_rest_is_billable() -> None:
    lines = june().work
    assert [(line.entry.id, line.included, line.rate, line.amount) for line in lines] == [
        (1, True, 0, 0),
        (2, False, 1800, 1500),
        (3, False, 1500, 250),
    ]
    generous = contract(hourly_rate=Decimal(1_000), options=Options(included=frozenset(Evaluation)))
    assert june(contract=generous).totals.work == 0
    strict = contract(hourly_rate=Decimal(1_000), options=Options(included=frozenset()))
    assert [line.amount for line in june(contract=strict).work] == [
        Decimal("1583.33"), Decimal("833.33"), Decimal("166.67"),
    ]  # fmt: skip


def test_statement_lists_every_surcharge_in_force_in_the_month() -> None:
    assert [(line.profile, line.rule, line.amount) for line in june().access] == [
        ("Old", "access-dialin", 2000),
        ("VPN", "access-dialin", 4000),
        ("VPN", "access-windows", 4000),
    ]
    assert [line.profile for line in june(month=7).access] == ["VPN", "VPN"]


def test_statement_promises_by_category_with_their_explanations() -> None:
    statement = june()
    assert [(line.category, line.kind, line.met, line.missed) for line in statement.compliance] == [
        (Category.A, ClockKind.FIX, 2, 0),
        (Category.A, ClockKind.RESPONSE, 1, 1),
        (Category.C, ClockKind.FIX, 0, 1),
        (Category.C, ClockKind.RESPONSE, 0, 1),
    ]
    for outcome in statement.outcomes:
        assert outcome.explanation.counted == outcome.elapsed
        assert outcome.met is (outcome.elapsed <= outcome.target)


def decided(ticket: TicketHistory, agreed: Contract = WEEKDAYS) -> dict[str, list[tuple[ClockKind, bool]]]:
    months = {name: month_span(2026, number, "Europe/Prague") for number, name in enumerate(("jan", "feb", "mar"), 1)}
    found = {name: outcomes(agreed, [ticket], span) for name, span in months.items()}
    return {name: [(one.kind, one.met) for one in some] for name, some in found.items()}


def test_a_promise_belongs_to_the_month_in_which_it_was_decided() -> None:
    kept = history(
        prague(2026, 1, 30, 17),
        (prague(2026, 1, 30, 17, 30), Status.IN_PROGRESS),
        (prague(2026, 2, 2, 9), Status.CLOSED),
    )
    assert decided(kept) == {"jan": [(ClockKind.RESPONSE, True)], "feb": [(ClockKind.FIX, True)], "mar": []}
    broken = history(prague(2026, 1, 30, 17, 30), (prague(2026, 3, 2, 9), Status.CLOSED))
    assert decided(broken) == {
        "jan": [],
        "feb": [(ClockKind.FIX, False), (ClockKind.RESPONSE, False)],
        "mar": [],
    }


def test_the_end_of_a_month_belongs_to_the_next_one() -> None:
    ticket = history(prague(2026, 1, 31, 23, 30), (prague(2026, 2, 1), Status.CLOSED))
    both = [(ClockKind.FIX, True), (ClockKind.RESPONSE, True)]
    assert decided(ticket, contract(ROUND_THE_CLOCK)) == {"jan": [], "feb": both, "mar": []}


def test_what_happens_later_does_not_rewrite_an_earlier_month() -> None:
    reopened = history(
        prague(2026, 1, 12, 9),
        (prague(2026, 1, 12, 9, 30), Status.IN_PROGRESS),
        (prague(2026, 1, 12, 11), Status.CLOSED),
        (prague(2026, 2, 3, 9), Status.IN_PROGRESS),
        (prague(2026, 2, 3, 17), Status.CLOSED),
        (prague(2026, 3, 3, 9), Category.C),
    )
    assert decided(reopened) == {
        "jan": [(ClockKind.FIX, True), (ClockKind.RESPONSE, True)],
        "feb": [(ClockKind.FIX, False)],
        "mar": [],
    }
    stricter_later = history(
        prague(2026, 1, 12, 9),
        (prague(2026, 1, 12, 10), Status.IN_PROGRESS),
        (prague(2026, 2, 3, 9), Category.A),
        category=Category.B,
    )
    assert decided(stricter_later) == {
        "jan": [(ClockKind.FIX, False), (ClockKind.RESPONSE, True)],
        "feb": [],
        "mar": [],
    }


@settings(max_examples=60)
@given(tickets(), contracts)
def test_a_breach_is_told_once(ticket: TicketHistory, agreed: Contract) -> None:
    """Over all months until long after the last event, without re-categorization each clock is missed at most once."""
    plain = replace(ticket, categories=())
    told = [
        outcome.kind
        for number in range(36)
        for outcome in outcomes(agreed, [plain], month_span(2026 + number // 12, number % 12 + 1, "Europe/Prague"))
        if not outcome.met
    ]
    assert len(told) == len(set(told))


def test_statement_needs_a_contract() -> None:
    with pytest.raises(ValueError, match="no contract was in force"):
        june(contract=Contract(versions=()))


def test_statement_is_the_same_octets_whatever_the_order_of_the_inputs() -> None:
    shuffled, random = {}, Random(7)
    for name, some in (("histories", HISTORIES), ("time_entries", ENTRIES), ("access_profiles", PROFILES)):
        shuffled[name] = random.sample(some, len(some))
    assert statement_json(june(**shuffled)) == statement_json(june())
    assert statement_csv(june(**shuffled)) == statement_csv(june())


def test_statement_is_the_same_octets_whatever_happens_after_the_month() -> None:
    later = replace(HISTORIES[2], statuses=history(prague(2026, 6, 20), (prague(2026, 7, 3), Status.CLOSED)).statuses)
    assert statement_json(june(histories=(*HISTORIES[:2], later))) == statement_json(june())


def test_statement_is_the_same_octets_with_an_equal_price_written_differently() -> None:
    terms = replace(PRICED.versions[0].terms, hourly_rate=Decimal("1500.00"), monthly_price=Decimal("1.2345E+4"))
    same = Contract(versions=(replace(PRICED.versions[0], terms=terms),))
    assert statement_json(june(contract=same)) == statement_json(june())


def test_statement_json_is_canonical() -> None:
    octets = statement_json(june())
    read = json.loads(octets)
    assert octets.decode() == json.dumps(read, ensure_ascii=False, separators=(",", ":"), sort_keys=True) + "\n"
    assert read["availability"]["real_percent"] == "99.7214"
    assert read["availability"]["real"] == "358/359"
    assert read["availability"]["incidents"][0] == {
        "ticket": 12,
        "start": "2026-06-10T10:00:00+02:00",
        "end": "2026-06-10T11:00:00+02:00",
        "counted": 3600,
    }
    assert read["totals"]["total"] == "21626.00"


def test_statement_is_the_published_format_byte_for_byte() -> None:
    """A change of these files is a change of the format customers rely on."""
    for name, octets in (("june.json", statement_json(june())), ("june.csv", statement_csv(june()))):
        assert (Path(__file__).parent / name).read_bytes() == octets


def test_statement_csv_is_one_table() -> None:
    octets = statement_csv(june())
    rows = list(csv.reader(io.StringIO(octets.decode("utf-8-sig"), newline="")))
    assert tuple(rows[0]) == CSV_HEADER
    assert {len(row) for row in rows} == {len(CSV_HEADER)}
    assert ["total", "", "total", "", "", "", "CZK", "", "21626.00", ""] in [
        [*row[:4], "", "", *row[6:]] for row in rows
    ]
    assert octets.count(b"\r\n") == octets.count(b"\n")


def test_statement_csv_does_not_hand_a_spreadsheet_a_formula() -> None:
    rows = list(csv.reader(io.StringIO(statement_csv(june()).decode("utf-8-sig"), newline="")))
    assert any(cell == "'=Výpadek" for row in rows for cell in row)
    assert not any(cell.startswith("=") for row in rows for cell in row)


def test_values_without_a_fixed_form_are_refused() -> None:
    with pytest.raises(TypeError, match="set"):
        plain_value({1, 2}, PRAGUE)
