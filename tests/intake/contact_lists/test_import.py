"""An import is planned before it is done, does only what was planned, and all of it or nothing. On both engines."""

import pytest

from intake.administration import InvalidEntryError, TakenEntryError
from intake.contact_lists.apply import apply_plan
from intake.contact_lists.listing import read_entries, read_listed
from intake.contact_lists.plan import Change, Plan, plan_import
from intake.contact_lists.sheet import read_sheet, write_sheet
from intake.people import AddressData, ContactData, NumberData
from store.queries import StoreQueries
from tests.store.world import ADMIN, AT, World


@pytest.fixture
def listed(small_world: World) -> World:
    """Acme with Jana, who has an address and a number, and Petr, who has nothing."""
    world = small_world
    acme = world.acme.id
    number = NumberData(customer_id=acme, contact_id=world.jana.id, number="601 123 456")
    world.do(lambda tx: tx.people.add_number(number, by=ADMIN, at=AT))
    world.do(lambda tx: tx.people.add_contact(ContactData(customer_id=acme, name="Petr Malý"), by=ADMIN, at=AT))
    return world


def plan(world: World, text: str, *, complete: bool = False) -> Plan:
    current = read_entries(StoreQueries(world.engine), world.acme.id)
    return plan_import(read_sheet(text.encode()), world.acme.id, current, complete=complete)


def apply(world: World, planned: Plan) -> int:
    return world.do(lambda tx: apply_plan(tx, planned, by=ADMIN, at=AT))


def told(planned: Plan) -> list[tuple[Change, str, list[str]]]:
    return [
        (each.change, each.after.name, [difference.field for difference in each.differences])
        for each in planned.changes
    ]


def test_a_written_list_read_back_changes_nothing(listed: World) -> None:
    text = write_sheet(read_listed(StoreQueries(listed.engine), listed.acme.id))
    planned = plan(listed, text, complete=True)
    assert (planned.changes, planned.unchanged, planned.errors) == ((), 2, ())
    assert apply(listed, planned) == 0


def test_additions_changes_and_removals_are_told_and_then_done(listed: World) -> None:
    text = (
        "Jméno;E-maily;Telefony;Správce\n"
        "Jana Nová;jana@acme.example, nova@acme.example;;ano\n"
        "Eva Nová;eva@acme.example;602 123 456;\n"
    )
    planned = plan(listed, text, complete=True)
    assert told(planned) == [
        (Change.CHANGE, "Jana Nová", ["name", "is_admin", "addresses", "numbers"]),
        (Change.ADD, "Eva Nová", ["name", "addresses", "numbers"]),
        (Change.DEACTIVATE, "Petr Malý", ["active"]),
    ]
    assert apply(listed, planned) == 3
    after = {each.contact.name: each for each in read_listed(StoreQueries(listed.engine), listed.acme.id)}
    assert set(after) == {"Jana Nová", "Eva Nová", "Petr Malý"}
    assert after["Jana Nová"].addresses == ("jana@acme.example", "nova@acme.example")
    assert after["Jana Nová"].numbers == ()
    assert after["Eva Nová"].numbers == ("+420602123456",)
    assert [each.contact.active for each in after.values()] == [True, False, True]
    assert plan(listed, text).changes == ()


def test_a_column_that_is_missing_changes_nothing(listed: World) -> None:
    assert plan(listed, "Jméno;Jazyk\nJana Nováková;\nPetr Malý;\n").changes == ()
    assert told(plan(listed, "ID;Jazyk\n1;en\n")) == [(Change.CHANGE, "Jana Nováková", ["language"])]


def test_whoever_is_left_out_stays_unless_the_list_is_complete(listed: World) -> None:
    assert plan(listed, "Jméno\nJana Nováková\n").changes == ()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("ID;Jméno\n4711;Kdo\n", 2),
        ("Jméno;E-mail\nA;a@x.example\nB;A@X.example\n", 3),
        ("Jméno;E-mail\nJana Nováková;\nJana;jana@acme.example\n", 3),
        ("ID;E-mail\n;new@x.example\n", 2),
        ("Jméno;Telefon\nA;12\n", 2),
    ],
)
def test_a_line_that_cannot_be_taken_is_named_and_stops_the_import(listed: World, text: str, line: int) -> None:
    planned = plan(listed, text)
    assert line in [error.line for error in planned.errors]
    with pytest.raises(InvalidEntryError, match=f"Line {line}"):
        apply(listed, planned)


def test_a_line_that_could_be_two_contacts_needs_the_id(listed: World) -> None:
    twin = ContactData(customer_id=listed.acme.id, name="Petr Malý")
    listed.do(lambda tx: tx.people.add_contact(twin, by=ADMIN, at=AT))
    assert [error.line for error in plan(listed, "Jméno;Správce\nPetr Malý;ano\n").errors] == [2]


def test_another_customers_contact_is_not_found_by_its_id(listed: World) -> None:
    assert plan(listed, f"ID;Jméno\n{listed.karel.id};Cizí\n").errors != ()


def test_a_value_of_another_customer_is_refused_with_its_line_and_nothing_is_done(listed: World) -> None:
    planned = plan(listed, "Jméno;E-mail\nNový Jeden;novy@acme.example\nCizí;karel@globex.example\n")
    assert planned.errors == ()
    with pytest.raises(TakenEntryError, match="Line 3"):
        apply(listed, planned)
    names = [each.contact.name for each in read_listed(StoreQueries(listed.engine), listed.acme.id)]
    assert "Nový Jeden" not in names


def test_an_address_may_go_from_one_line_to_another(listed: World) -> None:
    jana, petr = listed.jana.id, listed.jana.id + 2
    planned = plan(
        listed, f"ID;Jméno;E-mail\n{petr};Petr Malý;jana@acme.example\n{jana};Jana Nováková;j2@acme.example\n"
    )
    assert apply(listed, planned) == 2
    after = {each.contact.id: each.addresses for each in read_listed(StoreQueries(listed.engine), listed.acme.id)}
    assert after == {jana: ("j2@acme.example",), petr: ("jana@acme.example",)}


def test_a_plan_that_was_overtaken_is_refused(listed: World) -> None:
    planned = plan(listed, "Jméno;Správce\nJana Nováková;ano\n")
    changed = ContactData(customer_id=listed.acme.id, name="Jana Jiná")
    listed.do(lambda tx: tx.people.change_contact(listed.jana.id, changed, by=ADMIN, at=AT))
    with pytest.raises(InvalidEntryError, match="in the meantime"):
        apply(listed, planned)


def test_entries_that_were_removed_meanwhile_are_no_surprise_but_a_refusal(listed: World) -> None:
    planned = plan(listed, "Jméno;E-mail\nJana Nováková;\n")
    (old,) = planned.changes[0].old_addresses
    listed.do(lambda tx: tx.people.remove_address(old.id, by=ADMIN, at=AT))
    entry = AddressData(customer_id=listed.acme.id, contact_id=listed.jana.id, address="x@acme.example")
    listed.do(lambda tx: tx.people.add_address(entry, by=ADMIN, at=AT))
    with pytest.raises(Exception, match="Line 2"):
        apply(listed, planned)
