"""Statements out of the store: the figures of a month, closing it, and amendments that can be seen."""

import json
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event, insert, text

from intake.api.lists import LARGEST_ID
from intake.desk import Order
from intake.service import AccessData, ClosedMonth, MaintenanceData, NotedWork, Work
from intake.sla.access import AccessMethod
from intake.statements.months import (
    Drawn,
    Month,
    StatementError,
    amend_month,
    close_month,
    draw_statement,
    months_before,
    show_statement,
)
from intake.statements.page import statement_page
from intake.terms import Category, Evaluation, Status
from intake.tickets.model import Ticket
from intake.work import note_work, withdraw_work
from store.histories import stream_histories
from store.queries import StoreQueries
from store.rows import ticket_values
from store.tables import tickets
from tests.intake.promises.world import TEREZA, agree, move, open_ticket, prague
from tests.store.world import ADMIN, World

OCTOBER = Month.read("2026-10")
LATER = prague(2026, 11, 2, 9)


def note(world: World, ticket: Ticket, at: datetime, minutes: int, flag: Evaluation) -> NotedWork:
    order = Order(number=ticket.number, actor=TEREZA, at=at)
    noted = world.do(lambda tx: note_work(tx, order, Work(at=at, minutes=minutes, flag=flag)))
    assert isinstance(noted, NotedWork)
    return noted


def month_of(world: World) -> Ticket:
    """October: a category A incident of six hours, maintenance, work, and a dear way of access."""
    agree(world, prague(2026, 9, 1), calendar="round-the-clock")
    ticket = open_ticket(world, prague(2026, 10, 5, 10), Category.A, "Telefony <nejdou>")
    move(world, ticket, prague(2026, 10, 5, 10, 30), Status.IN_PROGRESS)
    move(world, ticket, prague(2026, 10, 5, 16), Status.CLOSED)
    note(world, ticket, prague(2026, 10, 5, 16), 90, Evaluation.UCS_FAULT)
    note(world, ticket, prague(2026, 10, 6, 9), 30, Evaluation.CONSULTATION)
    window = MaintenanceData(
        customer_id=world.acme.id, starts_at=prague(2026, 10, 5, 12), ends_at=prague(2026, 10, 5, 13)
    )
    world.do(lambda tx: tx.service.add_maintenance(window, by=ADMIN, at=prague(2026, 10, 1)))
    access = AccessData(customer_id=world.acme.id, name="VPN", method=AccessMethod.DIAL_IN_PASSWORD)
    world.do(lambda tx: tx.service.add_access(access, by=ADMIN, at=prague(2026, 10, 1)))
    # Neither another month's nor another customer's.
    open_ticket(world, prague(2026, 11, 1), Category.A)
    return ticket


def draw(world: World) -> Drawn:
    return draw_statement(StoreQueries(world.engine), world.acme.id, OCTOBER, LATER)


def close(world: World) -> ClosedMonth:
    drawn = draw(world)
    return world.do(lambda tx: close_month(tx, drawn, by=ADMIN, at=LATER))


def test_a_statement_has_the_figures_of_its_month(small_world: World) -> None:
    ticket = month_of(small_world)
    statement = draw(small_world).statement
    figures = statement.availability
    assert [(each.ticket, each.counted.total_seconds()) for each in figures.incidents] == [(ticket.number, 5 * 3600)]
    assert figures.missed_nines == 1  # 739 of 744 hours, 99.9 % guaranteed
    assert [(line.kind, line.met, line.missed) for line in statement.compliance] == [("fix", 0, 1), ("response", 1, 0)]
    totals = statement.totals
    assert (totals.discount, totals.work, totals.access) == (Decimal(2000), Decimal(750), Decimal(2000))
    assert totals.total == Decimal(10_000 - 2000 + 750 + 2000)


def test_service_hours_that_were_withdrawn_do_not_count(small_world: World) -> None:
    ticket = month_of(small_world)
    noted = note(small_world, ticket, prague(2026, 10, 7, 9), 600, Evaluation.MISTAKE)
    assert draw(small_world).statement.totals.work == Decimal(15_750)
    order = Order(number=ticket.number, actor=TEREZA, at=LATER)
    small_world.do(partial(withdraw_work, order=order, entry_id=noted.entry.id))
    assert draw(small_world).statement.totals.work == Decimal(750)
    entries = StoreQueries(small_world.engine).time_entries(ticket.number)
    assert [each.withdrawn_by for each in entries] == [None, None, "Tereza"]


def test_the_same_history_gives_the_same_octets(small_world: World) -> None:
    month_of(small_world)
    first = draw(small_world)
    agree(small_world, LATER, since=prague(2027, 1, 1), monthly_price="99")
    assert draw(small_world).document == first.document


def test_what_cannot_be_drawn_says_why(small_world: World) -> None:
    queries = StoreQueries(small_world.engine)
    with pytest.raises(StatementError, match="had no contract in 2026-10"):
        draw(small_world)
    agree(small_world, prague(2026, 9, 1))
    with pytest.raises(StatementError, match="is not over yet; its statement can be drawn from 2026-12-01"):
        draw_statement(queries, small_world.acme.id, Month.read("2026-11"), LATER)
    with pytest.raises(StatementError, match="There is no customer"):
        draw_statement(queries, 999_999, OCTOBER, LATER)
    with pytest.raises(StatementError, match="Write the month"):
        Month.read("2026-13")


def test_a_closed_month_stays_as_it_was_closed(small_world: World) -> None:
    ticket = month_of(small_world)
    closed = close(small_world)
    note(small_world, ticket, prague(2026, 10, 8, 9), 60, Evaluation.CONSULTATION)
    shown = show_statement(StoreQueries(small_world.engine), small_world.acme.id, OCTOBER, LATER)
    assert shown.document.decode() == closed.document
    assert shown.digest == closed.digest
    assert shown.statement.totals.work == Decimal(750)
    with pytest.raises(StatementError, match="closed already"):
        close(small_world)


def test_a_correction_is_an_amendment_that_says_what_it_changed(small_world: World) -> None:
    ticket = month_of(small_world)
    closed = close(small_world)
    queries = StoreQueries(small_world.engine)
    unchanged = draw(small_world)
    with pytest.raises(StatementError, match="nothing to amend"):
        small_world.do(lambda tx: amend_month(tx, unchanged, closed, by=ADMIN, at=LATER, note="?"))
    note(small_world, ticket, prague(2026, 10, 8, 9), 60, Evaluation.CONSULTATION)
    drawn = draw(small_world)
    with pytest.raises(StatementError, match="Say why"):
        small_world.do(lambda tx: amend_month(tx, drawn, closed, by=ADMIN, at=LATER, note=" "))
    small_world.do(lambda tx: amend_month(tx, drawn, closed, by=ADMIN, at=LATER, note="Zapomenutá hodina"))
    shown = show_statement(queries, small_world.acme.id, OCTOBER, LATER)
    assert shown.statement.totals.work == Decimal(2250)
    amendment = json.loads(shown.document)["amendment"]
    assert (amendment["number"], amendment["note"]) == (1, "Zapomenutá hodina")
    assert {"figure": "totals.work", "was": "750.00", "is": "2250.00"} in amendment["changed"]
    assert {"figure": "work", "was": "2 lines", "is": "3 lines"} in amendment["changed"]
    assert shown.revisions[0].document == closed.document
    with pytest.raises(StatementError, match="amended in the meantime"):
        small_world.do(lambda tx: amend_month(tx, drawn, closed, by=ADMIN, at=LATER, note="x"))


def test_the_chart_tells_a_closed_month_as_it_was_closed(small_world: World) -> None:
    month_of(small_world)
    queries = StoreQueries(small_world.engine)
    open_months = months_before(queries, draw(small_world))
    assert [each.month for each in open_months][-2:] == ["2026-09", "2026-10"]
    assert len(open_months) == 12
    close(small_world)
    assert months_before(queries, show_statement(queries, small_world.acme.id, OCTOBER, LATER)) == open_months


@pytest.mark.parametrize(
    ("language", "words"),
    [("cs", ("Měsíční vyúčtování služby", "10\u202f750,00", "A – kritická")), ("en", ("Monthly service", "Discount"))],
)
def test_the_page_says_it_in_the_customers_language(small_world: World, language: str, words: tuple[str, ...]) -> None:
    month_of(small_world)
    drawn = draw(small_world)
    months = months_before(StoreQueries(small_world.engine), drawn)
    page = statement_page(drawn, months, language=language, workplace=("192.0.2.1", "192.0.2.2"))
    assert all(each in page for each in words), page
    assert "Telefony &lt;nejdou&gt;" in page
    assert "192.0.2.1, 192.0.2.2" in page  # RULE access-standard
    assert page.count("<rect") == 12
    assert "<script" not in page
    assert page == statement_page(drawn, months, language=language, workplace=("192.0.2.1", "192.0.2.2"))


def test_a_statement_reads_what_lived_in_its_month_by_an_index(small_world: World) -> None:
    ticket = open_ticket(small_world, prague(2026, 10, 5, 10))
    old = prague(2020, 1, 1)
    values = ticket_values(ticket) | {"received_at": old, "updated_at": old, "closed_at": old, "status": Status.CLOSED}
    rows = [values | {"id": number, "number": LARGEST_ID - number} for number in range(1, 5001)]
    with small_world.engine.begin() as connection:
        connection.execute(insert(tickets), rows)
        connection.execute(text("ANALYZE"))
    asked: list[tuple[str, Any]] = []
    event.listen(small_world.engine, "before_cursor_execute", lambda *call: asked.append((call[2], call[3])))
    with small_world.engine.connect() as connection:
        found = list(stream_histories(connection, small_world.acme.id, OCTOBER.span("Europe/Prague")))
    assert [history.ticket for history in found] == [ticket.number]
    statement, parameters = asked[-1]
    explain = "EXPLAIN QUERY PLAN" if small_world.engine.dialect.name == "sqlite" else "EXPLAIN"
    with small_world.engine.connect() as connection:
        plan = " | ".join(str(row) for row in connection.exec_driver_sql(f"{explain} {statement}", parameters))
    # Whichever of its indexes the server thinks best: never the whole table.
    assert "SCAN tickets" not in plan
    assert "Seq Scan on tickets" not in plan
    if small_world.engine.dialect.name == "sqlite":
        assert "ix_tickets_statement" in plan
        assert "ix_tickets_open" in plan
