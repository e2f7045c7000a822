"""The technicians' queue stays fast at a million tickets: each list of it is read off an index, in its order."""

import pytest
from sqlalchemy import Engine, event, text

from channels.web.console.filters import TABS, Tab
from intake.queries import TicketFilter, Window
from store.queries import StoreQueries

INDEXES = {
    Tab.DEADLINE: "ix_tickets_deadline",
    Tab.NEW: "ix_tickets_queue",
    Tab.MINE: "ix_tickets_in_hand",
    Tab.UNASSIGNED: "ix_tickets_in_hand",
    Tab.ATTENTION: "ix_tickets_attention",
    Tab.WAITING: "ix_tickets_queue",
    Tab.VERIFY: "ix_tickets_queue",
    Tab.ALL: "INTEGER PRIMARY KEY|SCAN tickets",
}


def plan_of(engine: Engine, tab: Tab, wanted: TicketFilter) -> str:
    """How SQLite reads the tickets of a tab."""
    asked: list[tuple[str, tuple[object, ...]]] = []

    def hear(_connection: object, _cursor: object, statement: str, parameters: object, *_more: object) -> None:
        if "FROM tickets" in statement and isinstance(parameters, tuple):
            asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", hear)
    queries = StoreQueries(engine)
    ask = queries.tickets_by_deadline if tab is Tab.DEADLINE else queries.tickets
    ask(wanted, Window(limit=50))
    event.remove(engine, "before_cursor_execute", hear)
    statement, parameters = asked[-1]
    with engine.connect() as connection:
        found = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    return "\n".join(row[3] for row in found)


@pytest.mark.parametrize("tab", list(Tab))
def test_a_tab_is_read_off_its_index_in_order(engine: Engine, tab: Tab) -> None:
    if engine.dialect.name != "sqlite":
        pytest.skip("the plans of PostgreSQL depend on what it counted; tests/bench/site.py shows its times")
    wanted = TABS[tab] if tab is not Tab.MINE else TicketFilter(open=True, assignee_id=7)
    plan = plan_of(engine, tab, wanted)
    assert any(each in plan for each in INDEXES[tab].split("|")), plan
    assert "TEMP B-TREE" not in plan


def test_the_latest_change_is_read_off_an_index(engine: Engine) -> None:
    if engine.dialect.name != "sqlite":
        pytest.skip("as above")
    with engine.connect() as connection:
        found = connection.execute(text("EXPLAIN QUERY PLAN SELECT max(updated_at) FROM tickets")).all()
    assert "ix_tickets_updated" in found[0][3]
