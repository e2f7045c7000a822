"""Changes of a ticket that leave its status alone: category, offer, temporary fix.

Owns the rules of these steps. Pure, like `intake.tickets.lifecycle`, and with the same two answers.
"""

from dataclasses import replace
from datetime import datetime

from intake.terms import CATEGORY_NAMES, STATUS_NAMES, Category, Status
from intake.tickets.model import Actor, ActorKind, Offer
from intake.tickets.state import STAFF, Change, LifecycleState, Refusal, RefusalReason, require_utc


def recategorize(state: LifecycleState, category: Category, *, actor: Actor, at: datetime) -> Change | Refusal:
    """Move a ticket to another category; the history of categories is the sequence of these changes.

    at: aware UTC. Only technicians; a ticket in work cannot become a change nobody ordered.
    """
    # RULE category-a, category-b, category-c, category-change
    if actor.kind not in STAFF:
        return _refuse(RefusalReason.NOT_FOR_ACTOR, "Only a technician can change the category.")
    if category is state.category:
        return _refuse(RefusalReason.UNCHANGED, f"The ticket already is {CATEGORY_NAMES[category]}.")
    after = replace(state, category=category)
    if after.waits_for_offer and state.status is Status.IN_PROGRESS:
        # RULE change-offer
        return _refuse(
            RefusalReason.OFFER_NOT_ACCEPTED,
            "A change request without a framework contract cannot be in progress before its offer is accepted: "
            "move the ticket to More info or Postponed first, then make the offer.",
        )
    note = f"{CATEGORY_NAMES[state.category]} → {CATEGORY_NAMES[category]}"
    return _change(state, after, actor, at, note)


def make_offer(state: LifecycleState, text: str, *, actor: Actor, at: datetime) -> Change | Refusal:
    """Record the offer made for a change request. text: what is offered, or our number of it. at: aware UTC."""
    # RULE change-offer
    if actor.kind not in STAFF:
        return _refuse(RefusalReason.NOT_FOR_ACTOR, "Only a technician can make an offer.")
    if state.category is not Category.CHANGE or state.status is Status.CLOSED:
        return _refuse(RefusalReason.OFFER_NOT_POSSIBLE, "An offer is made for an open change request.")
    if state.offer is not None and state.offer.accepted_at is not None:
        return _refuse(RefusalReason.OFFER_NOT_POSSIBLE, "The offer is accepted already; open a new change request.")
    if not text.strip():
        return _refuse(RefusalReason.OFFER_NOT_POSSIBLE, "Give the offer's number or text.")
    offer = Offer(text=text.strip(), made_at=require_utc(at))
    return _change(state, replace(state, offer=offer), actor, at, "offer made")


def accept_offer(
    state: LifecycleState, *, actor: Actor, at: datetime, accepted_by: str, order_number: str
) -> Change | Refusal:
    """Record that the customer accepted the offer: who, when and under which order number. at: aware UTC."""
    # RULE change-offer
    offer = _open_offer(state, actor)
    if isinstance(offer, Refusal):
        return offer
    if not accepted_by.strip() or not order_number.strip():
        return _refuse(RefusalReason.ORDER_INCOMPLETE, "Give who accepted the offer and the order number.")
    accepted = replace(
        offer, accepted_at=require_utc(at), accepted_by=accepted_by.strip(), order_number=order_number.strip()
    )
    note = f"offer accepted by {accepted.accepted_by}, order {accepted.order_number}"
    return _change(state, replace(state, offer=accepted), actor, at, note)


def decline_offer(state: LifecycleState, *, actor: Actor, at: datetime, declined_by: str) -> Change | Refusal:
    """Record that the customer declined the offer; another one can be made. at: aware UTC."""
    # RULE change-offer
    offer = _open_offer(state, actor)
    if isinstance(offer, Refusal):
        return offer
    if not declined_by.strip():
        return _refuse(RefusalReason.ORDER_INCOMPLETE, "Give who declined the offer.")
    declined = replace(offer, declined_at=require_utc(at))
    return _change(state, replace(state, offer=declined), actor, at, f"offer declined by {declined_by.strip()}")


def _open_offer(state: LifecycleState, actor: Actor) -> Offer | Refusal:
    if actor.kind is ActorKind.SYSTEM:
        return _refuse(RefusalReason.NOT_FOR_ACTOR, "Only a person can answer an offer.")
    if state.offer is None or state.offer.accepted_at or state.offer.declined_at:
        return _refuse(RefusalReason.OFFER_NOT_POSSIBLE, "There is no unanswered offer; make one first.")
    return state.offer


def record_temporary_fix(state: LifecycleState, *, actor: Actor, at: datetime) -> Change | Refusal:
    """Record that a temporary fix restored the system: the fix time ends here. at: aware UTC."""
    # RULE fix-time
    if actor.kind not in STAFF:
        return _refuse(RefusalReason.NOT_FOR_ACTOR, "Only a technician can record a temporary fix.")
    if state.status in {Status.TO_VERIFY, Status.CLOSED}:
        return _refuse(RefusalReason.NOTHING_TO_FIX, f"A ticket in {STATUS_NAMES[state.status]} is fixed already.")
    if state.temporary_fix_at is not None:
        return _refuse(RefusalReason.UNCHANGED, "A temporary fix is recorded already.")
    at = max(require_utc(at), state.since)
    return _change(state, replace(state, temporary_fix_at=at), actor, at, "temporary fix deployed")


def withdraw_temporary_fix(state: LifecycleState, *, actor: Actor, at: datetime) -> Change | Refusal:
    """Record that the temporary fix does not hold: the fix time runs on with what was used. at: aware UTC."""
    # RULE fix-time
    if actor.kind not in STAFF:
        return _refuse(RefusalReason.NOT_FOR_ACTOR, "Only a technician can withdraw a temporary fix.")
    if state.temporary_fix_at is None:
        return _refuse(RefusalReason.NO_TEMPORARY_FIX, "There is no temporary fix to withdraw.")
    if state.status in {Status.TO_VERIFY, Status.CLOSED}:
        return _refuse(RefusalReason.NOTHING_TO_FIX, "Reopen or reject the ticket instead: that withdraws the fix.")
    return _change(state, replace(state, temporary_fix_at=None), actor, at, "temporary fix withdrawn")


def _change(before: LifecycleState, after: LifecycleState, actor: Actor, at: datetime, note: str) -> Change:
    return Change(before=before, after=after, actor=actor, at=max(require_utc(at), before.since), note=note)


def _refuse(reason: RefusalReason, message: str) -> Refusal:
    return Refusal(reason=reason, message=message)
