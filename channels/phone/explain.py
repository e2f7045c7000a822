"""Dry runs: how a number is read at an endpoint, and what would become of a call from it. Nothing is recorded.

Owns what is shown; the steps are those of a real call. Must not look anything up: the listings come in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from authz.identity import Listing
from authz.phone.number import Caller, read_number
from authz.words import advise, say_check, say_decision
from channels.phone.event import Action, CallEvent
from channels.phone.judgement import EndpointRules, Judgement, identify, judge
from intake.explain import say_listing


@dataclass(frozen=True, slots=True, kw_only=True)
class CallExplanation:
    """What would become of the call. listings: what the lists say of the caller."""

    endpoint: str
    read: Caller
    judged: Judgement
    listings: tuple[Listing, ...]
    answer: str

    def lines(self) -> tuple[str, ...]:
        """All of it in words, line by line."""
        claim, evidence, decision = self.judged.claim, self.judged.evidence, self.judged.decision
        return (
            f"Endpoint: {self.endpoint}",
            f"Read as: {say_caller(self.read)}",
            *(f"Listed: {say_listing(listing)}" for listing in self.listings),
            *(() if self.listings else ("Listed: on no list",)),
            *(f"Check: {say_check(check)}" for check in evidence.checks),
            f"Decision: {say_decision(decision)}",
            f"The PBX is told: {self.answer}",
            *(f"To get in: {each}" for each in advise(decision.reason, claim, evidence.checks)),
        )


def explain_call(event: CallEvent, rules: EndpointRules, listings: Sequence[Listing], at: datetime) -> CallExplanation:
    """Say what would become of a call. listings: those of the event's claim, see `judgement.identify`. at: now."""
    claim, evidence = identify(event, rules)
    judged = judge(event, claim, evidence, listings, rules, at)
    action = rules.action_on(judged.decision.verdict, judged.decision.reason)
    return CallExplanation(
        endpoint=rules.name,
        read=read_number(event.presented, rules.numbers),
        judged=judged,
        listings=tuple(listings),
        answer=f"reject, as {rules.reject_as}" if action is Action.REJECT else action.value,
    )


def say_caller(caller: Caller) -> str:
    """A caller ID as it was read, and why."""
    notes = f" ({'; '.join(caller.notes)})" if caller.notes else ""
    return f"{caller.e164 or caller.kind}{notes}"
