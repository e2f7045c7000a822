"""`intake tokens`: access for programs."""

from typing import Annotated

import typer

from authz.people.tokens import Scope, new_token
from intake.app import now
from intake.commands.common import fail, opened, operator, show_table
from intake.people import ApiTokenData
from intake.queries import Window

commands = typer.Typer(help="Tokens for the API.", no_args_is_help=True)


@commands.command("add")
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="What the token is for.")],
    scope: Annotated[list[str], typer.Option(help=f"One of {', '.join(Scope)}; may be repeated.")],
    contact: Annotated[int | None, typer.Option(help="The contact whose requests it makes.")] = None,
    customer: Annotated[int | None, typer.Option(help="The customer whose directory keeps its contacts.")] = None,
) -> None:
    """Make a token and show its secret, once."""
    unknown = sorted(set(scope) - set(Scope))
    if unknown:
        fail(f"there is no scope {', '.join(unknown)}; choose from {', '.join(Scope)}")
    token = new_token()
    data = ApiTokenData(
        name=name, scopes=frozenset(Scope(each) for each in scope), contact_id=contact, customer_id=customer
    )
    with opened(context) as app:
        app.writer.submit(lambda tx: tx.people.add_token(data, kept=token.kept, by=operator(), at=now())).result()
    typer.echo(token.secret)


@commands.command("list")
def list_tokens(context: typer.Context) -> None:
    """Show the tokens, without their secrets."""
    with opened(context) as app:
        page = app.queries.tokens(Window(limit=200))
    lines = [(each.id, each.name, ", ".join(sorted(each.scopes)), each.contact_id, each.active) for each in page.items]
    show_table("Tokens", ("number", "name", "scopes", "contact", "active"), lines)


@commands.command("revoke")
def revoke(context: typer.Context, number: Annotated[int, typer.Argument(help="The token's number.")]) -> None:
    """Make a token useless, at once."""
    with opened(context) as app:
        app.writer.submit(lambda tx: tx.people.revoke_token(number, by=operator(), at=now())).result()
    typer.echo(f"revoked {number}")
