"""The command line: `intake serve`, and the commands for operators and admins. Owns the commands' tree only."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.exc import OperationalError

from config.load import SettingsError, load_settings
from config.settings import Settings
from intake.administration import EntryError
from intake.app import build
from intake.commands import (
    calendars,
    check,
    contacts,
    contracts,
    database,
    dkim,
    explain,
    help_pages,
    import_archive,
    inspect,
    ledger,
    mailboxes,
    months,
    offers,
    phone,
    pins,
    quarantine,
    remote_access,
    rules,
    service,
    templates,
    tickets,
    tokens,
    users,
    webhooks,
    work,
)
from intake.demo import DemoKeys, demo_app, demo_settings, run_demo
from intake.logs import set_up_logging
from intake.memory import give_back_large_blocks
from intake.serve import Role, serve, stop_on_signals
from store.migrate import NewerSchemaError

app = typer.Typer(
    name="intake",
    help="The gateway through which every request reaches a service desk.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(inspect.commands, name="inspect")
app.add_typer(explain.commands, name="explain")
app.add_typer(quarantine.commands, name="quarantine")
app.add_typer(ledger.commands, name="ledger")
app.add_typer(tokens.commands, name="tokens")
app.add_typer(pins.commands, name="pins")
app.add_typer(templates.commands, name="templates")
app.add_typer(dkim.commands, name="dkim")
app.add_typer(users.commands, name="users")
app.add_typer(contacts.commands, name="contacts")
app.add_typer(webhooks.commands, name="webhooks")
app.add_typer(rules.commands, name="rules")
app.add_typer(database.commands, name="db")
app.add_typer(contracts.commands, name="contracts")
app.add_typer(calendars.commands, name="calendars")
app.add_typer(work.commands, name="work")
app.add_typer(remote_access.access_commands, name="access")
app.add_typer(remote_access.maintenance_commands, name="maintenance")
app.add_typer(tickets.commands, name="tickets")
app.add_typer(offers.commands, name="offers")
app.add_typer(mailboxes.commands, name="mailboxes")

inspect.commands.command("phone")(phone.inspect_number)
explain.commands.command("call")(phone.explain_number)

app.command("import-archive")(import_archive.import_archive)
app.command("check")(check.check_command)
app.command("statement")(service.statement_command)
app.command("close-month")(months.close_month_command)
explain.commands.command("ticket")(service.explain_ticket)

ConfigFile = Annotated[Path | None, typer.Option("--config", "-c", help="Settings file (TOML); or INTAKE_CONFIG.")]


@app.callback()
def choose_settings(context: typer.Context, config: ConfigFile = None) -> None:
    """Every command reads the same settings."""
    context.obj = config


@app.command("serve")
def serve_command(
    context: typer.Context,
    demo: Annotated[bool, typer.Option("--demo", help="Example customers and a request through each channel.")] = False,
    only: Annotated[str, typer.Option("--only", help="Roles of this process, such as smtp,http.")] = "",
    verbose: Annotated[bool, typer.Option("--verbose", help="Log more.")] = False,
) -> None:
    """Run the service until it is stopped (Ctrl-C or SIGTERM)."""
    give_back_large_blocks()
    set_up_logging(level="DEBUG" if verbose else "WARNING" if demo else "INFO")
    keys = DemoKeys() if demo else None
    settings = load_settings(context.obj)
    with asyncio.Runner(loop_factory=_new_loop) as runner:
        runner.run(_serve(demo_settings(settings, keys) if keys else settings, _roles(only), keys))


help_pages.furnish(app)


async def _serve(settings: Settings, roles: Sequence[Role], keys: DemoKeys | None) -> None:
    application = await asyncio.to_thread(build, settings, asyncio.get_running_loop())
    if keys is not None:
        application = demo_app(application, keys)
    stop = asyncio.Event()
    stop_on_signals(stop)
    try:
        async with asyncio.TaskGroup() as tasks:
            ready = asyncio.Event()
            tasks.create_task(serve(application, roles, stop, ready))
            if keys is not None:
                await ready.wait()
                await run_demo(application, keys)
    finally:
        await asyncio.to_thread(application.close)


def _roles(only: str) -> list[Role]:
    names = [name.strip() for name in only.split(",") if name.strip()]
    unknown = sorted(set(names) - set(Role))
    if unknown:
        raise SettingsError(f"--only: there is no role {', '.join(unknown)}; choose from {', '.join(Role)}")
    return [Role(name) for name in names] or list(Role)


def _new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop  # noqa: PLC0415 - not to be had on every platform
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def main() -> None:
    """Run a command; what the operator can mend is said in a line, without a traceback."""
    try:
        app()
    except Exception as error:
        told = _explain(error)
        if told is None:
            raise
        sys.exit(f"intake: {told}")


def _explain(error: Exception) -> str | None:
    """What the operator can mend, in a line; None for a fault of ours."""
    if isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        return _explain(error.exceptions[0])
    if isinstance(error, (SettingsError, NewerSchemaError, EntryError)):
        return str(error)
    if isinstance(error, OSError):
        return str(error.strerror or error) + (f": {error.filename}" if error.filename else "")
    if isinstance(error, OperationalError):
        return f"the database cannot be used: {' '.join(str(error.orig).split())}"
    return None
