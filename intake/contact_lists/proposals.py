"""What a change that a customer's own admin proposes must not take, and what it has to wait for.

Owns both rules: an address waits for the code that was mailed to it, a number for a call from it, a whole domain or a
block of numbers for the service desk, and with the four-eyes rule everything for a second admin.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from authz.phone.number import CallerKind, read_number
from intake.administration import InvalidEntryError
from intake.contact_lists.list_changes import ListAction, ListEntity, ProposedChange, Wait
from intake.contact_lists.listed_entries import counts_longer, has_ended
from intake.contact_lists.unvouched import refuse_taken
from intake.ports import Transaction


def as_stored(proposed: ProposedChange) -> ProposedChange:
    """A number as it will be stored, so that a call from it can be told to be from it. Raises InvalidEntryError."""
    if proposed.entity is not ListEntity.NUMBER:
        return proposed
    read = read_number(str(proposed.data["number"]))
    if read.kind is not CallerKind.E164 or read.e164 is None:
        message = f"{proposed.data['number']!r} is not a full phone number; write it as +420 555 123 456."
        raise InvalidEntryError(message, field="number")
    return replace(proposed, data=proposed.data | {"number": read.e164})


def waits_of(
    proposed: ProposedChange, before: dict[str, Any] | None, *, four_eyes: bool, at: datetime
) -> frozenset[Wait]:
    """What a change has to wait for. before: the entry as it is. at: aware UTC now.

    An entry that had ended is proved anew, and what the service desk vouched for is, to count for any longer.
    """
    waits = {Wait.SECOND} if four_eyes else set()
    by_desk = proposed.entity is ListEntity.RANGE or str(proposed.data.get("address", "")).startswith("*@")
    longer = counts_longer(proposed, before) and (by_desk or has_ended(before, at))
    if proposed.action is ListAction.ADD or longer:
        if by_desk:
            waits.add(Wait.DESK)
        elif proposed.entity in {ListEntity.ADDRESS, ListEntity.NUMBER}:
            waits.add(Wait.PROOF)
    return frozenset(waits)


def refuse_anothers(tx: Transaction, change: ProposedChange, before: dict[str, Any] | None) -> None:
    """See `refuse_taken`. Whole domains and ranges are left to the service desk, for which they wait.

    before: the entry as it is; one that is only to count for less is not asked about.
    """
    if change.action is not ListAction.ADD and not counts_longer(change, before):
        return
    data = change.data
    addresses = [*data.get("addresses", ())]
    if change.entity is ListEntity.ADDRESS and not data["address"].strip().startswith("*@"):
        addresses.append(data["address"])
    numbers = [*data.get("numbers", ()), *([data["number"]] if change.entity is ListEntity.NUMBER else ())]
    refuse_taken(tx, change.customer_id, addresses=addresses, numbers=numbers)
