"""What `--help` shows: the commands by whom they are for, a line each, an example of every one.

Owns the tables and how they get into the command tree. Must not define commands. A test holds that the tables name
every command and that every example is one that can be typed.
"""

from collections.abc import Mapping
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

# The panels of `intake --help`, and what stands in them, in this order.
PANELS: Mapping[str, tuple[str, ...]] = {
    "Running the service (operators)": ("serve", "check", "db", "mailboxes", "dkim", "import-archive"),
    "What came in (operators, admins)": ("explain", "inspect", "quarantine", "ledger"),
    "Tickets (technicians)": ("tickets", "offers", "work"),
    "Who may (admins)": ("contacts", "pins", "users", "tokens"),
    "What is agreed and billed (service manager)": (
        *("contracts", "calendars", "access", "maintenance", "statement", "close-month"),
    ),
    "How the desk answers (admins)": ("rules", "templates", "webhooks"),
}

EXAMPLES: Mapping[str, str] = {
    "serve": "serve --demo",
    "check": "check",
    "import-archive": "import-archive old.mbox --dry-run",
    "db upgrade": "db upgrade",
    "db check": "db check",
    "db verify-deadlines": "db verify-deadlines --repair",
    "db reindex": "db reindex",
    "mailboxes reconcile": "mailboxes reconcile --days 7",
    "dkim make": "dkim make firma.cz s2026 dkim.pem",
    "dkim show": "dkim show",
    "inspect mail": "inspect mail --json message.eml",
    "inspect phone": "inspect phone 00420601123456",
    "explain mail": "explain mail message.eml --from-ip 192.0.2.7",
    "explain address": "explain address jan.novak@firma.cz",
    "explain call": "explain call +420601123456",
    "explain ticket": "explain ticket 42",
    "quarantine list": "quarantine list",
    "quarantine show": "quarantine show 17",
    "quarantine release": "quarantine release 17 --contact 3 --note 'called back'",
    "quarantine reject": "quarantine reject 17 --note 'nobody knows them'",
    "ledger find": "ledger find --identity jan.novak@firma.cz",
    "ledger show": "ledger show 17",
    "tickets list": "tickets list --by-deadline",
    "tickets show": "tickets show 42",
    "tickets move": "tickets move 42 closed --solution 'Card replaced.' --flag ucs-fault --accepted-by 'Jan Novák'",
    "tickets categorize": "tickets categorize 42 B",
    "tickets temporary-fix": "tickets temporary-fix 42",
    "offers make": "offers make 42 'Two more lines, 3 000 Kč'",
    "offers accept": "offers accept 42 --by 'Jan Novák' --order OBJ-2026-118",
    "offers decline": "offers decline 42 --by 'Jan Novák'",
    "work add": "work add 42 --minutes 45 --flag consultation",
    "work list": "work list 42",
    "work withdraw": "work withdraw 42 7",
    "contacts export": "contacts export 1 --file people.csv",
    "contacts import": "contacts import 1 people.csv --apply",
    "pins set": "pins set 3",
    "pins remove": "pins remove 3",
    "pins show": "pins show 3",
    "users add": "users add petra --name 'Petra Nová' --role technician",
    "users list": "users list",
    "users change": "users change petra --role admin",
    "users password": "users password petra",
    "users reset-second-factor": "users reset-second-factor petra",
    "users log-out": "users log-out petra",
    "users invite": "users invite petra",
    "users contact-login": "users contact-login 3 jan.novak@firma.cz",
    "tokens add": "tokens add dashboard --scope tickets:read",
    "tokens list": "tokens list",
    "tokens revoke": "tokens revoke 5",
    "contracts list": "contracts list --customer 1",
    "contracts show": "contracts show 2",
    "contracts terms": "contracts terms contract.toml",
    "contracts add": "contracts add 1 contract.toml",
    "contracts change": "contracts change 2 contract.toml",
    "contracts end": "contracts end 2 2026-12-31",
    "calendars show": "calendars show 1 --days 14",
    "calendars check": "calendars check contract.toml --days 14",
    "calendars days": "calendars days",
    "calendars close-day": "calendars close-day 2026-12-31 Silvestr",
    "calendars open-day": "calendars open-day 2026-12-31",
    "access list": "access list 1",
    "access add": "access add 1 --name VPN --method dial-in-token --from 2026-12-01",
    "access end": "access end 4 2026-12-31",
    "access remove": "access remove 4",
    "maintenance list": "maintenance list 1",
    "maintenance add": "maintenance add 1 2026-12-05T22:00 2026-12-06T02:00 --note 'new release'",
    "maintenance remove": "maintenance remove 6",
    "statement": "statement 1 2026-10 --format html --language cs",
    "close-month": "close-month 2026-10",
    "rules list": "rules list",
    "rules add": "rules add text nefunguje --category B",
    "rules remove": "rules remove 9",
    "rules try": "rules try 'Nefungují telefony' --customer 1",
    "templates list": "templates list",
    "templates show": "templates show reply cs",
    "templates set": "templates set reply cs reply.txt",
    "templates preview": "templates preview reply cs --ticket 42",
    "templates reset": "templates reset reply cs",
    "webhooks add": "webhooks add https://erp.firma.cz/hook --type ticket.created",
    "webhooks list": "webhooks list",
    "webhooks replay": "webhooks replay 2 --hours 24",
    "webhooks remove": "webhooks remove 2",
}


class _Plain:
    """Options that are only given or not are shown without a kind of value."""

    def get_params(self, ctx: Any) -> list[Any]:
        params: list[Any] = super().get_params(ctx)  # type: ignore[misc]
        for param in params:
            if getattr(param, "is_flag", False):
                param.metavar = ""
        return params


class Command(_Plain, TyperCommand):
    """A command as help shows it."""


class Group(_Plain, TyperGroup):
    """A group of commands as help shows it; the first one's commands in the order of the panels."""

    def list_commands(self, ctx: Any) -> list[str]:
        names: list[str] = super().list_commands(ctx)
        order = [name for panel in PANELS.values() for name in panel]
        return sorted(names, key=order.index) if set(names) <= set(order) else names


def furnish(app: typer.Typer, before: tuple[str, ...] = ()) -> None:
    """Give every command of the tree its panel, a line for the list, and its example."""
    app.info.cls = Group
    panels = {} if before else {name: panel for panel, names in PANELS.items() for name in names}
    for command in app.registered_commands:
        name = command.name or ""
        command.cls = Command
        command.rich_help_panel = panels.get(name, command.rich_help_panel)
        command.epilog = f"Example: intake {EXAMPLES[' '.join((*before, name))]}"
        text = " ".join(((command.callback and command.callback.__doc__) or "").split("\n\n")[0].split())
        command.short_help = text.partition(". ")[0].partition("; ")[0].rstrip(".") + "."
    for group in app.registered_groups:
        name = group.name or ""
        group.cls = Group
        group.rich_help_panel = panels.get(name, group.rich_help_panel)
        if group.typer_instance is not None:
            furnish(group.typer_instance, (*before, name))
