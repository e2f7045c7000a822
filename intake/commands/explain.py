"""`intake explain`: what would become of a mail, and of anybody who writes from an address. Nothing is filed."""

import ipaddress
from pathlib import Path
from typing import Annotated

import typer

from intake.app import build_explainer, now
from intake.commands.common import fail, opened, plain
from intake.explain import MailFacts

commands = typer.Typer(help="Dry runs: would it get in, by which proof, and if not, why.", no_args_is_help=True)


@commands.command("mail")
def mail(  # noqa: PLR0917 - the facts of one handover
    context: typer.Context,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The message as it came (.eml).")],
    from_ip: Annotated[str | None, typer.Option(help="The host that would hand it over.")] = None,
    mail_from: Annotated[str | None, typer.Option(help="The envelope's sender (MAIL FROM).")] = None,
    helo: Annotated[str | None, typer.Option(help="How that host would name itself.")] = None,
    to: Annotated[str | None, typer.Option(help="The receiving address or mailbox.")] = None,
) -> None:
    """Make every check of a message, say the decision and what would have to change."""
    if from_ip is not None:
        try:
            ipaddress.ip_address(from_ip)
        except ValueError:
            fail(f"--from-ip: not an IP address: {from_ip}")
    with opened(context) as app:
        facts = MailFacts(at=now(), client_ip=from_ip, reverse_path=mail_from, helo=helo, account=to)
        found = build_explainer(app).explain_mail(file.read_bytes(), facts)
    for line in found.lines():
        typer.echo(plain(line))


@commands.command("address")
def address(
    context: typer.Context,
    address: Annotated[str, typer.Argument(help="A mail address, such as jan@firma.cz.")],
) -> None:
    """Say whether mail from an address would get in today, and by which proof."""
    with opened(context) as app:
        try:
            found = build_explainer(app).explain_address(address, now())
        except ValueError as error:
            fail(str(error))
    for line in found.lines():
        typer.echo(plain(line))
