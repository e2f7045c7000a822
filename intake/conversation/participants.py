"""Who takes part in a ticket beside its contact: colleagues who were copied, and those who answered.

Owns who joins. Only people of the ticket's own customer ever do; a stranger in Cc stays one. What a participant may
is not decided here: the lists are asked again at each mail, so that a deactivation binds at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from authz.decision import Verdict
from authz.evidence import Check, Evidence, Outcome, Proof
from authz.identity import Channel, Claim, IdentityKind
from authz.mail.address import address_key
from authz.policy import Rules, decide
from intake.submission import AutomaticKind

if TYPE_CHECKING:
    from intake.filing import Request
    from intake.ports import Transaction
    from intake.tickets.model import Ticket

# A mail to more people than this is a circular: those beyond are not looked up.
MOST_COPIED = 30


class Part(StrEnum):
    """How somebody came to take part."""

    AUTHOR = "author"  # wrote into the ticket
    COPIED = "copied"  # was in To or Cc of a contact's mail
    ADDED = "added"  # by the service desk


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """One address that takes part. key: the folded addr-spec. contact_id: None for a company's address."""

    ticket_id: int
    key: str
    address: str
    contact_id: int | None
    part: Part
    joined_at: datetime


class Participants(Protocol):
    """The participants of tickets, in a transaction."""

    def of(self, ticket_id: int) -> Sequence[Participant]:
        """In the order they joined."""
        ...

    def add(self, participant: Participant) -> bool:
        """Let somebody join; says whether they were new."""
        ...

    def remove(self, ticket_id: int, key: str) -> bool: ...


def join_people(tx: "Transaction", request: "Request", ticket: "Ticket") -> tuple[Participant, ...]:
    """Let the author and the copied colleagues of the same customer join; returns who is new.

    Nobody joins by a machine's mail. Whoever is the ticket's contact takes part anyway.
    """
    submission = request.submission
    if request.raw.channel is not Channel.MAIL or submission.automatic.kind not in _PEOPLE:
        return ()
    wanted = [(address, Part.COPIED) for address in submission.copied[:MOST_COPIED]]
    if request.author_verified and request.contact_id != ticket.contact_id:
        wanted.insert(0, (request.author, Part.AUTHOR))
    found = (_participant(tx, ticket, address, part, request.raw.received_at) for address, part in wanted)
    return tuple(each for each in found if each is not None and tx.participants.add(each))


def find_colleague(tx: "Transaction", customer_id: int, address: str, at: datetime) -> tuple[str, int | None] | None:
    """The key and contact of an address that would get in for this customer at that instant, once proved."""
    key = address_key(address)
    if key is None:
        return None
    claim = Claim(channel=Channel.MAIL, kind=IdentityKind.ADDRESS, value=key, shown=address)
    listings = tx.listings(claim)
    if not listings:
        return None
    decision = decide(claim, _SUPPOSED, listings, _NOBODY_ELSE, at)
    if decision.verdict is not Verdict.ACCEPT or decision.customer_id != customer_id:
        return None
    return key, decision.contact_id


_PEOPLE = frozenset({AutomaticKind.NONE, AutomaticKind.LIST})
_SUPPOSED = Evidence((Check(proof=Proof.DKIM, outcome=Outcome.PASS, binds=True, detail="supposed to pass"),))
_NOBODY_ELSE = Rules(unidentified=Verdict.REJECT, unknown=Verdict.REJECT, unverified=Verdict.REJECT)


def _participant(tx: "Transaction", ticket: "Ticket", address: str, part: Part, at: datetime) -> Participant | None:
    found = find_colleague(tx, ticket.customer_id, address, at)
    if found is None or _is_contact(ticket, *found):
        return None
    key, contact_id = found
    return Participant(ticket_id=ticket.id, key=key, address=address, contact_id=contact_id, part=part, joined_at=at)


def _is_contact(ticket: "Ticket", key: str, contact_id: int | None) -> bool:
    """Whether it is whom the ticket's answers go to anyway."""
    if ticket.contact_id is not None:
        return contact_id == ticket.contact_id
    return ticket.reply_to is not None and key == address_key(ticket.reply_to)
