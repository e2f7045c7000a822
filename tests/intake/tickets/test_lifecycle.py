"""The transition table, tried whole: every pair of statuses, every actor, every need."""

from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from authz.identity import Channel
from intake.terms import SLA_RUNS, STATUS_NAMES, Category, Evaluation, Status
from intake.tickets.diagram import lifecycle_page
from intake.tickets.lifecycle import (
    GUARDS,
    TRANSITIONS,
    Actor,
    ActorKind,
    Change,
    LifecycleState,
    Limits,
    Need,
    Offer,
    Refusal,
    RefusalReason,
    legal_targets,
    transition,
)

MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
LATER = MONDAY + timedelta(hours=1)
TECHNICIAN = Actor(kind=ActorKind.TECHNICIAN, name="Tereza", channel=Channel.WEB, id=1)
ADMIN = Actor(kind=ActorKind.ADMIN, name="Adam", channel=Channel.WEB, id=2)
CONTACT = Actor(kind=ActorKind.CONTACT, name="Jan", channel=Channel.MAIL, id=3)
SYSTEM = Actor(kind=ActorKind.SYSTEM, name="timer", channel=Channel.WEB)
FLAGS = frozenset({Evaluation.UCS_FAULT, Evaluation.CONSULTATION})

# The decided transitions, written down a second time on purpose.
LEGAL = {
    Status.NEW: {Status.IN_PROGRESS, Status.MORE_INFO, Status.POSTPONED, Status.TO_VERIFY, Status.CLOSED},
    Status.IN_PROGRESS: {Status.MORE_INFO, Status.POSTPONED, Status.TO_VERIFY, Status.CLOSED},
    Status.MORE_INFO: {Status.IN_PROGRESS, Status.POSTPONED, Status.TO_VERIFY, Status.CLOSED},
    Status.POSTPONED: {Status.IN_PROGRESS, Status.MORE_INFO, Status.TO_VERIFY, Status.CLOSED},
    Status.TO_VERIFY: {Status.IN_PROGRESS, Status.CLOSED},
    Status.CLOSED: {Status.IN_PROGRESS},
}
PAIRS = list(product(Status, Status))
ALLOWED = [(here, there) for here, there in PAIRS if there in LEGAL[here]]
FORBIDDEN = [(here, there) for here, there in PAIRS if there not in LEGAL[here]]


def ticket(status: Status, category: Category = Category.B, **fields: object) -> LifecycleState:
    closed_at = MONDAY if status is Status.CLOSED else None
    values: dict[str, object] = {"status": status, "category": category, "since": MONDAY, "closed_at": closed_at}
    return LifecycleState(**(values | fields))  # type: ignore[arg-type]


def change(result: Change | Refusal) -> Change:
    assert isinstance(result, Change), result.message
    return result


def refusal(result: Change | Refusal) -> Refusal:
    assert isinstance(result, Refusal)
    return result


def step(state: LifecycleState, to: Status, actor: Actor = TECHNICIAN) -> Change | Refusal:
    return transition(
        state, to, actor=actor, at=LATER, solution="restarted the gateway", evaluation=FLAGS, on_behalf_of="Jan Novák"
    )


@pytest.mark.parametrize(("here", "there"), ALLOWED)
def test_every_decided_transition_is_open_to_technicians_and_admins(here: Status, there: Status) -> None:
    for actor in (TECHNICIAN, ADMIN):
        after = change(step(ticket(here), there, actor)).after
        assert (after.status, after.since) == (there, LATER)


@pytest.mark.parametrize(("here", "there"), FORBIDDEN)
@pytest.mark.parametrize("actor", [TECHNICIAN, ADMIN, CONTACT, SYSTEM])
def test_everything_else_is_refused_with_what_is_legal(here: Status, there: Status, actor: Actor) -> None:
    refused = refusal(step(ticket(here), there, actor))
    assert refused.reason is RefusalReason.ILLEGAL_TRANSITION
    assert f"{STATUS_NAMES[here]} → {STATUS_NAMES[there]} is not a step of the life cycle" in refused.message
    if actor.kind is ActorKind.TECHNICIAN:
        assert {target.status for target in refused.legal} == LEGAL[here]
        assert all(STATUS_NAMES[status] in refused.message for status in LEGAL[here])


@pytest.mark.parametrize(("here", "there"), ALLOWED)
def test_a_contact_answers_accepts_rejects_and_reopens_and_nothing_else(here: Status, there: Status) -> None:
    theirs = {
        (Status.MORE_INFO, Status.IN_PROGRESS),
        (Status.TO_VERIFY, Status.IN_PROGRESS),
        (Status.TO_VERIFY, Status.CLOSED),
        (Status.CLOSED, Status.IN_PROGRESS),
    }
    result = step(ticket(here), there, CONTACT)
    if (here, there) in theirs:
        assert change(result).after.status is there
    else:
        assert refusal(result).reason is RefusalReason.NOT_FOR_ACTOR


@pytest.mark.parametrize(("here", "there"), ALLOWED)
def test_a_timer_only_ends_the_acceptance_period(here: Status, there: Status) -> None:
    result = transition(
        ticket(here), there, actor=SYSTEM, at=LATER, solution="done", evaluation=FLAGS, acceptance_ends_at=LATER
    )
    assert isinstance(result, Change) is ((here, there) == (Status.TO_VERIFY, Status.CLOSED))


@pytest.mark.parametrize(
    ("status", "runs"),
    [
        pytest.param(Status.NEW, True, id="status-new"),
        pytest.param(Status.IN_PROGRESS, True, id="status-in-progress"),
        pytest.param(Status.MORE_INFO, False, id="status-more-info"),
        pytest.param(Status.POSTPONED, False, id="status-postponed"),
        pytest.param(Status.TO_VERIFY, False, id="status-to-verify"),
        pytest.param(Status.CLOSED, False, id="status-closed"),
    ],
)
def test_a_status_says_whether_the_clocks_run(status: Status, runs: bool) -> None:
    assert SLA_RUNS[status] is runs
    assert len(SLA_RUNS) == len(Status) == 6


@pytest.mark.parametrize("here", [status for status in Status if Status.CLOSED in LEGAL[status]])
@pytest.mark.parametrize(
    ("solution", "flags", "missing"),
    [
        ("", frozenset(), {Need.SOLUTION, Need.EVALUATION}),
        (" \n", FLAGS, {Need.SOLUTION}),
        ("restarted", frozenset(), {Need.EVALUATION}),
    ],
)
def test_evaluation_closing_needs_a_solution_text_and_a_flag(
    here: Status, solution: str, flags: frozenset[Evaluation], missing: set[Need]
) -> None:
    refused = refusal(
        transition(
            ticket(here),
            Status.CLOSED,
            actor=TECHNICIAN,
            at=LATER,
            solution=solution,
            evaluation=flags,
            on_behalf_of="Jan",
        )
    )
    assert set(refused.missing) == missing
    assert all(GUARDS[need].text in refused.message for need in missing)


def test_evaluation_several_flags_are_kept() -> None:
    closed = change(step(ticket(Status.IN_PROGRESS), Status.CLOSED)).after
    assert (closed.solution, closed.evaluation, closed.closed_at) == ("restarted the gateway", FLAGS, LATER)


def test_evaluation_given_with_to_verify_lets_the_customer_close() -> None:
    waiting = change(step(ticket(Status.IN_PROGRESS), Status.TO_VERIFY)).after
    closed = change(transition(waiting, Status.CLOSED, actor=CONTACT, at=LATER + timedelta(hours=2))).after
    assert closed.solution == "restarted the gateway"


def test_status_to_verify_a_technician_says_who_accepted() -> None:
    waiting = ticket(Status.TO_VERIFY, solution="done", evaluation=FLAGS)
    refused = refusal(transition(waiting, Status.CLOSED, actor=TECHNICIAN, at=LATER))
    assert refused.missing == (Need.ACCEPTANCE,)
    assert change(transition(waiting, Status.CLOSED, actor=TECHNICIAN, at=LATER, on_behalf_of="Jan"))


@pytest.mark.parametrize(("offset", "closes"), [(timedelta(microseconds=-1), False), (timedelta(0), True)])
def test_status_to_verify_closes_by_itself_when_the_acceptance_period_ends(offset: timedelta, closes: bool) -> None:
    waiting = ticket(Status.TO_VERIFY, solution="done", evaluation=FLAGS)
    ends = MONDAY + timedelta(days=7)
    result = transition(waiting, Status.CLOSED, actor=SYSTEM, at=ends + offset, acceptance_ends_at=ends)
    assert isinstance(result, Change) is closes


@pytest.mark.parametrize("actor", [TECHNICIAN, CONTACT])
@pytest.mark.parametrize(("days", "micro", "opens"), [(14, -1, True), (14, 0, False), (0, 0, True)])
def test_status_closed_reopens_within_the_window_only(actor: Actor, days: int, micro: int, opens: bool) -> None:
    closed = ticket(Status.CLOSED, solution="done", evaluation=FLAGS, temporary_fix_at=MONDAY)
    at = MONDAY + timedelta(days=days, microseconds=micro)
    result = transition(closed, Status.IN_PROGRESS, actor=actor, at=at)
    if opens:
        after = change(result).after
        assert (after.closed_at, after.temporary_fix_at, after.solution) == (None, None, "")
    else:
        refused = refusal(result)
        assert refused.reason is RefusalReason.REOPEN_WINDOW_OVER
        assert "linked ticket" in refused.message


def test_status_closed_reopen_window_is_contract_data() -> None:
    closed, at = ticket(Status.CLOSED), MONDAY + timedelta(days=20)
    month = Limits(reopen_window=timedelta(days=30))
    assert change(transition(closed, Status.IN_PROGRESS, actor=CONTACT, at=at, limits=month))


@pytest.mark.parametrize("here", [status for status in Status if Status.IN_PROGRESS in LEGAL[status]])
def test_change_offer_without_framework_contract_no_work_before_the_order(here: Status) -> None:
    made = Offer(text="N-1", made_at=MONDAY)
    declined = Offer(text="N-1", made_at=MONDAY, declined_at=MONDAY)
    accepted = Offer(text="N-1", made_at=MONDAY, accepted_at=MONDAY, accepted_by="Jan", order_number="OBJ-7")
    for offer in (None, made, declined):
        refused = refusal(step(ticket(here, Category.CHANGE, offer=offer), Status.IN_PROGRESS))
        assert refused.reason is RefusalReason.OFFER_NOT_ACCEPTED
        assert "who, when, order number" in refused.message
    assert change(step(ticket(here, Category.CHANGE, offer=accepted), Status.IN_PROGRESS))
    assert change(step(ticket(here, Category.CHANGE, framework_contract=True), Status.IN_PROGRESS))
    assert change(step(ticket(here, Category.A), Status.IN_PROGRESS))


@pytest.mark.parametrize("here", list(Status))
@pytest.mark.parametrize("actor", [TECHNICIAN, CONTACT, SYSTEM])
def test_the_buttons_offered_are_the_steps_that_work(here: Status, actor: Actor) -> None:
    """Whatever `legal_targets` offers works once its needs are given; whatever it does not offer is refused."""
    for category in (Category.B, Category.CHANGE):
        state = ticket(here, category)
        offered = {target.status: target for target in legal_targets(state, actor, at=LATER, acceptance_ends_at=LATER)}
        for to in Status:
            full = transition(
                state,
                to,
                actor=actor,
                at=LATER,
                solution="x",
                evaluation=FLAGS,
                on_behalf_of="Jan",
                acceptance_ends_at=LATER,
            )
            bare = transition(state, to, actor=actor, at=LATER, acceptance_ends_at=LATER)
            works = to in offered and not offered[to].blocked_by
            assert isinstance(full, Change) is works
            assert isinstance(bare, Change) is (works and not offered[to].needs)


def test_a_step_never_lies_before_the_last_one() -> None:
    early = MONDAY - timedelta(seconds=3)
    assert change(transition(ticket(Status.NEW), Status.MORE_INFO, actor=TECHNICIAN, at=early)).at == MONDAY


@pytest.mark.parametrize("at", [datetime(2026, 3, 2), datetime.fromisoformat("2026-03-02T09:00+01:00")])
def test_times_are_aware_utc(at: datetime) -> None:
    with pytest.raises(ValueError, match="aware UTC"):
        transition(ticket(Status.NEW), Status.MORE_INFO, actor=TECHNICIAN, at=at)
    with pytest.raises(ValueError, match="aware UTC"):
        legal_targets(ticket(Status.NEW), TECHNICIAN, at=at)


def test_the_page_is_drawn_from_the_table() -> None:
    page = Path(__file__).parents[3] / "docs" / "lifecycle.md"
    assert page.read_text(encoding="utf-8") == lifecycle_page(), "run python -m intake.tickets.diagram"
    assert len(TRANSITIONS) == len(ALLOWED) == 20
