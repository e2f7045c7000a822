"""Lists of contacts as CSV: read as Czech Excel and everybody else writes them, written so that no cell is computed.

Pure. What a sheet means for a customer's list is `intake.contact_lists.plan`.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from typing import Any

import phonenumbers

from intake.contact_lists.cells import PRAGUE, read_cell
from intake.contact_lists.columns import (
    CHANNEL_COLUMNS,
    HEADINGS,
    CellError,
    Column,
    ContactRow,
    ContactSheet,
    ListedContact,
)
from intake.tickets.words import fold_words

MOST_ROWS = 20_000

_FORMULA = re.compile(r"[=+\-@\t\r]")
# A plus before nothing but digits computes nothing.
_NUMBERS = re.compile(r"\+[\d ]+(?:, \+[\d ]+)*", re.ASCII)
_DEFUSED = re.compile(r"'(?=[=+\-@\t\r])")


def read_sheet(octets: bytes) -> ContactSheet:
    """Read a CSV file: UTF-8, UTF-16 or windows-1250; semicolons, commas or tabs. Never raises."""
    lines = list(_lines(_decode(octets)))
    if not lines:
        return ContactSheet(rows=(), errors=(CellError(line=1, message="The file is empty."),))
    columns, errors = _columns(lines[0][1])
    if errors:
        return ContactSheet(rows=(), errors=errors)
    if len(lines) - 1 > MOST_ROWS:
        return ContactSheet(rows=(), errors=(CellError(line=MOST_ROWS + 2, message=f"At most {MOST_ROWS} contacts."),))
    rows: list[ContactRow] = []
    found: list[CellError] = []
    for line, cells in lines[1:]:
        said, wrong = _read_row(line, columns, cells)
        found += wrong
        rows.append(ContactRow(line=line, said=said))
    return ContactSheet(rows=tuple(rows), errors=tuple(found))


def write_sheet(listed: Iterable[ListedContact], *, language: str = "cs", excel: bool = False) -> str:
    """Write contacts as CSV with semicolons. excel: begin with the mark by which Excel knows UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(HEADINGS[column][0 if language == "cs" else 1] for column in Column)
    for each in listed:
        cells = _cells(each, language)
        writer.writerow(_defuse(cells[column]) for column in Column)
    return ("\ufeff" if excel else "") + out.getvalue()


def _decode(octets: bytes) -> str:
    if octets.startswith((b"\xff\xfe", b"\xfe\xff")):
        return octets.decode("utf-16", "replace")
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What Czech Excel writes by "CSV" without anything else.
        return octets.decode("cp1250", "replace")


def _lines(text: str) -> Iterable[tuple[int, list[str]]]:
    """The lines that say something, with their numbers. A first line `sep=;` is Excel's own."""
    text = text.replace("\0", "")
    first, _, rest = text.partition("\n")
    offset = 0
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        delimiter, text, offset = first.strip()[4], rest, 1
    else:
        delimiter = max(";,\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            # One cell is longer than any cell can be.
            cells = ["\ufffd"]
        if any(cell.strip() for cell in cells):
            yield reader.line_num + offset, cells


def _columns(cells: Sequence[str]) -> tuple[list[Column | None], tuple[CellError, ...]]:
    known = {
        " ".join(fold_words(name)): column
        for column, (czech, english, others) in HEADINGS.items()
        for name in (column.value, czech, english, *others)
    }
    columns = [known.get(" ".join(fold_words(cell))) for cell in cells]
    unknown = [cell for cell, column in zip(cells, columns, strict=True) if column is None and cell.strip()]
    twice = {column for column in columns if column is not None and columns.count(column) > 1}
    message = ""
    if unknown:
        offered = ", ".join(czech for czech, _, _ in HEADINGS.values())
        message = f"Unknown columns: {', '.join(cell[:40] for cell in unknown[:5])}. Known: {offered}."
    elif twice:
        message = f"Given twice: {', '.join(sorted(twice))}."
    elif not {Column.NAME, Column.ID} & set(columns):
        message = "The first line must name the columns, among them Jméno or ID."
    return columns, (CellError(line=1, message=message),) if message else ()


def _read_row(
    line: int, columns: Sequence[Column | None], cells: Sequence[str]
) -> tuple[dict[Column, Any], list[CellError]]:
    if len(cells) > len(columns) and any(cell.strip() for cell in cells[len(columns) :]):
        return {}, [CellError(line=line, message="This line has more cells than there are columns.")]
    said: dict[Column, Any] = {}
    errors: list[CellError] = []
    for column, cell in zip(columns, cells, strict=False):
        text = _DEFUSED.sub("", cell.strip(), count=1)
        if column is None or (not text and column not in {Column.ADDRESSES, Column.NUMBERS}):
            continue
        try:
            said[column] = read_cell(column, text)
        except ValueError as error:
            errors.append(CellError(line=line, column=column, message=str(error)))
    return said, errors


def _cells(listed: ListedContact, language: str) -> dict[Column, str]:
    contact = listed.contact
    yes, no = ("ano", "ne") if language == "cs" else ("yes", "no")
    flags = {Column.ACTIVE: contact.active, Column.ADMIN: contact.is_admin}
    flags |= {column: channel in contact.channels for column, channel in CHANNEL_COLUMNS.items()}
    return {
        Column.ID: str(contact.id),
        Column.NAME: contact.name,
        Column.ADDRESSES: ", ".join(listed.addresses),
        Column.NUMBERS: ", ".join(map(_spaced, listed.numbers)),
        Column.LANGUAGE: contact.language or "",
        Column.VALID_FROM: _written(contact.valid_from),
        Column.VALID_UNTIL: _written(contact.valid_until, last=True),
        **{column: yes if holds else no for column, holds in flags.items()},
    }


def _spaced(e164: str) -> str:
    """With spaces a spreadsheet does not take it for one large number."""
    parsed = phonenumbers.parse(e164)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL).replace("-", " ")


def _written(at: datetime | None, *, last: bool = False) -> str:
    if at is None:
        return ""
    local = at.astimezone(PRAGUE)
    if local.time() != time():
        return local.isoformat()
    return (local.date() - timedelta(days=int(last))).isoformat()


def _defuse(cell: str) -> str:
    """What a spreadsheet would compute begins with an apostrophe."""
    return f"'{cell}" if _FORMULA.match(cell) and not _NUMBERS.fullmatch(cell) else cell
