"""What a contact has typed on the site and not sent yet: found again, also on another device. Data only."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

NEW_REQUEST = 0

# A draft nobody came back to is deleted after so many days.
DRAFT_DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Something half written. about: the number of the ticket it answers; `NEW_REQUEST` for a new one.

    category: as the form had it, "" for none. saved_at: aware UTC.
    """

    contact_id: int
    about: int
    subject: str
    text: str
    category: str
    saved_at: datetime


class Drafts(Protocol):
    """The rows, inside a transaction. Nobody's draft is anybody else's business, so nothing is audited."""

    def keep(self, draft: Draft) -> None:
        """Keep a draft in place of the one before; one without words is forgotten."""
        ...

    def forget(self, contact_id: int, about: int) -> None: ...

    def forget_old(self, before: datetime) -> int:
        """Delete the drafts last saved before an instant; returns how many."""
        ...
