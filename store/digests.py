"""What waits under the names of a customer's people, and who of it is told. See `intake.letters.customer_digest`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, func, or_, select

from intake.ledger import HeldState
from store.engine import reading
from store.tables import contacts, customers, ledger, quarantine


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomersWaiting:
    """A customer under whose people's names something is held. newest: when the last of it was held, aware UTC."""

    customer_id: int
    waiting: int
    newest: datetime
    admins: tuple[int, ...]


class StoreDigests:
    """Reads only. Blocking."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def waiting(self, since: datetime, at: datetime) -> Sequence[CustomersWaiting]:
        """The active customers with something new since an instant and an active admin of their own. at: aware UTC."""
        newest = func.max(quarantine.c.held_at).label("newest")
        held = (
            select(ledger.c.customer_id, func.count().label("waiting"), newest)
            .join(quarantine, quarantine.c.id == ledger.c.id)
            .where(quarantine.c.state == HeldState.HELD, ledger.c.customer_id.is_not(None))
            .group_by(ledger.c.customer_id)
            .having(newest > since)
        )
        found = []
        with reading(self._engine).connect() as connection:
            for row in connection.execute(held).all():
                admins = (
                    select(contacts.c.id)
                    .join(customers, customers.c.id == contacts.c.customer_id)
                    .where(
                        contacts.c.customer_id == row.customer_id,
                        contacts.c.is_admin,
                        contacts.c.active,
                        customers.c.active,
                        or_(contacts.c.valid_from.is_(None), contacts.c.valid_from <= at),
                        or_(contacts.c.valid_until.is_(None), contacts.c.valid_until > at),
                    )
                    .order_by(contacts.c.id)
                )
                people = tuple(connection.execute(admins).scalars())
                if people:
                    found.append(
                        CustomersWaiting(
                            customer_id=row.customer_id, waiting=row.waiting, newest=row.newest, admins=people
                        )
                    )
        return found

    def lines(self, customer_id: int, limit: int) -> Sequence[Any]:
        """What is held for a customer, newest first: held_at, identity, subject, reason."""
        query = (
            select(quarantine.c.held_at, ledger.c.identity, ledger.c.subject, ledger.c.reason)
            .join(ledger, ledger.c.id == quarantine.c.id)
            .where(quarantine.c.state == HeldState.HELD, ledger.c.customer_id == customer_id)
            .order_by(quarantine.c.id.desc())
            .limit(limit)
        )
        with reading(self._engine).connect() as connection:
            return connection.execute(query).all()
