"""The statement as octets: canonical JSON and CSV, the same for the same statement, byte for byte.

Owns the two formats. Times are local with their offset, durations whole or fractional seconds, money and fractions
are strings so that no reader rounds them. Must not compute: every figure is in the value.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from intake.sla.availability import percent
from intake.sla.statement import Statement

CSV_HEADER = ("section", "ticket", "item", "category", "start", "end", "result", "seconds", "amount", "words")


def statement_json(statement: Statement) -> bytes:
    """The whole statement with every explanation, UTF-8, keys sorted, no spaces, one line."""
    plain = plain_value(statement, ZoneInfo(statement.zone))
    availability = statement.availability
    plain["availability"] |= {
        "guaranteed_percent": percent(availability.guaranteed),
        "real": plain_value(availability.real, ZoneInfo(statement.zone)),
        "real_percent": percent(availability.real),
    }
    return canonical_json(plain)


def canonical_json(plain: Any) -> bytes:
    """The one way to write a document: UTF-8, keys sorted, no spaces, one line."""
    return (json.dumps(plain, ensure_ascii=False, separators=(",", ":"), sort_keys=True) + "\n").encode()


def plain_value(value: object, zone: ZoneInfo) -> Any:
    """A value as JSON knows it. Raises TypeError for what has no fixed form."""
    match value:
        case Enum():
            return value.value
        case None | str() | bool() | int():
            return value
        case datetime():
            return value.astimezone(zone).isoformat()
        case timedelta():
            return _seconds(value)
        case Decimal():
            return f"{value:f}"
        case Fraction():
            return f"{value.numerator}/{value.denominator}"
        case tuple():
            return [plain_value(item, zone) for item in value]
    if is_dataclass(value):
        return {field.name: plain_value(getattr(value, field.name), zone) for field in fields(value)}
    message = f"no JSON form for {type(value).__name__}"
    raise TypeError(message)


def statement_csv(statement: Statement) -> bytes:
    """The statement as one table, UTF-8 with a byte order mark for spreadsheets, RFC 4180 line ends."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(CSV_HEADER)
    writer.writerows(_defused(row) for row in _rows(statement))
    return text.getvalue().encode("utf-8-sig")


_Row = tuple[object, ...]


def _rows(statement: Statement) -> Iterator[_Row]:
    zone = ZoneInfo(statement.zone)

    def local(instant: datetime | None) -> str:
        return "" if instant is None else instant.astimezone(zone).isoformat()

    figures, start, end = statement.availability, local(statement.start), local(statement.end)
    yield "statement", "", statement.contract, "", start, end, statement.month, "", "", statement.customer
    yield "availability", "", "assured", "", start, end, "", _seconds(figures.assured), "", ""
    yield "availability", "", "unavailable", "", start, end, "", _seconds(figures.unavailable), "", ""
    yield "availability", "", "guaranteed", "", start, end, percent(figures.guaranteed), "", "", ""
    yield "availability", "", "real", "", start, end, percent(figures.real), "", "", ""
    yield "availability", "", "missed-nines", "", start, end, figures.missed_nines, "", "", ""
    for incident in figures.incidents:
        counted = _seconds(incident.counted)
        yield "incident", incident.ticket, "", "A", local(incident.start), local(incident.end), "", counted, "", ""
    for line in statement.compliance:
        for word, number in (("met", line.met), ("missed", line.missed)):
            yield "compliance", "", f"{line.kind} {word}", line.category.value, start, end, number, "", "", ""
    for done in statement.outcomes:
        result, span = ("met" if done.met else "missed"), (local(done.started_at), local(done.ended_at))
        seconds = _seconds(done.elapsed)
        yield "outcome", done.ticket, done.kind.value, done.category.value, *span, result, seconds, "", done.subject
    for work in statement.work:
        entry, result = work.entry, ("included" if work.included else "billable")
        minutes = entry.minutes * 60
        yield "work", entry.ticket, entry.flag.value, "", local(entry.at), "", result, minutes, work.amount, entry.note
    for surcharge in statement.access:
        yield "access", "", surcharge.rule, "", start, end, surcharge.profile, "", surcharge.amount, surcharge.text
    totals = statement.totals
    for field in fields(totals):
        yield "total", "", field.name, "", start, end, statement.currency, "", getattr(totals, field.name), ""


def _defused(row: Iterable[object]) -> list[object]:
    # A spreadsheet runs a cell that begins like a formula; subjects and notes come from outside.
    return [f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t\r" and cell else cell for cell in row]


def _seconds(length: timedelta) -> int | float:
    seconds = length.total_seconds()
    return int(seconds) if seconds.is_integer() else seconds
