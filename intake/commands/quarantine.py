"""`intake quarantine`: what is held, why, and what becomes of it."""

import asyncio
from typing import Annotated

import typer

from authz.words import advise, say_check
from intake.app import now
from intake.commands.common import fail, opened, operator, plain, show_table
from intake.ledger import HeldState, claim_of_entry, read_evidence
from intake.quarantine import QuarantineError, Release
from intake.queries import Window

commands = typer.Typer(help="Requests that wait for a person's decision.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(help="The request's number in the list.")]


@commands.command("list")
def list_held(context: typer.Context, limit: int = 50) -> None:
    """Show what is held, newest first."""
    with opened(context) as app:
        page = app.queries.quarantine(HeldState.HELD, Window(limit=limit))
        lines = [
            (
                held.held.id,
                f"{held.held.held_at:%Y-%m-%d %H:%M}",
                held.entry.reason,
                held.entry.identity,
                held.entry.subject,
            )
            for held in page.items
        ]
    show_table("Held requests", ("number", "since (UTC)", "reason", "from", "subject"), lines)


@commands.command("show")
def show(context: typer.Context, number: Number) -> None:
    """Show one request with its evidence and what it says."""
    with opened(context) as app:
        line = app.queries.held(number)
        if line is None or line.entry.blob is None:
            fail(f"there is no held request {number}; `intake quarantine list` shows what is there")
        submission = app.rereader.read(app.blobs.read(line.entry.blob))
    entry = line.entry
    typer.echo(f"subject    {plain(entry.subject or '(none)')}")
    typer.echo(f"from       {plain(entry.identity or 'nobody that could be named')}")
    typer.echo(f"state      {line.held.state}" + (f" by {line.held.decided_by}" if line.held.decided_by else ""))
    typer.echo(f"because    {entry.reason}: {plain(entry.detail)}")
    checks = read_evidence(entry.evidence)
    for check in checks:
        typer.echo(f"checked    {plain(say_check(check))}")
    for advice in advise(entry.reason, claim_of_entry(entry), checks):
        typer.echo(f"to get in  {plain(advice)}")
    typer.echo(f"\n{plain(submission.text)}")


@commands.command("release")
def release(  # noqa: PLR0917 - options of the command
    context: typer.Context,
    number: Number,
    customer: Annotated[int | None, typer.Option(help="Whose request it is, when the lists do not know.")] = None,
    contact: Annotated[int | None, typer.Option(help="Which contact's request it is.")] = None,
    authorize: Annotated[bool, typer.Option("--authorize", help="Also list the address as that contact's.")] = False,
    note: Annotated[str | None, typer.Option(help="Why, for the audit trail.")] = None,
) -> None:
    """Release a request: it becomes the ticket it would have made."""
    with opened(context) as app:
        wanted = Release(
            held_id=number,
            by=operator(),
            at=now(),
            customer_id=customer,
            contact_id=contact,
            note=note,
            authorize=authorize,
        )
        try:
            receipt = asyncio.run(app.quarantine.release(wanted))
        except QuarantineError as error:
            fail(str(error))
    typer.echo(f"released as ticket {receipt.ticket_number}")


@commands.command("reject")
def reject(
    context: typer.Context,
    number: Number,
    note: Annotated[str | None, typer.Option(help="Why, for the audit trail.")] = None,
) -> None:
    """Reject a request: it makes no ticket; its record stays."""
    with opened(context) as app:
        try:
            asyncio.run(app.quarantine.reject(number, by=operator(), at=now(), note=note))
        except QuarantineError as error:
            fail(str(error))
    typer.echo(f"rejected {number}")
