"""What is kept around logging in: sessions, second factors, half-done log-ins, providers. Values and Protocols.

The rules are in `authz.people`, the order of the steps in `intake.login.signin` and beside it.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from intake.tickets.model import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who logs in: a contact, or a user of the service desk. Exactly one is set."""

    contact_id: int | None = None
    user_id: int | None = None

    @property
    def kind(self) -> str:
        """As in the audit trail."""
        return "user" if self.contact_id is None else "contact"

    @property
    def id(self) -> int:
        """The number of the entry in its list."""
        found = self.user_id if self.contact_id is None else self.contact_id
        if found is None:
            raise ValueError("a person is a contact or a user")
        return found

    @property
    def key(self) -> str:
        """Names the person in secrets and authenticators."""
        return f"{self.kind}/{self.id}"


def counted_login(login: str) -> str:
    """By what attempts with a log-in are counted: never by what something else is counted by, whatever is typed there.

    Those have a colon or a slash, as "contact/5" and "link-for:jan@firma.cz".
    """
    return f"login:{login}" if ":" in login or "/" in login else login


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What logging in needs to know of a person. language: None is the customer's.

    standing: the role of a user; "contact" or "customer-admin". address: the mail address the person was found by, as
    it is listed, never as somebody typed it.
    """

    person: Person
    name: str
    login: str | None
    standing: str
    language: str | None
    password_hash: str | None = field(repr=False)
    address: str | None = None

    @property
    def counted_as(self) -> str:
        """By what the attempts to log in are counted."""
        return counted_login(self.login) if self.login else self.person.key


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a log-in comes from. peer: an IP address. agent: the kind of browser, in few words."""

    peer: str = ""
    agent: str = ""


NOWHERE = Origin()


class How(StrEnum):
    """How somebody logged in."""

    PASSWORD = "password"  # noqa: S105 - a name
    CODE = "password+code"  # noqa: S105 - likewise
    RECOVERY = "password+recovery"  # noqa: S105 - likewise
    PASSKEY = "passkey"  # noqa: S105 - likewise
    OIDC = "oidc"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """A session in its owner's list. seen_at: now and then written down. kept: names it, and opens nothing."""

    kept: str
    how: str
    origin: Origin
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TotpKey:
    """The key of somebody's one-time codes, sealed. last_step: of the last code that was taken."""

    sealed: str
    last_step: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """A key pair of a person's device, of which we have the public half. credential_id: base64url."""

    id: int
    person: Person
    credential_id: str
    public_key: bytes = field(repr=False)
    sign_count: int
    name: str
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPasskey:
    """A passkey that a device has just made."""

    credential_id: str
    public_key: bytes = field(repr=False)
    sign_count: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Factors:
    """What somebody can prove themselves by."""

    password: bool
    totp: bool
    recovery_codes: int
    passkeys: tuple[Passkey, ...]

    @property
    def second(self) -> bool:
        """Whether there is anything besides the password."""
        return self.totp or bool(self.passkeys)


class Purpose(StrEnum):
    """What is to be done with a secret that was handed out."""

    SECOND_STEP = "second-step"
    TOTP_SETUP = "totp-setup"
    PASSKEY_ADD = "passkey-add"  # noqa: S105 - a name
    PASSKEY_LOGIN = "passkey-login"  # noqa: S105 - likewise
    LINK = "link"
    OIDC = "oidc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something begun that only the holder of a secret may finish, once. expires_at: aware UTC."""

    kept: str
    purpose: Purpose
    person: Person | None
    expires_at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)


def keep_step(purpose: Purpose, secret: str) -> str:
    """What is kept of a step's secret: SHA-256, hex. A secret for one thing is none for another."""
    return hashlib.sha256(f"{purpose}/{secret}".encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcProviderData:
    """A customer's own log-in. domains: of mail addresses whose people are sent there.

    create_contacts: whoever it vouches for becomes a contact of the customer; else unknown people are refused.
    """

    customer_id: int
    slug: str
    name: str
    issuer: str
    client_id: str
    domains: tuple[str, ...] = ()
    create_contacts: bool = False
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcProvider(OidcProviderData):
    """A provider as stored. sealed_secret: of our client there; None for a public client."""

    id: int
    created_at: datetime
    sealed_secret: str | None = field(default=None, repr=False)


class Signing(Protocol):
    """The rows, inside a transaction. Instants are aware UTC."""

    def account(self, person: Person) -> Account:
        """Who it is. Raises UnknownEntryError."""
        ...

    def accounts_at(self, address: str, at: datetime) -> tuple[Account, ...]:
        """Whoever has this mail address: contacts it is listed for now, and the user who logs in with it."""
        ...

    def is_listed(self, address: str) -> bool:
        """Whether a list has exactly this mail address, for whatever time and customer."""
        ...

    def set_password(self, person: Person, password_hash: str, *, by: Actor, at: datetime) -> None:
        """Replace the password; who has no log-in yet logs in with the address of the link. Ends no session."""
        ...

    def set_login(self, person: Person, login: str, *, by: Actor, at: datetime) -> None:
        """Give a log-in to a person without one. Raises TakenEntryError."""
        ...

    def set_language(self, person: Person, language: str, *, by: Actor, at: datetime) -> None: ...

    def see_session(self, kept: str, at: datetime) -> None:
        """Write down that a session is in use."""
        ...

    def end_session_of(self, person: Person, kept: str) -> bool:
        """End one session of this person; False when it is none of theirs."""
        ...

    def end_sessions(self, person: Person, *, but: Collection[str] = ()) -> int:
        """End all sessions of a person, and whatever is half done, such as links on their way; returns how many."""
        ...

    def factors(self, person: Person) -> Factors: ...
    def totp(self, person: Person) -> TotpKey | None:
        """The key, locked until the transaction ends."""
        ...

    def keep_totp(self, person: Person, key: TotpKey) -> None:
        """Keep a key in place of the one before."""
        ...

    def take_step(self, person: Person, last_step: int) -> None:
        """A code of this step was taken."""
        ...

    def keep_recovery_codes(self, person: Person, kept: Sequence[str]) -> None:
        """Keep these in place of the ones before."""
        ...

    def use_recovery_code(self, person: Person, kept: str) -> bool:
        """Take a code, which is then gone; False when there is none such."""
        ...

    def remove_second_factors(self, person: Person, *, passkeys: bool = True) -> bool:
        """Forget the key, the recovery codes and the passkeys; False when there were none."""
        ...

    def add_passkey(self, person: Person, passkey: NewPasskey, at: datetime) -> None:
        """Raises TakenEntryError for a passkey that is known already."""
        ...

    def passkey(self, credential_id: str) -> Passkey | None:
        """The passkey, locked until the transaction ends."""
        ...

    def use_passkey(self, passkey_id: int, sign_count: int, at: datetime) -> None: ...
    def remove_passkey(self, person: Person, passkey_id: int) -> bool: ...

    def begin_step(self, step: Step, at: datetime) -> None:
        """Keep a step in place of one with the same secret; some that have expired are deleted."""
        ...

    def step(self, kept: str, at: datetime) -> Step | None:
        """A step that has not expired, locked until the transaction ends."""
        ...

    def end_step(self, kept: str) -> None: ...
    def forget_steps(self, before: datetime) -> int:
        """Delete the steps that expired before an instant; returns how many."""
        ...

    def add_provider(
        self, data: OidcProviderData, sealed_secret: str | None, *, by: Actor, at: datetime
    ) -> OidcProvider: ...
    def change_provider(
        self, provider_id: int, data: OidcProviderData, sealed_secret: str | None, *, by: Actor, at: datetime
    ) -> OidcProvider:
        """Change a provider; its slug and its customer stay. sealed_secret: None keeps the one it has."""
        ...

    def provider(self, provider_id: int) -> OidcProvider: ...
    def remove_provider(self, provider_id: int, *, by: Actor, at: datetime) -> None: ...
    def subject(self, provider_id: int, subject: str) -> Person | None:
        """Whom the provider's subject was found to be."""
        ...

    def keep_subject(self, provider_id: int, subject: str, contact_id: int, at: datetime) -> None: ...

    def note(
        self, entity: str, entity_id: str, action: str, *, by: Actor, at: datetime, **what: str | int | None
    ) -> None:
        """Write a line into the audit trail."""
        ...


class AccountQueries(Protocol):
    """What the pages ask. Blocking."""

    def sessions_of(self, person: Person, at: datetime) -> tuple[OpenSession, ...]:
        """Those that have not ended, the last one in use first."""
        ...

    def factors_of(self, person: Person) -> Factors: ...
    def step(self, kept: str, at: datetime) -> Step | None: ...
    def providers(self, customer_id: int | None = None) -> tuple[OidcProvider, ...]: ...
    def provider_at(self, slug: str) -> OidcProvider | None:
        """The active provider of an active customer."""
        ...

    def provider_for(self, domain: str) -> OidcProvider | None:
        """The active provider to which people of a mail domain are sent."""
        ...
