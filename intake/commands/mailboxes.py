"""`intake mailboxes`: what lies on the mail servers, held against the ledger."""

from typing import Annotated

import typer

from channels.mail.imap_session import ImapError
from intake.app import now
from intake.commands.common import fail, opened, show_table
from intake.mailboxes.reading import mailbox_options
from intake.mailboxes.reconciliation import reconcile_mailbox

commands = typer.Typer(help="The mailboxes that are read.", no_args_is_help=True)


@commands.command("reconcile")
def reconcile(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="The mailbox; all of them when left out.")] = None,
    days: Annotated[int, typer.Option(min=1, max=3660, help="Mails the server received in so many days.")] = 7,
) -> None:
    """Compare each mail of the folders with the ledger. Reads only; nothing is marked or moved."""
    differ = failed = False
    with opened(context) as app:
        chosen = [each for each in app.settings.mailboxes if name in {None, each.name}]
        if not chosen:
            names = ", ".join(each.name for each in app.settings.mailboxes) or "none is configured"
            fail(f"there is no mailbox {name or ''}: {names}")
        for settings in chosen:
            try:
                found = reconcile_mailbox(app, mailbox_options(app, settings), days, now())
            except (ImapError, OSError) as error:
                typer.echo(f"{settings.name}: cannot be read: {error}", err=True)
                failed = True
                continue
            differ = differ or bool(found.disagreements)
            lines = [
                (each.folder, each.uid, each.finding, _moment(each.received_at), each.message_id)
                for each in found.disagreements
            ]
            typer.echo(f"{settings.name}: {found.looked_at} mails looked at, {len(lines)} differ from the ledger")
            if lines:
                show_table(settings.name, ("folder", "UID", "finding", "received (UTC)", "Message-ID"), lines)
    if differ or failed:
        raise typer.Exit(1)


def _moment(instant: object) -> str:
    return "" if instant is None else f"{instant:%Y-%m-%d %H:%M}"
