"""A sheet of contacts that a customer's own admin brings: planned like every import, done by proposals.

What a sheet adds has to be proved like anything else: new addresses are mailed a code, and with the four-eyes rule
every line waits for a second admin. One unit of work: all of a plan or nothing of it.
"""

import hashlib
from datetime import datetime

from intake.administration import EntryError, InvalidEntryError
from intake.contact_lists.customer_admin import propose, tell_admins
from intake.contact_lists.list_changes import ListAction, ListChange, ListEntity, ProposedChange
from intake.contact_lists.listed_entries import EntryData, plain
from intake.contact_lists.plan import Plan, PlannedChange
from intake.letters.asked import DEFAULT_LIMITS, AskedLimits
from intake.people import AddressData, NumberData
from intake.ports import Transaction
from intake.tickets.model import Actor


def propose_plan(
    tx: Transaction, plan: Plan, *, by: Actor, at: datetime, url: str, limits: AskedLimits = DEFAULT_LIMITS
) -> int:
    """Propose everything that was planned; returns how many changes wait for something, at least.

    at: aware UTC now. url, limits: see `propose`. Raises EntryError that names the line, and for a plan that was
    overtaken.
    """
    if plan.errors:
        raise InvalidEntryError(f"Line {plan.errors[0].line}: {plan.errors[0].message} Correct the file first.")
    waiting = 0
    for change in plan.changes:
        try:
            for each in _proposals(tx, plan.customer_id, change):
                kept: ListChange | None = propose(tx, each, by=by, at=at, url=url, told=False, limits=limits)
                waiting += kept is not None
            if change.before is None:
                waiting += len(change.new_addresses) + len(change.new_numbers)
        except EntryError as error:
            where = f"Line {change.line}" if change.line is not None else change.after.name
            raise type(error)(f"{where}: {error.message}", field=error.field) from error
    if plan.changes and tx.list_changes.four_eyes(plan.customer_id):
        # One mail for the whole sheet.
        what, href = f"CSV ({len(plan.changes)})", f"{url}/customer/changes"
        tell_admins(tx, plan.customer_id, what, href, by=by, at=at, limits=limits)
    return waiting


def plan_digest(plan: Plan) -> str:
    """Of everything the plan would do: the same file against the same list has the same."""
    told = repr([(each.change, each.before, each.after, each.new_addresses, each.new_numbers) for each in plan.changes])
    return hashlib.sha256(told.encode()).hexdigest()


def _proposals(tx: Transaction, customer_id: int, change: PlannedChange) -> list[ProposedChange]:
    def asked(entity: ListEntity, action: ListAction, data: EntryData, entry_id: int | None = None) -> ProposedChange:
        return ProposedChange(
            customer_id=customer_id, entity=entity, action=action, entry_id=entry_id, data=plain(data)
        )

    if change.before is None:
        more = {"addresses": list(change.new_addresses), "numbers": list(change.new_numbers)}
        data = plain(change.after) | more
        return [ProposedChange(customer_id=customer_id, entity=ListEntity.CONTACT, action=ListAction.ADD, data=data)]
    contact = change.before.contact
    if tx.people.contact(contact.id) != contact:
        raise InvalidEntryError(f"{contact.name} was changed in the meantime; make the preview again.")
    proposals = [
        *(asked(ListEntity.ADDRESS, ListAction.REMOVE, each, each.id) for each in change.old_addresses),
        *(asked(ListEntity.NUMBER, ListAction.REMOVE, each, each.id) for each in change.old_numbers),
    ]
    if any(each.field not in {"addresses", "numbers"} for each in change.differences):
        proposals.append(asked(ListEntity.CONTACT, ListAction.CHANGE, change.after, contact.id))
    for address in change.new_addresses:
        data_of = AddressData(customer_id=customer_id, contact_id=contact.id, address=address)
        proposals.append(asked(ListEntity.ADDRESS, ListAction.ADD, data_of))
    for number in change.new_numbers:
        number_of = NumberData(customer_id=customer_id, contact_id=contact.id, number=number)
        proposals.append(asked(ListEntity.NUMBER, ListAction.ADD, number_of))
    return proposals
