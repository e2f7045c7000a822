"""Applying a planned import: each change by the commands everybody uses, so that it is checked and audited alike.

One unit of work: all of a plan or nothing of it. A plan that somebody else's change has overtaken is refused.
"""

from collections.abc import Callable
from datetime import datetime

from intake.administration import EntryError, InvalidEntryError
from intake.contact_lists.plan import Plan, PlannedChange
from intake.people import AddressData, NumberData
from intake.ports import Transaction
from intake.tickets.model import Actor


def apply_plan(tx: Transaction, plan: Plan, *, by: Actor, at: datetime) -> int:
    """Do what was planned, all of it or nothing; returns how many contacts were touched.

    at: aware UTC. Raises EntryError that names the line: for a plan with errors, for a value another entry has, and
    when a contact was changed since the plan was made.
    """
    if plan.errors:
        first = plan.errors[0]
        raise InvalidEntryError(f"Line {first.line}: {first.message} Correct the file first.")
    # What is given away must be free before somebody else gets it.
    for change in plan.changes:
        _in_line(change, _take_away, tx, by, at)
    for change in plan.changes:
        _in_line(change, _write, tx, by, at)
    return len(plan.changes)


def apply_change(tx: Transaction, change: PlannedChange, *, by: Actor, at: datetime) -> int:
    """Do one change; returns the contact's id. Raises EntryError."""
    _take_away(tx, change, by=by, at=at)
    return _write(tx, change, by=by, at=at)


def _in_line(change: PlannedChange, do: Callable[..., object], tx: Transaction, by: Actor, at: datetime) -> None:
    try:
        do(tx, change, by=by, at=at)
    except EntryError as error:
        where = f"Line {change.line}" if change.line is not None else change.after.name
        raise type(error)(f"{where}: {error.message}", field=error.field) from error


def _take_away(tx: Transaction, change: PlannedChange, *, by: Actor, at: datetime) -> None:
    if change.before is None:
        return
    if tx.people.contact(change.before.contact.id) != change.before.contact:
        raise InvalidEntryError(f"{change.before.contact.name} was changed in the meantime; make the preview again.")
    for address in change.old_addresses:
        tx.people.remove_address(address.id, by=by, at=at)
    for number in change.old_numbers:
        tx.people.remove_number(number.id, by=by, at=at)


def _write(tx: Transaction, change: PlannedChange, *, by: Actor, at: datetime) -> int:
    people, customer_id = tx.people, change.after.customer_id
    if change.before is None:
        contact_id = people.add_contact(change.after, by=by, at=at).id
    else:
        contact_id = people.change_contact(change.before.contact.id, change.after, by=by, at=at).id
    for address in change.new_addresses:
        entry = AddressData(customer_id=customer_id, contact_id=contact_id, address=address)
        people.add_address(entry, by=by, at=at)
    for number in change.new_numbers:
        people.add_number(NumberData(customer_id=customer_id, contact_id=contact_id, number=number), by=by, at=at)
    return contact_id
