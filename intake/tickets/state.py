"""The values of a ticket's life: its state, and the two answers an attempt to change it can get.

Owns the frozen values `intake.tickets.lifecycle` and its neighbours pass around. Must not decide anything and must
not know how a ticket is stored; a store keeps the fields of `LifecycleState` and writes down each `Change`.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from intake.terms import Category, Evaluation, Status
from intake.tickets.model import Actor, ActorKind, Offer

# An admin may do on a ticket what a technician may.
STAFF = frozenset({ActorKind.TECHNICIAN, ActorKind.ADMIN})


@dataclass(frozen=True, slots=True, kw_only=True)
class LifecycleState:
    """All that the rules of the life cycle look at.

    since: when the ticket entered this status (New: when the request was received), aware UTC.
    framework_contract: whether the customer's contract in force is a framework contract.
    temporary_fix_at: set while a recorded temporary fix holds.
    solution, evaluation: what closing needs; may be written down earlier, with To verify.
    """

    status: Status
    category: Category
    since: datetime
    framework_contract: bool = False
    offer: Offer | None = None
    closed_at: datetime | None = None
    temporary_fix_at: datetime | None = None
    solution: str = ""
    evaluation: frozenset[Evaluation] = field(default_factory=frozenset)

    @property
    def waits_for_offer(self) -> bool:
        """Whether this is only an inquiry so far: a change nobody ordered."""
        # RULE change-offer
        accepted = self.offer is not None and self.offer.accepted_at is not None
        return self.category is Category.CHANGE and not self.framework_contract and not accepted


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Contract data of the life cycle.

    reopen_window: wall-clock time after closing in which a ticket can be reopened.
    acceptance_open_days: days of the service calendar the customer has to verify; `intake.sla.hours.add_open_days`
    turns it into an instant.
    """

    reopen_window: timedelta = timedelta(days=14)
    acceptance_open_days: int = 5


DEFAULT_LIMITS = Limits()


class Need(StrEnum):
    """What a step can ask for."""

    SOLUTION = "solution"
    EVALUATION = "evaluation"
    ACCEPTANCE = "acceptance"
    ACCEPTED_OFFER = "accepted-offer"
    REOPEN_WINDOW = "reopen-window"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A status an actor may move a ticket to: a button.

    meaning: one sentence for the button's help. needs: what must be given with the step.
    blocked_by: what stands in the way and cannot be given with the step; empty when the button works.
    """

    status: Status
    meaning: str
    needs: tuple[Need, ...] = ()
    blocked_by: tuple[Need, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A step that was allowed. at: aware UTC, never before `before.since`."""

    before: LifecycleState
    after: LifecycleState
    actor: Actor
    at: datetime
    note: str


class RefusalReason(StrEnum):
    """Why a step was refused; stable slugs for the API."""

    ILLEGAL_TRANSITION = "illegal-transition"
    NOT_FOR_ACTOR = "not-for-actor"
    SOLUTION_MISSING = "solution-missing"
    EVALUATION_MISSING = "evaluation-missing"
    ACCEPTANCE_MISSING = "acceptance-missing"
    OFFER_NOT_ACCEPTED = "offer-not-accepted"
    OFFER_NOT_POSSIBLE = "offer-not-possible"
    ORDER_INCOMPLETE = "order-incomplete"
    REOPEN_WINDOW_OVER = "reopen-window-over"
    NOTHING_TO_FIX = "nothing-to-fix"
    NO_TEMPORARY_FIX = "no-temporary-fix"
    UNCHANGED = "unchanged"
    MERGE_NOT_POSSIBLE = "merge-not-possible"
    SPLIT_NOT_POSSIBLE = "split-not-possible"
    LINK_NOT_POSSIBLE = "link-not-possible"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A step that was not allowed; a normal result, not an exception.

    message: a sentence for the actor that says what to do instead. missing: everything that was asked for and not
    there. legal: what this actor could do now.
    """

    reason: RefusalReason
    message: str
    missing: tuple[Need, ...] = ()
    legal: tuple[Target, ...] = ()


def require_utc(at: datetime) -> datetime:
    """Return `at` unchanged, or raise ValueError: a time without an offset of zero is a programming error here."""
    if at.utcoffset() != timedelta(0):
        message = f"an aware UTC time is needed, not {at!r}"
        raise ValueError(message)
    return at
