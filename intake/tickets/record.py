"""Between a ticket and its life cycle: which state its row is in, and what a change leaves behind.

Owns the two translations and the events a change is written down as. Decides nothing.
"""

from dataclasses import replace
from typing import Any

from intake.ports import ContractTerms, Transaction
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


def record_change(tx: Transaction, ticket: Ticket, change: Change, *, attention: bool = False) -> Ticket:
    """Write an allowed change into the ticket's row and history; returns the ticket as it is then.

    Raises ConflictError when somebody else changed the ticket since it was read.
    """
    after = change.after
    changed = replace(
        ticket,
        status=after.status,
        category=after.category,
        since=after.since,
        updated_at=max(change.at, ticket.updated_at),
        closed_at=after.closed_at,
        temporary_fix_at=after.temporary_fix_at,
        solution=after.solution or None,
        evaluation=tuple(sorted(after.evaluation)),
        offer=after.offer,
        attention=attention,
        version=ticket.version + 1,
    )
    tx.update_ticket(changed)
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
    return changed


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
