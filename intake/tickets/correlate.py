"""Which ticket a request belongs to. Proofs first, hints last, and never across customers."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from intake.submission import Submission
from intake.tickets.model import Ticket

# Reply and forward marks of the usual clients: English, Czech/Slovak, German, Polish, French, Spanish, Nordic.
_PREFIX = re.compile(
    r"^\s*(?:(?:re|fw|fwd|odp|předávám|fs|aw|wg|antw|tr|rv|sv|vs|ref)\s*(?:\[\d+\])?\s*[:：]|\[[^\]]{1,40}\])\s*",
    re.IGNORECASE,
)
_WHITE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class NewTicket:
    """The request opens a ticket. note: why a ticket it named was not joined, if it named one."""

    note: str = ""
    related_id: int | None = None


@dataclass(frozen=True, slots=True)
class FollowUp:
    """The request belongs to this ticket. how: by which proof."""

    ticket: Ticket
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A ticket a request may belong to. subject: the base subject both must share, None when the proof needs none."""

    ticket_id: int
    how: str
    subject: str | None = None


def base_subject(subject: str) -> str:
    """Strip reply and forward marks and tags, fold case and white space: what two mails of a thread share."""
    previous = None
    while previous != subject:
        previous = subject
        subject = _PREFIX.sub("", subject)
    return _WHITE.sub(" ", subject).strip().casefold()[:255]


def correlate(
    submission: Submission,
    customer_id: int,
    candidates: Sequence[Candidate],
    find_ticket: Callable[[int], Ticket | None],
) -> NewTicket | FollowUp:
    """Choose the ticket, or a new one.

    candidates: strongest proof first. find_ticket: looks a ticket up by id.
    Every match is checked again: the author's customer must own the ticket, otherwise the request opens a new one
    and says why.
    """
    subject = base_subject(submission.subject)
    note = ""
    for candidate in candidates:
        if candidate.subject is not None and candidate.subject != subject:
            continue
        ticket = find_ticket(candidate.ticket_id)
        if ticket is None:
            continue
        if ticket.customer_id != customer_id:
            note = note or f"named ticket {ticket.number} by {candidate.how}, which belongs to another customer"
            continue
        return FollowUp(ticket, candidate.how)
    return NewTicket(note)
