"""What was written to whom about a ticket, and what became of it: values, and the Protocol of its rows.

Data only. The rows of the outbox are the mails; a delivery report says what another host made of one later.
All instants are aware UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from intake.outgoing import OutboxItem, OutboxKind
from intake.tickets.model import Comment


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """The mails a ticket's next mail continues.

    message_ids: of what came in, oldest first; of many, the first and the latest. quiet: the request that opened the
    ticket may not be answered by a machine. wrote_from: by contact, the address they last wrote from.
    """

    message_ids: tuple[str, ...] = ()
    quiet: bool = False
    wrote_from: Mapping[int, str] = field(default_factory=dict)


class DeliveryState(StrEnum):
    """Where a mail to one recipient is."""

    QUEUED = "queued"
    DELAYED = "delayed"  # we or a host on the way try again
    SENT = "sent"  # the next host took responsibility for it
    BOUNCED = "bounced"  # a host on the way gave it back
    FAILED = "failed"  # no host would take it from us
    STOPPED = "stopped"  # not sent on purpose


class ReportAction(StrEnum):
    """What a delivery report says happened. RFC 3464 §2.3.3."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    RELAYED = "relayed"
    EXPANDED = "expanded"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReport:
    """A delivery report about a mail of ours. ledger_id: the input it came as. status: RFC 3463, such as "5.1.1"."""

    id: int
    outbox_id: int
    at: datetime
    action: ReportAction
    permanent: bool
    status: str | None
    diagnostic: str
    ledger_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One mail to one recipient, and how it fares.

    at: when the state was reached. reason: what a host said, or why it was not sent. comment_id: the comment it
    carries, for a reply. message_id: "" before it was first tried.
    """

    id: int
    kind: OutboxKind
    recipient: str
    message_id: str
    state: DeliveryState
    at: datetime
    created_at: datetime
    attempts: int
    next_attempt_at: datetime | None
    reason: str
    status: str | None
    comment_id: int | None


class Correspondence(Protocol):
    """The rows, inside a transaction."""

    def conversation(self, ticket_id: int) -> Conversation: ...
    def last_said(self, ticket_id: int) -> Comment | None:
        """The last comment that is no internal note."""
        ...

    def sent(self, item_id: int) -> OutboxItem | None: ...
    def sent_last(self, ticket_id: int, recipient: str | None) -> OutboxItem | None:
        """The ticket's latest mail that was sent, to that recipient in whatever case; None: to anybody."""
        ...

    def add_report(self, report: StoredReport) -> None: ...


class DeliveryQueries(Protocol):
    """Reading. Blocking."""

    def deliveries(self, number: int) -> tuple[Delivery, ...]:
        """The mails we wrote about a ticket, oldest first."""
        ...
