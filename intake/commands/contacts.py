"""`intake contacts`: a customer's list of contacts as a file, and back."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from intake.administration import EntryError
from intake.app import App, now
from intake.commands.common import fail, opened, operator, show_table
from intake.contact_lists.apply import apply_plan
from intake.contact_lists.listing import read_entries, read_listed
from intake.contact_lists.plan import Plan, plan_import
from intake.contact_lists.sheet import read_sheet, write_sheet
from intake.contact_lists.vcards import write_vcards
from intake.people import Customer

commands = typer.Typer(help="Contacts of a customer, as files.", no_args_is_help=True)

CustomerId = Annotated[int, typer.Argument(help="The customer's id.")]


class Format(StrEnum):
    """What is written."""

    CSV = "csv"
    EXCEL = "excel"
    VCARD = "vcard"


@commands.command("export")
def export(
    context: typer.Context,
    customer_id: CustomerId,
    file: Annotated[Path | None, typer.Option("--file", help="Write here instead of to the standard output.")] = None,
    kind: Annotated[
        Format, typer.Option("--format", help="csv; excel: CSV that Excel knows as UTF-8; vcard: vCard 4.0.")
    ] = Format.CSV,
    language: Annotated[str, typer.Option("--language", help="Of the names of the columns: cs or en.")] = "cs",
) -> None:
    """Write a customer's contacts."""
    with opened(context) as app:
        customer = _customer(app, customer_id)
        listed = read_listed(app.queries, customer_id)
        if kind is Format.VCARD:
            text = write_vcards((each for each in listed if each.contact.active), customer.name, now())
        else:
            text = write_sheet(listed, language=language, excel=kind is Format.EXCEL)
    if file is None:
        sys.stdout.buffer.write(text.encode())
    else:
        file.write_bytes(text.encode())
        typer.echo(f"{len(listed)} contacts written to {file}")


@commands.command("import")
def import_file(
    context: typer.Context,
    customer_id: CustomerId,
    file: Annotated[Path, typer.Argument(help="CSV as the export writes it, or as Excel does.", exists=True)],
    apply: Annotated[bool, typer.Option("--apply", help="Do it; without this the changes are only shown.")] = False,
    complete: Annotated[
        bool, typer.Option("--complete", help="The file is the whole list: deactivate whoever is not in it.")
    ] = False,
) -> None:
    """Show what a file would change in a customer's contacts, and with --apply do it: all of it or nothing."""
    with opened(context) as app:
        _customer(app, customer_id)
        current = read_entries(app.queries, customer_id)
        plan = plan_import(read_sheet(file.read_bytes()), customer_id, current, complete=complete)
        _show(plan)
        if plan.errors:
            fail(f"{len(plan.errors)} problems; nothing was changed")
        if not apply:
            return
        try:
            done = app.writer.submit(lambda tx: apply_plan(tx, plan, by=operator(), at=now())).result()
        except EntryError as error:
            fail(f"{error.message} Nothing was changed.")
    typer.echo(f"{done} contacts changed")


def _customer(app: App, customer_id: int) -> Customer:
    found = app.queries.customer(customer_id)
    if found is None:
        fail(f"there is no customer {customer_id}")
    return found


def _show(plan: Plan) -> None:
    if plan.errors:
        show_table("Problems", ("line", "problem"), ((each.line, each.message) for each in plan.errors))
        return
    lines = (
        (
            each.line,
            each.change,
            each.after.name,
            "; ".join(f"{one.field}: {one.before} → {one.after}" for one in each.differences),
        )
        for each in plan.changes
    )
    show_table(f"{len(plan.changes)} changes, {plan.unchanged} unchanged", ("line", "change", "name", "what"), lines)
