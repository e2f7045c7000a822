"""Customers, contacts and contracts: the commands of `intake.administration.ListsAdmin` on these rows."""

from datetime import datetime

from sqlalchemy import delete, select

from intake.administration import InvalidEntryError
from intake.login.signing import Person
from intake.people import Contact, ContactData, Contract, ContractData, Customer, CustomerData
from intake.tickets.model import Actor
from store.contracts import customer_contract, refuse_to_rewrite
from store.deadlines import renew_deadlines
from store.endings import end_sessions_of
from store.entries import Entries
from store.people_rows import (
    contact_values,
    contract_values,
    customer_values,
    overlaps,
    read_contact,
    read_contract,
    read_customer,
)
from store.search.queue import StoreSearch
from store.tables import contacts, contracts, customers, login_steps, sessions


class StoreLists(Entries):
    """See `intake.administration.ListsAdmin`."""

    def customer(self, customer_id: int) -> Customer:
        return read_customer(self._row(customers, "customer", customer_id))

    def add_customer(self, data: CustomerData, *, by: Actor, at: datetime) -> Customer:
        values = customer_values(data) | {"created_at": at}
        return read_customer(self._add(customers, "customer", values, by=by, at=at))

    def change_customer(self, customer_id: int, data: CustomerData, *, by: Actor, at: datetime) -> Customer:
        before = self._row(customers, "customer", customer_id)
        after = self._change(customers, "customer", before, customer_values(data), by=by, at=at)
        if before.name != after.name:
            StoreSearch(self._connection).mark_customer(customer_id)
        if before.active and not after.active:
            people = select(contacts.c.id).where(contacts.c.customer_id == customer_id)
            for table in (sessions, login_steps):
                self._connection.execute(delete(table).where(table.c.contact_id.in_(people)))
        return read_customer(after)

    def contact(self, contact_id: int) -> Contact:
        return read_contact(self._row(contacts, "contact", contact_id))

    def add_contact(self, data: ContactData, *, by: Actor, at: datetime) -> Contact:
        self._row(customers, "customer", data.customer_id)
        values = contact_values(data) | {"created_at": at}
        return read_contact(self._add(contacts, "contact", values, by=by, at=at))

    def change_contact(self, contact_id: int, data: ContactData, *, by: Actor, at: datetime) -> Contact:
        before = self._row(contacts, "contact", contact_id)
        _stays_with(before.customer_id, data.customer_id)
        after = self._change(contacts, "contact", before, contact_values(data), by=by, at=at)
        if before.name != after.name:
            StoreSearch(self._connection).mark_contact(contact_id)
        if before.active and not after.active:
            end_sessions_of(self._connection, Person(contact_id=contact_id))
        elif before.is_admin != after.is_admin:
            # Admins may need a second factor, which the session began without.
            end_sessions_of(self._connection, Person(contact_id=contact_id), links=False)
        return read_contact(after)

    def contract(self, contract_id: int) -> Contract:
        return read_contract(self._row(contracts, "contract", contract_id))

    def add_contract(self, data: ContractData, *, by: Actor, at: datetime) -> Contract:
        self._row(customers, "customer", data.customer_id)
        self._keep_the_past(data, at=at)
        added = read_contract(self._add(contracts, "contract", contract_values(data), by=by, at=at))
        renew_deadlines(self._connection, data.customer_id, at)
        return added

    def change_contract(
        self, contract_id: int, data: ContractData, *, by: Actor, at: datetime, correction: bool = False
    ) -> Contract:
        before = self._row(contracts, "contract", contract_id)
        _stays_with(before.customer_id, data.customer_id)
        if not correction:
            refuse_to_rewrite(read_contract(before), data, at)
        changed = read_contract(self._change(contracts, "contract", before, contract_values(data), by=by, at=at))
        renew_deadlines(self._connection, data.customer_id, at)
        return changed

    def _keep_the_past(self, data: ContractData, *, at: datetime) -> None:
        """Refuse a new contract that would take over at a time that has passed under another one."""
        if data.valid_from >= at:
            return
        contract = customer_contract(self._connection, data.customer_id)
        until = min(at, data.valid_until or at)
        for version in contract.versions:
            if overlaps(version.valid_from, version.valid_until, data.valid_from, until):
                message = (
                    f"The contract {version.terms.name} was in force at that time, and what was counted under it "
                    "stays: begin now or later, or change that contract as a correction."
                )
                raise InvalidEntryError(message, field="valid_from")


def _stays_with(before: int, after: int) -> None:
    """History hangs on an entry: it never moves to another customer."""
    if before != after:
        message = "An entry cannot move to another customer; end this one and add a new one there."
        raise InvalidEntryError(message, field="customer_id")
