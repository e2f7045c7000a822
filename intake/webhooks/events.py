"""What other programs are told of, and in which words. Data and pure functions.

An event names what happened and where to read more; what people wrote is in none of them. The names and fields are
public: docs/integrators.md lists them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from intake.ledger import Held
from intake.phone.calls import CallRecord, KeptEvent
from intake.terms import Status
from intake.tickets.model import EventKind, TicketEvent


class EventType(StrEnum):
    """Kinds of events; stable."""

    TICKET_CREATED = "ticket.created"
    TICKET_CHANGED = "ticket.changed"
    TICKET_COMMENTED = "ticket.commented"
    TICKET_CLOSED = "ticket.closed"
    TICKET_BREACHED = "ticket.breached"
    CALL_RINGING = "call.ringing"
    CALL_ANSWERED = "call.answered"
    CALL_ENDED = "call.ended"
    CALL_VOICEMAIL = "call.voicemail"
    QUARANTINE_HELD = "quarantine.held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened. customer_id: whose it is; None for what belongs to nobody yet. at: aware UTC.

    internal: not for the eyes of that customer.
    """

    type: EventType
    at: datetime
    customer_id: int | None
    data: dict[str, Any]
    internal: bool = False


_CHANGES = frozenset(
    {
        EventKind.STATUS,
        EventKind.CATEGORY,
        EventKind.OFFER,
        EventKind.SOLUTION,
        EventKind.TEMPORARY_FIX,
        EventKind.LINK,
        EventKind.ACCEPTANCE_ENDED,
    }
)
_CALLS: Mapping[str, EventType] = {
    "new": EventType.CALL_RINGING,
    "answered": EventType.CALL_ANSWERED,
    "ended": EventType.CALL_ENDED,
    "voicemail": EventType.CALL_VOICEMAIL,
}


def tell_ticket_event(event: TicketEvent, number: int, customer_id: int) -> Event | None:
    """The event for a line of a ticket's history, if anybody is told of such."""
    kind = _type_of(event)
    if kind is None:
        return None
    data: dict[str, Any] = {
        "ticket": number,
        "customer_id": customer_id,
        "by": event.actor.kind,
        "channel": event.actor.channel,
    }
    internal = False
    match kind:
        case EventType.TICKET_CREATED:
            data |= {"category": event.detail.get("category"), "status": event.after}
        case EventType.TICKET_COMMENTED:
            internal = bool(event.detail.get("internal"))
            data |= {"comment_id": event.detail.get("comment"), "internal": internal}
        case EventType.TICKET_BREACHED:
            data |= {"clock": event.detail.get("clock"), "due_at": event.detail.get("due_at")}
        case _:
            data |= {"what": event.kind, "before": event.before, "after": event.after}
    return Event(type=kind, at=event.at, customer_id=customer_id, data=data, internal=internal)


def tell_call_event(record: CallRecord, event: KeptEvent) -> Event | None:
    """The event for something that happened to a call. The caller's number is in it: that is what it is about."""
    kind = _CALLS.get(event.kind)
    if kind is None:
        return None
    data = {
        "call": record.id,
        "endpoint": record.endpoint,
        "direction": record.direction,
        "caller": record.caller_e164,
        "called": record.called_number,
        "verdict": record.verdict,
        "customer_id": record.customer_id,
        "contact_id": record.contact_id,
    }
    return Event(type=kind, at=event.at, customer_id=record.customer_id, data=data)


def tell_held(held: Held, reason: str, channel: str, customer_id: int | None) -> Event:
    """The event for a request that waits in quarantine. It is the service desk's: whose it is has not been proved."""
    data = {"held": held.id, "reason": reason, "channel": channel}
    return Event(type=EventType.QUARANTINE_HELD, at=held.held_at, customer_id=customer_id, data=data, internal=True)


def _type_of(event: TicketEvent) -> EventType | None:
    match event.kind:
        case EventKind.CREATED:
            return EventType.TICKET_CREATED
        case EventKind.COMMENT:
            return EventType.TICKET_COMMENTED
        case EventKind.BREACH:
            return EventType.TICKET_BREACHED
        case EventKind.STATUS if event.after == Status.CLOSED:
            return EventType.TICKET_CLOSED
        case kind:
            return EventType.TICKET_CHANGED if kind in _CHANGES else None
