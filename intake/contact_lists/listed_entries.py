"""The entries of a customer's lists as a change keeps them, what may be changed about one, and doing it.

Owns the JSON form and the checks that hold for a customer's own admins beyond those of the lists. Must not decide
whether a change has to wait: that is `intake.contact_lists.customer_admin`.
"""

from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter

from intake.administration import InvalidEntryError, PeopleAdmin, UnknownEntryError
from intake.contact_lists.list_changes import ListAction, ListEntity, ProposedChange
from intake.people import Address, AddressData, Contact, ContactData, Number, NumberData, NumberRange, NumberRangeData
from intake.ports import Transaction
from intake.tickets.model import Actor

_DATA: dict[ListEntity, Any] = {
    ListEntity.CONTACT: ContactData,
    ListEntity.ADDRESS: AddressData,
    ListEntity.NUMBER: NumberData,
    ListEntity.RANGE: NumberRangeData,
}
# What tells an entry apart can be added and removed, but not changed: it would have to be proved anew.
_IDENTITY = {
    ListEntity.ADDRESS: ("address", "contact_id"),
    ListEntity.NUMBER: ("number", "contact_id"),
    ListEntity.RANGE: ("first", "last"),
}

EntryData = ContactData | AddressData | NumberData | NumberRangeData


def plain(data: EntryData) -> dict[str, Any]:
    """An entry as a change keeps it."""
    kind = next(each for each in _DATA.values() if isinstance(data, each))
    kept = kind(**{field.name: getattr(data, field.name) for field in fields(kind)})
    found: dict[str, Any] = TypeAdapter(kind).dump_python(kept, mode="json")
    return found | {"channels": sorted(found["channels"])} if "channels" in found else found


def entry_of(change: ProposedChange) -> EntryData:
    """The entry a change is about, as it is to be."""
    found: EntryData = TypeAdapter(_DATA[change.entity]).validate_python(change.data)
    return found


def counts_longer(change: ProposedChange, before: dict[str, Any] | None) -> bool:
    """Whether a changed address, number or range is to count at a time at which it did not. before: as it is."""
    if before is None or change.action is not ListAction.CHANGE or change.entity not in _IDENTITY:
        return False
    was, is_to_be = _validity(before), _validity(change.data)
    return is_to_be[0] < was[0] or is_to_be[1] > was[1]


def has_ended(before: dict[str, Any] | None, at: datetime) -> bool:
    """Whether an entry does not count any more at an instant, aware UTC. before: as it is."""
    return before is not None and _validity(before)[1] <= at


def _validity(data: dict[str, Any]) -> tuple[datetime, datetime]:
    since, until = (TypeAdapter(datetime | None).validate_python(data.get(f"valid_{end}")) for end in ("from", "until"))
    return since or datetime.min.replace(tzinfo=UTC), until or datetime.max.replace(tzinfo=UTC)


def check(tx: Transaction, proposed: ProposedChange, at: datetime) -> dict[str, Any] | None:
    """Raise EntryError for an entry that is not the customer's, or that must not go; returns it as it is."""
    if proposed.entity is ListEntity.FOUR_EYES:
        return {"on": tx.list_changes.four_eyes(proposed.customer_id)}
    if entry_of(proposed).customer_id != proposed.customer_id:
        raise UnknownEntryError(f"There is no {proposed.entity} of that customer.")
    if proposed.entry_id is None:
        return None
    entry = _entry(tx, proposed.entity, proposed.entry_id)
    if entry.customer_id != proposed.customer_id:
        raise UnknownEntryError(f"There is no {proposed.entity} {proposed.entry_id}.")
    before = plain(entry)
    changed = [name for name in _IDENTITY.get(proposed.entity, ()) if before[name] != proposed.data[name]]
    if proposed.action is ListAction.CHANGE and changed:
        raise InvalidEntryError("Add a new entry and remove this one.", field=changed[0])
    if isinstance(entry, Contact) and entry.is_admin:
        _keep_an_admin(tx, proposed, at)
    return before


def _keep_an_admin(tx: Transaction, proposed: ProposedChange, at: datetime) -> None:
    after = entry_of(proposed)
    stays = isinstance(after, ContactData) and after.is_admin and after.active and "web" in after.channels
    if not stays and set(tx.list_changes.admins(proposed.customer_id, at)) <= {proposed.entry_id}:
        message = "This is the last admin; make somebody else an admin first."
        raise InvalidEntryError(message, field="is_admin")


def _entry(tx: Transaction, entity: ListEntity, entry_id: int) -> Contact | Address | Number | NumberRange:
    match entity:
        case ListEntity.CONTACT:
            return tx.people.contact(entry_id)
        case ListEntity.ADDRESS:
            return tx.people.address(entry_id)
        case ListEntity.NUMBER:
            return tx.people.number(entry_id)
        case _:
            return tx.people.number_range(entry_id)


def carry_out(tx: Transaction, change: ProposedChange, *, by: Actor, at: datetime) -> int | None:
    """Do a change by the commands everybody uses; returns the id of a contact that was added. Raises EntryError."""
    if change.entity is ListEntity.FOUR_EYES:
        tx.list_changes.set_four_eyes(change.customer_id, bool(change.data["on"]), by=by, at=at)
        return None
    entry = entry_of(change)
    match change.action, change.entry_id:
        case ListAction.ADD, None:
            return _add(tx.people, entry, by, at)
        case ListAction.CHANGE, int(entry_id):
            _change(tx.people, entry_id, entry, by, at)
        case ListAction.REMOVE, int(entry_id):
            _remove(tx.people, entry_id, entry, by, at)
        case _:
            raise InvalidEntryError(f"A {change.entity} cannot be changed so.")
    return None


def _add(people: PeopleAdmin, entry: EntryData, by: Actor, at: datetime) -> int | None:
    match entry:
        case ContactData():
            return people.add_contact(entry, by=by, at=at).id
        case AddressData():
            people.add_address(entry, by=by, at=at)
        case NumberData():
            people.add_number(entry, by=by, at=at)
        case NumberRangeData():
            people.add_number_range(entry, by=by, at=at)
    return None


def _change(people: PeopleAdmin, entry_id: int, entry: EntryData, by: Actor, at: datetime) -> None:
    match entry:
        case ContactData():
            people.change_contact(entry_id, entry, by=by, at=at)
        case AddressData():
            people.change_address(entry_id, entry, by=by, at=at)
        case NumberData():
            people.change_number(entry_id, entry, by=by, at=at)
        case NumberRangeData():
            people.change_number_range(entry_id, entry, by=by, at=at)


def _remove(people: PeopleAdmin, entry_id: int, entry: EntryData, by: Actor, at: datetime) -> None:
    match entry:
        case ContactData():
            raise InvalidEntryError("A contact is deactivated, never removed: the history hangs on it.")
        case AddressData():
            people.remove_address(entry_id, by=by, at=at)
        case NumberData():
            people.remove_number(entry_id, by=by, at=at)
        case NumberRangeData():
            people.remove_number_range(entry_id, by=by, at=at)
