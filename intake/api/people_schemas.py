"""What may be sent about people and lists. A change names only what changes; the rest stays."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from authz.identity import Channel
from authz.people.passwords import LONGEST, SHORTEST
from authz.people.tokens import Scope
from intake.api.lists import LARGEST_ID
from intake.api.texts import Line, ShortLine
from intake.api.ticket_schemas import Sent
from intake.people import ALL_CHANNELS
from intake.terms import Category

Ref = Annotated[int, Field(ge=1, le=LARGEST_ID)]
Language = Literal["cs", "en"]


def _unsent() -> Any:
    """A member that may be left out, which is not the same as null."""
    return Field(default_factory=lambda: None)


class _Valid(Sent):
    valid_from: AwareDatetime | None = None
    valid_until: AwareDatetime | None = None


class NewCustomer(_Valid):
    """A customer. ask_pin: its callers key a PIN as well."""

    name: Line
    active: bool = True
    language: Language = "cs"
    ask_pin: bool = False


class ChangedCustomer(_Valid):
    """What changes about a customer. active: false binds at once on every channel."""

    name: Line = _unsent()
    active: bool = _unsent()
    language: Language = _unsent()
    ask_pin: bool = _unsent()


class NewContact(_Valid):
    """A person of a customer. channels: the ways in this person may use."""

    customer_id: Ref
    name: Line
    active: bool = True
    language: Language | None = None
    channels: frozenset[Channel] = ALL_CHANNELS
    is_admin: bool = False


class ChangedContact(_Valid):
    """What changes about a contact. active: false binds at once on every channel."""

    name: Line = _unsent()
    active: bool = _unsent()
    language: Language | None = _unsent()
    channels: frozenset[Channel] = _unsent()
    is_admin: bool = _unsent()


class SentLogin(Sent):
    """What a contact logs in with."""

    login: Line
    password: str = Field(min_length=SHORTEST, max_length=LONGEST)


class NewAddress(_Valid):
    """A mail address; `*@domain` without a contact lets a whole domain in, if the customer owns it."""

    customer_id: Ref
    contact_id: Ref | None = None
    address: Line


class ChangedAddress(_Valid):
    """What changes about an address."""

    contact_id: Ref | None = _unsent()
    address: Line = _unsent()


class NewNumber(_Valid):
    """A phone number, as people write it."""

    customer_id: Ref
    contact_id: Ref | None = None
    number: Line
    label: ShortLine = ""


class ChangedNumber(_Valid):
    """What changes about a number."""

    contact_id: Ref | None = _unsent()
    number: Line = _unsent()
    label: ShortLine = _unsent()


class NewNumberRange(_Valid):
    """A block of numbers, from first to last."""

    customer_id: Ref
    first: Line
    last: Line
    label: ShortLine = ""


class ChangedNumberRange(_Valid):
    """What changes about a range."""

    first: Line = _unsent()
    last: Line = _unsent()
    label: ShortLine = _unsent()


class NewContract(Sent):
    """A contract. framework: changes need no offer. terms: agreed numbers that differ from the defaults."""

    customer_id: Ref
    name: Line
    valid_from: AwareDatetime
    valid_until: AwareDatetime | None = None
    framework: bool = False
    default_category: Category = Category.C
    terms: dict[str, Any] = Field(default_factory=dict)


class ChangedContract(Sent):
    """What changes about a contract."""

    name: Line = _unsent()
    valid_from: AwareDatetime = _unsent()
    valid_until: AwareDatetime | None = None
    framework: bool = _unsent()
    default_category: Category = _unsent()
    terms: dict[str, Any] = _unsent()
    correction: bool = Field(False, description="it never was as it says; what was in force else cannot be changed")


class NewToken(Sent):
    """A token. contact_id: whose requests it makes; without one it is the service desk's own.

    customer_id: whose directory keeps the contacts with it, by SCIM.
    """

    name: Line
    scopes: frozenset[Scope] = Field(min_length=1)
    contact_id: Ref | None = None
    customer_id: Ref | None = None
    expires_at: AwareDatetime | None = None
