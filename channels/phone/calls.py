"""A call as the sum of its events, in whatever order and however often they come. Pure: the time is an argument.

Owns the life cycle (the table below), what an event adds to a call, and when a call with no hang-up is given up. Must
not store anything or decide who may call.

The events are the truth; everything else about a call is derived from them, so the order of arrival cannot matter.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from channels.phone.event import CallEvent, CallEventKind, Cause, Direction


class CallState(StrEnum):
    """Where a call stands."""

    RINGING = "ringing"
    ANSWERED = "answered"
    ENDED = "ended"


# What an event makes of a call. Every pair is legal: events come late, twice or never.
TRANSITIONS: Mapping[tuple[CallState, CallEventKind], CallState] = MappingProxyType(
    {
        (CallState.RINGING, CallEventKind.NEW): CallState.RINGING,
        (CallState.RINGING, CallEventKind.ANSWERED): CallState.ANSWERED,
        (CallState.RINGING, CallEventKind.ENDED): CallState.ENDED,
        (CallState.RINGING, CallEventKind.RECORDING): CallState.RINGING,
        (CallState.RINGING, CallEventKind.VOICEMAIL): CallState.RINGING,
        (CallState.RINGING, CallEventKind.DTMF): CallState.RINGING,
        (CallState.ANSWERED, CallEventKind.NEW): CallState.ANSWERED,
        (CallState.ANSWERED, CallEventKind.ANSWERED): CallState.ANSWERED,
        (CallState.ANSWERED, CallEventKind.ENDED): CallState.ENDED,
        (CallState.ANSWERED, CallEventKind.RECORDING): CallState.ANSWERED,
        (CallState.ANSWERED, CallEventKind.VOICEMAIL): CallState.ANSWERED,
        (CallState.ANSWERED, CallEventKind.DTMF): CallState.ANSWERED,
        (CallState.ENDED, CallEventKind.NEW): CallState.ENDED,
        (CallState.ENDED, CallEventKind.ANSWERED): CallState.ENDED,
        (CallState.ENDED, CallEventKind.ENDED): CallState.ENDED,
        (CallState.ENDED, CallEventKind.RECORDING): CallState.ENDED,
        (CallState.ENDED, CallEventKind.VOICEMAIL): CallState.ENDED,
        (CallState.ENDED, CallEventKind.DTMF): CallState.ENDED,
    }
)

LONGEST_KEY = 240  # with room for the ledger's own prefix

REAPED = "reaped"  # the cause_sent of an end that we supplied ourselves

# Endpoints whose call ids come again: how long a new call counts as a repetition, and a late event as the old call's.
REPEATED_WITHIN = timedelta(minutes=1)
LATE_WITHIN = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """After what silence a call is given up: nobody rings or talks that long without an event."""

    ringing: timedelta = timedelta(hours=1)
    talking: timedelta = timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call. Times are aware UTC.

    events: each one once, ordered by time. opened_at: the time of the event we first heard of it by; it never changes.
    began_at: when it rang. answered_at, ended_at: None until then; an answer that comes after the end still counts.
    announced: whether a NEW event is among them; without it nobody asked us whether the caller may come in.
    only_looked_up: every event but our own may be a mere look-up, so nobody knows whether there was a call.
    presented … queue: of the first event that tells; agent, cause: of the last.
    """

    events: tuple[CallEvent, ...]
    opened_at: datetime
    state: CallState
    began_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    announced: bool
    endpoint: str
    call_id: str
    direction: Direction
    presented: str | None
    asserted: str | None
    called_number: str | None
    queue: str | None
    agent: str | None
    cause: Cause | None
    only_looked_up: bool
    voicemail: bool
    recordings: tuple[str, ...]
    digits: str | None

    @property
    def last_event_at(self) -> datetime:
        """When we last heard of it."""
        return self.events[-1].at

    @property
    def reaped(self) -> bool:
        """Whether the end was supplied by us."""
        return any(event.cause_sent == REAPED for event in self.events)


def apply(call: Call | None, event: CallEvent) -> Call:
    """Add an event to its call.

    call: what is known so far, None for an unknown call – whatever the event is, that is no error.
    Returns the call; an event already known changes nothing.
    """
    if call is None:
        return _derive((event,), event.at)
    known = {each.key: each for each in call.events}
    known[event.key] = _prefer(known.get(event.key), event)
    return _derive(tuple(sorted(known.values(), key=_order)), call.opened_at)


def apply_all(events: Iterable[CallEvent]) -> Call | None:
    """The call that these events of one call make; None for none."""
    call: Call | None = None
    for event in events:
        call = apply(call, event)
    return call


def continues(call: Call, event: CallEvent) -> bool:
    """Whether an event with the same endpoint and call id belongs to this call.

    Always, unless the peer's call ids come again: then the time tells.
    """
    if not event.call_id_reused:
        return True
    if event.kind is CallEventKind.NEW:
        over = call.ended_at is not None and event.at > call.ended_at
        return not over and abs(event.at - call.began_at) < REPEATED_WITHIN
    return call.ended_at is None or event.at - call.ended_at < LATE_WITHIN


def event_key(event: CallEvent, call: Call | None) -> str:
    """The event's key in the ledger. call: the one it continues, None when it opens one.

    A key that is too long for its column is replaced by its digest: cut off, it could be another event's.
    """
    # Kept beside the peer's own end, which may still come and then takes its place.
    key = f"{event.key}/{REAPED}" if event.cause_sent == REAPED else event.key
    if event.call_id_reused:
        opened_at = event.at if call is None else call.opened_at
        key = f"{key}/{opened_at.astimezone(UTC).isoformat()}"
    return key if len(key) <= LONGEST_KEY else f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"


def is_stale(call: Call, at: datetime, limits: Limits | None = None) -> bool:
    """Whether the end of the call must have been lost. at: now, aware."""
    if call.state is CallState.ENDED:
        return False
    limits = limits or Limits()
    silence = limits.talking if call.state is CallState.ANSWERED else limits.ringing
    return at - call.last_event_at > silence


def reap(call: Call, at: datetime) -> CallEvent:
    """The end we supply for a stale call. The peer's own, should it come after all, takes its place."""
    return replace(
        call.events[-1],
        kind=CallEventKind.ENDED,
        at=at,
        leg=None,
        agent=None,
        cause=Cause.UNREPORTED,
        cause_sent=REAPED,
        recording_url=None,
        digits=None,
        event_id=None,
    )


def _prefer(known: CallEvent | None, event: CallEvent) -> CallEvent:
    """Of two events with one key: the peer's rather than ours, the earlier rather than the later."""
    if known is None:
        return event
    return min(known, event, key=lambda each: (each.cause_sent == REAPED, _order(each), repr(each)))


def _order(event: CallEvent) -> tuple[datetime, str]:
    return event.at, event.key


def _derive(events: tuple[CallEvent, ...], opened_at: datetime) -> Call:
    state = CallState.RINGING
    for event in events:
        if event.kind is not CallEventKind.ENDED or _ends_call(event, events):
            state = TRANSITIONS[state, event.kind]
    answers = [event.at for event in events if event.kind is CallEventKind.ANSWERED]
    ends = [event.at for event in events if event.kind is CallEventKind.ENDED]
    rings = [event.at for event in events if event.kind is CallEventKind.NEW]
    return Call(
        events=events,
        opened_at=opened_at,
        state=state,
        began_at=min(rings, default=events[0].at),
        answered_at=min(answers, default=None),
        ended_at=max(ends) if state is CallState.ENDED else None,
        announced=bool(rings),
        endpoint=events[0].endpoint,
        call_id=events[0].call_id,
        direction=_direction(events),
        presented=_first(event.presented for event in events),
        asserted=_first(event.asserted for event in events),
        called_number=_first(event.called_number for event in events),
        queue=_first(event.queue for event in events),
        agent=_first(event.agent for event in reversed(events)),
        cause=_cause(events),
        only_looked_up=all(event.lookup for event in events),
        voicemail=any(event.kind is CallEventKind.VOICEMAIL or event.cause is Cause.VOICEMAIL for event in events),
        recordings=tuple(event.recording_url for event in events if event.recording_url),
        digits=_first(event.digits or None for event in reversed(events)),
    )


def _ends_call(end: CallEvent, events: tuple[CallEvent, ...]) -> bool:
    """An end without a leg ends the call; the end of a leg does once every leg we know of has ended."""
    if end.leg is None:
        return True
    legs = {event.leg for event in events if event.leg is not None}
    ended = {event.leg for event in events if event.kind is CallEventKind.ENDED}
    return legs <= ended


def _direction(events: tuple[CallEvent, ...]) -> Direction:
    """What the announcement says; later events of some PBXs name the direction of their own leg."""
    if len(events) == 1:
        return events[0].direction
    ordered = sorted(events, key=lambda event: (event.kind is not CallEventKind.NEW, _order(event)))
    return ordered[0].direction


def _cause(events: tuple[CallEvent, ...]) -> Cause | None:
    causes = [event.cause for event in events if event.kind is CallEventKind.ENDED and event.cause is not None]
    return causes[-1] if causes else None


def _first(values: Iterable[str | None]) -> str | None:
    return next((value for value in values if value is not None), None)
