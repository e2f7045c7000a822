"""`intake pins`: what contacts key by telephone."""

from typing import Annotated

import typer

from intake.app import now
from intake.commands.common import opened, operator
from intake.phone.joining import pin_keys
from intake.phone.pins import set_pin

commands = typer.Typer(help="PINs that contacts key when they call.", no_args_is_help=True)

ContactId = Annotated[int, typer.Argument(help="The contact's number.")]


@commands.command("set")
def set_contact_pin(
    context: typer.Context,
    contact: ContactId,
    ask: Annotated[bool, typer.Option("--ask", help="Type the PIN instead of having one made.")] = False,
) -> None:
    """Give a contact a new PIN and show it, once. A lock ends with it."""
    chosen = typer.prompt("PIN", hide_input=True, confirmation_prompt=True) if ask else None
    with opened(context) as app:
        keys = pin_keys(app)
        made = app.writer.submit(lambda tx: set_pin(tx, keys, contact, chosen, by=operator(), at=now())).result()
    typer.echo(f"set for contact {contact}" if made is None else made)


@commands.command("remove")
def remove_contact_pin(context: typer.Context, contact: ContactId) -> None:
    """Take a contact's PIN away."""
    with opened(context) as app:
        app.writer.submit(lambda tx: tx.phone_proofs.remove_pin(contact, by=operator(), at=now())).result()
    typer.echo(f"removed from contact {contact}")


@commands.command("show")
def show_contact_pin(context: typer.Context, contact: ContactId) -> None:
    """Say whether a contact has a PIN, and whether it is locked; never the PIN."""
    with opened(context) as app:
        kept = app.writer.submit(lambda tx: tx.phone_proofs.pin(contact)).result()
    if kept is None:
        typer.echo("no PIN")
        return
    at = now()
    locked = f", locked until {kept.attempts.locked_until:%Y-%m-%d %H:%M %Z}" if kept.attempts.locked(at) else ""
    typer.echo(f"set at {kept.set_at:%Y-%m-%d %H:%M %Z}{locked}")
