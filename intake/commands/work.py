"""`intake work`: time worked on tickets. RULE service-hours"""

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from intake.app import App, now
from intake.commands.choosing import customer_zone, read_instant
from intake.commands.common import fail, opened, operator, show_table
from intake.desk import Order
from intake.service import NotedWork, Work
from intake.terms import Evaluation
from intake.tickets.state import Refusal
from intake.work import WorkResult, note_work, withdraw_work

commands = typer.Typer(help="Time worked on tickets, and what it was for.", no_args_is_help=True)

Ticket = Annotated[int, typer.Argument(help="The ticket's number.")]


@commands.command("add")
def add(  # noqa: PLR0917 - options of the command
    context: typer.Context,
    ticket: Ticket,
    minutes: Annotated[int, typer.Option(help="How long, in whole minutes.")],
    flag: Annotated[Evaluation, typer.Option(help="What it was for; it decides who pays.")],
    at: Annotated[str | None, typer.Option(help="When, such as 2026-06-01T14:00; now when it is left out.")] = None,
    note: Annotated[str, typer.Option(help="What was done.")] = "",
) -> None:
    """Note work on a ticket."""
    with opened(context) as app:
        zone = _zone(app, ticket)
        when = now() if at is None else read_instant(at, zone, option="--at")
        work = Work(at=when, minutes=minutes, flag=flag, note=note)
        noted = _noted(ticket, app.writer.submit(lambda tx: note_work(tx, _order(ticket), work)).result())
    typer.echo(f"noted {noted.entry.minutes} minutes as entry {noted.entry.id}")


@commands.command("list")
def list_work(context: typer.Context, ticket: Ticket) -> None:
    """Show the work noted on a ticket; what was withdrawn counts no longer."""
    with opened(context) as app:
        zone = _zone(app, ticket)
        lines = [_line(each, zone) for each in app.queries.time_entries(ticket)]
    show_table(
        f"Work on ticket {ticket} ({zone.key})", ("entry", "when", "minutes", "flag", "person", "state", "note"), lines
    )


@commands.command("withdraw")
def withdraw(
    context: typer.Context, ticket: Ticket, entry: Annotated[int, typer.Argument(help="The entry's number.")]
) -> None:
    """Withdraw a time entry; it stays to be seen."""
    with opened(context) as app:
        _noted(ticket, app.writer.submit(lambda tx: withdraw_work(tx, _order(ticket), entry)).result())
    typer.echo(f"withdrew entry {entry}")


def _zone(app: App, number: int) -> ZoneInfo:
    found = app.queries.ticket_clocks(number)
    if found is None:
        fail(f"there is no ticket {number}")
    return customer_zone(app, found.ticket.customer_id)


def _order(number: int) -> Order:
    return Order(number=number, actor=operator(), at=now())


def _noted(number: int, result: WorkResult) -> NotedWork:
    if not isinstance(result, NotedWork):
        fail(result.message if isinstance(result, Refusal) else f"there is no ticket {number}")
    return result


def _line(noted: NotedWork, zone: ZoneInfo) -> tuple[object, ...]:
    entry = noted.entry
    state = f"withdrawn by {noted.withdrawn_by}" if noted.withdrawn_at else "counts"
    return entry.id, _local(entry.at, zone), entry.minutes, entry.flag, entry.person, state, entry.note


def _local(instant: datetime, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M}"
