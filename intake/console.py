"""What technicians keep for their work beside the tickets: values and Protocols. Nothing of it is the customer's.

All instants are aware UTC. The commands raise `intake.administration.EntryError`s; nothing is stored then.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from intake.people import Contact
from intake.sla.contract import Contract
from intake.tickets.model import Actor

# Who looked at a ticket this long ago is taken to look at it still.
PRESENT = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueViewData:
    """A named set of filters. query: as the queue's address has them, such as "tab=new&category=A"."""

    name: str
    query: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueView(QueueViewData):
    """A view as stored. position: among the views of its user, from 1."""

    id: int
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SnippetData:
    """A passage for replies. language: "cs" or "en"."""

    name: str
    language: str
    text: str
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet(SnippetData):
    """A passage as stored."""

    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What somebody began to write in a ticket."""

    text: str
    internal: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketVersion:
    """Which version a ticket has."""

    number: int
    version: int
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundContact:
    """A contact that was looked for by name, address or number."""

    contact: Contact
    customer_name: str


class ConsoleAdmin(Protocol):
    """The commands. What one user keeps, no other can change: it is not found then."""

    def add_view(self, user_id: int, data: QueueViewData) -> QueueView:
        """Keep a view as the last one; one of the same name is replaced where it stands."""
        ...

    def remove_view(self, user_id: int, view_id: int) -> None: ...
    def move_view(self, user_id: int, view_id: int, *, up: bool) -> None:
        """Change places with the neighbour; the first stays first and the last stays last."""
        ...

    def add_snippet(self, data: SnippetData, *, by: Actor, at: datetime) -> Snippet: ...
    def change_snippet(self, snippet_id: int, data: SnippetData, *, by: Actor, at: datetime) -> Snippet: ...

    def keep_draft(self, user_id: int, ticket_number: int, draft: Draft) -> None:
        """Replace the draft; one without text is forgotten. Nothing happens when there is no such ticket."""
        ...

    def look_at(self, user_id: int, ticket_number: int, at: datetime) -> None:
        """Note that somebody has the ticket in front of them."""
        ...


class ConsoleQueries(Protocol):
    """The questions. Blocking."""

    def queue_views(self, user_id: int) -> tuple[QueueView, ...]: ...
    def snippets(self, *, active: bool = True) -> tuple[Snippet, ...]:
        """By language and name. active: only those in use."""
        ...

    def snippet(self, snippet_id: int) -> Snippet | None: ...
    def reply_draft(self, user_id: int, ticket_id: int) -> Draft | None: ...
    def who_looks_at(self, ticket_id: int, since: datetime) -> tuple[tuple[int, str], ...]:
        """Ids and names of the users who had it in front of them since then."""
        ...

    def find_contacts(self, text: str, most: int) -> tuple[FoundContact, ...]:
        """Those with this in their or their customer's name, in an address (with an "@") or in a number (digits)."""
        ...

    def contracts_of(self, customer_ids: Collection[int]) -> Mapping[int, Contract]:
        """The contracts of these customers, as `Queries.customer_contract` tells one."""
        ...

    def changed_tickets(self, since: datetime, most: int) -> tuple[TicketVersion, ...]:
        """The tickets that were changed at or after an instant, the latest first."""
        ...

    def latest_change(self) -> datetime | None:
        """When a ticket was changed last."""
        ...
