"""`intake rules`: by which words, marks and addresses requests get their category."""

from typing import Annotated

import typer

from intake.administration import EntryError
from intake.app import App, now
from intake.commands.common import fail, opened, operator, show_table
from intake.house_rules import standing_rules
from intake.terms import Category
from intake.tickets.categorize import (
    CategoryRule,
    CategoryRuleData,
    RequestFacts,
    RuleKind,
    choose_category,
    in_order,
    position_of,
    say_choice,
)

commands = typer.Typer(help="Rules for the category of new requests.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(help="The rule's number in the list.")]
Position = Annotated[int | None, typer.Option(help="Smaller ones count first; by kind when not given.")]


@commands.command("list")
def list_rules(context: typer.Context) -> None:
    """Show every rule in the order in which they count."""
    with opened(context) as app:
        rules = _rules(app)
    lines = [
        (
            each.id or "settings",
            position_of(each),
            each.kind,
            each.pattern,
            each.category or "",
            "yes" if each.priority else "",
            each.template or "",
            each.customer_id or "",
            "" if each.active else "no",
            each.note,
        )
        for each in rules
    ]
    columns = ("number", "position", "looks at", "for", "category", "urgent", "template", "customer", "active", "note")
    show_table("Category rules", columns, lines)


@commands.command("add")
def add(  # noqa: PLR0917 - options of the command
    context: typer.Context,
    kind: Annotated[RuleKind, typer.Argument(help="Where it looks.")],
    pattern: Annotated[str, typer.Argument(help='What for: a mark, words ("havari*" is a beginning), an address.')],
    category: Annotated[Category | None, typer.Option(help="The category it gives.")] = None,
    priority: Annotated[bool, typer.Option("--priority", help="A technician should look at once.")] = False,
    template: Annotated[str | None, typer.Option(help="The set of wordings of the ticket's letters.")] = None,
    customer: Annotated[int | None, typer.Option(help="Only for this customer's requests.")] = None,
    position: Position = None,
    note: Annotated[str, typer.Option(help="Why it is there.")] = "",
) -> None:
    """Add a rule."""
    data = CategoryRuleData(
        kind=kind,
        pattern=pattern,
        category=category,
        priority=priority,
        template=template,
        customer_id=customer,
        position=position,
        note=note,
    )
    with opened(context) as app:
        try:
            added = app.writer.submit(lambda tx: tx.rules.add(data, by=operator(), at=now())).result()
        except EntryError as error:
            fail(error.message)
    typer.echo(f"added rule {added.id}")


@commands.command("remove")
def remove(context: typer.Context, number: Number) -> None:
    """Remove a rule; the audit trail keeps it."""
    with opened(context) as app:
        try:
            app.writer.submit(lambda tx: tx.rules.remove(number, by=operator(), at=now())).result()
        except EntryError as error:
            fail(error.message)
    typer.echo(f"removed rule {number}")


@commands.command("try")
def try_rules(  # noqa: PLR0917 - options of the command
    context: typer.Context,
    subject: Annotated[str, typer.Argument(help="The subject of a request.")],
    text: Annotated[str, typer.Option(help="What it says.")] = "",
    to: Annotated[str, typer.Option(help="The address it is sent to.")] = "",
    contact: Annotated[int | None, typer.Option(help="Which contact asks.")] = None,
    customer: Annotated[int | None, typer.Option(help="Of which customer.")] = None,
) -> None:
    """Say which rule would decide. Nothing is stored."""
    recipients = (to,) if to else ()
    facts = RequestFacts(subject=subject, text=text, recipients=recipients, contact_id=contact, customer_id=customer)
    with opened(context) as app:
        choice = choose_category(facts, _rules(app), Category.C)
    typer.echo(say_choice(choice))


def _rules(app: App) -> tuple[CategoryRule, ...]:
    return in_order((*app.queries.category_rules(), *standing_rules(app.settings.rules)))
