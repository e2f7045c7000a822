"""`intake db`: the schema."""

from typing import Annotated

import typer
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from intake.app import now
from intake.commands.common import opened
from store.deadlines import repair_deadlines, verify_deadlines
from store.migrate import differences, schema_revision
from store.search.queue import rebuild

commands = typer.Typer(help="The database.", no_args_is_help=True)


@commands.command("upgrade")
def upgrade(context: typer.Context) -> None:
    """Bring the database to the current schema, as every start does."""
    with opened(context) as app, app.engine.connect() as connection:
        typer.echo(f"the database is at schema {schema_revision(connection)}")


@commands.command("check")
def check(context: typer.Context) -> None:
    """Say whether the database has exactly the tables this release expects."""
    with opened(context) as app, app.engine.connect() as connection:
        found = differences(connection)
    for difference in found:
        typer.echo(f"different: {difference}")
    typer.echo("the schema differs" if found else "the schema is as it should be")
    raise typer.Exit(1 if found else 0)


@commands.command("verify-deadlines")
def verify(
    context: typer.Context,
    repair: Annotated[bool, typer.Option("--repair", help="Write what was derived where it differs.")] = False,
) -> None:
    """Derive every stored deadline from its ticket's history again, and say where they differ."""
    at, looked_at, wrong = now(), 0, 0
    with opened(context) as app:
        for difference in verify_deadlines(app.engine, at):
            looked_at += 1
            if difference is None:
                continue
            wrong += 1
            typer.echo(f"ticket {difference.number}: stored {difference.stored}, derived {difference.derived}")
            if repair:
                with app.engine.begin() as connection:
                    repair_deadlines(connection, difference)
    typer.echo(f"{looked_at} tickets looked at, {wrong} differ" + (", repaired" if wrong and repair else ""))
    raise typer.Exit(1 if wrong and not repair else 0)


@commands.command("reindex")
def reindex(context: typer.Context) -> None:
    """Make the full-text index of the tickets anew.

    The service may run meanwhile; searches find less until it is done.
    """
    done = 0
    with opened(context) as app, Progress(TextColumn("{task.completed} tickets"), TimeElapsedColumn()) as progress:
        task = progress.add_task("indexing", total=None)
        for done in rebuild(app.engine):
            progress.update(task, completed=done)
    typer.echo(f"{done} tickets are in the index")
