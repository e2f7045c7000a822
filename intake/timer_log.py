"""Which timers have fired and which subjects have one due, as a Protocol. All instants are aware UTC."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedContact:
    """A contact whose validity is over. ended_at: when it ended."""

    id: int
    name: str
    ended_at: datetime


class TimerLog(Protocol):
    """The marks of timers. A mark is set once, whoever tries, and stays."""

    def fired(self, ticket_id: int) -> frozenset[str]:
        """The marks of a ticket."""
        ...

    def claim(self, ticket_id: int, mark: str, at: datetime) -> bool:
        """Set a ticket's mark; False when it was set before, here or on another node."""
        ...

    def due(self, at: datetime, limit: int) -> Sequence[int]:
        """Ids of tickets whose timers are to be looked at, the longest waiting first."""
        ...

    def look_again(self, ticket_id: int, at: datetime | None) -> None:
        """When the ticket's timers are to be looked at next."""
        ...

    def ended_contacts(self, at: datetime, limit: int) -> Sequence[EndedContact]:
        """Contacts whose validity ended and of which nobody was told."""
        ...

    def end_contact(self, contact: EndedContact, at: datetime) -> bool:
        """Write into the audit trail that a contact's validity ended, and end its sessions; False when it was done."""
        ...
