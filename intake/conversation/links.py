"""How tickets belong together, as values and a Protocol. Decides nothing; that is `intake.conversation.merging`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from intake.terms import Status
from intake.tickets.model import Comment, Ticket

if TYPE_CHECKING:
    from intake.ports import Transaction


class LinkKind(StrEnum):
    """How a ticket belongs to another one."""

    MERGED = "merged"  # it was closed as a duplicate of the other
    SPLIT = "split"  # it was opened for something said in the other
    RELATED = "related"  # somebody linked the two, in no direction


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedTicket:
    """The other ticket, seen from one. outward: this one was merged into it, or split off it; else the reverse."""

    kind: LinkKind
    outward: bool
    number: int
    subject: str
    status: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidAt:
    """Something said. clock_at: from when a clock counts it, aware UTC. opened: whether it opened its ticket."""

    comment: Comment
    clock_at: datetime
    opened: bool


class TicketLinks(Protocol):
    """The links of tickets, in a transaction."""

    def add(self, ticket_id: int, kind: LinkKind, other_id: int) -> bool:
        """Link two tickets; says whether they were not before. For RELATED the order does not matter."""
        ...

    def remove(self, ticket_id: int, kind: LinkKind, other_id: int) -> bool: ...

    def merged_into(self, ticket_id: int) -> int | None:
        """The ticket this one was merged into."""
        ...

    def lead_on(self, ticket_id: int, other_id: int) -> None:
        """Let everything that was merged into a ticket be merged into another one from now on."""
        ...

    def said(self, ticket_id: int, comment_id: int) -> SaidAt | None:
        """Something said in this ticket."""
        ...

    def move_comment(self, comment_id: int, ticket_id: int) -> None:
        """Let a comment belong to another ticket, with its files, the Message-ID it came with and its ledger entry."""
        ...


class LinkQueries(Protocol):
    """The questions about links. Blocking."""

    def linked_tickets(self, number: int) -> Sequence[LinkedTicket]:
        """The tickets that belong to this one, by their numbers."""
        ...


def follow_merge(tx: "Transaction", ticket: Ticket | None) -> Ticket | None:
    """Where a message to this ticket goes: the ticket it was merged into, as long as it is closed."""
    if ticket is None or ticket.status is not Status.CLOSED:
        return ticket
    into_id = tx.links.merged_into(ticket.id)
    return (None if into_id is None else tx.ticket(into_id)) or ticket
