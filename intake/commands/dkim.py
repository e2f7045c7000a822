"""`intake dkim`: keys for signing our mail, and the DNS records they need."""

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from channels.mail.dkim_sign import SignerKey, make_key, read_key
from config.load import load_settings
from intake.commands.common import fail
from intake.dkim_keys import signer_keys

commands = typer.Typer(help="Keys for signing our mail (DKIM).", no_args_is_help=True)

_PIECE = 250  # RFC 1035 §3.3.14: a string of a TXT record has at most 255 octets


@commands.command("make")
def make(
    domain: Annotated[str, typer.Argument(help="The domain of our address, such as firma.cz.")],
    selector: Annotated[str, typer.Argument(help="A new name for the key, such as intake2026.")],
    file: Annotated[Path, typer.Argument(help="Where to put the private key; it must not exist.")],
    kind: Annotated[Literal["rsa", "ed25519"], typer.Option(help="Every reader knows rsa; ed25519 beside it.")] = "rsa",
) -> None:
    """Make a key, and print the DNS record to publish and the settings to add."""
    pem = make_key(kind)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        fail(f"{file}: {error.strerror}")
    with os.fdopen(descriptor, "w", encoding="ascii") as opened:
        opened.write(pem)
    key = read_key(domain, selector, pem)
    _print_record(key)
    typer.echo(
        f'\n[[dkim_keys]]\ndomain = "{key.domain}"\nselector = "{key.selector}"\nprivate_key_file = "{file.resolve()}"'
    )


@commands.command("show")
def show(context: typer.Context) -> None:
    """Print the DNS records of the configured keys."""
    keys = signer_keys(load_settings(context.find_root().obj))
    if not keys:
        fail("no dkim_keys are configured; intake dkim make makes one")
    for key in keys:
        _print_record(key)


def _print_record(key: SignerKey) -> None:
    record = key.record
    pieces = " ".join(f'"{record[start : start + _PIECE]}"' for start in range(0, len(record), _PIECE))
    typer.echo(f"{key.name}. IN TXT {pieces}")
