"""The people and the lists for those who keep them, and the look-ups of a log-in."""

from typing import Any

from sqlalchemy import Connection, Select, Table, select

from authz.identity import Channel, Claim, IdentityKind, Listing
from intake.people import Address, ApiToken, Contact, Contract, Customer, Number, NumberRange, User
from intake.queries import KnownSession, KnownToken, Page, Window
from store.directory import find_listings
from store.folded import is_named
from store.people_rows import (
    read_address,
    read_contact,
    read_contract,
    read_customer,
    read_number_entry,
    read_number_range,
    read_session,
    read_token,
    read_user,
)
from store.queries.reading import Reading
from store.tables import (
    addresses,
    api_tokens,
    contacts,
    contracts,
    customers,
    number_ranges,
    numbers,
    sessions,
    users,
)


class PeopleQueries(Reading):
    """See `intake.queries.Queries`."""

    def customers(self, window: Window, *, name: str | None = None) -> Page[Customer]:
        query = select(customers)
        if name:
            query = query.where(is_named(name, customers.c.name))
        return self._oldest_first(query, customers.c.id, window, read_customer)

    def customers_called(self, name: str) -> tuple[Customer, ...]:
        with self._engine.connect() as connection:
            found = connection.execute(select(customers).where(customers.c.name == name).order_by(customers.c.id))
            return tuple(map(read_customer, found))

    def customer(self, customer_id: int) -> Customer | None:
        return self._one(select(customers).where(customers.c.id == customer_id), read_customer)

    def contacts(self, window: Window, *, customer_id: int | None = None) -> Page[Contact]:
        return self._oldest_first(_of(contacts, customer_id), contacts.c.id, window, read_contact)

    def contact(self, contact_id: int) -> Contact | None:
        return self._one(select(contacts).where(contacts.c.id == contact_id), read_contact)

    def addresses(
        self, window: Window, *, customer_id: int | None = None, contact_id: int | None = None
    ) -> Page[Address]:
        return self._oldest_first(_of(addresses, customer_id, contact_id), addresses.c.id, window, read_address)

    def numbers(self, window: Window, *, customer_id: int | None = None, contact_id: int | None = None) -> Page[Number]:
        return self._oldest_first(_of(numbers, customer_id, contact_id), numbers.c.id, window, read_number_entry)

    def number_ranges(self, window: Window, *, customer_id: int | None = None) -> Page[NumberRange]:
        return self._oldest_first(_of(number_ranges, customer_id), number_ranges.c.id, window, read_number_range)

    def contract(self, contract_id: int) -> Contract | None:
        with self._engine.connect() as connection:
            found = connection.execute(select(contracts).where(contracts.c.id == contract_id)).first()
        return None if found is None else read_contract(found)

    def contracts(self, window: Window, *, customer_id: int | None = None) -> Page[Contract]:
        return self._oldest_first(_of(contracts, customer_id), contracts.c.id, window, read_contract)

    def tokens(self, window: Window) -> Page[ApiToken]:
        return self._oldest_first(select(api_tokens), api_tokens.c.id, window, read_token)

    def users(self, window: Window) -> Page[User]:
        return self._oldest_first(select(users), users.c.id, window, read_user)

    def find_token(self, kept: str) -> KnownToken | None:
        with self._engine.connect() as connection:
            found = connection.execute(select(api_tokens).where(api_tokens.c.token_hash == kept)).first()
            if found is None:
                return None
            contact, listings = _standing(connection, found.contact_id)
        return KnownToken(token=read_token(found), contact=contact, listings=listings)

    def find_session(self, kept: str) -> KnownSession | None:
        with self._engine.connect() as connection:
            found = connection.execute(select(sessions).where(sessions.c.token_hash == kept)).first()
            if found is None:
                return None
            contact, listings = _standing(connection, found.contact_id)
            user = connection.execute(select(users).where(users.c.id == found.user_id)).first()
        return KnownSession(
            session=read_session(found),
            contact=contact,
            user=None if user is None else read_user(user),
            listings=listings,
        )


def _of(table: Table, customer_id: int | None, contact_id: int | None = None) -> Select[Any]:
    query = select(table)
    if customer_id is not None:
        query = query.where(table.c.customer_id == customer_id)
    if contact_id is not None:
        query = query.where(table.c.contact_id == contact_id)
    return query


def _standing(connection: Connection, contact_id: int | None) -> tuple[Contact | None, tuple[Listing, ...]]:
    """A contact, and how the lists know it in this very moment: a deactivation binds with the next request."""
    if contact_id is None:
        return None, ()
    claim = Claim(channel=Channel.WEB, kind=IdentityKind.CONTACT, value=str(contact_id), shown="")
    row = connection.execute(select(contacts).where(contacts.c.id == contact_id)).one()
    return read_contact(row), find_listings(connection, claim)
