"""Changes of a customer's lists that its own admins ask for, and what each still waits for. Values and Protocols.

A change is applied when it waits for nothing any more; until then nothing of it counts. Must not decide what a change
waits for, nor apply one: that is `intake.contact_lists.customer_admin`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from intake.tickets.model import Actor


class ListEntity(StrEnum):
    """What is changed; named as in the audit trail."""

    CONTACT = "contact"
    ADDRESS = "address"
    NUMBER = "number"
    RANGE = "number range"
    FOUR_EYES = "four eyes"


class ListAction(StrEnum):
    """How."""

    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"


class Wait(StrEnum):
    """What a change can wait for."""

    PROOF = "proof"  # the code that was sent to the address
    SECOND = "second"  # another admin of the customer
    DESK = "desk"  # the service desk


class ChangeState(StrEnum):
    """The life of a change."""

    WAITING = "waiting"
    APPLIED = "applied"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class SentCode:
    """The code that proves an address. hashed: its SHA-256, hex. expires_at: aware UTC."""

    hashed: str
    expires_at: datetime
    failures: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedChange:
    """What somebody asks for. data: the entry as it is to be, JSON-ready. before: as it was. entry_id: None to add."""

    customer_id: int
    entity: ListEntity
    action: ListAction
    entry_id: int | None = None
    data: dict[str, Any]
    before: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListChange(ProposedChange):
    """A change as stored. proposed_at, decided_at: aware UTC."""

    id: int
    state: ChangeState
    waits: frozenset[Wait]
    proposed_at: datetime
    proposed_by: Actor
    code: SentCode | None = None
    decided_at: datetime | None = None
    decided_by: str | None = None
    note: str = ""


class ListChanges(Protocol):
    """The rows, inside a transaction. Every change of theirs is audited as "list change"."""

    def four_eyes(self, customer_id: int) -> bool: ...
    def set_four_eyes(self, customer_id: int, on: bool, *, by: Actor, at: datetime) -> None: ...

    def change(self, change_id: int) -> ListChange:
        """The change, locked until the transaction ends. Raises UnknownEntryError."""
        ...

    def add_change(
        self,
        proposed: ProposedChange,
        *,
        waits: frozenset[Wait],
        code: SentCode | None,
        by: Actor,
        at: datetime,
    ) -> ListChange: ...

    def keep_change(self, change: ListChange, *, by: Actor, at: datetime) -> None:
        """Store what became of a change."""
        ...

    def count_wrong_code(self, change_id: int) -> None:
        """One more wrong code was given."""
        ...

    def admins(self, customer_id: int, at: datetime) -> tuple[int, ...]:
        """The ids of the customer's contacts who are admins and may log in at that instant."""
        ...
