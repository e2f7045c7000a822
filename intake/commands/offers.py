"""`intake offers`: what is offered for a change request, and what the customer says to it. RULE change-offer"""

from collections.abc import Callable
from functools import partial
from typing import Annotated

import typer

from intake import desk
from intake.commands.common import opened
from intake.commands.tickets import do_to_ticket
from intake.ports import Transaction

commands = typer.Typer(help="Offers for change requests.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(help="The ticket's number.")]


@commands.command("make")
def make(
    context: typer.Context, ticket: Number, text: Annotated[str, typer.Argument(help="What is offered, for how much.")]
) -> None:
    """Record the offer made for a change request."""
    _do(context, ticket, partial(desk.make_offer, text=text))
    typer.echo(f"ticket {ticket} has an offer")


@commands.command("accept")
def accept(
    context: typer.Context,
    ticket: Number,
    by: Annotated[str, typer.Option(help="Who accepted, on the customer's side.")],
    order: Annotated[str, typer.Option(help="The order's number.")] = "",
) -> None:
    """Record that the customer accepted: who, and under which order number."""
    _do(context, ticket, partial(desk.accept_offer, accepted_by=by, order_number=order))
    typer.echo(f"the offer of ticket {ticket} is accepted by {by}")


@commands.command("decline")
def decline(context: typer.Context, ticket: Number, by: Annotated[str, typer.Option(help="Who declined.")]) -> None:
    """Record that the customer declined; another offer can be made."""
    _do(context, ticket, partial(desk.decline_offer, declined_by=by))
    typer.echo(f"the offer of ticket {ticket} is declined by {by}")


def _do(context: typer.Context, number: int, command: Callable[[Transaction, desk.Order], desk.Result]) -> None:
    with opened(context) as app:
        do_to_ticket(app, number, command)
