"""Customers, their contacts and their contracts."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Response

from authz.people.passwords import hash_password, password_problem
from intake.administration import InvalidEntryError
from intake.api.access import PeopleReader
from intake.api.lists import EntryId, Listed, WantedId, WantedWindow, listed
from intake.api.people_schemas import (
    ChangedContact,
    ChangedContract,
    ChangedCustomer,
    NewContact,
    NewContract,
    NewCustomer,
    SentLogin,
)
from intake.api.problems import Problem, documented
from intake.api.services import Services
from intake.api.writing import WantedWriting, with_changes
from intake.login.admin import give_login
from intake.people import Contact, ContactData, Contract, ContractData, Customer, CustomerData

router = APIRouter(prefix="/api/v1", tags=["people"])

_FOUND = documented("not-found")
_WRITTEN = documented("not-found", "entry-taken", "idempotency-key-reused")


@router.get("/customers", responses=documented())
def list_customers(
    *,
    services: Services,
    caller: PeopleReader,
    window: WantedWindow,
    name: Annotated[str | None, Query(max_length=100, description="a part of it, in any case")] = None,
) -> Listed[Customer]:
    """Customers, oldest first."""
    return listed(services.queries.customers(window, name=name), lambda entry: entry)


@router.get("/customers/{customer_id}", responses=_FOUND)
def read_customer(services: Services, caller: PeopleReader, customer_id: EntryId) -> Customer:
    """One customer."""
    found = services.queries.customer(customer_id)
    if found is None:
        raise Problem("not-found", f"There is no customer {customer_id}.")
    return found


@router.post("/customers", status_code=201, response_model=Customer, responses=_WRITTEN)
async def add_customer(writing: WantedWriting, sent: NewCustomer) -> Response:
    """Add a customer."""
    data = CustomerData(**sent.model_dump())
    return await writing.add(Customer, lambda people, by, at: people.add_customer(data, by=by, at=at))


@router.patch("/customers/{customer_id}", responses=_WRITTEN)
async def change_customer(writing: WantedWriting, customer_id: EntryId, sent: ChangedCustomer) -> Customer:
    """Change a customer; `{"active": false}` binds at once on every channel."""
    return await writing.change(
        lambda people, by, at: people.change_customer(
            customer_id, with_changes(CustomerData, people.customer(customer_id), sent), by=by, at=at
        )
    )


@router.get("/contacts", responses=documented())
def list_contacts(
    *, services: Services, caller: PeopleReader, window: WantedWindow, customer_id: WantedId = None
) -> Listed[Contact]:
    """Contacts, oldest first."""
    return listed(services.queries.contacts(window, customer_id=customer_id), lambda entry: entry)


@router.get("/contacts/{contact_id}", responses=_FOUND)
def read_contact(services: Services, caller: PeopleReader, contact_id: EntryId) -> Contact:
    """One contact."""
    found = services.queries.contact(contact_id)
    if found is None:
        raise Problem("not-found", f"There is no contact {contact_id}.")
    return found


@router.post("/contacts", status_code=201, response_model=Contact, responses=_WRITTEN)
async def add_contact(writing: WantedWriting, sent: NewContact) -> Response:
    """Add a contact to a customer."""
    data = ContactData(**sent.model_dump())
    return await writing.add(Contact, lambda people, by, at: people.add_contact(data, by=by, at=at))


@router.patch("/contacts/{contact_id}", responses=_WRITTEN)
async def change_contact(writing: WantedWriting, contact_id: EntryId, sent: ChangedContact) -> Contact:
    """Change a contact; `{"active": false}` binds at once on every channel."""
    return await writing.change(
        lambda people, by, at: people.change_contact(
            contact_id, with_changes(ContactData, people.contact(contact_id), sent), by=by, at=at
        )
    )


@router.put("/contacts/{contact_id}/login", responses=_WRITTEN)
async def set_login(writing: WantedWriting, contact_id: EntryId, sent: SentLogin) -> Contact:
    """Give a contact a log-in, or a new password; whoever is logged in with the old one is logged out."""
    problem = password_problem(sent.password, sent.login)
    if problem is not None:
        raise InvalidEntryError(problem, field="password")
    hashed = await asyncio.to_thread(hash_password, sent.password)
    services, by, at = writing.services, writing.caller.actor, writing.services.clock()
    work = services.writer.submit(lambda tx: give_login(tx, contact_id, sent.login, hashed, by=by, at=at))
    return await asyncio.wrap_future(work)


@router.delete("/contacts/{contact_id}/login", responses=_FOUND)
async def remove_login(writing: WantedWriting, contact_id: EntryId) -> Contact:
    """Take a contact's log-in away."""
    return await writing.change(lambda people, by, at: people.set_contact_login(contact_id, None, None, by=by, at=at))


@router.get("/contracts", responses=documented())
def list_contracts(
    *, services: Services, caller: PeopleReader, window: WantedWindow, customer_id: WantedId = None
) -> Listed[Contract]:
    """Contracts, oldest first. Of those in force at a moment, the one that began last counts."""
    return listed(services.queries.contracts(window, customer_id=customer_id), lambda entry: entry)


@router.post("/contracts", status_code=201, response_model=Contract, responses=_WRITTEN)
async def add_contract(writing: WantedWriting, sent: NewContract) -> Response:
    """Add a contract."""
    data = ContractData(**sent.model_dump())
    return await writing.add(Contract, lambda people, by, at: people.add_contract(data, by=by, at=at))


@router.patch("/contracts/{contract_id}", responses=_WRITTEN)
async def change_contract(writing: WantedWriting, contract_id: EntryId, sent: ChangedContract) -> Contract:
    """Change a contract."""
    return await writing.change(
        lambda people, by, at: people.change_contract(
            contract_id,
            with_changes(ContractData, people.contract(contract_id), sent, but="correction"),
            by=by,
            at=at,
            correction=sent.correction,
        )
    )
