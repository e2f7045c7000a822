"""`intake templates`: how our mail is worded."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from intake.app import App, letter_options, now
from intake.commands.common import fail, opened, operator, show_table
from intake.letters.templates import (
    USUAL,
    MailTemplate,
    TemplateError,
    Wording,
    kind_of,
    language_of,
    set_name_of,
)
from intake.letters.wordings import preview, set_wording
from intake.outgoing import OutboxKind

commands = typer.Typer(help="The wordings of our mail.", no_args_is_help=True)

T = TypeVar("T")

Kind = Annotated[str, typer.Argument(help="Kind of mail, such as to-verify; see `intake templates list`.")]
Language = Annotated[str, typer.Argument(help="cs or en.")]
Name = Annotated[str, typer.Option("--name", help="The set of wordings that rules choose; empty is the usual one.")]


@commands.command("list")
def list_templates(context: typer.Context) -> None:
    """Show every kind of mail in every language, and who changed it last."""
    with opened(context) as app:
        found = app.queries.mail_templates()
    lines = [
        (each.name, each.kind, each.language, each.version, "own" if each.own else "", each.changed_by)
        for each in found
    ]
    show_table("Templates", ("set", "kind", "language", "version", "", "changed by"), lines)


@commands.command("show")
def show(context: typer.Context, kind: Kind, language: Language, name: Name = USUAL) -> None:
    """Print a template as `set` takes it: the subject, an empty line, the text."""
    with opened(context) as app:
        template = _checked(lambda: app.queries.mail_template(*_named(kind, language, name)))
    typer.echo(f"{template.wording.subject}\n\n{template.wording.text}")


@commands.command("set")
def set_template(
    context: typer.Context,
    kind: Kind,
    language: Language,
    file: Annotated[Path, typer.Argument(help="The subject, an empty line, the text; - reads the standard input.")],
    name: Name = USUAL,
) -> None:
    """Put a wording in force."""
    wording = _read(file)

    with opened(context) as app:

        def work() -> MailTemplate:
            return _put(app, _named(kind, language, name), wording)

        template = _checked(work)
    typer.echo(f"{template.kind} {template.language}: version {template.version}")


@commands.command("preview")
def preview_template(
    context: typer.Context,
    kind: Kind,
    language: Language,
    *,
    file: Annotated[Path | None, typer.Option(help="A wording to try instead; - for stdin.")] = None,
    ticket: Annotated[int | None, typer.Option(help="Number of a ticket to take the values from.")] = None,
    name: Name = USUAL,
    html: Annotated[bool, typer.Option("--html", help="The page instead of the text.")] = False,
) -> None:
    """Print a letter as it would be sent, with an example or the values of a ticket."""
    with opened(context) as app:
        page = None if ticket is None else app.queries.ticket_page(ticket, now())
        if ticket is not None and page is None:
            fail(f"there is no ticket {ticket}")
        chosen, spoken, of_set = _checked(lambda: _named(kind, language, name))
        wording = app.queries.mail_template(chosen, spoken, of_set).wording if file is None else _read(file)
        made = _checked(
            lambda: preview(
                chosen,
                spoken,
                wording,
                options=letter_options(app.settings),
                signer=app.signer,
                at=now(),
                ticket=page.line.ticket if page is not None else None,
            )
        )
    typer.echo(made.html if html else f"{made.subject}\n\n{made.text}")


@commands.command("reset")
def reset(context: typer.Context, kind: Kind, language: Language, name: Name = USUAL) -> None:
    """Go back to the wording that came with the program, or of a set to the usual one."""
    with opened(context) as app:

        def work() -> MailTemplate:
            return _put(app, _named(kind, language, name), None)

        template = _checked(work)
    typer.echo(f"{template.kind} {template.language}: as it came, version {template.version}")


def _named(kind: str, language: str, name: str) -> tuple[OutboxKind, str, str]:
    return kind_of(kind), language_of(language), set_name_of(name)


def _put(app: App, named: tuple[OutboxKind, str, str], wording: Wording | None) -> MailTemplate:
    kind, language, name = named
    work = partial(set_wording, kind=kind, language=language, wording=wording, by=operator(), at=now(), name=name)
    return app.writer.submit(work).result()


def _read(file: Path) -> Wording:
    text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    subject, _, rest = text.replace("\r\n", "\n").lstrip("\n").partition("\n")
    return Wording(subject=subject.strip(), text=rest.strip())


def _checked(work: Callable[[], T]) -> T:
    try:
        return work()
    except TemplateError as error:
        fail("\n".join(error.problems))
