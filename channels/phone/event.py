"""What a PBX tells about a call, and what it is answered, in one form for every dialect. Decides nothing."""

import hashlib
from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from authz.decision import Reason
from intake.phone.calls import NO_END_REPORTED


class CallEventKind(StrEnum):
    """What happened to the call."""

    NEW = "new"
    ANSWERED = "answered"
    ENDED = "ended"
    RECORDING = "recording"
    VOICEMAIL = "voicemail"
    DTMF = "dtmf"


class Direction(StrEnum):
    """Seen from the customer of the PBX: inbound is a call to us."""

    INBOUND = "in"
    OUTBOUND = "out"


class Cause(StrEnum):
    """Why a call ended."""

    NORMAL = "normal"
    BUSY = "busy"
    CANCELLED = "cancelled"
    NO_ANSWER = "no-answer"
    CONGESTION = "congestion"
    NOT_FOUND = "not-found"
    FORWARDED = "forwarded"
    REJECTED = "rejected"
    VOICEMAIL = "voicemail"
    BLOCKED = "blocked"
    FAILED = "failed"
    OTHER = "other"
    UNREPORTED = NO_END_REPORTED


# Kinds of which one call may have several, told apart by the provider's own id for each.
_SEVERAL = frozenset({CallEventKind.RECORDING, CallEventKind.VOICEMAIL, CallEventKind.DTMF})


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent:
    """One event of one call.

    provider: the dialect's name. endpoint: the configured PBX. call_id: the peer's, opaque.
    call_id_reused: the peer's ids are not unique over time (3CX templates send the caller's number).
    lookup: it may be only a look-up of a number: by an agent, or by a PBX that never tells how the call went on.
    leg: which branch of the call, when the peer tells. kind: what happened.
    presented: the caller ID shown; asserted: the one vouched for inside the trust domain (P-Asserted-Identity);
        both exactly as sent. privacy: the caller asked not to be shown (RFC 3323 Privacy: id).
    verstat, passport: the verification result and the RFC 8225 token, as sent.
    called_number: the DDI, as sent. agents: who it rings at; agent: who answered.
    diverted_from: the number the call was forwarded from. original_call_id: of the call this one was transferred from.
    cause: why it ended. cause_sent: the peer's own word. duration_s: seconds of conversation.
    recording_url: where the recording is kept. digits: keyed by the caller, for DTMF.
    pin: what came of a PIN the caller keyed; its digits are never kept, so `digits` is None then.
    event_id: the peer's own id of this event. at: aware UTC; told by the peer, else when it was received.
    """

    provider: str
    endpoint: str
    call_id: str
    kind: CallEventKind
    at: datetime
    call_id_reused: bool = False
    lookup: bool = False
    leg: str | None = None
    presented: str | None = None
    asserted: str | None = None
    privacy: bool = False
    verstat: str | None = None
    passport: str | None = None
    called_number: str | None = None
    direction: Direction = Direction.INBOUND
    agents: tuple[str, ...] = ()
    agent: str | None = None
    queue: str | None = None
    diverted_from: str | None = None
    original_call_id: str | None = None
    cause: Cause | None = None
    cause_sent: str | None = None
    duration_s: int | None = None
    recording_url: str | None = None
    digits: str | None = None
    pin: str | None = None
    event_id: str | None = None

    @property
    def key(self) -> str:
        """The idempotency key: the same event always has the same one, whoever repeats it.

        For an endpoint with reused call ids it is unique only within one call; see `channels.phone.calls.event_key`.
        """
        parts = [self.endpoint, self.call_id, self.kind.value, self.leg or ""]
        if self.kind is CallEventKind.ANSWERED:
            # After a transfer the same call is answered again, by somebody else.
            parts.append(self.agent or "")
        if self.kind in _SEVERAL:
            parts.append(self.event_id or self.recording_url or self.digits or "")
        return "/".join(map(_quoted, parts))


def _quoted(part: str) -> str:
    """As it may stand between slashes; letters and digits are what they are."""
    return part if part.isascii() and part.isalnum() else quote(part, safe="")


LONGEST_CALL_ID = 255
LONGEST_TEXT = 2048


def storable(event: CallEvent) -> CallEvent:
    """The event with every text as a database can keep it; one that is fit already comes back as it is.

    A PBX would send an event that cannot be stored again for ever. NUL and lone surrogates are replaced, what is
    longer than any field is cut, and a call id that is too long is replaced by its digest.
    """
    # A PBX waits: what is short and printable as a whole needs no look at its parts.
    usual = f"{event.call_id}{event.presented}{event.called_number}{event.agent}{event.asserted}{event.event_id}"
    if len(usual) <= LONGEST_CALL_ID and usual.isprintable() and event.kind is CallEventKind.NEW and _is_plain(event):
        return event
    changed: dict[str, Any] = {}
    for field in fields(CallEvent):
        value = getattr(event, field.name)
        fit: Any = value
        if isinstance(value, str) and not isinstance(value, StrEnum):
            fit = _fit(value)
        elif isinstance(value, tuple):
            fit = tuple(map(_fit, value))
        if fit != value:
            changed[field.name] = fit
    if len(event.call_id) > LONGEST_CALL_ID:
        digest = hashlib.sha256(event.call_id.encode("utf-8", "surrogatepass")).hexdigest()
        changed["call_id"] = f"sha256:{digest}"
    return replace(event, **changed) if changed else event


def _is_plain(event: CallEvent) -> bool:
    """Whether the texts that few PBXs send are absent."""
    return not (
        event.agents
        or event.leg
        or event.verstat
        or event.passport
        or event.queue
        or event.diverted_from
        or event.original_call_id
        or event.cause_sent
        or event.recording_url
        or event.digits
        or event.pin
    )


def _fit(text: str) -> str:
    if len(text) <= LONGEST_TEXT and text.isprintable():
        return text
    return text[:LONGEST_TEXT].encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


class Action(StrEnum):
    """What the PBX is to do with the call. Anything but ALLOW keeps the caller out of the queue."""

    ALLOW = "allow"
    REJECT = "reject"
    ASK_PIN = "ask-pin"
    DIVERT = "divert"  # not to the queue, but to where the operator sends callers nobody knows


class RejectAs(StrEnum):
    """How a rejected call sounds to the caller."""

    BUSY = "busy"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDecision:
    """The answer to a new call; dialects render it.

    reason: the authorization's public slug. public_text: one sentence about it for whoever works the PBX.
    language: "cs" or "en", of that sentence and of what the caller hears.
    caller_id: E.164 with its plus, when it could be read. customer, contact: who it is; `contact` is None for a
    company's range, and `contacts` then names who of several it may be – the person is asked.
    open_tickets: numbers, newest first, at most a handful; open_ticket_count: all of them.
    ticket_url: of the newest open ticket. screen_url: the page to open at the agent's (screen-pop).
    forward_to: a number or URI to connect to instead; always given for DIVERT.
    pin_with_contact: the caller keys the contact's number and * before the PIN.
    """

    action: Action
    reason: Reason
    public_text: str = ""
    language: str = "cs"
    reject_as: RejectAs = RejectAs.REJECTED
    caller_id: str | None = None
    customer: str | None = None
    contact: str | None = None
    contacts: tuple[str, ...] = ()
    open_tickets: tuple[int, ...] = ()
    open_ticket_count: int = 0
    ticket_url: str | None = None
    screen_url: str | None = None
    forward_to: str | None = None
    pin_with_contact: bool = False

    def __post_init__(self) -> None:
        if self.action is Action.DIVERT and not self.forward_to:
            raise ValueError("a call can only be diverted to somewhere")

    @property
    def connects_to(self) -> str | None:
        """Where a call that goes on is connected to, when that is not up to the PBX."""
        return self.forward_to if self.action in {Action.ALLOW, Action.DIVERT} else None

    @property
    def allowed(self) -> bool:
        """Whether the call may go on."""
        return self.action is Action.ALLOW

    @property
    def caller_name(self) -> str:
        """What a telephone's display shows: the person and the company, as far as known."""
        who = self.contact or " / ".join(self.contacts)
        return ", ".join(name for name in (who, self.customer) if name)
