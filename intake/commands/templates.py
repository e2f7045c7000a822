"""`intake templates`: how our mail is worded."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from intake.app import letter_options, now
from intake.commands.common import fail, opened, operator, show_table
from intake.letters.templates import MailTemplate, TemplateError, Wording, kind_of, language_of
from intake.letters.wordings import preview, set_wording

commands = typer.Typer(help="The wordings of our mail.", no_args_is_help=True)

T = TypeVar("T")

Kind = Annotated[str, typer.Argument(help="Kind of mail, such as to-verify; see `intake templates list`.")]
Language = Annotated[str, typer.Argument(help="cs or en.")]


@commands.command("list")
def list_templates(context: typer.Context) -> None:
    """Show every kind of mail in every language, and who changed it last."""
    with opened(context) as app:
        found = app.queries.mail_templates()
    lines = [(each.kind, each.language, each.version, "own" if each.own else "", each.changed_by) for each in found]
    show_table("Templates", ("kind", "language", "version", "", "changed by"), lines)


@commands.command("show")
def show(context: typer.Context, kind: Kind, language: Language) -> None:
    """Print a template as `set` takes it: the subject, an empty line, the text."""
    with opened(context) as app:
        template = _checked(lambda: app.queries.mail_template(kind_of(kind), language_of(language)))
    typer.echo(f"{template.wording.subject}\n\n{template.wording.text}")


@commands.command("set")
def set_template(
    context: typer.Context,
    kind: Kind,
    language: Language,
    file: Annotated[Path, typer.Argument(help="The subject, an empty line, the text; - reads the standard input.")],
) -> None:
    """Put a wording in force."""
    wording = _read(file)

    with opened(context) as app:

        def work() -> MailTemplate:
            named = kind_of(kind), language_of(language)
            return app.writer.submit(lambda tx: set_wording(tx, *named, wording, by=operator(), at=now())).result()

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
    html: Annotated[bool, typer.Option("--html", help="The page instead of the text.")] = False,
) -> None:
    """Print a letter as it would be sent, with an example or the values of a ticket."""
    with opened(context) as app:
        page = None if ticket is None else app.queries.ticket_page(ticket, now())
        if ticket is not None and page is None:
            fail(f"there is no ticket {ticket}")
        chosen, spoken = _checked(lambda: (kind_of(kind), language_of(language)))
        wording = app.queries.mail_template(chosen, spoken).wording if file is None else _read(file)
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
def reset(context: typer.Context, kind: Kind, language: Language) -> None:
    """Go back to the wording that came with the program."""
    with opened(context) as app:

        def work() -> MailTemplate:
            named = kind_of(kind), language_of(language)
            return app.writer.submit(lambda tx: set_wording(tx, *named, None, by=operator(), at=now())).result()

        template = _checked(work)
    typer.echo(f"{template.kind} {template.language}: as it came, version {template.version}")


def _read(file: Path) -> Wording:
    text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    subject, _, rest = text.replace("\r\n", "\n").lstrip("\n").partition("\n")
    return Wording(subject=subject.strip(), text=rest.strip())


def _checked(work: Callable[[], T]) -> T:
    try:
        return work()
    except TemplateError as error:
        fail("\n".join(error.problems))
