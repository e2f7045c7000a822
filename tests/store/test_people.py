"""The commands that change the people and the lists."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from authz.identity import Channel, Claim, IdentityKind
from authz.people.sessions import new_session
from authz.people.tokens import Scope
from intake.administration import EntryError, InvalidEntryError, TakenEntryError, UnknownEntryError
from intake.people import (
    AddressData,
    ApiTokenData,
    ContactData,
    ContractData,
    CustomerData,
    LoginFailures,
    NumberData,
    NumberRangeData,
    Role,
    UserData,
)
from store.tables import audit, sessions
from tests.store.world import ADMIN, AT, World

STAMP: dict[str, Any] = {"by": ADMIN, "at": AT}


def refused(world: World, kind: type[EntryError], command: str, *args: Any, **more: Any) -> EntryError:
    with pytest.raises(kind) as caught:
        world.do(lambda tx: getattr(tx.people, command)(*args, **(STAMP | more)))
    assert type(caught.value) is kind
    return caught.value


def trail(world: World, entity: str) -> list[tuple[str, Any, Any]]:
    with world.engine.connect() as connection:
        rows = connection.execute(select(audit).where(audit.c.entity == entity).order_by(audit.c.id)).all()
    return [(row.action, row.before, row.after) for row in rows]


def test_a_contact_is_found_by_each_of_several_addresses(small_world: World) -> None:
    acme, jana = small_world.acme, small_world.jana
    entry = AddressData(customer_id=acme.id, contact_id=jana.id, address="J.Nováková@Zákazník.example")
    address = small_world.do(lambda tx: tx.people.add_address(entry, **STAMP))
    assert address.address == "J.Nováková@Zákazník.example"
    for key in (address.key, "jana@acme.example"):
        claim = Claim(channel=Channel.MAIL, kind=IdentityKind.ADDRESS, value=key, shown=key)
        (listing,) = small_world.do(lambda tx, claim=claim: tx.listings(claim))
        assert listing.contact_id == jana.id


def test_numbers_are_kept_as_e164_and_found(small_world: World) -> None:
    entry = NumberData(customer_id=small_world.acme.id, contact_id=small_world.jana.id, number="224 123 456")
    number = small_world.do(lambda tx: tx.people.add_number(entry, **STAMP))
    assert number.number == "+420224123456"
    claim = Claim(channel=Channel.PHONE, kind=IdentityKind.NUMBER, value="+420224123456", shown="")
    (listing,) = small_world.do(lambda tx: tx.listings(claim))
    assert listing.contact_id == small_world.jana.id


def test_a_range_identifies_the_company(small_world: World) -> None:
    entry = NumberRangeData(customer_id=small_world.acme.id, first="+420 224 123 100", last="00420224123199")
    entry_made = small_world.do(lambda tx: tx.people.add_number_range(entry, **STAMP))
    assert (entry_made.first, entry_made.last) == ("+420224123100", "+420224123199")
    claim = Claim(channel=Channel.PHONE, kind=IdentityKind.NUMBER, value="+420224123150", shown="")
    (listing,) = small_world.do(lambda tx: tx.listings(claim))
    assert (listing.customer_id, listing.contact_id) == (small_world.acme.id, None)


@pytest.mark.parametrize(
    ("entry", "field", "says"),
    [
        ({"address": "Jan Novák <jan@firma.cz>"}, "address", "not a plain mail address"),
        ({"address": "jan"}, "address", "not a plain mail address"),
        ({"address": "*@gmail.com"}, "address", "Anybody can have an address"),
        ({"address": "*@SEZNAM.cz"}, "address", "Anybody can have an address"),
        ({"address": "*@co.uk"}, "address", "Anybody can have an address"),
        ({"address": "*@firma.cz", "contact_id": 1}, "contact_id", "belongs to a customer"),
        ({"address": "jan@firma.cz", "contact_id": 2}, "contact_id", "does not belong"),
        ({"address": "jan@firma.cz", "valid_from": AT, "valid_until": AT}, "valid_until", "end after it begins"),
        ({"address": "jan@firma.cz", "valid_from": datetime(2026, 1, 1)}, "valid_from", "with its zone"),
    ],
)
def test_an_address_that_cannot_be_taken_is_refused_with_advice(
    small_world: World, entry: dict[str, Any], field: str, says: str
) -> None:
    people = {1: small_world.jana.id, 2: small_world.karel.id}
    contact_id = people.get(entry.get("contact_id", 0))
    data = AddressData(**({"customer_id": small_world.acme.id} | entry | {"contact_id": contact_id}))
    error = refused(small_world, InvalidEntryError, "add_address", data)
    assert (error.field, says in error.message) == (field, True), error.message


def test_a_customers_own_domain_may_be_listed(small_world: World) -> None:
    entry = AddressData(customer_id=small_world.acme.id, contact_id=None, address="*@Acme.example")
    assert small_world.do(lambda tx: tx.people.add_address(entry, **STAMP)).key == "@acme.example"
    refused(small_world, TakenEntryError, "add_address", entry)


def test_an_address_of_another_customer_is_refused_until_its_entry_ends(small_world: World) -> None:
    entry = AddressData(customer_id=small_world.globex.id, contact_id=small_world.karel.id, address="JANA@acme.example")
    error = refused(small_world, TakenEntryError, "add_address", entry)
    assert "end that entry first" in error.message

    def end_and_add(tx: Any) -> None:
        mine = tx.people.address(1)
        tx.people.change_address(1, AddressData(**_data(AddressData, mine) | {"valid_until": AT}), **STAMP)
        tx.people.add_address(replace(entry, valid_from=AT), **STAMP)

    small_world.do(end_and_add)


def _data(kind: type, entry: Any) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in kind.__dataclass_fields__}


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        ("+420224123100", "+420224123099", "last"),
        ("+420224123100", "+4915112345678", "last"),
        ("+420224100000", "+420224300000", "last"),
        ("123", "+420224123199", "first"),
        ("anonymous", "+420224123199", "first"),
    ],
)
def test_a_range_that_is_none_is_refused(small_world: World, first: str, last: str, field: str) -> None:
    data = NumberRangeData(customer_id=small_world.acme.id, first=first, last=last)
    assert refused(small_world, InvalidEntryError, "add_number_range", data).field == field


def test_ranges_of_two_customers_do_not_overlap(small_world: World) -> None:
    mine = NumberRangeData(customer_id=small_world.acme.id, first="+420224123100", last="+420224123199")
    small_world.do(lambda tx: tx.people.add_number_range(mine, **STAMP))
    theirs = replace(mine, customer_id=small_world.globex.id, first="+420224123199", last="+420224123299")
    error = refused(small_world, TakenEntryError, "add_number_range", theirs)
    assert "+420224123100 to +420224123199" in error.message
    small_world.do(lambda tx: tx.people.add_number_range(replace(theirs, first="+420224123200"), **STAMP))


def test_ranges_never_overlap_because_the_look_up_finds_one(small_world: World) -> None:
    wide = NumberRangeData(customer_id=small_world.acme.id, first="+420224123100", last="+420224123199")
    made = small_world.do(lambda tx: tx.people.add_number_range(wide, **STAMP))
    inner = replace(wide, first="+420224123110", last="+420224123119")
    refused(small_world, TakenEntryError, "add_number_range", inner)
    refused(small_world, TakenEntryError, "add_number_range", replace(inner, valid_until=AT))
    longer = replace(wide, last="+420224123299")
    small_world.do(lambda tx: tx.people.change_number_range(made.id, longer, **STAMP))
    for number in ("+420224123105", "+420224123115", "+420224123150"):
        claim = Claim(channel=Channel.PHONE, kind=IdentityKind.NUMBER, value=number, shown=number)
        (listing,) = small_world.do(lambda tx, claim=claim: tx.listings(claim))
        assert listing.customer_id == small_world.acme.id


@pytest.mark.parametrize(
    ("command", "data"),
    [
        ("add_customer", CustomerData(name=" \n ")),
        ("add_customer", CustomerData(name="x" * 201)),
        ("add_customer", CustomerData(name="a\x00b")),
        ("add_customer", CustomerData(name="Firma", language="de")),
        ("add_contact", ContactData(customer_id=1, name="")),
        ("add_number", NumberData(customer_id=1, contact_id=None, number="nothing")),
        ("add_contract", ContractData(customer_id=1, name="", valid_from=AT)),
        ("add_contract", ContractData(customer_id=1, name="SLA", valid_from=AT, valid_until=AT)),
    ],
)
def test_bad_values_are_refused_and_leave_nothing(small_world: World, command: str, data: Any) -> None:
    before = len(trail(small_world, "customer"))
    refused(small_world, InvalidEntryError, command, data)
    assert len(trail(small_world, "customer")) == before


def test_a_customers_name_is_taken_once(small_world: World) -> None:
    refused(small_world, TakenEntryError, "add_customer", CustomerData(name="Acme"))
    refused(small_world, TakenEntryError, "change_customer", small_world.globex.id, CustomerData(name=" Acme "))


@pytest.mark.parametrize(
    "command", ["customer", "contact", "address", "number", "number_range", "contract", "user", "token"]
)
def test_an_unknown_entry_is_said_to_be_unknown(small_world: World, command: str) -> None:
    with pytest.raises(UnknownEntryError, match="There is no"):
        small_world.do(lambda tx: getattr(tx.people, command)(4711))


def test_entries_never_move_to_another_customer(small_world: World) -> None:
    jana = small_world.jana
    moved = ContactData(customer_id=small_world.globex.id, name=jana.name)
    assert refused(small_world, InvalidEntryError, "change_contact", jana.id, moved).field == "customer_id"


def test_every_change_says_who_when_what_was_and_is(small_world: World) -> None:
    later = AT + timedelta(days=1)
    data = ContactData(customer_id=small_world.acme.id, name="Jana Malá", channels=frozenset({Channel.MAIL}))
    small_world.do(lambda tx: tx.people.change_contact(small_world.jana.id, data, by=ADMIN, at=later))
    _, (action, before, after), *_ = [line for line in trail(small_world, "contact") if line[2]["customer_id"] == 1]
    assert (action, before["name"], after["name"]) == ("changed", "Jana Nováková", "Jana Malá")
    assert (before["may_phone"], after["may_phone"], after["may_mail"]) == (True, False, True)
    with small_world.engine.connect() as connection:
        line = connection.execute(select(audit).where(audit.c.action == "changed")).one()
    assert (line.at, line.actor_name, line.channel, line.entity_id) == (later, "Alena", "web", str(small_world.jana.id))


def test_what_did_not_change_leaves_no_line(small_world: World) -> None:
    before = trail(small_world, "customer")
    small_world.do(lambda tx: tx.people.change_customer(small_world.acme.id, CustomerData(name="Acme"), **STAMP))
    assert trail(small_world, "customer") == before


def test_the_audit_trail_shows_no_secret(small_world: World) -> None:
    def work(tx: Any) -> None:
        tx.people.set_contact_login(small_world.jana.id, "Jana", "$argon2id$secret", **STAMP)
        tx.people.add_token(ApiTokenData(name="x", scopes=frozenset({Scope.TICKETS_READ})), kept="f" * 64, **STAMP)

    small_world.do(work)
    (_, _, after), *_ = trail(small_world, "contact")[-1:]
    assert (after["login"], after["password_hash"]) == ("jana", "set")
    assert trail(small_world, "token")[0][2]["token_hash"] == "set"


def test_removing_keeps_what_was(small_world: World) -> None:
    small_world.do(lambda tx: tx.people.remove_address(1, **STAMP))
    action, before, after = trail(small_world, "address")[-1]
    assert (action, before["address"], after) == ("removed", "jana@acme.example", None)


def test_a_login_belongs_to_one_person_in_any_case(small_world: World) -> None:
    small_world.do(lambda tx: tx.people.set_contact_login(small_world.jana.id, "Jana@acme.example", "h", **STAMP))
    refused(small_world, TakenEntryError, "set_contact_login", small_world.karel.id, "JANA@ACME.example", "h")
    refused(small_world, TakenEntryError, "add_user", UserData(login="jana@Acme.example", name="J"), password_hash=None)
    account = small_world.do(lambda tx: tx.people.login_account(" JANA@acme.example"))
    assert account is not None
    assert (account.contact_id, account.user_id) == (small_world.jana.id, None)


def test_deactivation_a_new_password_and_another_role_end_the_sessions(small_world: World) -> None:
    people = small_world.jana
    user = small_world.do(lambda tx: tx.people.add_user(UserData(login="t", name="T"), password_hash="h", **STAMP))

    def log_in(tx: Any) -> None:
        tx.people.add_session(new_session(AT), contact_id=people.id, user_id=None)
        tx.people.add_session(new_session(AT), contact_id=None, user_id=user.id)

    def count() -> int:
        with small_world.engine.connect() as connection:
            return len(connection.execute(select(sessions.c.token_hash)).all())

    gone = ContactData(customer_id=people.customer_id, name=people.name, active=False)
    for command, args in (
        ("change_contact", (people.id, gone)),
        ("change_customer", (small_world.acme.id, CustomerData(name="Acme", active=False))),
        ("change_user", (user.id, UserData(login="t", name="T", role=Role.ADMIN, active=False))),
        ("change_contact", (people.id, ContactData(customer_id=people.customer_id, name=people.name, is_admin=True))),
        ("change_contact", (people.id, ContactData(customer_id=people.customer_id, name=people.name))),
        ("change_user", (user.id, UserData(login="t", name="T", role=Role.TECHNICIAN))),
        ("change_user", (user.id, UserData(login="t", name="T", role=Role.ADMIN))),
        ("set_contact_login", (people.id, None, None)),
    ):
        small_world.do(lambda tx: tx.people.forget_sessions(datetime(2100, 1, 1, tzinfo=UTC)))
        small_world.do(log_in)
        small_world.do(lambda tx, command=command, args=args: getattr(tx.people, command)(*args, **STAMP))
        assert count() == 1, command


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"scopes": frozenset()}, "scopes"),
        ({"scopes": frozenset({Scope.PEOPLE_READ}), "contact_id": 1}, "scopes"),
        ({"scopes": frozenset({Scope.PEOPLE_READ}), "expires_at": AT}, "expires_at"),
    ],
)
def test_a_token_that_makes_no_sense_is_refused(small_world: World, data: dict[str, Any], field: str) -> None:
    token = ApiTokenData(name="x", **data)
    assert refused(small_world, InvalidEntryError, "add_token", token, kept="a" * 64).field == field


def test_failures_are_counted_and_cleared(small_world: World) -> None:
    def fail(tx: Any, count: int) -> None:
        tx.people.keep_login_failures(LoginFailures(login="Nobody", count=count, last_at=AT))

    small_world.do(lambda tx: fail(tx, 1))
    small_world.do(lambda tx: fail(tx, 2))
    kept = small_world.do(lambda tx: tx.people.login_failures("nobody"))
    assert kept == LoginFailures(login="nobody", count=2, last_at=AT)
    small_world.do(lambda tx: tx.people.clear_login_failures("NOBODY"))
    assert small_world.do(lambda tx: tx.people.login_failures("nobody")) is None


def test_old_sessions_are_forgotten(small_world: World) -> None:
    old = new_session(datetime(2026, 1, 1, tzinfo=UTC))
    small_world.do(lambda tx: tx.people.add_session(old, contact_id=small_world.jana.id, user_id=None))
    assert small_world.do(lambda tx: tx.people.forget_sessions(AT)) == 1
