"""What may be sent about log-ins, and what is shown of them. No secret is."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from authz.people.passwords import LONGEST, SHORTEST
from intake.api.people_schemas import Language, Ref
from intake.api.texts import Line, ShortLine
from intake.api.ticket_schemas import Sent
from intake.people import Role


def _unsent() -> Any:
    """A member that may be left out, which is not the same as null."""
    return Field(default_factory=lambda: None)


class NewUser(Sent):
    """Somebody who works for the service desk. Without a password, an invitation lets them choose one."""

    login: Line
    name: Line
    role: Role = Role.TECHNICIAN
    active: bool = True
    language: Language = "cs"
    password: str | None = Field(None, min_length=SHORTEST, max_length=LONGEST)


class ChangedUser(Sent):
    """What changes about a user. active: false logs the user out at once."""

    login: Line = _unsent()
    name: Line = _unsent()
    role: Role = _unsent()
    active: bool = _unsent()
    language: Language = _unsent()


class SentPassword(Sent):
    """A new password."""

    password: str = Field(min_length=SHORTEST, max_length=LONGEST)


class Invited(BaseModel):
    """Where the link went."""

    address: str


class EndedSessions(BaseModel):
    """How many sessions ended."""

    count: int


class ResetFactors(BaseModel):
    """Whether there was anything to forget."""

    reset: bool


class ShownProvider(BaseModel):
    """A customer's own log-in. Its client secret is never shown."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    customer_id: int
    slug: str
    name: str
    issuer: str
    client_id: str
    domains: tuple[str, ...]
    create_contacts: bool
    active: bool


class CheckedProvider(BaseModel):
    """Whether a customer's own log-in answers as it should. problem: what is wrong, for whoever set it up."""

    works: bool
    problem: str | None


class NewProvider(Sent):
    """A customer's own log-in by OpenID Connect. domains: of the mail addresses whose people are sent there."""

    customer_id: Ref
    slug: ShortLine
    name: ShortLine
    issuer: Line
    client_id: Line
    client_secret: str | None = Field(None, min_length=1, max_length=500)
    domains: tuple[ShortLine, ...] = Field((), max_length=100)
    create_contacts: bool = False
    active: bool = True


class ChangedProvider(Sent):
    """What changes about a provider; its customer and its slug stay."""

    name: ShortLine = _unsent()
    issuer: Line = _unsent()
    client_id: Line = _unsent()
    client_secret: str = _unsent()
    domains: tuple[ShortLine, ...] = _unsent()
    create_contacts: bool = _unsent()
    active: bool = _unsent()
