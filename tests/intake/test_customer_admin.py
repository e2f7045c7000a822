"""Changes of a customer's lists by its own admins: what each waits for, who settles it; nothing counts before."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from authz.identity import Channel
from authz.phone.pin import PinKeys
from intake.administration import EntryError, InvalidEntryError, TakenEntryError, UnknownEntryError
from intake.contact_lists.customer_admin import (
    CODE_LASTS,
    MOST_WRONG_CODES,
    TriedOut,
    approve,
    propose,
    prove_address,
    prove_number,
    refuse,
    send_again,
    try_out,
    vouch,
)
from intake.contact_lists.list_changes import ChangeState, ListAction, ListChange, ListEntity, ProposedChange, Wait
from intake.contact_lists.listed_entries import EntryData, plain
from intake.contact_lists.number_codes import key_code, request_code
from intake.contact_lists.unvouched import NEUTRAL
from intake.people import AddressData, Contact, ContactData, NumberData, NumberRangeData, Role, UserData
from intake.tickets.model import Actor, ActorKind
from store import tables as t
from tests.store.world import ADMIN, AT, World, world

URL = "https://podpora.example"
KEYS = PinKeys((b"k" * 32,))


@pytest.fixture
def made(database_url: str) -> Iterator[World]:
    with world(database_url) as found:
        yield found


def of(contact: Contact) -> Actor:
    return Actor(kind=ActorKind.CONTACT, name=contact.name, channel=Channel.WEB, id=contact.id)


def admins(made: World) -> tuple[Actor, Actor]:
    """Two admins of Acme: Jana and Petr."""

    def work(tx: Any) -> Contact:
        data = ContactData(customer_id=made.acme.id, name=made.jana.name, is_admin=True)
        tx.people.change_contact(made.jana.id, data, by=ADMIN, at=AT)
        petr = ContactData(customer_id=made.acme.id, name="Petr", is_admin=True)
        added: Contact = tx.people.add_contact(petr, by=ADMIN, at=AT)
        return added

    return of(made.jana), of(made.do(work))


def asked(entity: ListEntity, data: EntryData, **more: Any) -> ProposedChange:
    values = {"customer_id": data.customer_id, "entity": entity, "action": ListAction.ADD, "data": plain(data)}
    return ProposedChange(**values | more)


def address(made: World, written: str, customer: int | None = None) -> ProposedChange:
    data = AddressData(customer_id=customer or made.acme.id, contact_id=made.jana.id, address=written)
    return asked(ListEntity.ADDRESS, data)


def do(made: World, proposed: ProposedChange, by: Actor) -> ListChange | None:
    return made.do(lambda tx: propose(tx, proposed, by=by, at=AT, url=URL))


def waiting(made: World, proposed: ProposedChange, by: Actor) -> ListChange:
    change = do(made, proposed, by)
    assert change is not None
    return change


def rows(made: World, table: Any) -> list[Any]:
    with made.engine.connect() as connection:
        return list(connection.execute(select(table)))


def listed(made: World) -> set[str]:
    return {row.address for row in rows(made, t.addresses)}


def code_of(made: World) -> str:
    """The code of the last mail."""
    item = rows(made, t.outbox)[-1]
    found = re.fullmatch(rf"{URL}/confirm/\d+/(\w+)", item.payload["url"])
    assert found is not None
    assert found[1] == item.payload["code"].replace(" ", "")
    return found[1]


def test_a_new_address_counts_only_once_the_code_that_was_mailed_to_it_came_back(made: World) -> None:
    jana, _ = admins(made)
    change = waiting(made, address(made, "nova@acme.example"), jana)
    assert (change.waits, "nova@acme.example" in listed(made)) == (frozenset({Wait.PROOF}), False)
    (item,) = rows(made, t.outbox)
    assert (item.kind, item.recipient, item.payload["name"]) == ("address-code", "nova@acme.example", jana.name)
    typed = f" {code_of(made)[:4].lower()}-{code_of(made)[4:]} "
    settled = made.do(lambda tx: prove_address(tx, change.id, typed, by=None, at=AT))
    assert settled is not None
    assert (settled.state, "nova@acme.example" in listed(made)) == (ChangeState.APPLIED, True)
    by_address = [row for row in rows(made, t.audit) if row.entity == "address" and "nova" in row.after["address"]]
    assert [row.actor_name for row in by_address] == [jana.name]
    assert code_of(made) not in str([row.after for row in rows(made, t.audit)])


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Ing. Jana Nováková, Ph.D.", "Ing. Jana Nováková, Ph.D."),
        ("Vyhráli jste! Jděte na vyhra.example", "Správce kontaktů"),
        ("https://vyhra", "Správce kontaktů"),
        ("Volejte 900 123 456", "Správce kontaktů"),
        ("Jana " * 20, "Správce kontaktů"),
    ],
)
def test_nobody_advertises_by_ones_own_name(made: World, name: str, told: str) -> None:
    jana, _ = admins(made)
    do(made, address(made, "nova@acme.example"), replace(jana, name=name))
    assert rows(made, t.outbox)[-1].payload["name"] == told


def test_wrong_codes_are_counted_and_old_ones_end(made: World) -> None:
    jana, _ = admins(made)
    change = waiting(made, address(made, "nova@acme.example"), jana)
    first = code_of(made)
    for _ in range(MOST_WRONG_CODES):
        assert made.do(lambda tx: prove_address(tx, change.id, "000000000000", by=jana, at=AT)) is None
    with pytest.raises(InvalidEntryError, match="no longer valid"):
        made.do(lambda tx: prove_address(tx, change.id, first, by=jana, at=AT))
    made.do(lambda tx: send_again(tx, change.id, customer_id=made.acme.id, by=jana, at=AT, url=URL))
    later, last = AT + CODE_LASTS, code_of(made)
    with pytest.raises(InvalidEntryError, match="no longer valid"):
        made.do(lambda tx: prove_address(tx, change.id, last, by=jana, at=later))
    assert "nova@acme.example" not in listed(made)


def test_a_new_code_ends_the_count_and_the_earlier_code(made: World) -> None:
    jana, _ = admins(made)
    change = waiting(made, address(made, "nova@acme.example"), jana)
    first = code_of(made)
    for _ in range(MOST_WRONG_CODES):
        made.do(lambda tx: prove_address(tx, change.id, "0", by=jana, at=AT))
    made.do(lambda tx: send_again(tx, change.id, customer_id=made.acme.id, by=jana, at=AT, url=URL))
    last = code_of(made)
    assert made.do(lambda tx: prove_address(tx, change.id, first, by=jana, at=AT)) is None
    assert made.do(lambda tx: prove_address(tx, change.id, last, by=jana, at=AT)) is not None


def test_a_new_number_counts_once_its_code_was_keyed_in_a_call_from_it(made: World) -> None:
    jana, _ = admins(made)
    data = NumberData(customer_id=made.acme.id, contact_id=made.jana.id, number="601 123 456", label="mobil")
    change = waiting(made, asked(ListEntity.NUMBER, data), jana)
    assert change.data["number"] == "+420601123456"
    given = made.do(lambda tx: request_code(tx, KEYS, "+420601123456", customer_id=made.acme.id, by=jana, at=AT))

    def prove() -> bool:
        return made.do(lambda tx: prove_number(tx, change.id, by=jana, customer_id=made.acme.id, at=AT))

    assert prove() is False
    made.do(lambda tx: key_code(tx, KEYS, "+420601123456", given.code, at=AT))
    assert prove() is True
    assert [row.e164 for row in rows(made, t.numbers)] == ["+420601123456"]


@pytest.mark.parametrize("what", ["domain", "range"])
def test_what_cannot_be_proved_by_a_code_waits_for_the_service_desk(made: World, what: str) -> None:
    jana, _ = admins(made)
    acme = made.acme.id
    wanted = (
        asked(ListEntity.ADDRESS, AddressData(customer_id=acme, contact_id=None, address="*@acme-sluzby.example"))
        if what == "domain"
        else asked(ListEntity.RANGE, NumberRangeData(customer_id=acme, first="+420211151600", last="+420211151699"))
    )
    change = waiting(made, wanted, jana)
    assert change.waits == {Wait.DESK}
    with pytest.raises(EntryError):
        made.do(lambda tx: vouch(tx, change.id, by=jana, at=AT, url=URL))
    assert made.do(lambda tx: vouch(tx, change.id, by=ADMIN, at=AT, url=URL)).state is ChangeState.APPLIED


def test_with_four_eyes_every_change_waits_for_another_admin(made: World) -> None:
    jana, petr = admins(made)
    on = ProposedChange(
        customer_id=made.acme.id, entity=ListEntity.FOUR_EYES, action=ListAction.CHANGE, data={"on": True}
    )
    assert do(made, on, jana) is None
    eva = asked(ListEntity.CONTACT, ContactData(customer_id=made.acme.id, name="Eva"))
    change = waiting(made, eva, jana)
    assert change.waits == {Wait.SECOND}
    for actor, customer in ((jana, made.acme.id), (of(made.karel), made.globex.id)):
        with pytest.raises(EntryError):
            made.do(
                lambda tx, who=actor, whose=customer: approve(tx, change.id, customer_id=whose, by=who, at=AT, url=URL)
            )
    assert "Eva" not in [row.name for row in rows(made, t.contacts)]
    assert (
        made.do(lambda tx: approve(tx, change.id, customer_id=made.acme.id, by=petr, at=AT, url=URL)).decided_by
        == "Petr"
    )
    assert "Eva" in [row.name for row in rows(made, t.contacts)]
    with pytest.raises(UnknownEntryError):
        made.do(lambda tx: approve(tx, change.id, customer_id=made.acme.id, by=petr, at=AT, url=URL))
    off = replace(on, data={"on": False})
    assert waiting(made, off, jana).waits == {Wait.SECOND}, "one pair of eyes cannot end it"


def test_an_address_under_four_eyes_needs_both_in_any_order(made: World) -> None:
    jana, petr = admins(made)
    made.do(lambda tx: tx.list_changes.set_four_eyes(made.acme.id, True, by=jana, at=AT))
    change = waiting(made, address(made, "nova@acme.example"), jana)
    assert change.waits == {Wait.SECOND, Wait.PROOF}
    code = code_of(made)
    half = made.do(lambda tx: prove_address(tx, change.id, code, by=None, at=AT))
    assert half is not None
    assert (half.state, half.waits, "nova@acme.example" in listed(made)) == (ChangeState.WAITING, {Wait.SECOND}, False)
    made.do(lambda tx: approve(tx, change.id, customer_id=made.acme.id, by=petr, at=AT, url=URL))
    assert "nova@acme.example" in listed(made)


def test_one_takes_back_ones_own_and_rejects_anothers(made: World) -> None:
    jana, petr = admins(made)
    states = []
    for actor in (jana, petr):
        change = waiting(made, address(made, "nova@acme.example"), jana)
        ended = made.do(
            lambda tx, one=change, who=actor: refuse(tx, one.id, customer_id=made.acme.id, by=who, at=AT, note=" proč ")
        )
        states.append((ended.state, ended.note))
    assert states == [(ChangeState.WITHDRAWN, "proč"), (ChangeState.REJECTED, "proč")]
    with pytest.raises(UnknownEntryError):
        made.do(lambda tx: prove_address(tx, change.id, "x", by=None, at=AT))


def test_nothing_of_another_customer_can_be_named(made: World) -> None:
    jana, _ = admins(made)
    theirs = next(row for row in rows(made, t.addresses) if row.customer_id == made.globex.id)
    mine = AddressData(customer_id=made.acme.id, contact_id=made.jana.id, address=theirs.address)
    for wanted in (
        asked(ListEntity.ADDRESS, mine, action=ListAction.REMOVE, entry_id=theirs.id),
        address(made, "x@acme.example", customer=made.globex.id),
        asked(
            ListEntity.CONTACT,
            ContactData(customer_id=made.acme.id, name="Pryč"),
            action=ListAction.CHANGE,
            entry_id=made.karel.id,
        ),
    ):
        with pytest.raises(EntryError):
            do(made, replace(wanted, customer_id=made.acme.id), jana)


def test_an_entry_is_not_turned_into_another_one(made: World) -> None:
    jana, _ = admins(made)
    own = next(row for row in rows(made, t.addresses) if row.customer_id == made.acme.id)
    other = AddressData(customer_id=made.acme.id, contact_id=made.jana.id, address="boss@acme.example")
    with pytest.raises(InvalidEntryError, match="Add a new entry"):
        do(made, asked(ListEntity.ADDRESS, other, action=ListAction.CHANGE, entry_id=own.id), jana)
    until = replace(other, address=own.address, valid_until=AT + timedelta(days=1))
    assert do(made, asked(ListEntity.ADDRESS, until, action=ListAction.CHANGE, entry_id=own.id), jana) is None


def test_the_last_admin_stays_one(made: World) -> None:
    jana, petr = admins(made)

    def out(who: Actor, **more: Any) -> ProposedChange:
        data = ContactData(**{"customer_id": made.acme.id, "name": who.name, "is_admin": True} | more)
        return asked(ListEntity.CONTACT, data, action=ListAction.CHANGE, entry_id=who.id)

    assert do(made, out(petr, is_admin=False), jana) is None
    for more in ({"is_admin": False}, {"active": False}, {"channels": frozenset({Channel.MAIL})}):
        with pytest.raises(InvalidEntryError, match="last admin"):
            do(made, out(jana, **more), jana)


def test_a_change_is_tried_out_before_anybody_is_asked(made: World) -> None:
    jana, _ = admins(made)
    with pytest.raises(TriedOut):
        made.do(lambda tx: try_out(tx, address(made, "nova@acme.example"), by=jana, at=AT))
    assert "nova@acme.example" not in listed(made)
    with pytest.raises(TakenEntryError):
        made.do(lambda tx: try_out(tx, address(made, "karel@globex.example"), by=jana, at=AT))


def test_a_new_persons_address_is_proved_after_the_person_was_approved(made: World) -> None:
    jana, petr = admins(made)
    made.do(lambda tx: tx.list_changes.set_four_eyes(made.acme.id, True, by=jana, at=AT))
    eva = asked(ListEntity.CONTACT, ContactData(customer_id=made.acme.id, name="Eva"))
    change = waiting(made, replace(eva, data=eva.data | {"addresses": ["eva@acme.example"]}), jana)
    made.do(lambda tx: approve(tx, change.id, customer_id=made.acme.id, by=petr, at=AT, url=URL))
    code, (more,) = code_of(made), [row for row in rows(made, t.list_changes) if row.state == "waiting"]
    made.do(lambda tx: prove_address(tx, more.id, code, by=None, at=AT))
    (entry,) = [row for row in rows(made, t.addresses) if row.address == "eva@acme.example"]
    (person,) = [row for row in rows(made, t.contacts) if row.name == "Eva"]
    assert entry.contact_id == person.id


def test_the_other_admins_are_told_that_something_waits_for_them(made: World) -> None:
    jana, petr = admins(made)
    own = AddressData(customer_id=made.acme.id, contact_id=petr.id, address="petr@acme.example")
    made.do(lambda tx: tx.people.add_address(own, by=ADMIN, at=AT))
    made.do(lambda tx: tx.list_changes.set_four_eyes(made.acme.id, True, by=jana, at=AT))
    change = waiting(made, asked(ListEntity.CONTACT, ContactData(customer_id=made.acme.id, name="Eva")), jana)
    (item,) = rows(made, t.outbox)
    assert (item.kind, item.recipient) == ("change-waits", "petr@acme.example")
    assert (item.payload["what"], item.payload["url"]) == ("Eva", f"{URL}/customer/changes/{change.id}")


@pytest.mark.parametrize("of_whom", ["domain", "range", "desk", "nested"])
def test_nobody_lists_what_another_customer_or_the_desk_is_known_by(made: World, of_whom: str) -> None:
    jana, _ = admins(made)

    def prepare(tx: Any) -> None:
        domain = AddressData(customer_id=made.globex.id, contact_id=None, address="*@globex.example")
        tx.people.add_address(domain, by=ADMIN, at=AT)
        block = NumberRangeData(customer_id=made.globex.id, first="+420555000000", last="+420555000099")
        tx.people.add_number_range(block, by=ADMIN, at=AT)
        colleague = UserData(login="alena@desk.example", name="Alena", role=Role.TECHNICIAN)
        tx.people.add_user(colleague, password_hash=None, by=ADMIN, at=AT)

    made.do(prepare)
    number = NumberData(customer_id=made.acme.id, contact_id=made.jana.id, number="+420555000042")
    eva = asked(ListEntity.CONTACT, ContactData(customer_id=made.acme.id, name="Eva"))
    wanted = {
        "domain": address(made, "Boss@globex.example"),
        "range": asked(ListEntity.NUMBER, number),
        "desk": address(made, "Alena@desk.example"),
        "nested": replace(eva, data=eva.data | {"addresses": ["boss@globex.example"]}),
    }[of_whom]
    with pytest.raises(TakenEntryError, match=f"^{NEUTRAL}$"):
        do(made, wanted, jana)
    assert not rows(made, t.outbox)


def test_a_number_of_ones_own_inside_anothers_range_opens_that_range_to_nobody_else(made: World) -> None:
    jana, petr = admins(made)

    def prepare(tx: Any) -> None:
        block = NumberRangeData(customer_id=made.globex.id, first="+420555000000", last="+420555000099")
        tx.people.add_number_range(block, by=ADMIN, at=AT)
        # The service desk knows why; whoever is not the desk cannot build on it.
        vouched = NumberData(customer_id=made.acme.id, contact_id=made.jana.id, number="+420555000042")
        tx.people.add_number(vouched, by=ADMIN, at=AT)

    made.do(prepare)
    second = NumberData(customer_id=made.acme.id, contact_id=petr.id, number="+420555000042")
    with pytest.raises(TakenEntryError, match=f"^{NEUTRAL}$"):
        do(made, asked(ListEntity.NUMBER, second), jana)


def test_an_entry_that_is_to_count_longer_is_asked_about_like_a_new_one(made: World) -> None:
    jana, _ = admins(made)
    data = AddressData(
        customer_id=made.acme.id,
        contact_id=made.jana.id,
        address="boss@globex.example",
        valid_until=AT + timedelta(days=1),
    )

    def prepare(tx: Any) -> int:
        domain = AddressData(customer_id=made.globex.id, contact_id=None, address="*@globex.example")
        tx.people.add_address(domain, by=ADMIN, at=AT)
        return int(tx.people.add_address(data, by=ADMIN, at=AT).id)

    entry_id = made.do(prepare)

    def changed(until: datetime | None) -> ProposedChange:
        wanted = replace(data, valid_until=until)
        return asked(ListEntity.ADDRESS, wanted, action=ListAction.CHANGE, entry_id=entry_id)

    for until in (None, AT + timedelta(days=2)):
        with pytest.raises(TakenEntryError, match=f"^{NEUTRAL}$"):
            do(made, changed(until), jana)
    assert do(made, changed(AT + timedelta(hours=1)), jana) is None, "less is one's own to say"


def test_what_had_ended_is_proved_anew_and_what_the_desk_vouched_for_waits_for_it(made: World) -> None:
    jana, _ = admins(made)
    ended = AddressData(customer_id=made.acme.id, contact_id=made.jana.id, address="old@acme.example", valid_until=AT)
    domain = AddressData(
        customer_id=made.acme.id, contact_id=None, address="*@acme.example", valid_until=AT + timedelta(days=9)
    )
    for data, wait in ((ended, Wait.PROOF), (domain, Wait.DESK)):
        entry = made.do(lambda tx, data=data: tx.people.add_address(data, by=ADMIN, at=AT))
        wanted = replace(data, valid_until=None)
        change = waiting(made, asked(ListEntity.ADDRESS, wanted, action=ListAction.CHANGE, entry_id=entry.id), jana)
        assert change.waits == {wait}
    mailed = next(row for row in rows(made, t.outbox) if row.recipient == "old@acme.example")
    code = mailed.payload["code"]
    proof = next(row for row in rows(made, t.list_changes) if row.data["address"] == "old@acme.example")
    made.do(lambda tx: prove_address(tx, proof.id, code, by=None, at=AT))
    assert next(row for row in rows(made, t.addresses) if row.address == "old@acme.example").valid_until is None


@pytest.mark.parametrize("written", ["*@acme.example", "Eva <eva@acme.example>", "eva"])
def test_a_new_persons_addresses_are_plain_ones(made: World, written: str) -> None:
    jana, _ = admins(made)
    eva = asked(ListEntity.CONTACT, ContactData(customer_id=made.acme.id, name="Eva"))
    with pytest.raises(InvalidEntryError) as refused:
        do(made, replace(eva, data=eva.data | {"addresses": [written]}), jana)
    assert refused.value.field == "address"


def test_a_waiting_change_does_not_overwrite_what_happened_meanwhile(made: World) -> None:
    jana, petr = admins(made)
    made.do(lambda tx: tx.list_changes.set_four_eyes(made.acme.id, True, by=jana, at=AT))
    was = ContactData(customer_id=made.acme.id, name=made.jana.name, is_admin=True)
    renamed = asked(ListEntity.CONTACT, replace(was, name="Jana Malá"), action=ListAction.CHANGE, entry_id=made.jana.id)
    change = waiting(made, renamed, jana)
    meanwhile = replace(was, language="en")
    made.do(lambda tx: tx.people.change_contact(made.jana.id, meanwhile, by=ADMIN, at=AT))
    with pytest.raises(InvalidEntryError, match="changed meanwhile"):
        made.do(lambda tx: approve(tx, change.id, customer_id=made.acme.id, by=petr, at=AT, url=URL))


@pytest.mark.parametrize("more", [{"active": False}, {"is_admin": False}])
def test_what_somebody_proposed_who_is_no_admin_any_more_needs_the_desk(made: World, more: dict[str, Any]) -> None:
    _, petr = admins(made)
    change = waiting(made, address(made, "nova@acme.example"), petr)
    code = code_of(made)
    out = ContactData(**{"customer_id": made.acme.id, "name": "Petr", "is_admin": True} | more)
    made.do(lambda tx: tx.people.change_contact(petr.id or 0, out, by=ADMIN, at=AT))
    with pytest.raises(InvalidEntryError, match="no admin any more"):
        made.do(lambda tx: prove_address(tx, change.id, code, by=None, at=AT))
    assert "nova@acme.example" not in listed(made)
    made.do(lambda tx: vouch(tx, change.id, by=ADMIN, at=AT, url=URL))
    assert "nova@acme.example" in listed(made)


def test_strangers_use_up_nobodys_code(made: World) -> None:
    jana, _ = admins(made)
    change, code = waiting(made, address(made, "nova@acme.example"), jana), code_of(made)
    for _ in range(MOST_WRONG_CODES + 1):
        made.do(lambda tx: prove_address(tx, change.id, "0" * 12, by=None, at=AT))
    assert made.do(lambda tx: prove_address(tx, change.id, code, by=None, at=AT)) is not None
