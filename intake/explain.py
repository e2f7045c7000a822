"""Dry runs: what would become of a mail, or of anybody writing from an address, and what would have to change.

Owns the values that are shown and the port behind which the mail channel makes them. Nothing is filed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from authz.decision import Decision
from authz.evidence import Check
from authz.identity import Claim, Listing
from authz.words import advise, say_check, say_decision


@dataclass(frozen=True, slots=True, kw_only=True)
class MailFacts:
    """How the mail is supposed to have been handed over; what is None is not known, as behind a mailbox.

    account: the receiving address or mailbox, None for the first one. at: aware UTC.
    """

    at: datetime
    client_ip: str | None = None
    reverse_path: str | None = None
    helo: str | None = None
    account: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What would become of it.

    listings: what the lists say of the author. place: the ticket it would open or join, None when it does not get in.
    """

    account: str
    claim: Claim
    checks: tuple[Check, ...]
    listings: tuple[Listing, ...]
    decision: Decision
    place: str | None = None

    def lines(self) -> tuple[str, ...]:
        """All of it in words, line by line."""
        return (
            f"Author: {self.claim.value or self.claim.shown or '(nobody)'}",
            f"Received by: {self.account}",
            *(f"Listed: {say_listing(listing)}" for listing in self.listings),
            *(() if self.listings else ("Listed: on no list",)),
            *(f"Check: {say_check(check)}" for check in self.checks),
            f"Decision: {say_decision(self.decision)}",
            *(() if self.place is None else (f"Then: {self.place}",)),
            *(f"To get in: {each}" for each in self.advice()),
        )

    def advice(self) -> tuple[str, ...]:
        """What would have to change."""
        return advise(self.decision.reason, self.claim, self.checks)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressExplanation:
    """What would become of a mail from an address today.

    decision: with a proof. proofs: by which proofs the author could be recognized, in words.
    """

    address: str
    claim: Claim
    listings: tuple[Listing, ...]
    decision: Decision
    proofs: tuple[str, ...]

    def lines(self) -> tuple[str, ...]:
        """All of it in words, line by line."""
        return (
            f"Author: {self.claim.value or self.address}",
            *(f"Listed: {say_listing(listing)}" for listing in self.listings),
            *(() if self.listings else ("Listed: on no list",)),
            *(f"Proof: {proof}" for proof in self.proofs),
            f"Decision, once proved: {say_decision(self.decision)}",
            *(f"To get in: {each}" for each in self.advice()),
        )

    def advice(self) -> tuple[str, ...]:
        """What would have to change."""
        return advise(self.decision.reason, self.claim, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberExplanation:
    """What would become of a call from a number today. read_as: the number as the endpoint reads it, in words.

    answer: what the PBX would be told.
    """

    endpoint: str
    read_as: str
    claim: Claim
    checks: tuple[Check, ...]
    listings: tuple[Listing, ...]
    decision: Decision
    answer: str

    def advice(self) -> tuple[str, ...]:
        """What would have to change."""
        return advise(self.decision.reason, self.claim, self.checks)


# A caller ID as the PBX sends it, the endpoint's name (None: the only one), aware UTC now. Blocking.
# Raises ValueError for an endpoint that does not exist.
ExplainNumber = Callable[[str, str | None, datetime], NumberExplanation]


class Explainer(Protocol):
    """Explains mail and addresses. Blocking: it asks the DNS and the lists."""

    def explain_mail(self, octets: bytes, facts: MailFacts) -> Explanation:
        """What would become of the raw message. Never raises for what the message says."""
        ...

    def explain_address(self, address: str, at: datetime) -> AddressExplanation:
        """What would become of mail from this address. Raises ValueError for what is no address. at: aware UTC."""
        ...


def say_listing(listing: Listing) -> str:
    """A line of the lists in words."""
    who = listing.contact_name or "the whole company"
    words = f"{who} of {listing.customer_name} ({listing.match})"
    states = []
    if not listing.customer_active:
        states.append("customer not active")
    if listing.contact_id is not None and not listing.contact_active:
        states.append("contact not active")
    if listing.valid_from is not None:
        states.append(f"from {listing.valid_from:%Y-%m-%d %H:%M} UTC")
    if listing.valid_until is not None:
        states.append(f"until {listing.valid_until:%Y-%m-%d %H:%M} UTC")
    return f"{words}{''.join(f', {state}' for state in states)}"
