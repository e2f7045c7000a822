"""The life of a ticket: one table of transitions, what each needs, and who may make it.

Owns the table and the only function that changes a status. Pure: states and times come in, a `Change` or a
`Refusal` comes out. Must not store, notify, or read a clock. Offers, categories and temporary fixes are in
`intake.tickets.amend`; what a customer's message does is in `intake.tickets.customer`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from intake.terms import STATUS_NAMES, Evaluation, Status
from intake.tickets.model import Actor, ActorKind, Offer
from intake.tickets.state import (
    DEFAULT_LIMITS,
    STAFF,
    Change,
    LifecycleState,
    Limits,
    Need,
    Refusal,
    RefusalReason,
    Target,
    require_utc,
)

__all__ = [
    "DEFAULT_LIMITS",
    "TRANSITIONS",
    "Actor",
    "ActorKind",
    "Change",
    "LifecycleState",
    "Limits",
    "Need",
    "Offer",
    "Refusal",
    "RefusalReason",
    "Target",
    "Transition",
    "legal_targets",
    "transition",
]


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table: from, to, by whom, what it needs, what it means."""

    source: Status
    target: Status
    actors: frozenset[ActorKind]
    needs: tuple[Need, ...]
    meaning: str


_T = STAFF
_TC = STAFF | {ActorKind.CONTACT}
_TCS = frozenset(ActorKind)

_WORK = (Need.ACCEPTED_OFFER,)  # RULE change-offer
_CLOSE = (Need.SOLUTION, Need.EVALUATION)  # RULE evaluation
_ACCEPT = (Need.SOLUTION, Need.EVALUATION, Need.ACCEPTANCE)
_REOPEN = (Need.ACCEPTED_OFFER, Need.REOPEN_WINDOW)

_NEW, _WORKING, _ASKED = Status.NEW, Status.IN_PROGRESS, Status.MORE_INFO
_POSTPONED, _VERIFY, _CLOSED = Status.POSTPONED, Status.TO_VERIFY, Status.CLOSED

# RULE status-new, status-in-progress, status-more-info, status-postponed, status-to-verify, status-closed
TRANSITIONS: tuple[Transition, ...] = (
    Transition(_NEW, _WORKING, _T, _WORK, "a technician starts work"),
    Transition(_NEW, _ASKED, _T, (), "the customer is asked for more information"),
    Transition(_NEW, _POSTPONED, _T, (), "a third party's fix or a chance to deploy is awaited"),
    Transition(_NEW, _VERIFY, _T, (), "the customer is asked to verify the result"),
    Transition(_NEW, _CLOSED, _T, _CLOSE, "the request is resolved"),
    Transition(_WORKING, _ASKED, _T, (), "the customer is asked for more information"),
    Transition(_WORKING, _POSTPONED, _T, (), "a third party's fix or a chance to deploy is awaited"),
    Transition(_WORKING, _VERIFY, _T, (), "the customer is asked to verify the result"),
    Transition(_WORKING, _CLOSED, _T, _CLOSE, "the request is resolved"),
    Transition(_ASKED, _WORKING, _TC, _WORK, "the customer answers"),
    Transition(_ASKED, _POSTPONED, _T, (), "a third party's fix or a chance to deploy is awaited"),
    Transition(_ASKED, _VERIFY, _T, (), "the customer is asked to verify the result"),
    Transition(_ASKED, _CLOSED, _T, _CLOSE, "the request is resolved"),
    Transition(_POSTPONED, _WORKING, _T, _WORK, "what was awaited is there"),
    Transition(_POSTPONED, _ASKED, _T, (), "the customer is asked for more information"),
    Transition(_POSTPONED, _VERIFY, _T, (), "the customer is asked to verify the result"),
    Transition(_POSTPONED, _CLOSED, _T, _CLOSE, "the request is resolved"),
    # A technician may take a ticket back without a rejection: the clock runs again, which costs only the service.
    Transition(_VERIFY, _WORKING, _TC, _WORK, "the customer rejects"),
    Transition(_VERIFY, _CLOSED, _TCS, _ACCEPT, "the customer accepts, or the acceptance period ends"),
    Transition(_CLOSED, _WORKING, _TC, _REOPEN, "reopened within the reopen window"),
)

_TABLE: dict[tuple[Status, Status], Transition] = {(row.source, row.target): row for row in TRANSITIONS}


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One step somebody tries, with everything its guards may look at."""

    state: LifecycleState
    actor: Actor
    at: datetime
    limits: Limits
    solution: str = ""
    evaluation: frozenset[Evaluation] = frozenset()
    on_behalf_of: str = ""
    acceptance_ends_at: datetime | None = None


def _is_accepted(attempt: _Attempt) -> bool:
    """A contact's own step, a technician who says whose word it is, or a timer once the acceptance period ended."""
    if attempt.actor.kind is ActorKind.SYSTEM:
        return attempt.acceptance_ends_at is not None and attempt.at >= attempt.acceptance_ends_at
    return attempt.actor.kind is ActorKind.CONTACT or bool(attempt.on_behalf_of.strip())


def _is_in_reopen_window(attempt: _Attempt) -> bool:
    closed_at = attempt.state.closed_at
    return closed_at is not None and attempt.at < closed_at + attempt.limits.reopen_window


@dataclass(frozen=True, slots=True)
class _Guard:
    """How one need is met. beforehand: it cannot be given together with the step."""

    is_met: Callable[[_Attempt], bool]
    refusal: RefusalReason
    text: str
    beforehand: bool = False


GUARDS: dict[Need, _Guard] = {
    # RULE evaluation
    Need.SOLUTION: _Guard(lambda a: bool(a.solution.strip()), RefusalReason.SOLUTION_MISSING, "a solution text"),
    Need.EVALUATION: _Guard(
        lambda a: bool(a.evaluation), RefusalReason.EVALUATION_MISSING, "at least one evaluation flag"
    ),
    # RULE status-to-verify
    Need.ACCEPTANCE: _Guard(
        _is_accepted,
        RefusalReason.ACCEPTANCE_MISSING,
        "the customer's acceptance (name who accepted) or the end of the acceptance period",
    ),
    # RULE change-offer
    Need.ACCEPTED_OFFER: _Guard(
        lambda a: not a.state.waits_for_offer,
        RefusalReason.OFFER_NOT_ACCEPTED,
        "an offer recorded as accepted (who, when, order number), as there is no framework contract",
        beforehand=True,
    ),
    # RULE status-closed
    Need.REOPEN_WINDOW: _Guard(
        _is_in_reopen_window,
        RefusalReason.REOPEN_WINDOW_OVER,
        "the reopen window to be open; open a new, linked ticket instead",
        beforehand=True,
    ),
}


def _target(row: Transition, attempt: _Attempt) -> Target:
    unmet = [need for need in row.needs if not GUARDS[need].is_met(attempt)]
    return Target(
        status=row.target,
        meaning=row.meaning,
        needs=tuple(need for need in unmet if not GUARDS[need].beforehand),
        blocked_by=tuple(need for need in unmet if GUARDS[need].beforehand),
    )


def legal_targets(
    state: LifecycleState,
    actor: Actor,
    *,
    at: datetime,
    limits: Limits = DEFAULT_LIMITS,
    acceptance_ends_at: datetime | None = None,
) -> tuple[Target, ...]:
    """Every status this actor can move the ticket to at this time, with what each step needs.

    at, acceptance_ends_at: aware UTC. A target with `blocked_by` is in the table but does not work now.
    """
    attempt = _Attempt(
        state,
        actor,
        require_utc(at),
        limits,
        solution=state.solution,
        evaluation=state.evaluation,
        acceptance_ends_at=acceptance_ends_at,
    )
    return _targets(attempt)


def _targets(attempt: _Attempt) -> tuple[Target, ...]:
    rows = (row for row in TRANSITIONS if row.source is attempt.state.status and attempt.actor.kind in row.actors)
    return tuple(_target(row, attempt) for row in rows)


def transition(
    state: LifecycleState,
    to: Status,
    *,
    actor: Actor,
    at: datetime,
    solution: str = "",
    evaluation: frozenset[Evaluation] = frozenset(),
    on_behalf_of: str = "",
    acceptance_ends_at: datetime | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Change | Refusal:
    """Move a ticket to another status, or say why not and what is legal.

    at: aware UTC. solution, evaluation: what is given now; what the state already holds counts too.
    on_behalf_of: who on the customer's side accepted, when a technician closes a ticket in To verify.
    acceptance_ends_at: end of the acceptance period, aware UTC; a timer's step needs it.
    Raises ValueError for a time that is not aware UTC.
    """
    # The clocks of two nodes may differ a little; the history of one ticket never runs backwards.
    at = max(require_utc(at), state.since)
    solution = solution.strip() or state.solution
    evaluation = evaluation or state.evaluation
    attempt = _Attempt(state, actor, at, limits, solution, evaluation, on_behalf_of, acceptance_ends_at)

    row = _TABLE.get((state.status, to))
    if row is None:
        return _refuse(attempt, to, RefusalReason.ILLEGAL_TRANSITION)
    if actor.kind not in row.actors:
        return _refuse(attempt, to, RefusalReason.NOT_FOR_ACTOR)
    missing = tuple(need for need in row.needs if not GUARDS[need].is_met(attempt))
    if missing:
        return _refuse(attempt, to, GUARDS[missing[0]].refusal, missing)
    after = _enter(state, to, at, solution, evaluation)
    return Change(before=state, after=after, actor=actor, at=at, note=row.meaning)


def _enter(
    state: LifecycleState, to: Status, at: datetime, solution: str, evaluation: frozenset[Evaluation]
) -> LifecycleState:
    after = replace(state, status=to, since=at, solution=solution, evaluation=evaluation)
    if to is Status.CLOSED:
        return replace(after, closed_at=at)
    if state.status in {Status.TO_VERIFY, Status.CLOSED}:
        # The customer said it is not solved: the old solution and its temporary fix no longer stand.
        return replace(after, closed_at=None, temporary_fix_at=None, solution="", evaluation=frozenset())
    return after


def describe_needs(needs: tuple[Need, ...]) -> str:
    """The needs as words: "a solution text and at least one evaluation flag"."""
    return " and ".join(GUARDS[need].text for need in needs)


def _refuse(attempt: _Attempt, to: Status, reason: RefusalReason, missing: tuple[Need, ...] = ()) -> Refusal:
    step = f"{STATUS_NAMES[attempt.state.status]} → {STATUS_NAMES[to]}"
    if missing:
        problem = f"{step} needs {describe_needs(missing)}."
    elif reason is RefusalReason.NOT_FOR_ACTOR:
        problem = f"{step} is not a step for a {attempt.actor.kind}."
    else:
        problem = f"{step} is not a step of the life cycle."
    legal = _targets(attempt)
    message = f"{problem} {_what_is_legal(attempt, legal)}"
    return Refusal(reason=reason, message=message, missing=missing, legal=legal)


def _what_is_legal(attempt: _Attempt, legal: tuple[Target, ...]) -> str:
    here, actor = STATUS_NAMES[attempt.state.status], attempt.actor.kind
    if not legal:
        return f"From {here} a {actor} has no step."
    steps = []
    for target in legal:
        needs = target.blocked_by + target.needs
        steps.append(STATUS_NAMES[target.status] + (f" (needs {describe_needs(needs)})" if needs else ""))
    return f"From {here} a {actor} can go to: {'; '.join(steps)}."
