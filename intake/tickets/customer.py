"""What a customer's message does to a ticket's status.

Owns one decision: comment only, a step, a call for a technician, or a new linked ticket. Must not store anything;
the message itself is always kept as a comment, whatever comes out here.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from intake.terms import STATUS_NAMES, Status
from intake.tickets.lifecycle import transition
from intake.tickets.model import Actor
from intake.tickets.state import DEFAULT_LIMITS, Change, LifecycleState, Limits, Refusal


class Answer(StrEnum):
    """An explicit word on a ticket in To verify: a button, a signed link or a form; never guessed from prose."""

    ACCEPT = "accept"
    REJECT = "reject"


class Effect(StrEnum):
    """What becomes of the ticket."""

    COMMENT = "comment"  # the status stays
    STEP = "step"  # `change` is to be stored
    ASK_TECHNICIAN = "ask-technician"  # the status stays, a technician has to look
    NEW_TICKET = "new-ticket"  # the message opens a new ticket linked to this one


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEffect:
    """The effect of one message. change: present exactly for `Effect.STEP`. why: one sentence for the audit trail."""

    effect: Effect
    why: str
    change: Change | None = None


def on_customer_message(
    state: LifecycleState,
    *,
    actor: Actor,
    at: datetime,
    automatic: bool,
    answer: Answer | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> MessageEffect:
    """Decide what a message of the customer does.

    actor: the contact. at: aware UTC. automatic: an auto-reply, bounce or other machine wrote it.
    answer: an explicit accept or reject, when there is one.
    """
    if automatic:
        # RULE status-more-info: automatic mail never changes a status.
        return MessageEffect(effect=Effect.COMMENT, why="automatic mail never changes a status")
    match state.status:
        case Status.MORE_INFO:
            return _step(state, Status.IN_PROGRESS, actor, at, "the customer answered")
        case Status.TO_VERIFY if answer is Answer.ACCEPT:
            return _step(state, Status.CLOSED, actor, at, "the customer accepted")
        case Status.TO_VERIFY if answer is Answer.REJECT:
            return _step(state, Status.IN_PROGRESS, actor, at, "the customer rejected")
        case Status.TO_VERIFY:
            why = "the customer wrote without an explicit accept or reject"
            return MessageEffect(effect=Effect.ASK_TECHNICIAN, why=why)
        case Status.CLOSED if answer is not Answer.ACCEPT:
            return _reopen(state, actor, at, limits)
        case status:
            return MessageEffect(effect=Effect.COMMENT, why=f"a comment does not change {STATUS_NAMES[status]}")


def _step(state: LifecycleState, to: Status, actor: Actor, at: datetime, why: str) -> MessageEffect:
    result = transition(state, to, actor=actor, at=at)
    if isinstance(result, Refusal):
        return MessageEffect(effect=Effect.ASK_TECHNICIAN, why=f"{why}; {result.message}")
    return MessageEffect(effect=Effect.STEP, why=why, change=result)


def _reopen(state: LifecycleState, actor: Actor, at: datetime, limits: Limits) -> MessageEffect:
    # RULE status-closed: within the window the ticket opens again, after it the reply starts a linked one.
    result = transition(state, Status.IN_PROGRESS, actor=actor, at=at, limits=limits)
    if isinstance(result, Refusal):
        return MessageEffect(effect=Effect.NEW_TICKET, why=result.message)
    return MessageEffect(effect=Effect.STEP, why="the customer wrote within the reopen window", change=result)
