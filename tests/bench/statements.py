"""The twelve statements of a year of 10 000 tickets out of the store, and the list by deadline at a million tickets.

`python -m tests.bench.statements [--tickets 1000000]` prints medians and the memory at its highest. The database is a
file in a folder that is removed in the end.
"""

import argparse
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Engine, insert

from authz.identity import Channel
from intake.people import ContractData, CustomerData
from intake.ports import Transaction
from intake.queries import TicketFilter, Window
from intake.sla.agreed import written_terms
from intake.sla.contract import EXAMPLE_TERMS
from intake.sla.schedule import deadlines_at_receipt
from intake.statements.months import Month, draw_statement
from intake.terms import Category, Status
from intake.tickets.model import Actor, ActorKind, EventKind
from store.engine import open_engine
from store.migrate import migrate
from store.queries import StoreQueries
from store.tables import ticket_events, tickets
from store.writer import GroupWriter

START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2027, 1, 5, tzinfo=UTC)
DAY = timedelta(days=1)
BENCH = Actor(kind=ActorKind.SYSTEM, name="bench", channel=Channel.WEB)
STEPS = (Status.IN_PROGRESS, Status.MORE_INFO, Status.IN_PROGRESS, Status.TO_VERIFY, Status.CLOSED)
CHUNK = 2000


def customer(engine: Engine) -> int:
    """A customer with the example contract."""
    writer = GroupWriter(engine)

    def work(tx: Transaction) -> int:
        made = tx.people.add_customer(CustomerData(name="Bench"), by=BENCH, at=START)
        terms = written_terms(EXAMPLE_TERMS)
        data = ContractData(customer_id=made.id, name="Example", valid_from=START - 365 * DAY, terms=terms)
        tx.people.add_contract(data, by=BENCH, at=START)
        return made.id

    try:
        return writer.submit(work).result()
    finally:
        writer.stop()


def closed_ticket(
    number: int, owner: int, start: datetime, random: Random
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A ticket of the year that begins at `start`, with its five steps, as rows."""
    at = received = start + timedelta(seconds=random.randrange(360 * 86_400))
    events, before = [], Status.NEW
    for step, status in enumerate(STEPS):
        at += timedelta(seconds=random.randrange(20 * 3_600))
        events.append(event(number * 10 + step, number, at, before, status))
        before = status
    row = ticket(number, owner, random.choice(list(Category)), received)
    return row | {"status": Status.CLOSED, "since": at, "updated_at": at, "closed_at": at}, events


def ticket(number: int, owner: int, category: Category, received: datetime) -> dict[str, Any]:
    """A new ticket's row."""
    return {
        "id": number,
        "number": number,
        "customer_id": owner,
        "subject": "Bench",
        "category": category,
        "status": Status.NEW,
        "channel": Channel.WEB,
        "received_at": received,
        "since": received,
        "updated_at": received,
        "closed_at": None,
        "attention": False,
        "version": 1,
        "next_deadline": None,
    }


def event(key: int, number: int, at: datetime, before: Status, after: Status) -> dict[str, Any]:
    """A change of status, as a row."""
    return {
        "id": key,
        "ticket_id": number,
        "at": at,
        "actor_kind": ActorKind.TECHNICIAN,
        "actor_name": "bench",
        "channel": Channel.WEB,
        "kind": EventKind.STATUS,
        "before": before,
        "after": after,
    }


def fill(engine: Engine, owner: int, numbers: range, start: datetime) -> None:
    """Write the closed tickets of a year."""
    random = Random(3)
    for first in range(numbers.start, numbers.stop, CHUNK):
        chunk = range(first, min(first + CHUNK, numbers.stop))
        made = [closed_ticket(number, owner, start, random) for number in chunk]
        with engine.begin() as connection:
            connection.execute(insert(tickets), [row for row, _ in made])
            connection.execute(insert(ticket_events), [row for _, rows in made for row in rows])


def open_rows(engine: Engine, owner: int, first: int, count: int) -> Iterator[list[dict[str, Any]]]:
    """Chunks of open tickets with their deadlines."""
    contract, random = StoreQueries(engine).customer_contract(owner), Random(5)
    for start in range(first, first + count, CHUNK):
        rows = []
        for number in range(start, min(start + CHUNK, first + count)):
            received = START + timedelta(seconds=random.randrange(360 * 86_400))
            category = random.choice(list(Category))
            ahead = deadlines_at_receipt(contract, received, category)
            rows.append(ticket(number, owner, category, received) | {"next_deadline": ahead.next})
        yield rows


def statements(engine: Engine, owner: int, count: int) -> None:
    """Print how long the twelve statements take, JSON included."""
    queries, octets, used = StoreQueries(engine), 0, []
    for number in range(1, 13):
        begun = time.perf_counter()
        octets += len(draw_statement(queries, owner, Month(year=2026, number=number), NOW).document)
        used.append(time.perf_counter() - begun)
    print(
        f"12 statements of {count:,} tickets: {sum(used):.1f} s, the slowest {max(used):.2f} s, "
        f"{octets / 1e6:.1f} MB of JSON, memory at most {peak()} MB"
    )


def by_deadline(engine: Engine, owner: int, first: int, count: int) -> None:
    """Print how long a page of the list by deadline takes, the first and one from the middle."""
    for rows in open_rows(engine, owner, first, count):
        with engine.begin() as connection:
            connection.execute(insert(tickets), rows)
    queries = StoreQueries(engine)
    middle = Window(limit=50, after=first, after_deadline=START + 180 * DAY)
    for name, window in (("first page", Window(limit=50)), ("page from the middle", middle)):
        times = []
        for _ in range(50):
            begun = time.perf_counter()
            page = queries.tickets_by_deadline(TicketFilter(), window)
            times.append(time.perf_counter() - begun)
        assert len(page.items) == 50
        print(f"list by deadline of {count:,} open tickets, {name}: {statistics.median(times) * 1000:.2f} ms")


def peak() -> int:
    """Resident memory at its highest, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    """Fill a database and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--year", type=int, default=10_000, help="closed tickets of the year")
    parser.add_argument("--earlier", type=int, default=0, help="closed tickets of each of the five years before")
    parser.add_argument("--tickets", type=int, default=100_000, help="open tickets for the list by deadline")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'bench.db'}")
        migrate(engine)
        owner = customer(engine)
        for ago in range(5 if wanted.earlier else 0):
            first = 1 + wanted.year + ago * wanted.earlier
            fill(engine, owner, range(first, first + wanted.earlier), START - (ago + 1) * 365 * DAY)
        fill(engine, owner, range(1, 1 + wanted.year), START)
        statements(engine, owner, wanted.year)
        by_deadline(engine, owner, 1 + wanted.year + 5 * wanted.earlier, wanted.tickets)
        engine.dispose()


if __name__ == "__main__":
    main()
