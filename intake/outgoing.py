"""What is to be sent, as rows of the transaction that caused it. Data only; the worker is `intake.outbox`."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class OutboxKind(StrEnum):
    """What kind of thing goes out."""

    ACKNOWLEDGEMENT = "acknowledgement"  # to the author of a new ticket
    REPLY = "reply"  # a technician's comment, to the contact
    QUARANTINE_DIGEST = "quarantine-digest"  # what waits for a decision, to the admins


class OutboxState(StrEnum):
    """pending until it was sent or given up."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxItem:
    """One thing to send, at least once, always with the same Message-ID.

    ticket_id: None for what is about no single ticket.
    payload: what the composer needs beyond the ticket (ids of a comment, the request's Message-ID …).
    next_attempt_at: aware UTC; None when nothing more will be tried.
    """

    id: int
    kind: OutboxKind
    ticket_id: int | None
    recipient: str
    message_id: str
    created_at: datetime
    payload: dict[str, Any] = field(default_factory=dict)
    state: OutboxState = OutboxState.PENDING
    attempts: int = 0
    next_attempt_at: datetime | None = None
    sent_at: datetime | None = None
    last_error: str | None = None
