"""Lists of contacts as files: what spreadsheets really write is read, and what we write they do not compute."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz.identity import Channel
from intake.contact_lists.columns import Column, ListedContact
from intake.contact_lists.sheet import read_sheet, write_sheet
from intake.people import Contact

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CZECH = "Jméno;E-mail;Telefon;Správce\r\nJiří Čížek;jiri@acme.example;601 123 456;ano\r\n"


def contact(name: str = "Jana Nováková", **more: object) -> Contact:
    return Contact(id=7, customer_id=1, name=name, created_at=AT, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1250", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_every_usual_file_is_read(encoding: str, delimiter: str) -> None:
    sheet = read_sheet(CZECH.replace(";", delimiter).encode(encoding))
    (row,) = sheet.rows
    assert sheet.errors == ()
    assert row.line == 2
    assert row.said == {
        Column.NAME: "Jiří Čížek",
        Column.ADDRESSES: ("jiri@acme.example",),
        Column.NUMBERS: ("+420601123456",),
        Column.ADMIN: True,
    }


def test_excels_own_first_line_and_empty_lines_are_no_contacts() -> None:
    sheet = read_sheet(("sep=;\r\n" + CZECH + "\r\n;;;\r\n").encode())
    assert [(row.line, row.said[Column.NAME]) for row in sheet.rows] == [(3, "Jiří Čížek")]


def test_several_addresses_and_numbers_stand_in_one_cell() -> None:
    text = (
        'jmeno;emaily;telefony\nA;"a@x.example, b@x.example\nc@x.example";"+420 601 123 456 | 601123456, 602 123 456"\n'
    )
    (row,) = read_sheet(text.encode()).rows
    assert row.said[Column.ADDRESSES] == ("a@x.example", "b@x.example", "c@x.example")
    assert row.said[Column.NUMBERS] == ("+420601123456", "+420602123456")


def test_a_day_is_meant_whole_in_prague() -> None:
    (row,) = read_sheet("Jméno;Platí od;Platí do\nA;1. 7. 2026;2026-12-31\n".encode()).rows
    assert row.said[Column.VALID_FROM].astimezone(UTC) == datetime(2026, 6, 30, 22, tzinfo=UTC)
    assert row.said[Column.VALID_UNTIL].astimezone(UTC) == datetime(2026, 12, 31, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ("A;not an address;;", Column.ADDRESSES),
        ("A;*@acme.example;;", Column.ADDRESSES),
        ("A;;12;", Column.NUMBERS),
        ("A;;;možná", Column.ADMIN),
        ("A;;;;moc;buněk", None),
    ],
)
def test_a_cell_that_cannot_be_read_is_named_by_line_and_column(cells: str, column: Column | None) -> None:
    sheet = read_sheet(f"Jméno;E-mail;Telefon;Správce\nB;b@x.example;;\n{cells}\n".encode())
    assert [(error.line, error.column) for error in sheet.errors] == [(3, column)]
    assert all(error.message.endswith(".") for error in sheet.errors)


@pytest.mark.parametrize("text", ["", "   \n", "Jméno;Barva\nA;modrá\n", "Jméno;Name\nA;B\n", "E-mail\na@x.example\n"])
def test_a_file_without_usable_columns_is_one_error(text: str) -> None:
    sheet = read_sheet(text.encode())
    assert sheet.rows == ()
    assert [error.line for error in sheet.errors] == [1]


@given(
    st.binary(max_size=400) | st.text(max_size=400).map(lambda text: CZECH.encode() + text.encode("utf-8", "replace"))
)
def test_no_file_raises(octets: bytes) -> None:
    sheet = read_sheet(octets)
    assert all(error.line >= 1 for error in sheet.errors)


@given(
    name=st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=30),
    prefix=st.sampled_from(["", "=", "+", "-", "@", "'", "=cmd|' /C calc'!A0"]),
)
def test_what_is_written_is_read_back_and_no_cell_is_computed(name: str, prefix: str) -> None:
    listed = ListedContact(
        contact=contact(prefix + name, channels=frozenset({Channel.MAIL}), language="en", valid_until=AT),
        addresses=("-x@acme.example", "b@acme.example"),
        numbers=("+420601123456", "+15551234567"),
    )
    for excel in (False, True):
        text = write_sheet([listed], excel=excel)
        for line in text.splitlines()[1:]:
            assert all(not cell.strip('"').startswith(("=", "-", "@", "+4201")) for cell in line.split(";"))
        (row,) = read_sheet(text.encode()).rows
        expected = prefix + name
        assert row.said[Column.NAME] in {expected, expected.removeprefix("'")}
        assert row.said[Column.ADDRESSES] == listed.addresses
        assert row.said[Column.NUMBERS] == listed.numbers
        assert (row.said[Column.MAIL], row.said[Column.PHONE], row.said[Column.LANGUAGE]) == (True, False, "en")
        assert row.said[Column.VALID_UNTIL] == AT


def test_excel_is_told_that_it_is_utf_8() -> None:
    assert write_sheet([], excel=True).startswith("\ufeffID;Jméno;")
    assert write_sheet([], language="en").startswith("ID;Name;")
