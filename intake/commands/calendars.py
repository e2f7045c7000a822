"""`intake calendars`: which hours are open, day by day, for a customer or for a file not yet agreed on."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from intake.app import now
from intake.commands.choosing import choose_customer, customer_zone
from intake.commands.common import fail, opened, operator, show_table
from intake.commands.documents import read_written_terms
from intake.sla.agreed import TermsError, read_terms
from intake.sla.calendar import CalendarHistory, CalendarVersion, NamedDay
from intake.sla.day_plan import day_plans

commands = typer.Typer(help="Open hours, day by day.", no_args_is_help=True)

First = Annotated[str | None, typer.Option("--from", help="The first day, such as 2026-12-20; today when left out.")]
Day = Annotated[str, typer.Argument(help="The day, such as 2026-12-31.")]
Correction = Annotated[bool, typer.Option("--correction", help="The day has begun, but it never was as it says.")]
Days = Annotated[int, typer.Option(help="How many days.")]


@commands.command("show")
def show(
    context: typer.Context,
    customer: Annotated[str, typer.Argument(help="The customer's number or name.")],
    first: First = None,
    days: Days = 14,
) -> None:
    """Show a customer's open hours as the contracts in force have them."""
    with opened(context) as app:
        chosen = choose_customer(app, customer)
        coverage = app.queries.customer_contract(chosen.id).coverage
        zone = customer_zone(app, chosen.id)
    _show(f"Open hours of {chosen.name}", coverage, first, days, zone)


@commands.command("check")
def check(
    file: Annotated[Path, typer.Argument(help="TOML or JSON with `terms`.", exists=True, dir_okay=False)],
    first: First = None,
    days: Days = 14,
) -> None:
    """Show the open hours a file would agree on; nothing is stored."""
    terms = read_written_terms(file)
    try:
        calendar = read_terms(terms, name="file").calendar
    except TermsError as error:
        fail(f"{file}: {error.field}: {error.message}")
    version = CalendarVersion(valid_from=datetime(1970, 1, 1, tzinfo=UTC), calendar=calendar)
    coverage = CalendarHistory(versions=(version,))
    _show(f"Open hours of {calendar.name}", coverage, first, days, ZoneInfo(calendar.zone))


@commands.command("days")
def list_days(context: typer.Context) -> None:
    """Show the days on which the whole service desk is closed beside public holidays."""
    with opened(context) as app:
        days = app.queries.site_days()
    show_table("Days of the site's own", ("day", "name"), [(f"{each.day:%a %Y-%m-%d}", each.name) for each in days])


@commands.command("close-day")
def close_day(
    context: typer.Context,
    day: Day,
    name: Annotated[str, typer.Argument(help="Why, such as Inventura.")],
    correction: Correction = False,
) -> None:
    """Close on one more day, for every contract whose calendar has holidays; deadlines move with it."""
    closed, by, at = NamedDay(_read_day(day), name), operator(), now()
    with opened(context) as app:
        app.writer.submit(lambda tx: tx.service.add_site_day(closed, by=by, at=at, correction=correction)).result()
    typer.echo(f"closed on {closed.day}")


@commands.command("open-day")
def open_day(context: typer.Context, day: Day, correction: Correction = False) -> None:
    """Work on a day of the site's own after all."""
    opened_day, by, at = _read_day(day), operator(), now()
    with opened(context) as app:
        app.writer.submit(
            lambda tx: tx.service.remove_site_day(opened_day, by=by, at=at, correction=correction)
        ).result()
    typer.echo(f"no longer closed on {opened_day}")


def _read_day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        fail(f"write a day as 2026-12-31, not {written!r}")


def _show(title: str, coverage: CalendarHistory, first: str | None, days: int, zone: ZoneInfo) -> None:
    begin = now().astimezone(zone).date() if first is None else _read_day(first)
    try:
        plans = day_plans(coverage, begin, days, zone)
    except ValueError as error:
        fail(f"--days: {error}")
    total = sum(((span.end - span.start) for plan in plans for span in plan.spans), timedelta(0))
    show_table(f"{title} ({zone.key})", ("day", "open"), [(f"{p.day:%a %Y-%m-%d}", p.said(zone)) for p in plans])
    typer.echo(f"{total / timedelta(hours=1):g} open hours in {days} days")
