"""`intake access` and `intake maintenance`: what is agreed beside the hours. RULE access-standard, access-dialin"""

from dataclasses import replace
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from intake.app import now, workplace
from intake.commands.choosing import choose_customer, customer_zone, read_instant, read_optional
from intake.commands.common import opened, operator, show_table
from intake.queries import Window
from intake.service import Access, AccessData, MaintenanceData
from intake.sla.access import AccessMethod

access_commands = typer.Typer(help="Agreed ways of remote access, and their surcharges.", no_args_is_help=True)
maintenance_commands = typer.Typer(help="Agreed maintenance windows.", no_args_is_help=True)

CustomerName = Annotated[str, typer.Argument(help="The customer's number or name.")]
Profile = Annotated[int, typer.Argument(help="The access profile's number.")]
From = Annotated[str | None, typer.Option("--from", help="The first day or moment; from ever when left out.")]
Until = Annotated[str | None, typer.Option("--until", help="The first day or moment without it.")]


@access_commands.command("list")
def list_access(context: typer.Context, customer: CustomerName) -> None:
    """Show a customer's ways of access, and the two addresses of the workplace."""
    with opened(context) as app:
        chosen = choose_customer(app, customer)
        zone = customer_zone(app, chosen.id)
        page = app.queries.access_profiles(Window(limit=200), customer_id=chosen.id)
        addresses = workplace(app.settings)
    lines = [
        (each.id, each.name, each.method, _kinds(each), _local(each.valid_from, zone), _local(each.valid_until, zone))
        for each in page.items
    ]
    show_table(f"Access to {chosen.name}", ("number", "name", "method", "dearer by", "from", "until"), lines)
    typer.echo(f"The workplace's addresses: {', '.join(addresses) or 'not set (service.workplace_addresses)'}")


@access_commands.command("add")
def add_access(  # noqa: PLR0917 - options of the command
    context: typer.Context,
    customer: CustomerName,
    name: Annotated[str, typer.Option(help="What to call it.")],
    method: Annotated[AccessMethod, typer.Option(help="How the systems are reached.")],
    windows_only: Annotated[bool, typer.Option("--windows-only", help="Works from Windows only.")] = False,
    remote_desktop: Annotated[bool, typer.Option("--remote-desktop", help="Through the remote desktop.")] = False,
    valid_from: From = None,
    valid_until: Until = None,
) -> None:
    """Agree on a way of access."""
    with opened(context) as app:
        chosen = choose_customer(app, customer)
        zone = customer_zone(app, chosen.id)
        data = AccessData(
            customer_id=chosen.id,
            name=name,
            method=method,
            windows_only=windows_only,
            remote_desktop=remote_desktop,
            valid_from=read_optional(valid_from, zone, option="--from"),
            valid_until=read_optional(valid_until, zone, option="--until"),
        )
        added = app.writer.submit(lambda tx: tx.service.add_access(data, by=operator(), at=now())).result()
    typer.echo(f"added access profile {added.id}")


@access_commands.command("end")
def end_access(
    context: typer.Context,
    number: Profile,
    when: Annotated[str, typer.Argument(help="The first day without it, such as 2026-12-31, or a moment.")],
) -> None:
    """Let a way of access end; statements of the time before keep it."""
    with opened(context) as app:
        found = app.writer.submit(lambda tx: tx.service.access(number)).result()
        until = read_instant(when, customer_zone(app, found.customer_id), option="WHEN")
        data = replace(_data(found), valid_until=until)
        app.writer.submit(lambda tx: tx.service.change_access(number, data, by=operator(), at=now())).result()
    typer.echo(f"access profile {number} ends {until.isoformat()}")


@access_commands.command("remove")
def remove_access(context: typer.Context, number: Profile) -> None:
    """Remove a way of access that was entered by mistake."""
    with opened(context) as app:
        app.writer.submit(lambda tx: tx.service.remove_access(number, by=operator(), at=now())).result()
    typer.echo(f"removed access profile {number}")


@maintenance_commands.command("list")
def list_maintenance(context: typer.Context, customer: CustomerName) -> None:
    """Show a customer's maintenance windows."""
    with opened(context) as app:
        chosen = choose_customer(app, customer)
        zone = customer_zone(app, chosen.id)
        page = app.queries.maintenance(Window(limit=200), customer_id=chosen.id)
    lines = [(each.id, _local(each.starts_at, zone), _local(each.ends_at, zone), each.note) for each in page.items]
    show_table(f"Maintenance for {chosen.name} ({zone.key})", ("number", "from", "until", "note"), lines)


@maintenance_commands.command("add")
def add_maintenance(
    context: typer.Context,
    customer: CustomerName,
    starts: Annotated[str, typer.Argument(help="When it begins, such as 2026-06-06T22:00 (local), or with a zone.")],
    ends: Annotated[str, typer.Argument(help="When it ends.")],
    note: Annotated[str, typer.Option(help="What is done.")] = "",
) -> None:
    """Agree on a maintenance window: it takes nothing from the availability."""
    with opened(context) as app:
        chosen = choose_customer(app, customer)
        zone = customer_zone(app, chosen.id)
        data = MaintenanceData(
            customer_id=chosen.id,
            starts_at=read_instant(starts, zone, option="STARTS"),
            ends_at=read_instant(ends, zone, option="ENDS"),
            note=note,
        )
        added = app.writer.submit(lambda tx: tx.service.add_maintenance(data, by=operator(), at=now())).result()
    typer.echo(f"added maintenance window {added.id}")


@maintenance_commands.command("remove")
def remove_maintenance(
    context: typer.Context, number: Annotated[int, typer.Argument(help="The window's number.")]
) -> None:
    """Remove a maintenance window."""
    with opened(context) as app:
        app.writer.submit(lambda tx: tx.service.remove_maintenance(number, by=operator(), at=now())).result()
    typer.echo(f"removed maintenance window {number}")


def _data(found: Access) -> AccessData:
    return AccessData(
        customer_id=found.customer_id,
        name=found.name,
        method=found.method,
        windows_only=found.windows_only,
        remote_desktop=found.remote_desktop,
        valid_from=found.valid_from,
        valid_until=found.valid_until,
    )


def _kinds(access: Access) -> str:
    named = (("Windows only", access.windows_only), ("remote desktop", access.remote_desktop))
    return ", ".join(name for name, holds in named if holds)


def _local(instant: datetime | None, zone: ZoneInfo) -> str:
    return "" if instant is None else f"{instant.astimezone(zone):%Y-%m-%d %H:%M}"
