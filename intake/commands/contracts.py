"""`intake contracts`: what was agreed with a customer, out of files and into files."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from intake.app import App, now
from intake.commands.choosing import choose_customer, customer_zone, read_instant
from intake.commands.common import fail, opened, operator, show_table
from intake.commands.documents import ContractChanges, ContractDocument, read_document, read_written_terms
from intake.people import Contract, ContractData
from intake.queries import Window
from intake.sla.agreed import TermsError, read_terms, written_terms

commands = typer.Typer(help="Contracts: hours, targets, guarantee, prices.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(help="The contract's number.")]
File = Annotated[Path, typer.Argument(help="TOML or JSON, as in docs/service-manager.md.", exists=True, dir_okay=False)]
Correction = Annotated[
    bool, typer.Option("--correction", help="The contract never was as it says: change what was in force.")
]


@commands.command("list")
def list_contracts(
    context: typer.Context,
    customer: Annotated[str | None, typer.Option(help="Only this customer's (number or name).")] = None,
) -> None:
    """Show the contracts. Of those in force at a moment, the one that began last counts."""
    with opened(context) as app:
        wanted = None if customer is None else choose_customer(app, customer).id
        page = app.queries.contracts(Window(limit=200), customer_id=wanted)
        lines = [
            (each.id, each.customer_id, each.name, _day(each.valid_from), _day(each.valid_until), each.framework)
            for each in page.items
        ]
    show_table("Contracts", ("number", "customer", "name", "from (UTC)", "until", "framework"), lines)


@commands.command("show")
def show(context: typer.Context, number: Number) -> None:
    """Write a contract as JSON, with every term written out; the same file can be added or changed again."""
    with opened(context) as app:
        found = _contract(app, number)
    typer.echo(json.dumps(_written(found), ensure_ascii=False, indent=2))


@commands.command("terms")
def check_terms(file: File) -> None:
    """Check the terms of a file without storing anything, and write them out with everything left out filled in."""
    terms = read_written_terms(file)
    typer.echo(json.dumps(_filled(terms, str(file)), ensure_ascii=False, indent=2))


@commands.command("add")
def add(
    context: typer.Context,
    customer: Annotated[str, typer.Argument(help="The customer's number or name.")],
    file: File,
) -> None:
    """Add a contract. A change of hours or prices is another contract that begins when the change does."""
    document = read_document(file, ContractDocument)
    _filled(document.terms, str(file))
    with opened(context) as app:
        data = document.contract(choose_customer(app, customer).id)
        added = app.writer.submit(lambda tx: tx.people.add_contract(data, by=operator(), at=now())).result()
    typer.echo(f"added contract {added.id}, {added.name}")


@commands.command("change")
def change(context: typer.Context, number: Number, file: File, correction: Correction = False) -> None:
    """Change what a file says about a contract; what it leaves out stays, term by term."""
    document = read_document(file, ContractChanges)
    changes = {name: getattr(document, name) for name in document.model_fields_set}
    if not changes:
        fail(f"{file} changes nothing")
    with opened(context) as app:
        before = _data(_contract(app, number))
        data = replace(before, **changes)
        data = replace(data, terms=before.terms | data.terms)
        _filled(data.terms, str(file))
        _change(app, number, data, correction=correction)
    typer.echo(f"changed contract {number}: {', '.join(sorted(changes))}")


@commands.command("end")
def end(
    context: typer.Context,
    number: Number,
    when: Annotated[str, typer.Argument(help="The first day without it, such as 2026-12-31, or a moment.")],
) -> None:
    """Let a contract end."""
    with opened(context) as app:
        found = _contract(app, number)
        until = read_instant(when, customer_zone(app, found.customer_id), option="WHEN")
        _change(app, number, replace(_data(found), valid_until=until), correction=False)
    typer.echo(f"contract {number} ends {until.isoformat()}")


def _contract(app: App, number: int) -> Contract:
    return app.writer.submit(lambda tx: tx.people.contract(number)).result()


def _change(app: App, number: int, data: ContractData, *, correction: bool) -> None:
    at = now()
    app.writer.submit(
        lambda tx: tx.people.change_contract(number, data, by=operator(), at=at, correction=correction)
    ).result()


def _data(found: Contract) -> ContractData:
    return ContractData(
        customer_id=found.customer_id,
        name=found.name,
        valid_from=found.valid_from,
        valid_until=found.valid_until,
        framework=found.framework,
        default_category=found.default_category,
        terms=found.terms,
    )


def _written(found: Contract) -> dict[str, object]:
    return {
        "name": found.name,
        "valid_from": found.valid_from.isoformat(),
        "valid_until": found.valid_until.isoformat() if found.valid_until else None,
        "framework": found.framework,
        "default_category": found.default_category,
        "terms": _filled(found.terms, f"contract {found.id}"),
    }


def _filled(terms: dict[str, object], where: str) -> dict[str, object]:
    """The terms with every field written out; says the first one to mend and ends."""
    try:
        return written_terms(read_terms(terms, name="contract"))
    except TermsError as error:
        fail(f"{where}: {error.field}: {error.message}")


def _day(instant: object) -> str:
    return "" if instant is None else f"{instant:%Y-%m-%d %H:%M}"
