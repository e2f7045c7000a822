"""What a sheet of contacts would change in a customer's list: a plan to look at before `intake.contact_lists.apply`.

Pure. Nobody is ever deleted: who is left out of a complete list is deactivated.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC
from enum import StrEnum
from typing import Any

from authz.mail.address import address_key
from intake.contact_lists.columns import CHANNEL_COLUMNS, CellError, Column, ContactRow, ContactSheet
from intake.people import Address, Contact, ContactData, Number


class Change(StrEnum):
    """What becomes of a contact."""

    ADD = "add"
    CHANGE = "change"
    DEACTIVATE = "deactivate"  # was left out of a complete list


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactEntries:
    """A contact with its entries, as they are in the list now."""

    contact: Contact
    addresses: tuple[Address, ...]
    numbers: tuple[Number, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One field that changes, for the preview. field: of `ContactData`, or addresses, numbers."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedChange:
    """What happens to one contact. line: of the sheet, None for one that was left out. before: None to add one.

    new_addresses, new_numbers: to add, as written. old_addresses, old_numbers: to remove.
    """

    change: Change
    line: int | None
    before: ContactEntries | None
    after: ContactData
    differences: tuple[Difference, ...]
    new_addresses: tuple[str, ...] = ()
    old_addresses: tuple[Address, ...] = ()
    new_numbers: tuple[str, ...] = ()
    old_numbers: tuple[Number, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything a sheet would do, in the order of its lines. With errors nothing can be applied.

    unchanged: how many lines say what the list says already.
    """

    customer_id: int
    changes: tuple[PlannedChange, ...]
    unchanged: int
    errors: tuple[CellError, ...]


def plan_import(
    sheet: ContactSheet, customer_id: int, current: Sequence[ContactEntries], *, complete: bool = False
) -> Plan:
    """Compare a sheet with a customer's list. Pure.

    current: every contact of that customer. complete: whoever is active and not in the sheet is deactivated.
    A line belongs to the contact with its id; without one to whoever has one of its addresses or numbers; else to the
    one contact of that name. A line that could belong to two is an error.
    """
    finder = _Finder(current)
    errors = list(sheet.errors)
    unreadable = {error.line for error in errors}
    changes: list[PlannedChange] = []
    met: dict[int, int] = {}
    unchanged = 0
    errors += _said_twice(sheet.rows)
    for row in sheet.rows:
        try:
            found = finder.find(row)
        except ValueError as error:
            errors.append(CellError(line=row.line, message=str(error)))
            continue
        if found is None:
            if Column.NAME not in row.said:
                if row.line not in unreadable:
                    errors.append(CellError(line=row.line, column=Column.NAME, message="A new contact needs a name."))
                continue
            changes.append(_addition(row, customer_id))
            continue
        if found.contact.id in met:
            message = f"{found.contact.name} is in line {met[found.contact.id]} already."
            errors.append(CellError(line=row.line, message=message))
            continue
        met[found.contact.id] = row.line
        change = _change(row, found)
        changes += [change] if change.differences else []
        unchanged += not change.differences
    if complete:
        changes += [_deactivation(each) for each in current if each.contact.active and each.contact.id not in met]
    ordered = tuple(sorted(errors, key=lambda error: error.line))
    return Plan(customer_id=customer_id, changes=tuple(changes), unchanged=unchanged, errors=ordered)


def plan_row(row: ContactRow, found: ContactEntries | None, customer_id: int) -> PlannedChange:
    """What one row does to a contact, or to a new one; it may change nothing."""
    return _addition(row, customer_id) if found is None else _change(row, found)


def plan_return(row: ContactRow, found: ContactEntries, customer_id: int) -> PlannedChange:
    """What one row makes of somebody who was let go: what a new contact would get, and nothing of what was."""
    new = _addition(row, customer_id)
    return replace(new, change=Change.CHANGE, before=found, old_addresses=found.addresses, old_numbers=found.numbers)


class _Finder:
    """Whose line it is."""

    def __init__(self, current: Sequence[ContactEntries]) -> None:
        self._by_id = {each.contact.id: each for each in current}
        self._by_entry: defaultdict[str, list[ContactEntries]] = defaultdict(list)
        self._by_name: defaultdict[str, list[ContactEntries]] = defaultdict(list)
        for each in current:
            self._by_name[_folded(each.contact.name)].append(each)
            for key in (*(address.key for address in each.addresses), *(number.number for number in each.numbers)):
                self._by_entry[key].append(each)

    def find(self, row: ContactRow) -> ContactEntries | None:
        """The contact; None for a new one. Raises ValueError for a line that belongs to nobody or to several."""
        wanted = row.said.get(Column.ID)
        if wanted is not None:
            if wanted not in self._by_id:
                raise ValueError(f"This customer has no contact {wanted}; leave the ID empty for a new one.")
            return self._by_id[wanted]
        keys = [*map(_key, row.said.get(Column.ADDRESSES, ())), *row.said.get(Column.NUMBERS, ())]
        found = {each.contact.id: each for key in keys for each in self._by_entry.get(key, ())}
        if not found and Column.NAME in row.said:
            found = {each.contact.id: each for each in self._by_name.get(_folded(row.said[Column.NAME]), ())}
        if len(found) > 1:
            names = ", ".join(f"{each.contact.name} ({each.contact.id})" for each in found.values())
            raise ValueError(f"This line could be {names}: give the ID.")
        return next(iter(found.values()), None)


def _said_twice(rows: Iterable[ContactRow]) -> list[CellError]:
    seen: dict[str, int] = {}
    errors = []
    for row in rows:
        for column in (Column.ADDRESSES, Column.NUMBERS):
            for written in row.said.get(column, ()):
                key = _key(written) if column is Column.ADDRESSES else written
                if seen.setdefault(key, row.line) != row.line:
                    message = f"{written} is in line {seen[key]} already."
                    errors.append(CellError(line=row.line, column=column, message=message))
    return errors


def _addition(row: ContactRow, customer_id: int) -> PlannedChange:
    after = _data(row, ContactData(customer_id=customer_id, name=row.said[Column.NAME]))
    addresses, numbers = row.said.get(Column.ADDRESSES, ()), row.said.get(Column.NUMBERS, ())
    differences = [Difference(field="name", before=None, after=after.name)]
    differences += [
        Difference(field=name, before=(), after=values)
        for name, values in (("addresses", addresses), ("numbers", numbers))
        if values
    ]
    return PlannedChange(
        change=Change.ADD,
        line=row.line,
        before=None,
        after=after,
        differences=tuple(differences),
        new_addresses=addresses,
        new_numbers=numbers,
    )


def _change(row: ContactRow, found: ContactEntries) -> PlannedChange:
    before = _said_of(found.contact)
    after = _data(row, before)
    differences = [
        Difference(field=field.name, before=getattr(before, field.name), after=getattr(after, field.name))
        for field in fields(ContactData)
        if getattr(before, field.name) != getattr(after, field.name)
    ]
    addresses = row.said.get(Column.ADDRESSES, tuple(each.address for each in found.addresses))
    numbers = row.said.get(Column.NUMBERS, tuple(each.number for each in found.numbers))
    kept_keys, kept_numbers = set(map(_key, addresses)), set(numbers)
    known_keys, known_numbers = {each.key for each in found.addresses}, {each.number for each in found.numbers}
    if kept_keys != known_keys:
        written = tuple(each.address for each in found.addresses)
        differences.append(Difference(field="addresses", before=written, after=addresses))
    if kept_numbers != known_numbers:
        written = tuple(each.number for each in found.numbers)
        differences.append(Difference(field="numbers", before=written, after=numbers))
    return PlannedChange(
        change=Change.CHANGE,
        line=row.line,
        before=found,
        after=after,
        differences=tuple(differences),
        new_addresses=tuple(each for each in addresses if _key(each) not in known_keys),
        old_addresses=tuple(each for each in found.addresses if each.key not in kept_keys),
        new_numbers=tuple(each for each in numbers if each not in known_numbers),
        old_numbers=tuple(each for each in found.numbers if each.number not in kept_numbers),
    )


def _deactivation(found: ContactEntries) -> PlannedChange:
    before = _said_of(found.contact)
    after = ContactData(
        **{field.name: getattr(before, field.name) for field in fields(ContactData)} | {"active": False}
    )
    differences = (Difference(field="active", before=True, after=False),)
    return PlannedChange(change=Change.DEACTIVATE, line=None, before=found, after=after, differences=differences)


def _data(row: ContactRow, before: ContactData) -> ContactData:
    """What is said of the contact, in place of what was."""
    values = {field.name: getattr(before, field.name) for field in fields(ContactData)}
    names = {Column.NAME: "name", Column.ACTIVE: "active", Column.ADMIN: "is_admin", Column.LANGUAGE: "language"}
    values |= {name: row.said[column] for column, name in names.items() if column in row.said}
    for column, name in ((Column.VALID_FROM, "valid_from"), (Column.VALID_UNTIL, "valid_until")):
        if column in row.said:
            values[name] = row.said[column].astimezone(UTC)
    allowed = set(before.channels)
    for column, channel in CHANNEL_COLUMNS.items():
        if column in row.said:
            allowed = allowed | {channel} if row.said[column] else allowed - {channel}
    return ContactData(**values | {"channels": frozenset(allowed)})


def _said_of(contact: Contact) -> ContactData:
    return ContactData(**{field.name: getattr(contact, field.name) for field in fields(ContactData)})


def _key(address: str) -> str:
    return address_key(address) or address.casefold()


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
