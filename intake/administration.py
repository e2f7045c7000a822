"""The commands that change the people and the lists, as Protocols, and the ways one can be refused.

Every command writes what was before and after, who did it and when, in the same transaction. All instants are aware
UTC. The commands raise `EntryError`s, whose messages say what to do; nothing is stored then.
"""

from datetime import datetime
from typing import Protocol

from authz.people.sessions import NewSession
from intake.people import (
    Address,
    AddressData,
    ApiToken,
    ApiTokenData,
    Contact,
    ContactData,
    Contract,
    ContractData,
    Customer,
    CustomerData,
    LoginAccount,
    LoginFailures,
    Number,
    NumberData,
    NumberRange,
    NumberRangeData,
    User,
    UserData,
)
from intake.tickets.model import Actor


class EntryError(Exception):
    """A change of the lists that is refused. field: of the entry, where one is to blame."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class InvalidEntryError(EntryError):
    """A value that cannot be taken."""


class TooOftenError(InvalidEntryError):
    """What was done often enough for a while. until: when it is possible again, aware UTC."""

    def __init__(self, message: str, *, field: str | None = None, until: datetime | None = None) -> None:
        super().__init__(message, field=field)
        self.until = until


class TakenEntryError(EntryError):
    """A value that belongs to another entry already."""


class UnknownEntryError(EntryError):
    """An entry that does not exist."""


class ListsAdmin(Protocol):
    """Customers, contacts, and what they are recognized by. Entries are read under a lock until the end."""

    def customer(self, customer_id: int) -> Customer: ...
    def add_customer(self, data: CustomerData, *, by: Actor, at: datetime) -> Customer: ...
    def change_customer(self, customer_id: int, data: CustomerData, *, by: Actor, at: datetime) -> Customer: ...

    def contact(self, contact_id: int) -> Contact: ...
    def add_contact(self, data: ContactData, *, by: Actor, at: datetime) -> Contact: ...
    def change_contact(self, contact_id: int, data: ContactData, *, by: Actor, at: datetime) -> Contact:
        """Replace what is said about a contact; a contact never moves to another customer."""
        ...

    def address(self, address_id: int) -> Address: ...
    def add_address(self, data: AddressData, *, by: Actor, at: datetime) -> Address: ...
    def change_address(self, address_id: int, data: AddressData, *, by: Actor, at: datetime) -> Address: ...
    def remove_address(self, address_id: int, *, by: Actor, at: datetime) -> None: ...

    def number(self, number_id: int) -> Number: ...
    def add_number(self, data: NumberData, *, by: Actor, at: datetime) -> Number: ...
    def change_number(self, number_id: int, data: NumberData, *, by: Actor, at: datetime) -> Number: ...
    def remove_number(self, number_id: int, *, by: Actor, at: datetime) -> None: ...

    def number_range(self, range_id: int) -> NumberRange: ...
    def add_number_range(self, data: NumberRangeData, *, by: Actor, at: datetime) -> NumberRange: ...
    def change_number_range(self, range_id: int, data: NumberRangeData, *, by: Actor, at: datetime) -> NumberRange: ...
    def remove_number_range(self, range_id: int, *, by: Actor, at: datetime) -> None: ...

    def contract(self, contract_id: int) -> Contract: ...
    def add_contract(self, data: ContractData, *, by: Actor, at: datetime) -> Contract: ...
    def change_contract(
        self, contract_id: int, data: ContractData, *, by: Actor, at: datetime, correction: bool = False
    ) -> Contract:
        """Change a contract. What was in force already can only be corrected: a change is a contract of its own."""
        ...


class AccountsAdmin(Protocol):
    """Users, log-ins, tokens and sessions."""

    def user(self, user_id: int) -> User: ...
    def user_at(self, address: str) -> User | None:
        """The active user whose log-in is this mail address."""
        ...

    def add_user(self, data: UserData, *, password_hash: str | None, by: Actor, at: datetime) -> User: ...
    def change_user(self, user_id: int, data: UserData, *, by: Actor, at: datetime) -> User: ...
    def set_contact_login(
        self, contact_id: int, login: str | None, password_hash: str | None, *, by: Actor, at: datetime
    ) -> Contact:
        """Give a contact a log-in, or with None take it away; the contact's sessions end."""
        ...

    def login_account(self, login: str) -> LoginAccount | None:
        """Who logs in with this name, in whatever case."""
        ...

    def renew_password_hash(self, account: LoginAccount, password_hash: str) -> None:
        """Keep the same password with a stronger hash; nothing anybody did, so nothing is audited."""
        ...

    def token(self, token_id: int) -> ApiToken: ...
    def add_token(self, data: ApiTokenData, *, kept: str, by: Actor, at: datetime) -> ApiToken: ...
    def revoke_token(self, token_id: int, *, by: Actor, at: datetime) -> ApiToken: ...

    def add_session(
        self,
        session: NewSession,
        *,
        contact_id: int | None,
        user_id: int | None,
        how: str = "password",
        peer: str = "",
        agent: str = "",
    ) -> None:
        """Begin a session. how, peer, agent: what its owner is told of it."""
        ...

    def end_session(self, kept: str) -> None: ...
    def forget_sessions(self, before: datetime) -> int:
        """Delete the sessions that expired before an instant; returns how many."""
        ...

    def login_failures(self, login: str) -> LoginFailures | None: ...
    def keep_login_failures(self, failures: LoginFailures) -> None: ...
    def clear_login_failures(self, login: str) -> None: ...
    def forget_login_failures(self, before: datetime) -> None:
        """Delete what was counted before an instant: anybody can make a row for any made-up name."""
        ...


class PeopleAdmin(ListsAdmin, AccountsAdmin, Protocol):
    """All of it."""
