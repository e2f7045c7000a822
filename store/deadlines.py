"""The cache of deadlines on tickets: renewed when a contract changes, and proved against the histories.

What a deadline is stands in `intake.sla.schedule`; this module only compares and writes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, bindparam, or_, select, update

from intake.sla.contract import Contract
from intake.sla.schedule import Deadlines, deadlines
from intake.terms import Status
from store.contracts import customer_contract
from store.engine import reading
from store.histories import stream_histories_of, stream_open
from store.tables import tickets
from store.timers import StoreTimers

_COLUMNS = (tickets.c.response_deadline, tickets.c.fix_deadline, tickets.c.next_deadline, tickets.c.timer_at)
_RENEW = (
    update(tickets)
    .where(tickets.c.id == bindparam("ticket"))
    .values(
        response_deadline=bindparam("response"),
        fix_deadline=bindparam("fix"),
        next_deadline=bindparam("next"),
        timer_at=bindparam("timer"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A ticket whose stored deadlines are not what its history and contract say."""

    ticket_id: int
    number: int
    stored: Deadlines
    derived: Deadlines


def renew_deadlines(connection: Connection, customer_id: int, at: datetime) -> None:
    """Derive the deadlines of a customer's open tickets anew: the contract changed. at: aware UTC now."""
    contract = customer_contract(connection, customer_id)
    renewed = [
        _values(ticket_id, deadlines(history, contract, at))
        for ticket_id, history in stream_open(connection, customer_id)
    ]
    if renewed:
        connection.execute(_RENEW, renewed)


def renew_all_deadlines(connection: Connection, at: datetime) -> None:
    """The same for everybody who has an open ticket: the days of the site changed."""
    owners = select(tickets.c.customer_id).where(tickets.c.status != Status.CLOSED).distinct()
    for customer_id in connection.execute(owners).scalars().all():
        renew_deadlines(connection, customer_id, at)


def verify_deadlines(engine: Engine, at: datetime) -> Iterator[Difference | None]:
    """Derive the deadlines of every ticket that has or should have some; one result each, None when they agree.

    at: aware UTC now. Memory holds one ticket at a time.
    """
    has_some = or_(tickets.c.closed_at.is_(None), tickets.c.next_deadline.is_not(None), tickets.c.timer_at.is_not(None))
    contracts: dict[int, Contract] = {}
    with reading(engine).connect() as rows, reading(engine).connect() as others, rows.begin(), others.begin():
        extra = (tickets.c.customer_id, *_COLUMNS)
        for row, history in stream_histories_of(rows, [has_some], extra):
            contract = contracts.get(row.customer_id)
            if contract is None:
                contract = contracts[row.customer_id] = customer_contract(others, row.customer_id)
            stored = Deadlines(
                response=row.response_deadline, fix=row.fix_deadline, next=row.next_deadline, timer_at=row.timer_at
            )
            derived = deadlines(history, contract, at, StoreTimers(others).fired(row.ticket_id))
            if _agree(stored, derived):
                yield None
            else:
                yield Difference(ticket_id=row.ticket_id, number=row.number, stored=stored, derived=derived)


def repair_deadlines(connection: Connection, difference: Difference) -> None:
    """Write what was derived."""
    connection.execute(_RENEW, _values(difference.ticket_id, difference.derived))


def _agree(stored: Deadlines, derived: Deadlines) -> bool:
    if (stored.response, stored.fix, stored.next) != (derived.response, derived.fix, derived.next):
        return False
    # A look at the timers too early does no harm.
    return derived.timer_at is None or (stored.timer_at is not None and stored.timer_at <= derived.timer_at)


def _values(ticket_id: int, ahead: Deadlines) -> dict[str, int | datetime | None]:
    return {
        "ticket": ticket_id,
        "response": ahead.response,
        "fix": ahead.fix,
        "next": ahead.next,
        "timer": ahead.timer_at,
    }
