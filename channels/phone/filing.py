"""What becomes of a call: when it makes a ticket, from when its clock runs, and which ticket it joins. Pure.

Owns the endpoint's rules about that. Must not file anything: `intake.receive` does, from what is returned here.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from channels.phone.calls import Call, CallState
from channels.phone.event import Cause, Direction
from intake.terms import Category


class TicketCause(StrEnum):
    """What about a call makes a ticket. The agent's form is not here: it files by itself."""

    ANSWERED = "answered"
    MISSED = "missed"
    VOICEMAIL = "voicemail"


@dataclass(frozen=True, slots=True, kw_only=True)
class FilingRules:
    """One endpoint's choice. An empty `when` makes no tickets of calls at all.

    join_within: a caller's next call within this time of the last one joins the ticket while it is open; zero: never.
    settle: how long after the end a late answer or voicemail is waited for, before a call counts as missed.
    """

    when: frozenset[TicketCause] = frozenset({TicketCause.MISSED, TicketCause.VOICEMAIL})
    join_within: timedelta = timedelta(minutes=30)
    settle: timedelta = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketDue:
    """A ticket that a call asks for.

    clock_from: when its clock starts. RULE channel-phone: a missed call's clock starts when it rang.
    not_before: when it may be made; a missed call waits for events on their way. Both aware UTC.
    """

    cause: TicketCause
    clock_from: datetime
    not_before: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTicket:
    """A ticket a call could join. caller_id: E.164 of the last call that made or joined it, at last_call_at."""

    number: int
    customer_id: int
    caller_id: str | None = None
    last_call_at: datetime | None = None


# Nobody missed a call that somebody turned away or sent on.
_TURNED_AWAY = frozenset({Cause.REJECTED, Cause.BLOCKED, Cause.FORWARDED})

KEYED_CATEGORY: Mapping[str, Category] = MappingProxyType(
    {"1": Category.A, "2": Category.B, "3": Category.C, "4": Category.CHANGE}
)
_KEYED_TICKET = re.compile(r"([0-9]{1,9})#", re.ASCII)


def ticket_due(call: Call, rules: FilingRules, *, authorized: bool) -> TicketDue | None:
    """Which ticket a call asks for so far, if any. authorized: what the decision on its caller was.

    The caller asks again after each event, and at `not_before`; a ticket once made for a call is not made twice.
    """
    if not authorized or call.direction is Direction.OUTBOUND:
        return None
    cause = _cause(call)
    if cause is None or cause not in rules.when:
        return None
    if cause is TicketCause.ANSWERED:
        return TicketDue(cause=cause, clock_from=call.began_at, not_before=call.began_at)
    settled = (call.ended_at or call.last_event_at) + rules.settle
    return TicketDue(cause=cause, clock_from=call.began_at, not_before=settled)


def _cause(call: Call) -> TicketCause | None:
    """A voicemail is one whether or not something answered before it; then a talk; then a call nobody took."""
    if call.voicemail:
        return TicketCause.VOICEMAIL
    if call.answered_at is not None:
        return TicketCause.ANSWERED
    if call.state is CallState.ENDED and call.cause not in _TURNED_AWAY and not call.only_looked_up:
        return TicketCause.MISSED
    return None


def choose_ticket(
    call: Call, caller_id: str, customer_id: int, open_tickets: Sequence[OpenTicket], rules: FilingRules
) -> int | None:
    """The open ticket a call joins, or None for a new one.

    caller_id: E.164 of the authorized caller. open_tickets: of any customers. A number the caller keyed wins when the
    caller's customer owns that ticket; otherwise the ticket of the caller's last call, if that was within the window.
    """
    own = [ticket for ticket in open_tickets if ticket.customer_id == customer_id]
    keyed = keyed_ticket(call.digits)
    if keyed is not None and any(ticket.number == keyed for ticket in own):
        return keyed
    recent = [
        (ticket.last_call_at, ticket.number)
        for ticket in own
        if ticket.caller_id == caller_id
        and ticket.last_call_at is not None
        and abs(call.began_at - ticket.last_call_at) <= rules.join_within
    ]
    return max(recent)[1] if recent and rules.join_within else None


def keyed_ticket(digits: str | None) -> int | None:
    """A ticket number keyed by the caller, ended with #; None otherwise."""
    keyed = _KEYED_TICKET.fullmatch(digits or "")
    return int(keyed.group(1)) if keyed else None


def keyed_category(digits: str | None) -> Category | None:
    """A category keyed by the caller as one digit: 1 A, 2 B, 3 C, 4 change. RULE category-a, category-b, category-c."""
    return KEYED_CATEGORY.get(digits or "")
