"""`intake inspect`: what the service reads out of an input, without taking it in."""

from pathlib import Path
from typing import Annotated

import typer

from channels.mail.inspection import inspect_files
from channels.mail.parse import parse_mail

commands = typer.Typer(help="Show how an input is read.", no_args_is_help=True)


@commands.command("mail")
def mail(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="Messages (.eml).")],
    json: Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")] = False,
) -> None:
    """Print what each message says."""
    if json:
        for line in inspect_files(files):
            typer.echo(line)
        return
    for file in files:
        found = parse_mail(file.read_bytes())
        author = found.author.address if found.author is not None else f"nobody ({found.author_problem})"
        typer.echo(f"{file}: from {author}, {found.automatic.kind} ({found.automatic.why})")
        typer.echo(f"  {found.subject or '(no subject)'}; {len(found.attachments)} attachments")
        for attachment in found.attachments:
            really = f", really {attachment.detected_type}" if attachment.detected_type else ""
            typer.echo(f"  file: {attachment.filename}, {attachment.content_type}{really}, {attachment.size} octets")
        for defect in found.defects:
            typer.echo(f"  defect: {defect}")
        typer.echo(found.reply)
