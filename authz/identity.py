"""What a request says about where it comes from, and what the lists say about it.

Owns the claim (never a proof) and the listing (a row of the authorized contacts, as found for that claim).
Must not decide: that is `authz.policy`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Channel(StrEnum):
    """The ways in. RULE channel-mail, channel-phone, channel-web."""

    MAIL = "mail"
    PHONE = "phone"
    WEB = "web"


class IdentityKind(StrEnum):
    """What kind of thing a claim names."""

    ADDRESS = "address"  # an addr-spec, folded: see `authz.mail.address.address_key`
    NUMBER = "number"  # E.164 with its plus
    CONTACT = "contact"  # a contact's id, proved by a log-in or an API token


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A claimed identity.

    value: the normalized look-up key, or None when the request names nobody that could be looked up.
    shown: what the request presented, for people and logs.
    problem: why `value` is None; a `Reason` slug such as "author-ambiguous" or "caller-withheld".
    """

    channel: Channel
    kind: IdentityKind
    value: str | None
    shown: str
    problem: str | None = None


class Match(StrEnum):
    """How a listing matched, strongest first: exact beats range and domain."""

    EXACT = "exact"
    RANGE = "range"  # a DDI block: identifies the company, not the person
    DOMAIN = "domain"  # *@domain, only for domains a customer owns


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One authorized address, number, range or account, joined with its contact and customer.

    valid_from, valid_until: the intersection of the validity of the listing, the contact and the customer;
    aware UTC, half-open, None is unbounded. ask_pin: the customer wants its callers to key a PIN as well.
    """

    customer_id: int
    customer_name: str
    customer_active: bool
    contact_id: int | None
    contact_name: str | None
    contact_active: bool
    match: Match
    channels: frozenset[Channel]
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    ask_pin: bool = False
