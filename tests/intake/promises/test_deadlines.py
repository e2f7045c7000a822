"""The stored deadlines are a cache: whatever happens to a ticket or its contract, they can be derived again."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event, insert, text, update

from intake import desk
from intake.administration import InvalidEntryError
from intake.api.lists import LARGEST_ID
from intake.people import ContractData
from intake.queries import TicketFilter, Window
from intake.sla.contract import EXAMPLE_TERMS, Contract, ContractVersion
from intake.sla.history import TicketHistory
from intake.sla.schedule import deadlines, deadlines_at_receipt
from intake.terms import Category, Status
from intake.tickets.model import Ticket
from store.deadlines import repair_deadlines, verify_deadlines
from store.queries import StoreQueries
from store.rows import ticket_values
from store.tables import tickets
from tests.intake.promises.world import agree, change, move, open_ticket, prague
from tests.store.world import ADMIN, World

MONDAY = prague(2026, 11, 23, 9)
HOUR = timedelta(hours=1)


def stored(world: World, ticket: Ticket) -> Ticket:
    found = world.do(lambda tx: tx.ticket(ticket.id))
    assert found is not None
    return found


def differences(world: World, at: datetime) -> list[Any]:
    return [each for each in verify_deadlines(world.engine, at) if each is not None]


def test_a_new_ticket_has_its_deadlines(small_world: World) -> None:
    agree(small_world, MONDAY)
    ticket = stored(small_world, open_ticket(small_world, MONDAY, Category.A))
    assert ticket.response_deadline == prague(2026, 11, 23, 10)
    assert ticket.fix_deadline == prague(2026, 11, 23, 13)
    assert ticket.next_deadline == ticket.response_deadline
    assert ticket.timer_at == prague(2026, 11, 23, 9, 30)  # half of the response time


def test_without_a_contract_nothing_is_promised(small_world: World) -> None:
    ticket = stored(small_world, open_ticket(small_world, MONDAY, Category.A))
    assert (ticket.response_deadline, ticket.fix_deadline, ticket.next_deadline, ticket.timer_at) == (None,) * 4


def test_every_step_renews_the_deadlines(small_world: World) -> None:
    agree(small_world, MONDAY)
    ticket = open_ticket(small_world, MONDAY, Category.A)
    working = move(small_world, ticket, MONDAY + HOUR / 2, Status.IN_PROGRESS)
    assert (working.response_deadline, working.fix_deadline) == (None, prague(2026, 11, 23, 13))
    asked = move(small_world, ticket, MONDAY + HOUR, Status.MORE_INFO)
    assert asked.next_deadline is None
    again = move(small_world, ticket, MONDAY + 3 * HOUR, Status.IN_PROGRESS)
    assert again.next_deadline == prague(2026, 11, 23, 15)  # two hours of pause
    milder = change(small_world, ticket, MONDAY + 4 * HOUR, partial(desk.recategorize, category=Category.B))
    assert milder.next_deadline == prague(2026, 11, 25, 11)
    assert move(small_world, ticket, MONDAY + 5 * HOUR, Status.CLOSED).next_deadline is None
    assert differences(small_world, MONDAY + 6 * HOUR) == []


def test_a_clock_that_is_behind_does_not_turn_the_history_round(small_world: World) -> None:
    agree(small_world, MONDAY)
    ticket = open_ticket(small_world, MONDAY)
    change(small_world, ticket, MONDAY + HOUR, partial(desk.recategorize, category=Category.A))
    late = change(small_world, ticket, MONDAY + HOUR / 2, partial(desk.recategorize, category=Category.C))
    history = small_world.do(lambda tx: tx.history(late))
    assert [each.category for each in history.categories] == [Category.A, Category.C]
    assert late.updated_at == MONDAY + HOUR


def test_a_new_contract_renews_the_deadlines_of_open_tickets(small_world: World) -> None:
    agree(small_world, MONDAY)
    ticket = open_ticket(small_world, MONDAY + 8 * HOUR, Category.A)  # one hour is left of this day
    assert stored(small_world, ticket).fix_deadline == prague(2026, 11, 24, 11)
    agree(small_world, MONDAY + 8 * HOUR, since=prague(2026, 11, 23, 18), calendar="round-the-clock")
    assert stored(small_world, ticket).fix_deadline == prague(2026, 11, 23, 21)
    assert differences(small_world, MONDAY + 9 * HOUR) == []


def test_a_contract_in_force_is_changed_by_another_one_only(small_world: World) -> None:
    contract = agree(small_world, MONDAY)
    people = small_world.do
    dearer = ContractData(
        customer_id=contract.customer_id,
        name=contract.name,
        valid_from=contract.valid_from,
        terms=contract.terms | {"monthly_price": "20000"},
    )
    with pytest.raises(InvalidEntryError, match="add a new one"):
        people(lambda tx: tx.people.change_contract(contract.id, dearer, by=ADMIN, at=MONDAY))
    with pytest.raises(InvalidEntryError, match="was in force at that time"):
        agree(small_world, MONDAY, since=MONDAY - HOUR)
    corrected = people(lambda tx: tx.people.change_contract(contract.id, dearer, by=ADMIN, at=MONDAY, correction=True))
    assert corrected.terms["monthly_price"] == "20000"


def test_terms_that_cannot_be_read_are_refused_with_their_field(small_world: World) -> None:
    with pytest.raises(InvalidEntryError) as refused:
        agree(small_world, MONDAY, targets={"A": {"fix_minutes": 0}})
    assert refused.value.field == "terms.targets.A.fix_minutes"


def test_a_wrong_deadline_is_found_and_repaired(small_world: World) -> None:
    agree(small_world, MONDAY)
    ticket = open_ticket(small_world, MONDAY)
    fine = open_ticket(small_world, MONDAY)
    with small_world.engine.begin() as connection:
        connection.execute(update(tickets).where(tickets.c.id == ticket.id), {"next_deadline": MONDAY})
    (found,) = differences(small_world, MONDAY + HOUR)
    assert (found.number, found.stored.next) == (ticket.number, MONDAY)
    with small_world.engine.begin() as connection:
        repair_deadlines(connection, found)
    assert differences(small_world, MONDAY + HOUR) == []
    assert stored(small_world, ticket).next_deadline == stored(small_world, fine).next_deadline


def test_the_list_by_deadline_has_every_running_ticket_once_in_order(small_world: World) -> None:
    agree(small_world, MONDAY)
    made = [
        open_ticket(small_world, MONDAY + number % 3 * HOUR, (Category.C, Category.A, Category.B)[number % 3])
        for number in range(9)
    ]
    move(small_world, made[0], MONDAY + HOUR, Status.MORE_INFO)
    queries, seen = StoreQueries(small_world.engine), []
    window = Window(limit=2)
    while True:
        page = queries.tickets_by_deadline(TicketFilter(), window)
        seen += [(line.ticket.next_deadline, line.ticket.id) for line in page.items]
        if page.next_after is None:
            break
        window = Window(limit=2, after=page.next_after, after_deadline=page.next_deadline)
    assert seen == sorted(seen)
    assert {ticket_id for _, ticket_id in seen} == {ticket.id for ticket in made[1:]}
    assert len(seen) == 8


def test_the_list_by_deadline_uses_its_index(small_world: World) -> None:
    ticket = open_ticket(small_world, MONDAY)
    values = ticket_values(ticket)
    rows = [
        values
        | {
            "id": number,
            "number": LARGEST_ID - number,
            # One in twenty is open, as in a service desk that has run for years.
            "next_deadline": MONDAY + number * HOUR if number % 20 == 0 else None,
        }
        for number in range(1, 5001)
    ]
    with small_world.engine.begin() as connection:
        connection.execute(insert(tickets), rows)
        connection.execute(text("ANALYZE"))
    asked: list[tuple[str, Any]] = []
    event.listen(small_world.engine, "before_cursor_execute", lambda *call: asked.append((call[2], call[3])))
    window = Window(limit=50, after=100, after_deadline=MONDAY + 100 * HOUR)
    page = StoreQueries(small_world.engine).tickets_by_deadline(TicketFilter(), window)
    assert [line.ticket.id for line in page.items] == list(range(120, 1101, 20))
    statement, parameters = asked[-1]
    explain = "EXPLAIN QUERY PLAN" if small_world.engine.dialect.name == "sqlite" else "EXPLAIN"
    with small_world.engine.connect() as connection:
        plan = " | ".join(str(row) for row in connection.exec_driver_sql(f"{explain} {statement}", parameters))
    assert "ix_tickets_deadline" in plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan


CONTRACT = Contract(versions=(ContractVersion(valid_from=prague(2020, 1, 1), terms=EXAMPLE_TERMS),))


@settings(max_examples=200)
@given(st.integers(0, 2 * 366 * 24 * 60), st.sampled_from(Category))
def test_the_fast_way_for_new_tickets_is_the_same_as_the_way_for_all(minutes: int, category: Category) -> None:
    received = prague(2025, 1, 1) + timedelta(minutes=minutes)
    history = TicketHistory(ticket=1, received_at=received, category=category)
    assert deadlines_at_receipt(CONTRACT, received, category) == deadlines(history, CONTRACT, received)
