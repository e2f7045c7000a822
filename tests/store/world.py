"""A small world of customers and contacts in a fresh database, and the real store around it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import Engine

from authz.identity import Channel
from intake.people import AddressData, Contact, ContactData, Customer, CustomerData
from intake.ports import Transaction
from intake.tickets.model import Actor, ActorKind
from store.writer import GroupWriter
from tests.database import open_quick

T = TypeVar("T")

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ADMIN = Actor(kind=ActorKind.ADMIN, name="Alena", channel=Channel.WEB)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Two customers who must never see each other, with a contact each."""

    engine: Engine
    writer: GroupWriter
    acme: Customer
    jana: Contact
    globex: Customer
    karel: Contact

    def do(self, work: Callable[[Transaction], T]) -> T:
        """Run a unit of work and wait for its commit."""
        return self.writer.submit(work).result(timeout=10)


@contextmanager
def world(database_url: str) -> Iterator[World]:
    """Make the people in a migrated database; the writer is stopped in the end."""
    engine = open_quick(database_url)
    writer = GroupWriter(engine)
    try:
        acme, jana = writer.submit(lambda tx: _customer(tx, "Acme", "Jana Nováková", "jana@acme.example")).result(10)
        globex, karel = writer.submit(lambda tx: _customer(tx, "Globex", "Karel Malý", "karel@globex.example")).result(
            10
        )
        yield World(engine=engine, writer=writer, acme=acme, jana=jana, globex=globex, karel=karel)
    finally:
        writer.stop()
        engine.dispose()


def _customer(tx: Transaction, name: str, person: str, address: str) -> tuple[Customer, Contact]:
    customer = tx.people.add_customer(CustomerData(name=name), by=ADMIN, at=AT)
    contact = tx.people.add_contact(ContactData(customer_id=customer.id, name=person), by=ADMIN, at=AT)
    entry = AddressData(customer_id=customer.id, contact_id=contact.id, address=address)
    tx.people.add_address(entry, by=ADMIN, at=AT)
    return customer, contact
