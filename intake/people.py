"""The people and the lists: customers, contacts, what they own, and the accounts they use. Data only.

The `…Data` values are what somebody may say about an entry; the values derived from them are entries as stored.
Instants are aware UTC; validity is half-open and None is unbounded.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from authz.identity import Channel
from authz.people.tokens import Scope
from intake.terms import Category

ALL_CHANNELS = frozenset(Channel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    """From when until when something counts."""

    valid_from: datetime | None = None
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerData(Validity):
    """language: "cs" or "en", in which its people are written to. ask_pin: its callers key a PIN as well."""

    name: str
    active: bool = True
    language: str = "cs"
    ask_pin: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer(CustomerData):
    """A customer as stored."""

    id: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactData(Validity):
    """A person of a customer. language: None is the customer's. channels: the ways in this person may use."""

    customer_id: int
    name: str
    active: bool = True
    language: str | None = None
    channels: frozenset[Channel] = ALL_CHANNELS
    is_admin: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact(ContactData):
    """A contact as stored. login: what the person logs in with, None when there is no log-in."""

    id: int
    created_at: datetime
    login: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressData(Validity):
    """A mail address of a contact (or, without one, of the whole customer); `*@domain` lets a whole domain in."""

    customer_id: int
    contact_id: int | None
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Address(AddressData):
    """An address as stored. key: what a claim is looked up by."""

    id: int
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberData(Validity):
    """A phone number of a contact, or without one of the whole customer. number: as people write it."""

    customer_id: int
    contact_id: int | None
    number: str
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Number(NumberData):
    """A number as stored: `number` is E.164 with its plus."""

    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberRangeData(Validity):
    """A block of numbers that belongs to a customer: from first to last, both included, as people write them."""

    customer_id: int
    first: str
    last: str
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberRange(NumberRangeData):
    """A range as stored: both ends are E.164 with the plus."""

    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractData:
    """A contract. framework: whether changes need no offer. terms: agreed numbers that differ from the defaults."""

    customer_id: int
    name: str
    valid_from: datetime
    valid_until: datetime | None = None
    framework: bool = False
    default_category: Category = Category.C
    terms: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract(ContractData):
    """A contract as stored."""

    id: int


class Role(StrEnum):
    """What a user of the service desk may do."""

    TECHNICIAN = "technician"
    SERVICE_MANAGER = "service-manager"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserData:
    """Somebody who works for the service desk."""

    login: str
    name: str
    role: Role = Role.TECHNICIAN
    active: bool = True
    language: str = "cs"


@dataclass(frozen=True, slots=True, kw_only=True)
class User(UserData):
    """A user as stored."""

    id: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiTokenData:
    """What a token is for. contact_id: whose requests it makes; None for the service desk's own programs.

    customer_id: whose contacts a directory keeps with it, and nothing else.
    """

    name: str
    scopes: frozenset[Scope]
    contact_id: int | None = None
    customer_id: int | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken(ApiTokenData):
    """A token as stored; its secret is not."""

    id: int
    active: bool
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A log-in that lasts. Exactly one of contact_id and user_id is set. kept: the hash of its secret.

    seen_at: when it was used, written down now and then.
    """

    kept: str = field(repr=False)
    csrf: str = field(repr=False)
    contact_id: int | None
    user_id: int | None
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginAccount:
    """Who a log-in name belongs to, and what is kept of the password. Exactly one of contact_id and user_id is set."""

    login: str
    name: str
    password_hash: str | None = field(repr=False)
    contact_id: int | None
    user_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginFailures:
    """Attempts to log in without success, one after another. last_at: aware UTC."""

    login: str
    count: int
    last_at: datetime
