"""`intake work`, `access`, `maintenance`, `offers`, `close-month`: the service manager's work without the API."""

import re
from datetime import UTC, datetime, timedelta

from intake.terms import Category, Status
from tests.intake.commands.conftest import Run
from tests.intake.promises.world import agree, move, open_ticket
from tests.store.world import World

LAST_MONTH = (datetime.now(UTC).replace(day=1) - timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
MONTH = f"{LAST_MONTH:%Y-%m}"


def test_work_is_noted_listed_and_withdrawn(desk: World, run: Run) -> None:
    ticket = open_ticket(desk, LAST_MONTH)
    said = run("work", "add", str(ticket.number), "--minutes", "30", "--flag", "consultation", "--note", "Školení")
    entry = re.search(r"as entry (\d+)", said)
    assert entry is not None
    run("work", "add", str(ticket.number), "--minutes", "15", "--flag", "ucs-fault", "--at", f"{MONTH}-02T14:00")
    listed = run("work", "list", str(ticket.number))
    assert "Školení" in listed
    assert f"{MONTH}-02 14:00" in listed
    run("work", "withdraw", str(ticket.number), entry[1])
    assert "withdrawn by" in run("work", "list", str(ticket.number))
    assert "no time entry" in run("work", "withdraw", str(ticket.number), entry[1], code=1)
    assert "whole minutes" in run("work", "add", str(ticket.number), "--minutes", "0", "--flag", "mistake", code=1)
    assert "there is no ticket 99" in run("work", "list", "99", code=1)


def test_access_is_agreed_shown_and_ended(desk: World, run: Run) -> None:
    arguments = ("--name", "VPN", "--method", "dial-in-token", "--windows-only", "--from", "2026-01-01")
    assert "added access profile 1" in run("access", "add", str(desk.acme.id), *arguments)
    listed = run("access", "list", str(desk.acme.id))
    assert "dial-in-token" in listed
    assert "Windows only" in listed
    assert "service.workplace_addresses" in listed  # RULE access-standard
    assert "ends 2026-07-01T00:00:00+02:00" in run("access", "end", "1", "2026-07-01")
    assert "2026-07-01 00:00" in run("access", "list", str(desk.acme.id))
    run("access", "remove", "1")
    assert "There is no access profile 1" in run("access", "remove", "1", code=1)


def test_maintenance_is_local_time_unless_it_says_otherwise(desk: World, run: Run) -> None:
    acme = str(desk.acme.id)
    run("maintenance", "add", acme, "2026-06-06T22:00", "2026-06-07T02:00", "--note", "Nová verze")
    run("maintenance", "add", acme, "2026-06-08T22:00+00:00", "2026-06-09T00:00+00:00")
    listed = run("maintenance", "list", acme)
    assert "2026-06-06 22:00" in listed
    assert "2026-06-09 00:00  2026-06-09 02:00" in listed
    assert "must end after it begins" in run("maintenance", "add", acme, "2026-06-07", "2026-06-06", code=1)
    run("maintenance", "remove", "1")
    assert "Nová verze" not in run("maintenance", "list", acme)


def test_an_offer_is_made_declined_made_again_and_accepted(desk: World, run: Run) -> None:
    ticket = open_ticket(desk, LAST_MONTH, Category.CHANGE)
    number = str(ticket.number)
    run("offers", "make", number, "Nová linka, 2 000 Kč")
    run("offers", "decline", number, "--by", "Jana")
    run("offers", "make", number, "Nová linka, 1 500 Kč")
    assert "accepted by Jana" in run("offers", "accept", number, "--by", "Jana", "--order", "OBJ-7")
    assert move(desk, ticket, datetime.now(UTC), Status.IN_PROGRESS).status is Status.IN_PROGRESS
    fault = str(open_ticket(desk, LAST_MONTH).number)
    assert run("offers", "make", fault, "x", code=1)  # RULE change-offer: faults are not offered for
    assert "there is no ticket 99" in run("offers", "accept", "99", "--by", "Jana", code=1)


def test_a_month_is_closed_for_everybody_once(desk: World, run: Run) -> None:
    agree(desk, LAST_MONTH)
    said = run("close-month", MONTH)
    line = next(each for each in said.splitlines() if each.startswith(f"{desk.acme.id} "))
    assert re.search(r"closed, 10000\.00 CZK, SHA-256 [0-9a-f]{64}$", line)
    assert "had no contract" in said  # the others
    first = run("statement", str(desk.acme.id), MONTH)
    run(
        "work",
        "add",
        str(open_ticket(desk, LAST_MONTH).number),
        "--minutes",
        "30",
        "--flag",
        "mistake",
        "--at",
        MONTH + "-03",
    )
    assert "was closed already" in run("close-month", MONTH, "--customer", str(desk.acme.id))
    assert run("statement", str(desk.acme.id), MONTH) == first


def test_a_month_that_cannot_be_closed_says_why(desk: World, run: Run) -> None:
    agree(desk, LAST_MONTH)
    assert "not over yet" in run("close-month", f"{datetime.now(UTC):%Y-%m}", "--customer", str(desk.acme.id), code=1)
    assert "Write the month as" in run("close-month", "June", code=1)
