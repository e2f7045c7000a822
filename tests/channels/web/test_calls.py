"""The pages where calls are taken: who is calling, what is known of the caller, the form, and calling back."""

import asyncio
import re
from dataclasses import replace

import pytest

from authz.phone.trust import TrustRules
from channels.web.calls import live
from channels.web.refusals import in_czech
from intake.administration import EntryError
from intake.contact_lists.number_codes import request_code
from intake.letters.asked import DEFAULT_LIMITS
from intake.people import ContractData
from intake.phone.pins import set_pin
from tests.channels.phone.calling import KNOWN, PBX, RANG, STRANGER, answered, new
from tests.channels.phone.desk import SWITCHBOARD, Desk, set_up
from tests.channels.web.conftest import Browser, Portal, forms_of
from tests.channels.web.technicians import request, staff
from tests.store.world import ADMIN

UNTRUSTED = replace(PBX, trust=TrustRules(presented=False))


@pytest.fixture
def desk(portal: Portal) -> Desk:
    return set_up(portal.world)


@pytest.fixture
def agent(portal: Portal) -> Browser:
    return staff(portal)[0]


def page_of(desk: Desk, call: str = "1") -> str:
    return f"/console/calls/{desk.call(call).id}"


def test_the_list_shows_who_calls_and_what_was_decided(desk: Desk, agent: Browser) -> None:
    assert "Právě nikdo nevolá" in agent.see("/console/calls").text
    desk.hear(new(called_number="+420211151600"), answered())
    desk.hear(new(call="2", presented=STRANGER))
    page = agent.see("/console/calls").text
    for words in ("Jana Nováková", "Acme", "+420211151600", "Tomáš", "probíhá", STRANGER):
        assert words in page, words
    part = agent.see("/console/calls", headers={"HX-Request": "true"}).text
    assert part.lstrip().startswith('<div id="calls"')
    assert "<html" not in part


def test_the_page_of_a_call_says_what_whoever_takes_it_must_know(portal: Portal, desk: Desk, agent: Browser) -> None:
    contract = ContractData(customer_id=desk.customer_id, name="Zlatá péče", valid_from=RANG, framework=True)
    portal.world.do(lambda tx: tx.people.add_contract(contract, by=ADMIN, at=RANG))
    number = request(portal, subject="Nefunguje fax")
    desk.hear(new(call="0"))
    desk.hear(new())
    page = agent.see(page_of(desk)).text
    for words in ("Jana Nováková", "Acme", KNOWN, "Zlatá péče, rámcová", "Nefunguje fax", f"/console/tickets/{number}"):
        assert words in page, words
    assert page_of(desk, "0") in page


def test_a_telephone_opens_the_page_by_number(desk: Desk, agent: Browser) -> None:
    assert "Jana Nováková" in agent.see("/console/calls/caller?number=%2B420777123456").text
    desk.hear(new())
    answer = agent.see("/console/calls/caller?number=777123456")
    assert (answer.status_code, answer.headers["location"]) == (303, page_of(desk))
    assert agent.see("/console/calls/caller?number=anonymous").status_code == 404
    assert "není v žádném seznamu" in agent.see(f"/console/calls/caller?number={STRANGER.replace('+', '%2B')}").text


def test_the_form_makes_a_ticket_and_then_adds_to_it(portal: Portal, desk: Desk, agent: Browser) -> None:
    desk.hear(new(presented=SWITCHBOARD[0]))
    place = page_of(desk)
    sent = {"subject": "Nejde fax", "text": "Od rána.", "category": "B", "contact": str(desk.contact_id), "ticket": ""}
    answer = agent.send(place, f"{place}/ticket", **sent)
    number = re.fullmatch(r"/console/tickets/(\d+)", answer.headers["location"])
    assert number is not None
    (page,) = desk.tickets()
    ticket = page.line.ticket
    assert (ticket.subject, ticket.category, ticket.contact_id) == ("Nejde fax", "B", desk.contact_id)
    agent.send(place, f"{place}/ticket", **(sent | {"subject": "Ještě k tomu", "text": "Už jde."}))
    (page,) = desk.tickets()
    assert len(page.comments) == 2


@pytest.mark.parametrize(
    "bad",
    [
        {"subject": ""},
        {"subject": "x" * 300},
        {"subject": "a\x00b"},
        {"text": "x" * 30_000},
        {"ticket": "4711"},
        {"contact": "4711"},
    ],
)
def test_what_cannot_be_taken_is_asked_for_again(desk: Desk, agent: Browser, bad: dict[str, str]) -> None:
    desk.hear(new())
    place = page_of(desk)
    sent = {"subject": "<b>Fax</b>", "text": "Od rána.", "category": "", "contact": "", "ticket": ""} | bad
    answer = agent.send(place, f"{place}/ticket", **sent)
    assert answer.status_code == 422
    assert "<b>Fax" not in answer.text
    assert desk.tickets() == []


def test_a_foreign_contact_is_refused(portal: Portal, desk: Desk, agent: Browser) -> None:
    desk.hear(new())
    place = page_of(desk)
    sent = {"subject": "Fax", "contact": str(portal.world.karel.id)}
    assert "jinému zákazníkovi" in agent.send(place, f"{place}/ticket", **sent).text


def test_a_caller_who_is_not_trusted_is_called_back(desk: Desk, agent: Browser) -> None:
    desk.hear(new(), rules=UNTRUSTED)
    place = page_of(desk)
    assert f"{place}/ticket" not in agent.see(place).text
    told = agent.send(place, f"{place}/call-back")
    assert told.headers["cache-control"] == "no-store"
    code = re.search(r"<dd[^>]*>(\d{6})</dd>", told.text)
    assert code is not None
    (action,) = [each for each in forms_of(told.text) if "/call-back/" in each]
    hidden = forms_of(told.text)[action]
    wrong = agent.http.post(action, data=hidden | {"said": "000001"}, follow_redirects=False)
    assert (wrong.status_code, "není správný kód" in wrong.text) == (422, True)
    done = agent.http.post(action, data=hidden | {"said": code[1]}, follow_redirects=False)
    assert (done.status_code, desk.call().verdict) == (303, "accept")
    assert f"{place}/ticket" in agent.see(place).text


def test_what_is_not_there_is_not_found(desk: Desk, agent: Browser) -> None:
    assert agent.see("/console/calls/4711").status_code == 404
    desk.hear(new(presented=STRANGER))
    assert agent.send(page_of(desk), "/logout").status_code == 303


def test_listeners_hear_that_something_changed(
    portal: Portal, desk: Desk, agent: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "POLL_SECONDS", 0.02)

    class Visit:
        site = type("Site", (), {"services": portal.services})
        kept = ""

    async def listen() -> list[str]:
        events = live.tell_changes(Visit())  # type: ignore[arg-type]
        heard = [await anext(events)]
        desk_hears = asyncio.to_thread(desk.hear, new())
        told = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0.1)
        await desk_hears
        heard.append(await asyncio.wait_for(told, 5))
        portal.services.closing.set()
        heard += [each async for each in events]
        return heard

    first, second = asyncio.run(listen())
    assert first.startswith(": calls")
    assert second == "event: calls\ndata: changed\n\n"


@pytest.mark.parametrize("number", ["112", "+420777999888"])
def test_refusals_about_numbers_and_pins_are_told_in_czech(portal: Portal, number: str) -> None:
    """Of a number that is none, of too many codes, and of PINs."""
    acme, keys = portal.world.acme.id, portal.services.pins
    told: list[EntryError] = []
    for _ in range(DEFAULT_LIMITS.codes_per_number + 1):
        try:
            portal.world.do(lambda tx: request_code(tx, keys, number, customer_id=acme, by=ADMIN, at=RANG))
        except EntryError as error:
            told.append(error)
    for pin in ("12", "1234"):
        with pytest.raises(EntryError) as refused:
            portal.world.do(lambda tx, pin=pin: set_pin(tx, keys, portal.world.jana.id, pin, by=ADMIN, at=RANG))
        told.append(refused.value)
    assert len(told) >= 3
    for error in told:
        assert in_czech(error), error.message
