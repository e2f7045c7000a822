"""Full-text search on both engines: it finds the same by the index as it finds before a ticket is indexed."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from authz.identity import Channel
from intake.people import Contact, ContactData, CustomerData
from intake.ports import Transaction
from intake.queries import TicketFilter, Window
from intake.terms import Category, Status
from intake.tickets.model import Actor, ActorKind, Comment, Ticket
from store.queries import StoreQueries
from store.search.queue import rebuild
from tests.store.world import ADMIN, AT, World

ALL = Window(limit=50)


def open_ticket(world: World, contact: Contact, subject: str, *said: str, note: str = "") -> Ticket:
    """A ticket with comments, and an internal note."""
    by = Actor(kind=ActorKind.CONTACT, name=contact.name, channel=Channel.MAIL, id=contact.id)

    def work(tx: Transaction) -> Ticket:
        ticket = Ticket(
            id=tx.new_id(),
            number=tx.next_ticket_number(),
            customer_id=contact.customer_id,
            contact_id=contact.id,
            subject=subject,
            category=Category.C,
            status=Status.NEW,
            channel=Channel.MAIL,
            received_at=AT,
            since=AT,
            updated_at=AT,
        )
        tx.add_ticket(ticket)
        for each in said:
            tx.add_comment(Comment(id=tx.new_id(), ticket_id=ticket.id, at=AT, actor=by, text=each))
        if note:
            tx.add_comment(Comment(id=tx.new_id(), ticket_id=ticket.id, at=AT, actor=by, text=note, internal=True))
        return ticket

    return world.do(work)


def index_all(world: World) -> None:
    while world.do(lambda tx: tx.search.index_some(3)):
        pass


@pytest.fixture(params=["waiting", "indexed"])
def settled(request: pytest.FixtureRequest, small_world: World) -> Callable[[], None]:
    """What a test does before it searches: nothing, or have everything indexed."""
    return (lambda: None) if request.param == "waiting" else (lambda: index_all(small_world))


def numbers(world: World, query: str, **more: object) -> list[int]:
    page = StoreQueries(world.engine).search_tickets(query, ALL, **more)  # type: ignore[arg-type]
    return [line.ticket.number for line in page.items]


@pytest.mark.parametrize(
    "query",
    [
        "přihlášení",
        "PRIHLASENI",
        "prihlaseni",
        "přihl",
        "nejde prihlaseni",
        "prihlaseni nejde",
        '"nejde prihlaseni"',
        "prihlaseni telefonu",
        "acme jana",
        "novakova",
        "1",
        "#1",
        "prihlaseni!!! (* -",
        '"nejde prihlaseni',
        "strasse",
        "łódź lodz",
    ],
)
def test_a_ticket_is_found_by_what_is_in_it(small_world: World, settled: Callable[[], None], query: str) -> None:
    open_ticket(small_world, small_world.jana, "Nejde přihlášení", "Do telefonu na Straße v Łodzi.", "Lodz, łódź.")
    open_ticket(small_world, small_world.karel, "Jiná věc", "Úplně něco jiného.")
    settled()
    assert numbers(small_world, query) == [1]


@pytest.mark.parametrize(
    "query",
    ["", "   ", "!!!", '""', '"', "hlaseni", "nejde neznamo", '"prihlaseni nejde"', "11", "ne", '"nejde prihlasen"'],
)
def test_a_ticket_is_not_found_by_what_is_not_in_it(
    small_world: World, settled: Callable[[], None], query: str
) -> None:
    open_ticket(small_world, small_world.jana, "Nejde přihlášení", "Od rána.")
    settled()
    assert numbers(small_world, query) == []


def test_a_phrase_does_not_go_from_the_subject_into_what_was_said(
    small_world: World, settled: Callable[[], None]
) -> None:
    open_ticket(small_world, small_world.jana, "Tiskárna", "Tiskne.", note="Pomalu.")
    settled()
    assert numbers(small_world, '"acme jana novakova"') == numbers(small_world, '"jana novakova tiskne"') == [1]
    assert numbers(small_world, '"novakova jana"') == numbers(small_world, '"tiskne jana"') == []


def test_a_customer_never_finds_an_internal_note_or_another_customers_ticket(
    small_world: World, settled: Callable[[], None]
) -> None:
    world = small_world
    open_ticket(world, world.jana, "Ústředna", "Nezvoní.", note="Dlužník, nespěchat.")
    open_ticket(world, world.karel, "Ústředna", "Nezvoní.")
    settled()
    assert numbers(world, "dluznik") == [1]
    assert numbers(world, "dluznik", customer_id=world.acme.id) == []
    assert numbers(world, "ustredna") == [2, 1]
    assert numbers(world, "ustredna", customer_id=world.acme.id) == [1]
    assert numbers(world, f'"#{world.globex.id}" owner ustredna', customer_id=world.acme.id) == []


def test_what_must_hold_besides_narrows_the_search(small_world: World, settled: Callable[[], None]) -> None:
    world = small_world
    open_ticket(world, world.jana, "Ústředna", "Nezvoní.")
    open_ticket(world, world.karel, "Ústředna", "Nezvoní.")
    settled()
    assert numbers(world, "ustredna", wanted=TicketFilter(customer_id=world.globex.id)) == [2]
    assert numbers(world, "ustredna", wanted=TicketFilter(statuses=frozenset({Status.CLOSED}))) == []


def test_pages_have_every_ticket_once_though_some_wait_to_be_indexed(small_world: World) -> None:
    world = small_world
    for turn in range(9):
        open_ticket(world, world.jana, "Ústředna", "Nezvoní.")
        if turn == 4:
            index_all(world)
    seen: list[int] = []
    window = ALL
    for _ in range(20):
        page = StoreQueries(world.engine).search_tickets("ustredna", replace(window, limit=2))
        seen += [line.ticket.number for line in page.items]
        if page.next_after is None:
            break
        window = Window(after=page.next_after)
    assert seen == [9, 8, 7, 6, 5, 4, 3, 2, 1]


def test_what_is_said_later_and_a_changed_name_are_found(small_world: World, settled: Callable[[], None]) -> None:
    world = small_world
    ticket = open_ticket(world, world.jana, "Ústředna", "Nezvoní.")
    index_all(world)
    by = Actor(kind=ActorKind.TECHNICIAN, name="Tomáš", channel=Channel.WEB)
    world.do(lambda tx: tx.add_comment(Comment(id=tx.new_id(), ticket_id=ticket.id, at=AT, actor=by, text="Výpadek")))
    wed = ContactData(customer_id=world.acme.id, name="Jana Provdaná")
    world.do(lambda tx: tx.people.change_contact(world.jana.id, wed, by=ADMIN, at=AT))
    world.do(lambda tx: tx.people.change_customer(world.acme.id, CustomerData(name="Zenit"), by=ADMIN, at=AT))
    settled()
    assert numbers(world, "vypadek tomas provdana zenit nezvoni") == [1]
    assert numbers(world, "acme") == []


def test_a_lost_index_is_filled_anew(small_world: World) -> None:
    world = small_world
    open_ticket(world, world.jana, "Ústředna", "Nezvoní.")
    index_all(world)
    with world.engine.begin() as connection:
        connection.execute(text("DELETE FROM ticket_words"))
    assert numbers(world, "ustredna") == []
    assert list(rebuild(world.engine)) == [1]
    assert numbers(world, "ustredna") == [1]


def test_an_endless_ticket_is_found_by_how_it_begins(small_world: World, settled: Callable[[], None]) -> None:
    endless = " ".join(f"slovo{number} {'x' * 200}" for number in range(6_000))
    open_ticket(small_world, small_world.jana, "Dlouhá", endless)
    settled()
    assert numbers(small_world, "slovo5 dlouha") == [1]
    assert numbers(small_world, "slovo5999") == []


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(query=st.text(max_size=60) | st.text(alphabet="aá\"'*():&|!<->{}^+-~#\\%_ \0\ud800", max_size=40))
def test_no_query_gives_an_error_and_the_index_agrees_with_the_reading(small_world: World, query: str) -> None:
    world = small_world
    queries = StoreQueries(world.engine)
    if not queries.tickets(TicketFilter(), ALL).items:
        open_ticket(world, world.jana, "a áa AAA", "ⅷ ½ ﬁ ß İ 한국어 हिन्दी Ελλάς кириллица")
        index_all(world)
        open_ticket(world, world.jana, "a áa AAA", "ⅷ ½ ﬁ ß İ 한국어 हिन्दी Ελλάς кириллица")
    for customer_id in (None, world.acme.id):
        assert numbers(world, query, customer_id=customer_id) in ([], [2, 1])
    assert numbers(world, f"{query} neznamo") == []


def test_every_alphabet_is_found_on_both_engines(small_world: World, settled: Callable[[], None]) -> None:
    open_ticket(small_world, small_world.jana, "Abecedy", "ﬁrma 한국어 हिन्दी Ελλάς кириллица İstanbul Mẹo ÆØÅ")
    settled()
    for query in ("firma", "한국어", "हिन्दी", "ελλας", "КИРИЛЛ", "istanbul", "meo", "aeoa", '"кириллица istanbul"'):
        assert numbers(small_world, query) == [1], query
