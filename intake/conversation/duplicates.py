"""Several tickets at once closed as duplicates of another one: all of them, or none."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from intake.conversation.merging import Merge, merge
from intake.desk import NoSuchTicket, Order, Outdated
from intake.ports import Transaction
from intake.tickets.model import Actor, Ticket
from intake.tickets.state import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class NotMerged:
    """A ticket that cannot be merged, and why."""

    number: int
    why: Refusal | NoSuchTicket | Outdated


class DuplicatesRefusedError(Exception):
    """Some of the tickets cannot be merged, so none is; a transaction it leaves is rolled back."""

    def __init__(self, refused: tuple[NotMerged, ...]) -> None:
        super().__init__(", ".join(str(each.number) for each in refused))
        self.refused = refused


def merge_all(
    tx: Transaction, numbers: Collection[int], wanted: Merge, *, by: Actor, at: datetime
) -> tuple[Ticket, ...]:
    """Close tickets as duplicates of one, each as `merge` does. Returns them as they are then, by their numbers.

    numbers: of the duplicates. at: aware UTC. Raises DuplicatesRefusedError, which names every ticket that cannot be.
    """
    ordered = sorted(set(numbers))
    # In one order for everybody, so that two who merge the same tickets do not wait for each other.
    for number in sorted({*ordered, wanted.into}):
        tx.ticket_by_number(number)
    merged, refused = [], []
    for number in ordered:
        result = merge(tx, Order(number=number, actor=by, at=at), wanted)
        if isinstance(result, Ticket):
            merged.append(result)
        else:
            refused.append(NotMerged(number=number, why=result))
    if refused:
        raise DuplicatesRefusedError(tuple(refused))
    return tuple(merged)
