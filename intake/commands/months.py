"""`intake close-month`: freezes the statements of a month, of one customer or of everybody who had a contract."""

from collections.abc import Iterator
from typing import Annotated

import typer
from rich.progress import Progress

from intake.app import App, now
from intake.commands.choosing import choose_customer
from intake.commands.common import console, fail, opened, operator, show_table
from intake.people import Customer
from intake.queries import Window
from intake.statements.months import Drawn, Month, StatementError, close_month, draw_statement


def close_month_command(
    context: typer.Context,
    month: Annotated[str, typer.Argument(help="The month, such as 2026-06.")],
    customer: Annotated[list[str] | None, typer.Option(help="Only this customer (number or name); repeatable.")] = None,
) -> None:
    """Close a month: each statement is frozen as it is now. What is closed already stays as it was closed."""
    try:
        wanted = Month.read(month)
    except StatementError as error:
        fail(str(error))
    lines, failed = [], False
    with opened(context) as app:
        people = [choose_customer(app, each) for each in customer] if customer else list(_everybody(app))
        with Progress(console=console, transient=True) as progress:
            for each in progress.track(people, description=f"Closing {wanted}"):
                done, words = _close(app, each, wanted)
                failed = failed or (not done and bool(customer))
                lines.append((each.id, each.name, words))
    show_table(f"Statements of {wanted}", ("customer", "name", "what became of it"), lines)
    if failed:
        raise typer.Exit(1)


def _everybody(app: App) -> Iterator[Customer]:
    window = Window(limit=200)
    while True:
        page = app.queries.customers(window)
        yield from page.items
        if page.next_after is None:
            return
        window = Window(limit=200, after=page.next_after)


def _close(app: App, customer: Customer, month: Month) -> tuple[bool, str]:
    """Whether the month is closed now, and what is said about it."""
    if app.queries.closed_months(customer.id, str(month), str(month)):
        return True, "was closed already"
    try:
        drawn = draw_statement(app.queries, customer.id, month, now())
        _freeze(app, drawn)
    except StatementError as error:
        return False, f"not closed: {error}"
    total = drawn.statement.totals.total
    return True, f"closed, {total} {drawn.statement.currency}, SHA-256 {drawn.digest}"


def _freeze(app: App, drawn: Drawn) -> None:
    app.writer.submit(lambda tx: close_month(tx, drawn, by=operator(), at=now())).result()
