"""`intake tickets`: the life cycle on the command line keeps every rule the API keeps."""

from intake.terms import Category
from tests.intake.commands.conftest import Run
from tests.intake.promises.world import agree, open_ticket
from tests.store.world import AT, World


def test_tickets_are_listed_by_deadline(desk: World, run: Run) -> None:
    agree(desk, AT)
    slow, fast = open_ticket(desk, AT, Category.C, "Pomalý"), open_ticket(desk, AT, Category.A, "Rychlý \x1b[2J")
    shown = run("tickets", "list", "--by-deadline")
    assert shown.index("Rychlý") < shown.index("Pomalý")
    assert "\x1b" not in shown
    newest = run("tickets", "list", "--customer", "Acme", "--status", "new", "--limit", "1")
    assert f"\n{fast.number} " in newest
    assert f"\n{slow.number} " not in newest
    assert "Rychlý" not in run("tickets", "list", "--customer", "Globex")


def test_closing_needs_a_solution_and_an_evaluation(desk: World, run: Run) -> None:
    # RULE evaluation
    number = str(open_ticket(desk, AT).number)
    assert run("tickets", "move", number, "closed", code=1)
    assert run("tickets", "move", number, "closed", "--solution", "Hotovo", code=1)
    flags = ("--flag", "ucs-fault", "--flag", "consultation")
    assert "is closed" in run("tickets", "move", number, "closed", "--solution", "Hotovo", *flags)
    assert run("tickets", "move", number, "more-info", code=1)
    history = run("tickets", "show", number)
    assert "closed" in history
    assert "(command line)" in history


def test_a_category_and_a_temporary_fix_change_the_deadline(desk: World, run: Run) -> None:
    # RULE fix-time
    agree(desk, AT)
    number = str(open_ticket(desk, AT, Category.C).number)
    assert "category A, deadline 2026-11-23" in run("tickets", "categorize", number, "A")
    run("tickets", "move", number, "in-progress")
    run("tickets", "temporary-fix", number)
    assert "none is running" in run("tickets", "show", number)
    run("tickets", "temporary-fix", number, "--withdraw")
    assert "none is running" not in run("tickets", "show", number)


def test_a_change_without_an_accepted_offer_does_not_begin(desk: World, run: Run) -> None:
    # RULE change-offer
    number = str(open_ticket(desk, AT, Category.CHANGE).number)
    assert "offer" in run("tickets", "move", number, "in-progress", code=1)
    run("offers", "make", number, "1 500 Kč")
    run("offers", "accept", number, "--by", "Jana", "--order", "OBJ-1")
    assert "is in-progress" in run("tickets", "move", number, "in-progress")


def test_what_is_not_there_is_said(run: Run) -> None:
    for command in (("show", "4711"), ("move", "4711", "closed"), ("categorize", "4711", "A")):
        assert "there is no ticket 4711" in run("tickets", *command, code=1)
