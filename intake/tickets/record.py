"""Between a ticket and its life cycle: which state its row is in, and what a change leaves behind.

Owns the two translations and the events a change is written down as. Decides nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from intake.letters.notices import write_notice
from intake.ports import ContractTerms, Transaction
from intake.sla.contract import Contract
from intake.sla.schedule import Deadlines, deadlines
from intake.tickets.model import EventKind, Ticket, TicketEvent
from intake.tickets.state import Change, LifecycleState


def lifecycle_state(ticket: Ticket, terms: ContractTerms) -> LifecycleState:
    """The state the rules look at. terms: the contract in force."""
    return LifecycleState(
        status=ticket.status,
        category=ticket.category,
        since=ticket.since,
        framework_contract=terms.framework,
        offer=ticket.offer,
        closed_at=ticket.closed_at,
        temporary_fix_at=ticket.temporary_fix_at,
        solution=ticket.solution or "",
        evaluation=frozenset(ticket.evaluation),
    )


def record_change(
    tx: Transaction,
    ticket: Ticket,
    change: Change,
    *,
    attention: bool = False,
    words: str = "",
    files: Sequence[Mapping[str, str]] = (),
) -> Ticket:
    """Write an allowed change into the ticket's row and history and tell the contact; returns the ticket as it is then.

    words: what a technician says to the customer with it. files: what goes with the words.

    Raises ConflictError when somebody else changed the ticket since it was read.
    """
    change = _in_order(change, ticket)
    after = change.after
    for kind, before_value, after_value, detail in _differences(change):
        tx.add_event(
            TicketEvent(
                id=tx.new_id(),
                ticket_id=ticket.id,
                at=change.at,
                actor=change.actor,
                kind=kind,
                before=before_value,
                after=after_value,
                detail=detail,
            )
        )
    changed = replace(
        ticket,
        status=after.status,
        category=after.category,
        since=after.since,
        updated_at=change.at,
        closed_at=after.closed_at,
        temporary_fix_at=after.temporary_fix_at,
        solution=after.solution or None,
        evaluation=tuple(sorted(after.evaluation)),
        offer=after.offer,
        attention=attention,
        version=ticket.version + 1,
    )
    changed = with_deadlines(changed, current_deadlines(tx, changed, change.at))
    tx.update_ticket(changed)
    write_notice(tx, changed, change, words, files)
    return changed


def current_deadlines(tx: Transaction, ticket: Ticket, at: datetime, contract: Contract | None = None) -> Deadlines:
    """The deadlines as the events written so far make them. at: aware UTC now."""
    agreed = contract or tx.contract(ticket.customer_id)
    return deadlines(tx.history(ticket), agreed, at, tx.timers.fired(ticket.id))


def with_deadlines(ticket: Ticket, ahead: Deadlines) -> Ticket:
    """The ticket with its cache of deadlines renewed."""
    return replace(
        ticket,
        response_deadline=ahead.response,
        fix_deadline=ahead.fix,
        next_deadline=ahead.next,
        timer_at=ahead.timer_at,
    )


def _in_order(change: Change, ticket: Ticket) -> Change:
    """The change, not before anything that happened to the ticket: the clocks of two nodes may differ a little."""
    at = ticket.updated_at
    if change.at >= at:
        return change
    before, after = change.before, change.after
    moved = replace(
        after,
        since=at if before.status is not after.status else after.since,
        closed_at=at if after.closed_at and after.closed_at != before.closed_at else after.closed_at,
        temporary_fix_at=at
        if after.temporary_fix_at and after.temporary_fix_at != before.temporary_fix_at
        else after.temporary_fix_at,
    )
    return replace(change, after=moved, at=at)


def _differences(change: Change) -> list[tuple[EventKind, str | None, str | None, dict[str, Any]]]:
    before, after = change.before, change.after
    rows: list[tuple[EventKind, str | None, str | None, dict[str, Any]]] = []
    if before.category is not after.category:
        rows.append((EventKind.CATEGORY, before.category, after.category, {}))
    if before.offer != after.offer and after.offer is not None:
        rows.append((EventKind.OFFER, None, change.note[:255], _offer_row(after)))
    if before.temporary_fix_at != after.temporary_fix_at:
        word = "recorded" if after.temporary_fix_at else "withdrawn"
        rows.append((EventKind.TEMPORARY_FIX, None, word, {}))
    if before.solution != after.solution or before.evaluation != after.evaluation:
        detail = {"solution": after.solution, "evaluation": sorted(after.evaluation)}
        rows.append((EventKind.SOLUTION, None, None, detail))
    if before.status is not after.status:
        rows.append((EventKind.STATUS, before.status, after.status, {"why": change.note}))
    return rows


def _offer_row(state: LifecycleState) -> dict[str, Any]:
    offer = state.offer
    if offer is None:
        return {}
    return {"text": offer.text, "accepted_by": offer.accepted_by, "order_number": offer.order_number}
