"""The links of "please verify": looking does nothing, the form acts once, and an old link says what happened."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from authz.mail.answer_token import AnswerToken, name_address
from intake.desk import Order, Step, move
from intake.people import AddressData, ContactData
from intake.terms import Evaluation, Status
from intake.tickets.model import Actor, ActorKind, EventKind, Ticket
from store import tables as t
from tests.channels.web.conftest import Browser, Portal
from tests.store.world import ADMIN


@dataclass
class Link:
    """A ticket in To verify, and a stranger's browser."""

    portal: Portal
    number: int
    browser: Browser

    def token(self, word: str, **changes: Any) -> str:
        ticket = self.ticket()
        values: dict[str, Any] = {"number": self.number, "since": ticket.since, "word": word}
        values["expires_at"] = self.portal.clock() + timedelta(days=30)
        values["sent_to"] = name_address("jana@acme.example")
        return self.portal.services.signer.sign_answer(AnswerToken(**(values | changes)))

    def ticket(self) -> Ticket:
        found = self.portal.world.do(lambda tx: tx.ticket_by_number(self.number))
        assert found is not None
        return found

    def get(self, token: str, **more: Any) -> Any:
        return self.browser.http.get(f"/answer/{token}", **more)

    def post(self, token: str, **sent: str) -> Any:
        return self.browser.http.post(f"/answer/{token}", data=sent)


def technician(portal: Portal, number: int, step: Step) -> Any:
    petr = Actor(kind=ActorKind.TECHNICIAN, name="Petr", channel=ADMIN.channel)
    return portal.world.do(lambda tx: move(tx, Order(number=number, actor=petr, at=portal.clock()), step))


@pytest.fixture
def link(portal: Portal) -> Link:
    number = portal.ticket(portal.browser(portal.world.jana))
    flags = frozenset({Evaluation.UCS_FAULT})
    technician(portal, number, Step(status=Status.TO_VERIFY, solution="Restart <b>ústředny</b>.", evaluation=flags))
    return Link(portal, number, portal.browser())


@pytest.mark.parametrize("word", ["accept", "reject"])
def test_looking_at_a_link_changes_nothing_however_often(link: Link, word: str) -> None:
    before = link.ticket()
    token = link.token(word)
    for method in ("GET", "HEAD", "GET"):
        answer = link.browser.http.request(method, f"/answer/{token}")
        assert answer.status_code == 200
    assert link.ticket() == before
    assert "Restart &lt;b&gt;ústředny&lt;/b&gt;." in answer.text


def test_accepting_closes_the_ticket_as_the_contact(link: Link) -> None:
    answer = link.post(link.token("accept"), words="Díky!")
    assert (answer.status_code, "je uzavřený" in answer.text) == (200, True)
    page = link.portal.services.queries.ticket_page(link.number, link.portal.clock())
    assert page is not None
    assert page.line.ticket.status is Status.CLOSED
    step = [event for event in page.events if event.kind is EventKind.STATUS][-1]
    assert (step.actor.kind, step.actor.id, step.actor.channel) == (
        ActorKind.CONTACT,
        link.portal.world.jana.id,
        "mail",
    )
    assert page.comments[-1].text == "Díky!"


def test_rejecting_sets_the_ticket_going_and_keeps_the_reason(link: Link) -> None:
    answer = link.post(link.token("reject"), words="Pořád nezvoní.")
    assert "pracujeme dál" in answer.text
    assert link.ticket().status is Status.IN_PROGRESS
    assert link.ticket().attention
    page = link.portal.services.queries.ticket_page(link.number, link.portal.clock())
    assert page is not None
    assert page.comments[-1].text == "Pořád nezvoní."


def test_a_link_works_once_and_then_says_how_the_ticket_is(link: Link) -> None:
    accept, reject = link.token("accept"), link.token("reject")
    link.post(accept)
    for token in (accept, reject):
        for answer in (link.get(token), link.post(token)):
            assert answer.status_code == 410
            assert f"Požadavek č. {link.number} je od" in answer.text
            assert "Uzavřen" in answer.text
    assert link.ticket().status is Status.CLOSED


def test_a_link_does_not_speak_for_another_solution(link: Link) -> None:
    old = link.token("accept")
    link.portal.clock.now += timedelta(hours=1)
    technician(link.portal, link.number, Step(status=Status.IN_PROGRESS))
    link.portal.clock.now += timedelta(hours=1)
    technician(link.portal, link.number, Step(status=Status.TO_VERIFY, solution="Jinak."))
    assert link.post(old).status_code == 410
    assert link.ticket().status is Status.TO_VERIFY
    assert link.post(link.token("accept")).status_code == 200


def test_a_note_of_a_technician_does_not_spoil_the_link(link: Link) -> None:
    token = link.token("reject")
    ticket = link.ticket()
    link.portal.world.do(lambda tx: tx.update_ticket(type(ticket)(**_with(ticket, version=ticket.version + 1))))
    assert link.post(token).status_code == 200


def _with(ticket: Ticket, **changes: Any) -> dict[str, Any]:
    return {name: getattr(ticket, name) for name in ticket.__dataclass_fields__} | changes


def test_a_link_expires(link: Link) -> None:
    token = link.token("accept", expires_at=link.portal.clock())
    for answer in (link.get(token), link.post(token)):
        assert (answer.status_code, "Platnost tohoto odkazu skončila" in answer.text) == (410, True)
    assert link.ticket().status is Status.TO_VERIFY


def test_an_acceptance_that_cannot_be_carried_out_is_not_lost(portal: Portal) -> None:
    number = portal.ticket(portal.browser(portal.world.jana))
    technician(portal, number, Step(status=Status.TO_VERIFY))
    link = Link(portal, number, portal.browser())
    answer = link.post(link.token("accept"))
    assert "předali technikovi" in answer.text
    assert (link.ticket().status, link.ticket().attention) == (Status.TO_VERIFY, True)
    page = portal.services.queries.ticket_page(number, portal.clock())
    assert page is not None
    assert page.comments[-1].text == "Přijímám řešení."


def deactivate(link: Link) -> None:
    jana = link.portal.world.jana
    data = ContactData(customer_id=jana.customer_id, name=jana.name, active=False)
    link.portal.world.do(lambda tx: tx.people.change_contact(jana.id, data, by=ADMIN, at=link.portal.clock()))


def unlist(link: Link) -> None:
    with link.portal.world.engine.begin() as connection:
        connection.execute(update(t.addresses).values(valid_until=link.portal.clock()))


def list_elsewhere(link: Link) -> None:
    """The contact stays, at another address: who reads the old one is somebody else now."""
    unlist(link)
    jana = link.portal.world.jana
    data = AddressData(customer_id=jana.customer_id, contact_id=jana.id, address="jana.nova@acme.example")
    link.portal.world.do(lambda tx: tx.people.add_address(data, by=ADMIN, at=link.portal.clock()))


@pytest.mark.parametrize("let_go", [deactivate, unlist, list_elsewhere])
def test_who_is_no_longer_authorized_is_told_as_little_as_by_an_unknown_link(
    link: Link, let_go: Callable[[Link], None]
) -> None:
    open_one, over = link.token("accept"), link.token("reject", expires_at=link.portal.clock())
    let_go(link)
    unknown = link.get("A" * 60).text.replace("A" * 60, "")
    for token in (open_one, over):
        for answer in (link.get(token), link.post(token)):
            assert (answer.status_code, answer.text.replace(token, "")) == (404, unknown)
    assert link.ticket().status is Status.TO_VERIFY


@pytest.mark.parametrize("token", ["x", "A" * 60, "A" * 61, "%25", "A" * 5000])
def test_what_is_no_link_of_ours_is_not_found(link: Link, token: str) -> None:
    assert link.get(token).status_code == 404
    assert link.post(token).status_code == 404


def test_a_changed_link_is_none(link: Link) -> None:
    token = link.token("reject")
    for place in range(len(token)):
        other = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert link.portal.services.signer.read_answer(other) is None


def test_the_page_lets_nothing_out_and_speaks_both_languages(link: Link) -> None:
    answer = link.get(link.token("accept"), headers={"Accept-Language": "en"})
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "set-cookie" not in answer.headers
    assert f"Accept the solution of request {link.number}?" in answer.text
    assert not re.search(r'(?:src|href)="(?:https?:)?//', answer.text)
