"""`intake ledger`: what happened to my mail?"""

from typing import Annotated

import typer

from intake.commands.common import fail, opened, plain, show_table
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
                line.entry.id,
                f"{line.entry.received_at:%Y-%m-%d %H:%M:%S}",
                line.entry.channel,
                line.entry.verdict,
                line.entry.reason,
                line.ticket_number,
                line.entry.identity,
            )
            for line in page.items
        ]
    show_table("Inputs", ("number", "received (UTC)", "channel", "verdict", "reason", "ticket", "from"), lines)


@commands.command("show")
def show(context: typer.Context, number: Annotated[int, typer.Argument(help="The input's number.")]) -> None:
    """Show one input with every check that was made and what was decided."""
    with opened(context) as app:
        line = app.queries.ledger_entry(number)
    if line is None:
        fail(f"there is no input {number}; `intake ledger find` shows what came in")
    entry = line.entry
    typer.echo(f"received   {entry.received_at:%Y-%m-%d %H:%M:%S} UTC by {entry.channel}, {entry.account}")
    identity = plain(entry.identity or "nobody that could be named")
    typer.echo(f"from       {identity}" + (f" ({plain(entry.peer)})" if entry.peer else ""))
    typer.echo(f"subject    {plain(entry.subject or '(none)')}")
    typer.echo(
        f"decision   {entry.verdict}, {entry.reason}" + (f", ticket {line.ticket_number}" if line.ticket_number else "")
    )
    typer.echo(f"because    {plain(entry.detail)}")
    for check in entry.evidence:
        typer.echo(f"checked    {check['proof']} {check['outcome']}: {plain(check['detail'])}")
