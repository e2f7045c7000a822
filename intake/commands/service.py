"""`intake statement` and `intake explain ticket`: the monthly statement, and why a clock says what it says."""

import sys
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from intake.app import App, now, workplace
from intake.commands.choosing import choose_customer
from intake.commands.common import fail, opened, operator, show_table
from intake.sla.clock import ClockKind, read_clock
from intake.sla.contract import Terms
from intake.sla.explain import explain_clock
from intake.sla.render import statement_csv
from intake.statements.months import (
    Drawn,
    Month,
    StatementError,
    amend_month,
    close_month,
    draw_statement,
    months_before,
    show_statement,
)
from intake.statements.page import statement_page


class Format(StrEnum):
    """How a statement is written."""

    JSON = "json"
    CSV = "csv"
    HTML = "html"


class Language(StrEnum):
    """Of the printed page."""

    CS = "cs"
    EN = "en"


def statement_command(
    context: typer.Context,
    customer: Annotated[str, typer.Argument(help="The customer's number or name.")],
    month: Annotated[str, typer.Argument(help="The month, such as 2026-06.")],
    *,
    written: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.JSON,
    language: Annotated[Language, typer.Option(help="Of the printed page.")] = Language.CS,
    close: Annotated[bool, typer.Option("--close", help="Close the month: freeze its statement.")] = False,
    amend: Annotated[str, typer.Option("--amend", help="Correct a closed month, and say why.")] = "",
) -> None:
    """Write a customer's monthly statement to the standard output."""
    with opened(context) as app:
        try:
            wanted = Month.read(month)
            number = choose_customer(app, customer).id
            if close:
                _close(app, draw_statement(app.queries, number, wanted, now()))
            if amend:
                _amend(app, draw_statement(app.queries, number, wanted, now()), amend)
            drawn = show_statement(app.queries, number, wanted, now())
        except StatementError as error:
            fail(str(error))
        sys.stdout.buffer.write(_written(app, drawn, written, language))
        sys.stdout.buffer.flush()


def explain_ticket(
    context: typer.Context,
    number: Annotated[int, typer.Argument(help="The ticket's number.")],
) -> None:
    """Say what a ticket's clocks show, and list every stretch that was counted or skipped, with its reason."""
    at = now()
    with opened(context) as app:
        found = app.queries.ticket_clocks(number)
    if found is None:
        fail(f"there is no ticket {number}")
    terms = found.contract.terms_at(found.ticket.received_at) or Terms(name="")
    zone = ZoneInfo(terms.calendar.zone)
    for kind in ClockKind:
        reading = read_clock(kind, found.history, found.contract, at)
        typer.echo(
            f"{kind} time, category {reading.category}, {reading.state}: {reading.elapsed} used of"
            f" {reading.target or 'nothing promised'}"
            + (f", deadline {_local(reading.deadline, zone)}" if reading.deadline else "")
            + (" – missed" if reading.breached else "")
        )
        lines = [
            (_local(line.start, zone), _local(line.end, zone), line.length if line.counted else "–", line.words)
            for line in explain_clock(kind, found.history, found.contract, at).lines
        ]
        show_table(f"{kind} time of ticket {number} ({zone.key})", ("from", "until", "counted", "why"), lines)


def _local(instant: datetime, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%a %Y-%m-%d %H:%M:%S}"


def _close(app: App, drawn: Drawn) -> None:
    app.writer.submit(lambda tx: close_month(tx, drawn, by=operator(), at=now())).result()


def _amend(app: App, drawn: Drawn, note: str) -> None:
    month = drawn.statement.month
    revisions = app.queries.closed_months(drawn.customer_id, month, month)
    if not revisions:
        raise StatementError(f"{month} is not closed; there is nothing to amend.")
    app.writer.submit(lambda tx: amend_month(tx, drawn, revisions[-1], by=operator(), at=now(), note=note)).result()


def _written(app: App, drawn: Drawn, written: Format, language: Language) -> bytes:
    match written:
        case Format.JSON:
            return drawn.document
        case Format.CSV:
            return statement_csv(drawn.statement)
        case Format.HTML:
            months = months_before(app.queries, drawn)
            return statement_page(drawn, months, language=language, workplace=workplace(app.settings)).encode()
