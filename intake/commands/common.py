"""What commands share: the application for a moment, the operator as an actor, tables on a terminal."""

import getpass
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from authz.identity import Channel
from config.load import load_settings
from intake.app import App, build
from intake.logs import set_up_logging
from intake.tickets.model import Actor, ActorKind

# Into a pipe or a file lines are as long as they are.
console = Console() if sys.stdout.isatty() else Console(width=1000)


@contextmanager
def opened(context: typer.Context) -> Iterator[App]:
    """The application on the configured database, closed when the command is done."""
    set_up_logging(level="WARNING")
    app = build(load_settings(context.find_root().obj))
    try:
        yield app
    finally:
        app.close()


def operator() -> Actor:
    """Who types the command, for the audit trail."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = "operator"
    return Actor(kind=ActorKind.ADMIN, name=f"{name} (command line)", channel=Channel.WEB)


def fail(message: str) -> NoReturn:
    """Say what is wrong and end with exit status 1."""
    typer.echo(f"intake: {message}", err=True)
    raise typer.Exit(1)


def plain(text: str) -> str:
    """Strangers' words for a terminal: what could move its cursor, recolour it or turn its writing round is shown.

    Lines and tabs stay; every other character without a picture of its own becomes its code, such as \\x1b.
    """
    return "".join(
        char if char.isprintable() or char in "\n\t" else char.encode("unicode_escape").decode() for char in text
    )


def show_table(title: str, columns: Sequence[str], lines: Iterable[Sequence[object]]) -> None:
    """Print a table for eyes and for `cut`: no boxes, nothing is cut off; only the last column may be folded."""
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for number, column in enumerate(columns, start=1):
        table.add_column(column, no_wrap=number < len(columns), overflow="fold")
    for line in lines:
        table.add_row(*(escape("" if cell is None else plain(str(cell))) for cell in line))
    console.print(table)
