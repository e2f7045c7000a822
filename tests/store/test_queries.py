"""Questions to the database: pages without gaps, the lists as they are now, and an index for each question."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from authz.decision import Reason, Verdict
from authz.identity import Channel
from authz.people.sessions import new_session
from authz.people.tokens import Scope, new_token
from intake.ledger import HeldState, LedgerEntry
from intake.people import ApiTokenData, ContactData
from intake.queries import CallFilter, LedgerFilter, TicketFilter, Window, cut_page
from intake.terms import Status
from store.queries import StoreQueries
from tests.store.world import ADMIN, AT, World


def add_entries(world: World, count: int) -> list[int]:
    def work(tx: Any) -> list[int]:
        ids = []
        for _ in range(count):
            entry = LedgerEntry(
                id=tx.new_id(),
                channel=Channel.MAIL,
                account="helpdesk@intake.example",
                received_at=AT,
                verdict=Verdict.REJECT,
                reason=Reason.AUTHOR_UNKNOWN,
                detail="",
                size=1,
            )
            tx.add_ledger_entry(entry)
            ids.append(entry.id)
        return ids

    return world.do(work)


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 6, 7])
def test_pages_have_every_line_once_and_the_last_says_so(small_world: World, limit: int) -> None:
    ids = add_entries(small_world, 6)
    queries = StoreQueries(small_world.engine)
    seen: list[int] = []
    after: int | None = None
    while True:
        page = queries.ledger(LedgerFilter(), Window(limit=limit, after=after))
        seen += [line.entry.id for line in page.items]
        assert len(seen) <= len(ids)
        if page.next_after is None:
            break
        assert len(page.items) == limit
        after = page.next_after
    assert seen == ids[::-1]


def test_a_page_is_cut_before_the_line_too_many() -> None:
    assert cut_page(["a", "b"], [1, 2], 2).next_after is None
    page = cut_page(["a", "b", "c"], [1, 2, 3], 2)
    assert (page.items, page.next_after) == (("a", "b"), 2)


def test_a_token_comes_with_what_the_lists_say_now(small_world: World) -> None:
    queries, jana, made = StoreQueries(small_world.engine), small_world.jana, new_token()
    data = ApiTokenData(name="x", scopes=frozenset({Scope.TICKETS_READ}), contact_id=jana.id)
    small_world.do(lambda tx: tx.people.add_token(data, kept=made.kept, by=ADMIN, at=AT))
    known = queries.find_token(made.kept)
    assert known is not None
    assert (known.contact, known.listings[0].contact_active) == (jana, True)
    gone = ContactData(customer_id=jana.customer_id, name=jana.name, active=False, valid_until=AT)
    small_world.do(lambda tx: tx.people.change_contact(jana.id, gone, by=ADMIN, at=AT))
    known = queries.find_token(made.kept)
    assert known is not None
    assert (known.listings[0].contact_active, known.listings[0].valid_until) == (False, AT)
    assert queries.find_token(made.secret) is None


def test_a_session_comes_with_what_the_lists_say_now(small_world: World) -> None:
    queries, session = StoreQueries(small_world.engine), new_session(AT)
    small_world.do(lambda tx: tx.people.add_session(session, contact_id=small_world.jana.id, user_id=None))
    known = queries.find_session(session.kept)
    assert known is not None
    assert (known.contact, known.user, known.session.csrf) == (small_world.jana, None, session.csrf)
    assert known.session.expires_at == AT + timedelta(hours=12)
    assert queries.find_session(session.secret) is None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("question", "index"),
    [
        (lambda q, w: q.tickets(TicketFilter(customer_id=1), w), "ix_tickets_customer"),
        (lambda q, w: q.tickets(TicketFilter(statuses=frozenset({Status.NEW})), w), "ix_tickets_queue"),
        (lambda q, w: q.tickets(TicketFilter(contact_id=1), w), "ix_tickets_contact_id"),
        (lambda q, w: q.tickets(TicketFilter(number=1), w), "tickets_1"),
        (lambda q, w: q.ledger(LedgerFilter(message_id="<1@x>"), w), "ix_ledger_message_id"),
        (lambda q, w: q.ledger(LedgerFilter(identity="jan@firma.cz"), w), "ix_ledger_identity"),
        (lambda q, w: q.ledger(LedgerFilter(ticket_number=1), w), "ix_ledger_ticket_id"),
        (lambda q, w: q.ledger(LedgerFilter(reason=Reason.AUTOMATIC), w), "ix_ledger_reason"),
        (lambda q, w: q.quarantine(HeldState.HELD, w), "ix_quarantine_queue"),
        (lambda q, w: q.calls(CallFilter(caller="+420224123456"), w), "ix_calls_caller_e164"),
        (lambda q, w: q.audit("customer", "1", w), "ix_audit_entity"),
        (lambda q, w: q.contacts(w, customer_id=1), "ix_contacts_customer_id"),
        (lambda q, w: q.addresses(w, contact_id=1), "ix_addresses_contact_id"),
        (lambda q, w: q.find_token("0" * 64), "api_tokens_1"),
    ],
)
def test_every_question_has_its_index(small_world: World, question: Any, index: str) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, parameters))

    event.listen(small_world.engine, "before_cursor_execute", note)
    question(StoreQueries(small_world.engine), Window())
    event.remove(small_world.engine, "before_cursor_execute", note)
    statement, parameters = asked[0]
    with small_world.engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
        assert connection.execute(text("SELECT 1")).scalar() == 1
    details = " | ".join(row.detail for row in plan)
    assert index in details, details
