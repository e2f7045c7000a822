"""`intake db`: the schema."""

import typer

from intake.commands.common import opened
from store.migrate import differences, schema_revision

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
