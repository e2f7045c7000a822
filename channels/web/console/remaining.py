"""How much time is left on a ticket's clock, as a figure in words and how urgent it is. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from intake.sla.contract import Contract
from intake.sla.hours import open_time
from intake.tickets.model import Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Remaining:
    """What is left until the next deadline, in open time.

    urgency: the class of its badge: "bad" when it is missed, "warn" when the contract's last warning is due, else "".
    """

    deadline: datetime
    left: timedelta
    words: str
    urgency: str


def remaining(ticket: Ticket, contract: Contract, now: datetime, t: Mapping[str, str]) -> Remaining | None:
    """What is left at `now` (aware UTC); None while no clock with a target runs. t: the texts."""
    deadline = ticket.next_deadline
    if deadline is None:
        return None
    if now >= deadline:
        over = open_time(contract.coverage, deadline, now)
        words = t["q_overdue"].format(time=say_length(over, t, by=True)) if over else t["q_overdue_now"]
        return Remaining(deadline=deadline, left=-over, words=words, urgency="bad")
    left = open_time(contract.coverage, now, deadline)
    words = t["q_time_left"].format(time=say_length(left, t))
    return Remaining(
        deadline=deadline, left=left, words=words, urgency="warn" if _is_near(ticket, contract, left) else ""
    )


def say_length(length: timedelta, t: Mapping[str, str], *, by: bool = False) -> str:
    """A length of time in hours and minutes or below a minute. by: as in "overdue by", which asks for another case."""
    minutes = int(abs(length).total_seconds()) // 60
    hours, rest = divmod(minutes, 60)
    if hours and rest:
        return t["q_hours_minutes"].format(hours=hours, minutes=rest)
    if hours:
        return t["q_hours_only"].format(hours=hours)
    if rest:
        return t["q_minutes_only"].format(minutes=rest)
    return t["q_by_under_a_minute" if by else "q_under_a_minute"]


def _is_near(ticket: Ticket, contract: Contract, left: timedelta) -> bool:
    terms = contract.terms_at(ticket.received_at)
    if terms is None or not terms.warn_at:
        return False
    targets = terms.targets_of(ticket.category)
    target = targets.response if ticket.next_deadline == ticket.response_deadline else targets.fix
    return target is not None and Fraction(left // timedelta.resolution) <= (1 - max(terms.warn_at)) * (
        target // timedelta.resolution
    )
