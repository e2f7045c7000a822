"""The values a ticket is made of. Data only; the rows that hold them are `store.tables`."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from authz.identity import Channel
from intake.submission import AutomaticKind
from intake.terms import Category, Evaluation, Status


class ActorKind(StrEnum):
    """Who does things."""

    CONTACT = "contact"
    TECHNICIAN = "technician"
    ADMIN = "admin"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who did it, through which channel: a line of the audit trail.

    id: the contact's or user's id; None for the system and for an operator at the command line.
    """

    kind: ActorKind
    name: str
    channel: Channel
    id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An offer for a change request without a framework contract. RULE change-offer."""

    text: str
    made_at: datetime
    accepted_at: datetime | None = None
    accepted_by: str | None = None
    order_number: str | None = None
    declined_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A ticket as it stands now. Its history is in its events.

    number: what people call it. since: when it entered its status.
    received_at: when the request came in, aware UTC; the clocks start here.
    attention: something happened that a technician should look at. version: counts changes, for If-Match.
    reply_to: the author's proved address, when no single contact stands for it.
    assignee_id: who of the service desk has it in hand, a user.
    related_id: the ticket this one continues, when a reply came after the reopen window.
    wording: the set of wordings its letters are written with, by a rule; None is the usual one.
    archived: it came out of an old archive: no promise was made about it, and it is never opened again.
    response_deadline, fix_deadline, next_deadline, timer_at: see `intake.sla.schedule.Deadlines`.
    """

    id: int
    number: int
    customer_id: int
    contact_id: int | None
    subject: str
    category: Category
    status: Status
    channel: Channel
    received_at: datetime
    since: datetime
    updated_at: datetime
    closed_at: datetime | None = None
    temporary_fix_at: datetime | None = None
    attention: bool = False
    version: int = 1
    solution: str | None = None
    evaluation: tuple[Evaluation, ...] = ()
    offer: Offer | None = None
    related_id: int | None = None
    assignee_id: int | None = None
    reply_to: str | None = None
    wording: str | None = None
    archived: bool = False
    response_deadline: datetime | None = None
    fix_deadline: datetime | None = None
    next_deadline: datetime | None = None
    timer_at: datetime | None = None


class EventKind(StrEnum):
    """What can happen to a ticket."""

    CREATED = "created"
    STATUS = "status"
    CATEGORY = "category"
    COMMENT = "comment"
    OFFER = "offer"
    SOLUTION = "solution"
    TEMPORARY_FIX = "temporary-fix"
    LINK = "link"
    WARNING = "warning"
    BREACH = "breach"
    ACCEPTANCE_ENDED = "acceptance-ended"
    REOPEN_ENDED = "reopen-ended"
    TIME_ENTRY = "time-entry"
    DELIVERY = "delivery"  # what became of a mail of ours
    PARTICIPANT = "participant"
    FILE = "file"
    ASSIGNED = "assigned"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketEvent:
    """One line of a ticket's immutable history: who changed what, when, through which channel.

    For CREATED, `after` is the first status and detail["category"] the first category.
    """

    id: int
    ticket_id: int
    at: datetime
    actor: Actor
    kind: EventKind
    before: str | None = None
    after: str | None = None
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """Something said in a ticket. internal: for technicians only. elided: the quoted rest, shown on demand."""

    id: int
    ticket_id: int
    at: datetime
    actor: Actor
    text: str
    elided: str = ""
    html: str | None = None
    internal: bool = False
    automatic: AutomaticKind = AutomaticKind.NONE
    ledger_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAttachment:
    """A file in a ticket. Its octets are the blob `blob`, or MIME leaf `part` of the raw message in that blob.

    detected_type: what the octets are, where that is not what the sender said. withheld: why nobody is given it.
    """

    id: int
    ticket_id: int
    comment_id: int
    filename: str
    content_type: str
    size: int
    sha256: str
    inline: bool
    content_id: str | None
    blob: str
    part: int | None
    detected_type: str | None = None
    withheld: str | None = None
