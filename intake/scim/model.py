"""What a directory calls a contact, and what keeps that, as a value and Protocols."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryName:
    """How a customer's directory knows a contact. deleted: it does not any more."""

    contact_id: int
    customer_id: int
    user_name: str
    external_id: str | None = None
    deleted: bool = False


def name_key(user_name: str) -> str:
    """What a userName is compared by: it is caseExact false. RFC 7643 §4.1.1"""
    return user_name.casefold()[:320]


class DirectoryNames(Protocol):
    """The names, inside a transaction."""

    def keep(self, name: DirectoryName) -> None:
        """Add or replace a contact's name. Raises TakenEntryError when another contact has it."""
        ...


class DirectoryQueries(Protocol):
    """The questions. Blocking."""

    def directory_names(self, customer_id: int) -> Mapping[int, DirectoryName]:
        """By the contact's id."""
        ...

    def directory_name(self, contact_id: int) -> DirectoryName | None: ...
    def contacts_named(self, customer_id: int, user_name: str) -> Sequence[int]:
        """Ids of contacts with this name in the directory, deleted or not, or with this as an address."""
        ...
