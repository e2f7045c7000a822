"""`intake webhooks`: who is told of events, and telling them again."""

from datetime import timedelta
from typing import Annotated

import typer

from authz.people.sealing import Sealer
from intake.administration import EntryError
from intake.app import now, signing_secrets
from intake.commands.common import fail, opened, operator, show_table
from intake.queries import Window
from intake.webhooks.events import EventType
from intake.webhooks.model import SECRET_CONTEXT, Replay, WebhookData
from intake.webhooks.sender import new_secret

commands = typer.Typer(help="Programs that are told of events.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(help="The webhook's number.")]


@commands.command("add")
def add(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="Where events are posted to.")],
    kind: Annotated[list[EventType] | None, typer.Option("--type", help="Only these; may be repeated.")] = None,
    customer: Annotated[int | None, typer.Option(help="Only events of this customer.")] = None,
) -> None:
    """Subscribe a program and show its secret, once."""
    secret = new_secret()
    data = WebhookData(url=url, types=frozenset(kind or ()), customer_id=customer)
    with opened(context) as app:
        sealed = Sealer(signing_secrets(app.settings)).seal(secret, SECRET_CONTEXT)
        try:
            work = app.writer.submit(lambda tx: tx.webhooks.add(data, sealed=sealed, by=operator(), at=now()))
            typer.echo(f"webhook {work.result().id}: {secret}")
        except EntryError as error:
            fail(error.message)


@commands.command("list")
def list_webhooks(context: typer.Context) -> None:
    """Show the subscriptions, without their secrets."""
    with opened(context) as app:
        page = app.queries.webhooks(Window(limit=200))
    lines = [
        (each.id, each.active, each.failures, ", ".join(sorted(each.types)) or "all", each.url, each.disabled_why)
        for each in page.items
    ]
    show_table("Webhooks", ("number", "active", "failures", "types", "url", "switched off"), lines)


@commands.command("replay")
def replay(
    context: typer.Context,
    number: Number,
    hours: Annotated[float, typer.Option(help="Events of so many hours back.")] = 24.0,
    everything: Annotated[bool, typer.Option("--all", help="Also what was taken already.")] = False,
) -> None:
    """Post events once more: those that were given up."""
    wanted = Replay(since=now() - timedelta(hours=hours), only_dead=not everything)
    with opened(context) as app:
        try:
            count = app.writer.submit(lambda tx: tx.webhooks.replay(number, wanted, by=operator(), at=now())).result()
        except EntryError as error:
            fail(error.message)
    typer.echo(f"{count} events will be posted again")


@commands.command("remove")
def remove(context: typer.Context, number: Number) -> None:
    """Unsubscribe a program."""
    with opened(context) as app:
        try:
            app.writer.submit(lambda tx: tx.webhooks.remove(number, by=operator(), at=now())).result()
        except EntryError as error:
            fail(error.message)
    typer.echo(f"removed {number}")
