"""The rows the benchmark of the site reads: a service desk with a million tickets. Written in bulk, on both engines."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import Engine, Table, func, insert, literal_column, select, text

from authz.identity import Channel
from authz.people.sessions import NewSession, new_session
from intake.people import ContractData, Role, UserData
from intake.ports import Transaction
from intake.sla.agreed import written_terms
from intake.sla.contract import EXAMPLE_TERMS
from intake.sla.schedule import deadlines_at_receipt
from intake.terms import SLA_RUNS, Category, Status
from intake.tickets.model import Actor, ActorKind, EventKind
from store import tables as t
from store.queries import StoreQueries
from store.writer import GroupWriter

BENCH = Actor(kind=ActorKind.SYSTEM, name="bench", channel=Channel.WEB)
DAY = timedelta(days=1)
CUSTOMERS, CONTACTS, USERS = 5_000, 100_000, 50
# So many are made one by one; the others are their copies under other numbers.
MADE = 10_000
_CHUNK = 2_000
# Of the most a service desk has open: the rest is closed.
_OPEN = (Status.NEW, Status.IN_PROGRESS, Status.MORE_INFO, Status.POSTPONED, Status.TO_VERIFY)
_OPEN_SHARE = 0.02
_SUBJECTS = ("Nezvoní telefony", "Nejde přihlášení", "Špatný název linky", "Hláška se nepřehrává", "Výpadek záznamu")


def fill(engine: Engine, count: int, at: datetime) -> NewSession:
    """Write everything; returns a technician's session. count: of the tickets. at: aware UTC now."""
    session = _people(engine, at)
    _tickets(engine, count, at)
    _conversation(engine, count, at)
    with engine.begin() as connection:
        connection.execute(text("ANALYZE"))
    return session


def fill_search(engine: Engine) -> None:
    """Fill the full-text index of SQLite, as it would be after all was indexed."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO ticket_words (rowid, head, said, noted, owner) SELECT id, number || ' ' || "
                "CASE id % 5 WHEN 0 THEN 'nezvoni telefony' WHEN 1 THEN 'nejde prihlaseni' ELSE 'spatny nazev' END || "
                "' zakaznik ' || customer_id, 'dobry den od rana to nejde prosim o pomoc vyraz' || (id % 50000), '', "
                "customer_id FROM tickets"
            )
        )


def _people(engine: Engine, at: datetime) -> NewSession:
    began = at - 400 * DAY
    customers = [{"id": n, "name": f"Zákazník {n} s.r.o.", "created_at": began} for n in range(1, CUSTOMERS + 1)]
    contacts = [
        {"id": n, "customer_id": _customer(n), "name": f"Osoba {n} Nováková", "created_at": began}
        for n in range(1, CONTACTS + 1)
    ]
    addresses = [
        {
            "id": n,
            "customer_id": _customer(n),
            "contact_id": n,
            "address": f"osoba{n}@z{_customer(n)}.example",
            "address_key": f"osoba{n}@z{_customer(n)}.example",
        }
        for n in range(1, CONTACTS + 1)
    ]
    numbers = [
        {"id": n, "customer_id": _customer(n), "contact_id": n, "e164": f"+420{600_000_000 + n}"}
        for n in range(1, CONTACTS + 1)
    ]
    for table, rows in (
        (t.customers, customers),
        (t.contacts, contacts),
        (t.addresses, addresses),
        (t.numbers, numbers),
    ):
        _insert(engine, table, rows)
    writer = GroupWriter(engine)
    try:
        session = writer.submit(lambda tx: _staff(tx, at)).result()
    finally:
        writer.stop()
    names = [column.name for column in t.contracts.c if column.name != "id"]
    values = [t.customers.c.id if name == "customer_id" else t.contracts.c[name] for name in names]
    others = select(*values).join_from(t.contracts, t.customers, t.customers.c.id > 1)
    with engine.begin() as connection:
        connection.execute(insert(t.contracts).from_select(names, others))
    return session


def _staff(tx: Transaction, at: datetime) -> NewSession:
    terms = written_terms(EXAMPLE_TERMS)
    data = ContractData(customer_id=1, name="Example", valid_from=at - 399 * DAY, terms=terms)
    tx.people.add_contract(data, by=BENCH, at=at - 399 * DAY)
    users = [
        tx.people.add_user(
            UserData(login=f"technik{n}@desk.example", name=f"Technik {n}", role=Role.TECHNICIAN),
            password_hash=None,
            by=BENCH,
            at=at,
        )
        for n in range(USERS)
    ]
    session = new_session(at)
    tx.people.add_session(session, contact_id=None, user_id=users[0].id)
    return session


def _tickets(engine: Engine, count: int, at: datetime) -> None:
    random = Random(7)
    contract = StoreQueries(engine).customer_contract(1)
    rows = []
    for number in range(1, MADE + 1):
        is_open = random.random() < _OPEN_SHARE
        received = at - timedelta(seconds=random.randrange((10 if is_open else 390) * 86_400))
        category, status = random.choice(list(Category)), random.choice(_OPEN) if is_open else Status.CLOSED
        ahead = deadlines_at_receipt(contract, received, category) if SLA_RUNS[status] else None
        rows.append(
            {
                "id": number,
                "number": number,
                "customer_id": _customer(number),
                "contact_id": number,
                "subject": f"{random.choice(_SUBJECTS)} {number}",
                "category": category,
                "status": status,
                "channel": random.choice(list(Channel)),
                "received_at": received,
                "since": received,
                "updated_at": received,
                "closed_at": None if is_open else received,
                "attention": is_open and random.random() < 0.1,
                "version": 1,
                "assignee_id": random.randrange(USERS) + 1 if is_open and random.random() < 0.7 else None,
                "response_deadline": ahead.response if ahead else None,
                "fix_deadline": ahead.fix if ahead else None,
                "next_deadline": ahead.next if ahead else None,
            }
        )
    _insert(engine, t.tickets, rows)
    names = list(rows[0])
    for copy in range(1, count // MADE):
        by = copy * MADE
        shifted = {
            "id": t.tickets.c.id + by,
            "number": t.tickets.c.number + by,
            "customer_id": (t.tickets.c.id + by - 1) % CUSTOMERS + 1,
            "contact_id": (t.tickets.c.id + by - 1) % CONTACTS + 1,
        }
        source = select(*(shifted.get(name, t.tickets.c[name]) for name in names)).where(t.tickets.c.id <= MADE)
        with engine.begin() as connection:
            connection.execute(insert(t.tickets).from_select(names, source))
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(select(func.setval(literal_column("'ticket_number'"), count)))


def _conversation(engine: Engine, count: int, at: datetime) -> None:
    """Ten messages and twenty events in each of the newest tickets."""
    newest = range(count - 199, count + 1)
    said = [
        {
            "id": ticket * 100 + n,
            "ticket_id": ticket,
            "at": at,
            **_by(ActorKind.CONTACT if n % 2 == 0 else ActorKind.TECHNICIAN),
            "internal": n == 9,
            "text": "Dobrý den,\n\nod rána to nejde, prosím o pomoc.\n" * 10,
            "elided": "> Dobrý den\n" * 20,
            "automatic": "none",
        }
        for ticket in newest
        for n in range(10)
    ]
    happened = [
        {
            "id": ticket * 100 + n,
            "ticket_id": ticket,
            "at": at,
            **_by(ActorKind.TECHNICIAN),
            "kind": EventKind.COMMENT,
            "detail": {"comment": ticket * 100 + n % 10},
        }
        for ticket in newest
        for n in range(20)
    ]
    _insert(engine, t.comments, said)
    _insert(engine, t.ticket_events, happened)


def _by(kind: ActorKind) -> dict[str, Any]:
    return {"actor_kind": kind, "actor_name": "Někdo Známý", "channel": Channel.WEB}


def _customer(contact: int) -> int:
    return (contact - 1) % CUSTOMERS + 1


def _insert(engine: Engine, table: Table, rows: list[dict[str, Any]]) -> None:
    for first in range(0, len(rows), _CHUNK):
        with engine.begin() as connection:
            connection.execute(insert(table), rows[first : first + _CHUNK])
