"""`intake tickets`: the life cycle on the command line, by the same steps as over the API. RULE evaluation"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from intake import desk
from intake.app import App, now
from intake.commands.choosing import choose_customer
from intake.commands.common import fail, opened, operator, plain, show_table
from intake.ports import Transaction
from intake.queries import TicketFilter, TicketLine, Window
from intake.terms import Category, Evaluation, Status
from intake.tickets.model import Ticket
from intake.tickets.state import Refusal

commands = typer.Typer(help="Tickets: what is due, and their life cycle.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(help="The ticket's number.")]

_ZONE = ZoneInfo("Europe/Prague")


@commands.command("list")
def list_tickets(
    context: typer.Context,
    *,
    customer: Annotated[str | None, typer.Option(help="Only this customer's (number or name).")] = None,
    status: Annotated[list[Status] | None, typer.Option(help="Any of these; repeatable.")] = None,
    by_deadline: Annotated[bool, typer.Option("--by-deadline", help="The soonest deadline first.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 50,
) -> None:
    """Show tickets, newest first, or those with a running deadline, the soonest first."""
    with opened(context) as app:
        wanted = TicketFilter(
            customer_id=None if customer is None else choose_customer(app, customer).id,
            statuses=frozenset(status or ()),
        )
        ask = app.queries.tickets_by_deadline if by_deadline else app.queries.tickets
        lines = [_line(line) for line in ask(wanted, Window(limit=limit)).items]
    columns = ("ticket", "category", "status", "received", "deadline", "customer", "subject")
    show_table(f"Tickets ({_ZONE.key})", columns, lines)


@commands.command("show")
def show(context: typer.Context, number: Number) -> None:
    """Show a ticket with its history."""
    with opened(context) as app:
        page = app.queries.ticket_page(number, now())
    if page is None:
        fail(f"there is no ticket {number}")
    ticket = page.line.ticket
    typer.echo(f"{number}  {plain(ticket.subject)}")
    typer.echo(f"customer   {plain(page.line.customer_name)}" + _of_contact(page.line.contact_name))
    typer.echo(f"category   {ticket.category}, {ticket.status} since {_local(ticket.since)}")
    typer.echo(f"deadline   {_local(ticket.next_deadline) or 'none is running'}")
    history = [
        (_local(each.at), each.kind, each.actor.name, each.before, each.after)
        for each in sorted(page.events, key=lambda event: (event.at, event.id))
    ]
    show_table(f"History ({_ZONE.key})", ("when", "what", "who", "before", "after"), history)


@commands.command("move")
def move(  # noqa: PLR0917 - options of the command
    context: typer.Context,
    number: Number,
    status: Annotated[Status, typer.Argument(help="The status to move to.")],
    solution: Annotated[str, typer.Option(help="What solved it; closing needs it.")] = "",
    flag: Annotated[
        list[Evaluation] | None, typer.Option(help="What it was; closing needs one, several may be.")
    ] = None,
    accepted_by: Annotated[str, typer.Option(help="Who on the customer's side accepted.")] = "",
) -> None:
    """Move a ticket to another status."""
    step = desk.Step(status=status, solution=solution, evaluation=frozenset(flag or ()), accepted_by=accepted_by)
    ticket = _do(context, number, partial(desk.move, step=step))
    typer.echo(f"ticket {number} is {ticket.status}")


@commands.command("categorize")
def categorize(
    context: typer.Context, number: Number, category: Annotated[Category, typer.Argument(help="The category.")]
) -> None:
    """Move a ticket to another category; its deadlines are derived anew, from its receipt."""
    ticket = _do(context, number, partial(desk.recategorize, category=category))
    typer.echo(f"ticket {number} is category {ticket.category}, deadline {_local(ticket.next_deadline) or 'none'}")


@commands.command("temporary-fix")
def temporary_fix(
    context: typer.Context,
    number: Number,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="It does not hold: the fix time runs on.")] = False,
) -> None:
    """Record that a temporary fix restored the system: the fix time ends."""
    _do(context, number, desk.withdraw_temporary_fix if withdraw else desk.record_temporary_fix)
    typer.echo(f"ticket {number}: the temporary fix {'was withdrawn' if withdraw else 'is recorded'}")


def _do(context: typer.Context, number: int, command: Callable[[Transaction, desk.Order], desk.Result]) -> Ticket:
    """Carry out a command, or say why not and end."""
    with opened(context) as app:
        return do_to_ticket(app, number, command)


def do_to_ticket(app: App, number: int, command: Callable[[Transaction, desk.Order], desk.Result]) -> Ticket:
    """Carry out a command of the desk as the operator, or say why not and end."""
    order = desk.Order(number=number, actor=operator(), at=now())
    result = app.writer.submit(lambda tx: command(tx, order)).result()
    if not isinstance(result, Ticket):
        fail(result.message if isinstance(result, Refusal) else f"there is no ticket {number}")
    return result


def _line(line: TicketLine) -> tuple[object, ...]:
    ticket = line.ticket
    return (
        ticket.number,
        ticket.category,
        ticket.status,
        _local(ticket.received_at),
        _local(ticket.next_deadline),
        line.customer_name,
        ticket.subject,
    )


def _of_contact(name: str | None) -> str:
    return "" if name is None else f", {plain(name)}"


def _local(instant: datetime | None) -> str:
    return "" if instant is None else f"{instant.astimezone(_ZONE):%Y-%m-%d %H:%M}"
