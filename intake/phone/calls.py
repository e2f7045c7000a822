"""Calls as they are kept: the record people see and the events it is derived from. Values and the Protocol.

Must not know what an event means: that is `channels.phone`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from authz.decision import Reason, Verdict

# The cause of an end that we supplied ourselves, after too long a silence.
NO_END_REPORTED = "no-end-reported"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """A call as its events left it. Instants are aware UTC.

    opened_at: tells calls apart whose peer uses ids again; the same for all others.
    look_at: when the call keeper should look again: a ticket may be due, or the end must have been lost.
    """

    id: int
    endpoint: str
    call_id: str
    opened_at: datetime
    direction: str
    state: str
    caller_shown: str
    caller_e164: str | None
    started_at: datetime
    verdict: Verdict
    reason: Reason
    called_number: str | None = None
    agent: str | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    cause: str | None = None
    customer_id: int | None = None
    contact_id: int | None = None
    ticket_id: int | None = None
    look_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptEvent:
    """One event of a call. data: everything it said, JSON-ready."""

    key: str
    at: datetime
    kind: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTicketLine:
    """A customer's open ticket, and the last call that made or joined it."""

    id: int
    number: int
    caller_e164: str | None
    last_call_at: datetime | None


class RecordingState(StrEnum):
    """What became of a recording."""

    PENDING = "pending"
    KEPT = "kept"  # it hangs on the call's ticket
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A recording that was announced. call: the record's id. Instants are aware UTC.

    next_attempt_at: when it is fetched, or fetched again; None when nothing more is tried.
    """

    id: int
    call: int
    endpoint: str
    provider: str
    url: str
    announced_at: datetime
    state: RecordingState = RecordingState.PENDING
    attempts: int = 0
    next_attempt_at: datetime | None = None
    last_error: str | None = None


class CallLog(Protocol):
    """The rows, inside a transaction."""

    def latest(self, endpoint: str, call_id: str) -> CallRecord | None:
        """The call with this id that was opened last, locked until the transaction ends."""
        ...

    def get(self, record_id: int) -> CallRecord | None:
        """The call, locked until the transaction ends."""
        ...

    def events(self, record_id: int) -> Sequence[KeptEvent]:
        """Its events, oldest first."""
        ...

    def add(self, record: CallRecord) -> None:
        """Raises ConflictError when the call exists already."""
        ...

    def update(self, record: CallRecord) -> None: ...

    def add_event(self, record_id: int, event: KeptEvent) -> bool:
        """Keep an event; False when it was known already."""
        ...

    def due(self, at: datetime, limit: int) -> Sequence[int]:
        """Ids of the calls whose `look_at` has come."""
        ...

    def open_tickets(self, customer_id: int, limit: int) -> Sequence[OpenTicketLine]:
        """The customer's tickets that are not closed, newest first."""
        ...

    def add_recording(self, recording: Recording) -> None: ...

    def claim_recordings(self, at: datetime, until: datetime, limit: int) -> Sequence[Recording]:
        """Take recordings whose time has come, out of others' sight until an instant; counts an attempt."""
        ...

    def recording(self, recording_id: int) -> Recording | None:
        """The recording, locked until the transaction ends."""
        ...

    def update_recording(self, recording: Recording) -> None: ...
