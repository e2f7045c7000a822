"""What happens when a timer of a ticket is due: a warning, a breach, the end of a period. RULE status-to-verify

One unit of work in a caller's transaction. Each timer's mark is claimed in the transaction that does its work, so it
fires once whatever happens: a restart, a clock that jumps, a second node. Who is told is a row of the outbox, too.
"""

from dataclasses import replace
from datetime import datetime

from authz.identity import Channel
from intake.letters.notices import NOBODY, StaffAddresses, write_to_staff
from intake.ports import ContractTerms, Transaction
from intake.sla.schedule import Timer, TimerKind, timers
from intake.terms import Status
from intake.tickets.lifecycle import transition
from intake.tickets.model import Actor, ActorKind, EventKind, Ticket, TicketEvent
from intake.tickets.record import current_deadlines, lifecycle_state, record_change, with_deadlines
from intake.tickets.state import Change

TIMER = Actor(kind=ActorKind.SYSTEM, name="timer", channel=Channel.WEB)

_EVENTS = {
    TimerKind.WARNING: EventKind.WARNING,
    TimerKind.BREACH: EventKind.BREACH,
    TimerKind.ACCEPTANCE: EventKind.ACCEPTANCE_ENDED,
    TimerKind.REOPEN: EventKind.REOPEN_ENDED,
}
# Nobody has to do anything when a ticket can no longer be reopened.
_CALLS_FOR_SOMEBODY = frozenset({TimerKind.WARNING, TimerKind.BREACH, TimerKind.ACCEPTANCE})


def fire_timers(tx: Transaction, ticket_id: int, at: datetime, staff: StaffAddresses = NOBODY) -> tuple[Timer, ...]:
    """Do what is due on a ticket at `at` (aware UTC); returns what fired. Doing it again does nothing.

    staff: who is told about warnings and breaches.
    """
    ticket = tx.ticket(ticket_id)
    if ticket is None or ticket.timer_at is None or ticket.timer_at > at:
        return ()
    contract, history = tx.contract(ticket.customer_id), tx.history(ticket)
    due = sorted(
        (timer for timer in timers(history, contract, at) if timer.at <= at), key=lambda timer: (timer.at, timer.mark)
    )
    fired = tuple(timer for timer in due if tx.timers.claim(ticket.id, timer.mark, at))
    if not fired:
        tx.timers.look_again(ticket.id, current_deadlines(tx, ticket, at, contract).timer_at)
        return ()
    for timer in fired:
        _note(tx, ticket, timer, at)
    ticket = _touch(tx, ticket, fired, at)
    write_to_staff(tx, ticket, fired, staff, at)
    for timer in fired:
        if timer.kind is TimerKind.ACCEPTANCE:
            _accept(tx, ticket, timer, at)
    return fired


def _note(tx: Transaction, ticket: Ticket, timer: Timer, at: datetime) -> None:
    detail = {"due_at": timer.at.isoformat()}
    if timer.clock is not None:
        detail["clock"] = timer.clock.value
    if timer.fraction is not None:
        detail["fraction"] = str(timer.fraction)
    event = TicketEvent(
        id=tx.new_id(),
        ticket_id=ticket.id,
        at=max(at, ticket.updated_at),
        actor=TIMER,
        kind=_EVENTS[timer.kind],
        detail=detail,
    )
    tx.add_event(event)


def _touch(tx: Transaction, ticket: Ticket, fired: tuple[Timer, ...], at: datetime) -> Ticket:
    calls = any(timer.kind in _CALLS_FOR_SOMEBODY for timer in fired)
    changed = replace(
        ticket,
        updated_at=max(at, ticket.updated_at),
        attention=ticket.attention or calls,
        version=ticket.version + 1,
    )
    changed = with_deadlines(changed, current_deadlines(tx, changed, at))
    tx.update_ticket(changed)
    return changed


def _accept(tx: Transaction, ticket: Ticket, timer: Timer, at: datetime) -> None:
    """Close the ticket; without a solution and an evaluation a technician has been asked for already."""
    terms = ContractTerms.of(tx.contract(ticket.customer_id).terms_at(at))
    result = transition(
        lifecycle_state(ticket, terms),
        Status.CLOSED,
        actor=TIMER,
        at=at,
        acceptance_ends_at=timer.at,
        limits=terms.limits,
    )
    if isinstance(result, Change):
        record_change(tx, ticket, result)
