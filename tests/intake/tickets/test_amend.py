"""Categories, offers and temporary fixes; and the invariants that hold whatever is tried in whatever order."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.terms import Category, Evaluation, Status
from intake.tickets import amend
from intake.tickets.lifecycle import Change, LifecycleState, Offer, Refusal, RefusalReason, transition
from tests.intake.tickets.test_lifecycle import ADMIN, CONTACT, LATER, MONDAY, SYSTEM, TECHNICIAN, change, ticket

ACTORS = [TECHNICIAN, ADMIN, CONTACT, SYSTEM]
INQUIRY = ticket(Status.NEW, Category.CHANGE)


def refused(result: Change | Refusal) -> RefusalReason:
    assert isinstance(result, Refusal)
    return result.reason


def test_change_offer_inquiry_offer_order_work() -> None:
    offered = change(amend.make_offer(INQUIRY, "N-12: 3 000 Kč", actor=TECHNICIAN, at=LATER)).after
    assert offered.waits_for_offer
    ordered = change(
        amend.accept_offer(offered, actor=CONTACT, at=LATER, accepted_by="Jan Novák", order_number="OBJ-7")
    )
    assert ordered.after.offer == Offer(
        text="N-12: 3 000 Kč", made_at=LATER, accepted_at=LATER, accepted_by="Jan Novák", order_number="OBJ-7"
    )
    assert change(transition(ordered.after, Status.IN_PROGRESS, actor=TECHNICIAN, at=LATER))


def test_change_offer_declined_then_offered_again() -> None:
    offered = change(amend.make_offer(INQUIRY, "N-12", actor=TECHNICIAN, at=LATER)).after
    declined = change(amend.decline_offer(offered, actor=CONTACT, at=LATER, declined_by="Jan")).after
    again = amend.accept_offer(declined, actor=CONTACT, at=LATER, accepted_by="Jan", order_number="1")
    assert refused(again) is RefusalReason.OFFER_NOT_POSSIBLE
    assert change(amend.make_offer(declined, "N-13", actor=TECHNICIAN, at=LATER)).after.waits_for_offer


@pytest.mark.parametrize(("who", "order"), [("", "OBJ-7"), ("Jan", " ")])
def test_change_offer_acceptance_names_who_and_the_order(who: str, order: str) -> None:
    offered = change(amend.make_offer(INQUIRY, "N-12", actor=TECHNICIAN, at=LATER)).after
    result = amend.accept_offer(offered, actor=TECHNICIAN, at=LATER, accepted_by=who, order_number=order)
    assert refused(result) is RefusalReason.ORDER_INCOMPLETE


@pytest.mark.parametrize(
    "state", [ticket(Status.NEW, Category.B), ticket(Status.CLOSED, Category.CHANGE, framework_contract=True)]
)
def test_change_offer_is_for_open_change_requests(state: LifecycleState) -> None:
    assert refused(amend.make_offer(state, "N", actor=TECHNICIAN, at=LATER)) is RefusalReason.OFFER_NOT_POSSIBLE


def test_change_offer_an_accepted_offer_stays() -> None:
    accepted = Offer(text="N", made_at=MONDAY, accepted_at=MONDAY, accepted_by="Jan", order_number="1")
    state = ticket(Status.NEW, Category.CHANGE, offer=accepted)
    assert refused(amend.make_offer(state, "N2", actor=TECHNICIAN, at=LATER)) is RefusalReason.OFFER_NOT_POSSIBLE
    assert refused(amend.make_offer(INQUIRY, " ", actor=TECHNICIAN, at=LATER)) is RefusalReason.OFFER_NOT_POSSIBLE


@pytest.mark.parametrize(
    ("category", "name"),
    [
        pytest.param(Category.A, "A – Critical", id="category-a"),
        pytest.param(Category.B, "B – Restrictive", id="category-b"),
        pytest.param(Category.C, "C – Other", id="category-c"),
        pytest.param(Category.CHANGE, "Change request", id="category-change"),
    ],
)
def test_category_can_be_any_of_the_four(category: Category, name: str) -> None:
    before = ticket(Status.NEW, Category.C if category is not Category.C else Category.A)
    step = change(amend.recategorize(before, category, actor=TECHNICIAN, at=LATER))
    assert step.after == replace(before, category=category)
    assert step.note.endswith(f"→ {name}")


def test_category_only_staff_recategorizes() -> None:
    for actor in (CONTACT, SYSTEM):
        assert refused(amend.recategorize(ticket(Status.NEW), Category.A, actor=actor, at=LATER)) is (
            RefusalReason.NOT_FOR_ACTOR
        )
    assert change(amend.recategorize(ticket(Status.NEW), Category.A, actor=ADMIN, at=LATER)).note == (
        "B – Restrictive → A – Critical"
    )
    same = amend.recategorize(ticket(Status.NEW), Category.B, actor=ADMIN, at=LATER)
    assert refused(same) is RefusalReason.UNCHANGED


def test_category_change_does_not_smuggle_work_past_the_offer() -> None:
    working = ticket(Status.IN_PROGRESS, Category.C)
    result = amend.recategorize(working, Category.CHANGE, actor=TECHNICIAN, at=LATER)
    assert refused(result) is RefusalReason.OFFER_NOT_ACCEPTED
    asked = ticket(Status.MORE_INFO, Category.C)
    assert change(amend.recategorize(asked, Category.CHANGE, actor=TECHNICIAN, at=LATER))


def test_fix_time_temporary_fix_is_recorded_once_and_can_be_withdrawn() -> None:
    working = ticket(Status.IN_PROGRESS)
    fixed = change(amend.record_temporary_fix(working, actor=TECHNICIAN, at=LATER)).after
    assert fixed.temporary_fix_at == LATER
    assert refused(amend.record_temporary_fix(fixed, actor=TECHNICIAN, at=LATER)) is RefusalReason.UNCHANGED
    assert refused(amend.record_temporary_fix(working, actor=CONTACT, at=LATER)) is RefusalReason.NOT_FOR_ACTOR
    assert change(amend.withdraw_temporary_fix(fixed, actor=TECHNICIAN, at=LATER)).after.temporary_fix_at is None
    assert refused(amend.withdraw_temporary_fix(working, actor=ADMIN, at=LATER)) is RefusalReason.NO_TEMPORARY_FIX


@pytest.mark.parametrize("status", [Status.TO_VERIFY, Status.CLOSED])
def test_fix_time_has_nothing_to_fix_after_the_fix(status: Status) -> None:
    state = ticket(status, temporary_fix_at=MONDAY)
    assert refused(amend.record_temporary_fix(state, actor=ADMIN, at=LATER)) is RefusalReason.NOTHING_TO_FIX
    assert refused(amend.withdraw_temporary_fix(state, actor=ADMIN, at=LATER)) is RefusalReason.NOTHING_TO_FIX


_FLAGS = st.frozensets(st.sampled_from(list(Evaluation)), max_size=2)
_TEXT = st.sampled_from(["", "x"])
_STEPS = st.one_of(
    st.tuples(
        st.just("transition"),
        st.fixed_dictionaries(
            {"to": st.sampled_from(list(Status)), "solution": _TEXT, "evaluation": _FLAGS, "on_behalf_of": _TEXT}
        ),
    ),
    st.tuples(st.just("recategorize"), st.fixed_dictionaries({"category": st.sampled_from(list(Category))})),
    st.tuples(st.just("make_offer"), st.fixed_dictionaries({"text": _TEXT})),
    st.tuples(st.just("accept_offer"), st.fixed_dictionaries({"accepted_by": _TEXT, "order_number": _TEXT})),
    st.tuples(st.just("decline_offer"), st.fixed_dictionaries({"declined_by": _TEXT})),
    st.tuples(st.just("record_temporary_fix"), st.just({})),
    st.tuples(st.just("withdraw_temporary_fix"), st.just({})),
)
_OPERATIONS: dict[str, Any] = {"transition": transition} | {name: getattr(amend, name) for name in dir(amend)}


@given(
    steps=st.lists(st.tuples(_STEPS, st.sampled_from(ACTORS), st.integers(0, 20 * 24)), max_size=25),
    framework=st.booleans(),
)
def test_invariants_hold_after_any_sequence_of_steps(steps: list[Any], framework: bool) -> None:
    state, at = ticket(Status.NEW, Category.C, framework_contract=framework), MONDAY
    for (name, given_fields), actor, hours in steps:
        at += timedelta(hours=hours)
        result = _OPERATIONS[name](state, actor=actor, at=at, **given_fields)
        if isinstance(result, Refusal):
            assert result.message.endswith(".")
            continue
        assert result.before == state
        state = result.after
        assert not (state.status is Status.IN_PROGRESS and state.waits_for_offer)
        assert (state.status is Status.CLOSED) is (state.closed_at is not None)
        if state.status is Status.CLOSED:
            assert state.solution
            assert state.evaluation
