"""What is to be sent, as rows of the transaction that caused it. Data only; the worker is `intake.outbox`."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class OutboxKind(StrEnum):
    """What kind of thing goes out."""

    ACKNOWLEDGEMENT = "acknowledgement"  # to the author of a new ticket
    REPLY = "reply"  # a technician's comment, to the contact
    IN_PROGRESS = "in-progress"  # notices of a status, to the contact
    MORE_INFO = "more-info"
    POSTPONED = "postponed"
    TO_VERIFY = "to-verify"
    CLOSED = "closed"
    REOPENED = "reopened"
    CATEGORY = "category"  # the ticket went into another category, to the contact
    WARNING = "warning"  # a deadline is near or missed, to the service desk's own people
    BREACH = "breach"
    QUARANTINE_DIGEST = "quarantine-digest"  # what waits for a decision, to the admins
    CUSTOMER_DIGEST = "customer-digest"  # what waits under the names of a customer's people, to its own admin
    UNKNOWN_AUTHOR = "unknown-author"  # to who proved an address that is on no list
    ADDRESS_CODE = "address-code"  # proves a mail address that a customer's own admin wants on the list
    LOGIN_LINK = "login-link"  # to log in by for the first time, or after forgetting the password
    LOGIN_CHANGED = "login-changed"  # to whose way in was changed: password, second factor, sessions
    CHANGE_WAITS = "change-waits"  # a change of a customer's lists wants a second admin, to the other admins
    ALERT = "alert"  # what is wrong with the intake, to the operator


# What a contact is told when a ticket moves.
NOTICES = frozenset(
    {
        OutboxKind.IN_PROGRESS,
        OutboxKind.MORE_INFO,
        OutboxKind.POSTPONED,
        OutboxKind.TO_VERIFY,
        OutboxKind.CLOSED,
        OutboxKind.REOPENED,
        OutboxKind.CATEGORY,
    }
)
TO_STAFF = frozenset({OutboxKind.WARNING, OutboxKind.BREACH, OutboxKind.QUARANTINE_DIGEST, OutboxKind.ALERT})
# What no person wrote and what may go to strangers' machines: it is counted, so that two machines cannot talk for ever.
# No mail causes a LOGIN_CHANGED, and nobody may keep it from its reader by causing others.
COUNTED = NOTICES | {
    OutboxKind.ACKNOWLEDGEMENT,
    OutboxKind.UNKNOWN_AUTHOR,
    OutboxKind.ADDRESS_CODE,
    OutboxKind.CHANGE_WAITS,
    OutboxKind.LOGIN_LINK,
}


class OutboxState(StrEnum):
    """pending until it was sent, given up, or not sent on purpose (stopped)."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxItem:
    """One thing to send, at least once, always with the same Message-ID.

    message_id: "" until it is first composed, for what is written where nobody can sign; `Signer.message_id` of the
        ticket and this row's id, which makes the same one each time.
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
