"""`intake ledger`: what happened to my mail?"""

from typing import Annotated

import typer

from intake.commands.common import opened, show_table
from intake.queries import LedgerFilter, Window

commands = typer.Typer(help="Everything that came in, and what became of it.", no_args_is_help=True)


@commands.command("find")
def find(
    context: typer.Context,
    message_id: Annotated[str | None, typer.Option(help="A Message-ID, with its angle brackets.")] = None,
    identity: Annotated[str | None, typer.Option(help="The author's address or the caller's number.")] = None,
    ticket: Annotated[int | None, typer.Option(help="A ticket's number.")] = None,
    limit: int = 20,
) -> None:
    """Show the inputs that fit, newest first."""
    wanted = LedgerFilter(message_id=message_id, identity=identity, ticket_number=ticket)
    with opened(context) as app:
        page = app.queries.ledger(wanted, Window(limit=limit))
        lines = [
            (
                f"{line.entry.received_at:%Y-%m-%d %H:%M:%S}",
                line.entry.channel,
                line.entry.identity,
                line.entry.verdict,
                line.entry.reason,
                line.ticket_number,
                line.entry.detail,
            )
            for line in page.items
        ]
    show_table("Inputs", ("received (UTC)", "channel", "from", "verdict", "reason", "ticket", "detail"), lines)
