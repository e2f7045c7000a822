"""`intake contracts` and `intake calendars`: a contract out of a file, and what a wrong one is told."""

import json
from pathlib import Path

import pytest

from tests.intake.commands.conftest import Run

CONTRACT = """
name = "S-2026/14"
valid_from = 2030-07-01
framework = true

[terms]
guaranteed_percent = 99.9
monthly_price = 10000

[terms.calendar]
week = { monday = ["08:00-12:00", "13:00-17:00"], saturday = ["09:00-12:00"] }
extra_days = [{ day = 2030-12-30, name = "Inventura" }]

[terms.targets.A]
response_minutes = 60
fix_minutes = 240
"""


def written(folder: Path, text: str, name: str = "contract.toml") -> str:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_a_contract_out_of_a_file_is_stored_with_its_terms(run: Run, tmp_path: Path) -> None:
    assert "added contract 1, S-2026/14" in run("contracts", "add", "Acme", written(tmp_path, CONTRACT))
    assert "S-2026/14" in run("contracts", "list", "--customer", "Acme")
    shown = json.loads(run("contracts", "show", "1"))
    assert shown["valid_from"] == "2030-06-30T22:00:00+00:00"  # midnight in Prague
    assert shown["terms"]["guaranteed_percent"] == "99.9"
    assert shown["terms"]["calendar"]["week"]["monday"] == ["08:00-12:00", "13:00-17:00"]
    assert shown["terms"]["reopen_days"] == 14  # left out, so as published


def test_what_was_shown_can_be_written_back(run: Run, tmp_path: Path) -> None:
    run("contracts", "add", "Acme", written(tmp_path, CONTRACT))
    shown = run("contracts", "show", "1")
    run("contracts", "change", "1", written(tmp_path, shown, "again.json"))
    assert run("contracts", "show", "1") == shown


def test_a_change_names_only_what_changes(run: Run, tmp_path: Path) -> None:
    run("contracts", "add", "1", written(tmp_path, CONTRACT))
    said = run("contracts", "change", "1", written(tmp_path, '{"framework": false}', "change.json"))
    assert "changed contract 1: framework" in said
    shown = json.loads(run("contracts", "show", "1"))
    assert (shown["framework"], shown["terms"]["monthly_price"]) == (False, "10000")
    assert "changes nothing" in run("contracts", "change", "1", written(tmp_path, "{}", "none.json"), code=1)


def test_a_contract_in_force_is_changed_as_a_correction_only(run: Run, tmp_path: Path) -> None:
    run("contracts", "add", "Acme", written(tmp_path, CONTRACT.replace("2030-07-01", "2020-07-01")))
    dearer = written(tmp_path, "[terms]\nmonthly_price = 20000\n", "dearer.toml")
    assert "add a new one" in run("contracts", "change", "1", dearer, code=1)
    run("contracts", "change", "1", dearer, "--correction")
    terms = json.loads(run("contracts", "show", "1"))["terms"]
    assert (terms["monthly_price"], terms["guaranteed_percent"]) == ("20000", "99.9")  # the rest stays


def test_a_contract_ends_on_a_day(run: Run, tmp_path: Path) -> None:
    run("contracts", "add", "Acme", written(tmp_path, CONTRACT))
    assert "contract 1 ends 2031-01-01T00:00:00+01:00" in run("contracts", "end", "1", "2031-01-01")
    assert json.loads(run("contracts", "show", "1"))["valid_until"] == "2030-12-31T23:00:00+00:00"
    assert "write a day as" in run("contracts", "end", "1", "soon", code=1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("monthly_price = 10000", 'monthly_price = "much"'), "terms.monthly_price"),
        (("fix_minutes = 240", "fix_minutes = 0"), "terms.targets.A.fix_minutes"),
        (("guaranteed_percent", "garanteed_percent"), "terms.garanteed_percent"),
        (("08:00-12:00", "8-12"), "an opening is written 08:00-18:00"),
        (("2030-07-01", "2030-07-01T10:00:00"), "valid_from"),
        (("framework = true", "framework = true\nprice = 1"), "price"),
        (('name = "S-2026/14"', ""), "name: Field required"),
        (('name = "S-2026/14"', "name = "), "line 2"),
        (("[terms.calendar]", '[terms.calendar]\nzone = "Praha"'), "there is no time zone 'Praha'"),
    ],
)
def test_a_wrong_file_is_told_the_field_and_nothing_is_stored(
    run: Run, tmp_path: Path, change: tuple[str, str], words: str
) -> None:
    file = written(tmp_path, CONTRACT.replace(*change))
    said = run("contracts", "add", "Acme", file, code=1)
    assert words in said
    assert "contract.toml" in said
    assert "S-2026/14" not in run("contracts", "list")


def test_terms_can_be_checked_without_storing_them(run: Run, tmp_path: Path) -> None:
    filled = json.loads(run("contracts", "terms", written(tmp_path, CONTRACT)))
    assert filled["targets"]["A"] == {"response_minutes": 60, "fix_minutes": 240}
    assert filled["options"]["included"] == ["ucs-fault"]
    alone = written(tmp_path, '{"terms": {"targets": {"D": {}}}}', "terms.json")
    assert "terms.targets.D" in run("contracts", "terms", alone, code=1)
    assert "an object" in run("contracts", "terms", written(tmp_path, "[1]", "list.json"), code=1)


def test_unknown_customers_and_contracts_are_told(run: Run, tmp_path: Path) -> None:
    file = written(tmp_path, CONTRACT)
    assert "names not one customer" in run("contracts", "add", "Nobody", file, code=1)
    assert "There is no contract 7" in run("contracts", "show", "7", code=1)


def test_the_open_hours_of_a_customer_day_by_day(run: Run, tmp_path: Path) -> None:
    run("contracts", "add", "Acme", written(tmp_path, CONTRACT.replace("2030-07-01", "2020-01-01")))
    said = run("calendars", "show", "Acme", "--from", "2030-12-23", "--days", "9")
    lines = {line.split()[1]: line for line in said.splitlines() if line.split()[1:] and "-12-" in line}
    assert "08:00-12:00, 13:00-17:00" in lines["2030-12-23"]  # a Monday
    assert "closed: no service on Tuesday" in lines["2030-12-31"]
    assert "Inventura" in lines["2030-12-30"]
    assert "11 open hours in 9 days" in said
    assert "no contract in force" in run("calendars", "show", "Globex")


def test_the_open_hours_of_a_file_not_yet_agreed_on(run: Run, tmp_path: Path) -> None:
    file = written(tmp_path, 'terms.calendar = "round-the-clock"', "hours.toml")
    assert "23 open hours in 1 days" in run("calendars", "check", file, "--from", "2026-03-29", "--days", "1")
    assert "25 open hours in 1 days" in run("calendars", "check", file, "--from", "2026-10-25", "--days", "1")
    assert "from 1 to 366 days" in run("calendars", "check", file, "--days", "0", code=1)
