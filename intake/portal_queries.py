"""What the customers' pages ask for beyond `intake.queries`: drafts, waiting changes, own people, own quarantine.

Everything here only reads and is about one customer, who is named in every question. Instants are aware UTC.
"""

from dataclasses import dataclass
from typing import Protocol

from intake.contact_lists.list_changes import ChangeState, ListChange
from intake.drafts import Draft
from intake.people import Address, Contact, Number, NumberRange
from intake.queries import HeldLine, Page, Window


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLine:
    """A contact in a list, with what the contact is recognized by."""

    contact: Contact
    addresses: tuple[str, ...]
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownBy:
    """What somebody is recognized by; each entry without a contact is the whole company's."""

    addresses: tuple[Address, ...]
    numbers: tuple[Number, ...]
    ranges: tuple[NumberRange, ...]


class PortalQueries(Protocol):
    """The questions. Blocking."""

    def draft(self, contact_id: int, about: int) -> Draft | None: ...

    def people(self, customer_id: int, window: Window, *, text: str = "") -> Page[PersonLine]:
        """The customer's contacts, oldest first. text: a part of the name, an address or a number, in any case."""
        ...

    def known_by(self, customer_id: int, contact_id: int | None) -> KnownBy:
        """What the whole company is recognized by, and with a contact what this one is, oldest first."""
        ...

    def list_changes(self, customer_id: int | None, state: ChangeState | None, window: Window) -> Page[ListChange]:
        """Newest first. None asks for any customer's, or in any state."""
        ...

    def list_change(self, change_id: int) -> ListChange | None: ...
    def four_eyes(self, customer_id: int) -> bool: ...

    def held_for(self, customer_id: int, window: Window) -> Page[HeldLine]:
        """What waits in quarantine for this customer, newest first.

        That is what the lists knew to be this customer's when it came, and mail whose author claims a domain in which
        this customer, and no other, has addresses. Domains shared by strangers belong to nobody.
        """
        ...
