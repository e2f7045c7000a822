"""A ticket for somebody who called or came: by the lists, like every request; and the page of a contact."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from authz.identity import Channel
from intake.people import AddressData, ContactData, NumberData
from store import tables as t
from tests.channels.web.conftest import Browser, Portal
from tests.channels.web.technicians import request, staff
from tests.store.world import ADMIN, AT


def number_of(portal: Portal) -> None:
    jana = portal.world.jana
    entry = NumberData(customer_id=jana.customer_id, contact_id=jana.id, number="+420555123456", label="mobil")
    portal.world.do(lambda tx: tx.people.add_number(entry, by=ADMIN, at=AT))


def make(browser: Browser, contact_id: int, **values: Any) -> Any:
    sent = {"subject": "Nejde tisk", "text": "Volala paní Nováková.", "way": "phone"} | values
    return browser.send(f"/console/new?contact={contact_id}", "/console/new", **sent)


@pytest.mark.parametrize("typed", ["nová", "Nováková", "acme", "jana@acme", "555 123 456", "+420555"])
def test_the_contact_is_found_by_what_is_known(portal: Portal, typed: str) -> None:
    number_of(portal)
    browser, _ = staff(portal)
    shown = browser.see("/console/new", params={"who": typed}).text
    assert f"/console/new?contact={portal.world.jana.id}" in shown
    assert "Karel" not in shown
    assert "Nikoho takového" in browser.see("/console/new", params={"who": "%"}).text


def test_the_ticket_is_the_contacts_and_says_who_wrote_it_down(portal: Portal) -> None:
    browser, _ = staff(portal)
    answer = make(browser, portal.world.jana.id, category="B")
    shown = browser.see(answer.headers["location"]).text
    for words in ("Nejde tisk", "Volala paní Nováková.", "zapsal(a) Tonda", "Požadavek je založený.", "B – omezující"):
        assert words in shown, words
    with portal.world.engine.connect() as connection:
        (ticket,) = connection.execute(select(t.tickets)).all()
        (entry,) = connection.execute(select(t.ledger)).all()
    assert (ticket.contact_id, ticket.channel) == (portal.world.jana.id, "phone")
    assert entry.evidence[0]["detail"] == "Tonda of the service desk, for Jana Nováková (phone)"


def test_the_same_form_sent_twice_is_one_ticket(portal: Portal) -> None:
    browser, _ = staff(portal)
    page = browser.see(f"/console/new?contact={portal.world.jana.id}").text
    hidden = dict(re.findall(r'name="(csrf|contact|once)" value="([^"]+)"', page))
    sent = hidden | {"subject": "a", "text": "b", "way": "web"}
    places = {
        browser.http.post("/console/new", data=sent, follow_redirects=False).headers["location"] for _ in range(2)
    }
    assert len(places) == 1


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"subject": " "}, "potřeba vyplnit"),
        ({"text": ""}, "potřeba vyplnit"),
        ({"subject": "x" * 256}, "Nejvýše 255"),
        ({"text": "x" * 100_001}, "Nejvýše 100000"),
    ],
)
def test_a_form_that_cannot_be_taken_comes_back(portal: Portal, values: dict[str, str], says: str) -> None:
    browser, _ = staff(portal)
    answer = make(browser, portal.world.jana.id, **values)
    assert (answer.status_code, says in answer.text) == (422, True)


def test_who_may_not_turn_to_us_by_phone_gets_no_ticket_by_it(portal: Portal) -> None:
    # RULE channel-phone
    jana = portal.world.jana
    data = ContactData(customer_id=jana.customer_id, name=jana.name, channels=frozenset({Channel.WEB}))
    portal.world.do(lambda tx: tx.people.change_contact(jana.id, data, by=ADMIN, at=AT))
    browser, _ = staff(portal)
    answer = make(browser, jana.id)
    assert (answer.status_code, ">Volala paní Nováková.</textarea>" in answer.text) == (409, True)
    assert make(browser, jana.id, way="web").status_code == 303


def test_the_page_of_a_contact(portal: Portal) -> None:
    number_of(portal)
    jana = portal.world.jana
    ended = AddressData(
        customer_id=jana.customer_id, contact_id=jana.id, address="stara@acme.example", valid_until=AT - timedelta(1)
    )
    portal.world.do(lambda tx: tx.people.add_address(ended, by=ADMIN, at=AT))
    number = request(portal, subject="Nejde fax")
    browser, _ = staff(portal)
    shown = browser.see(f"/console/contacts/{jana.id}").text
    for words in ("Jana Nováková", "Acme", "jana@acme.example", "+420555123456", "mobil", "Nejde fax", "skončilo 22."):
        assert words in shown, words
    assert f"/console/tickets/{number}" in shown
    for path in ("/console/contacts/4711", "/console/contacts/x", "/console/new?contact=4711"):
        assert browser.see(path).status_code == 404
