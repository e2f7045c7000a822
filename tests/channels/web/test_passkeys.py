"""Passkeys: both factors at once, and only from the device, the site and the challenge they belong to."""

import re
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from authz.people.sessions import FREE_FAILURES
from intake.people import ContactData
from store import tables as t
from tests.channels.web.authenticator import Device
from tests.channels.web.conftest import PASSWORD, Browser, Portal, forms_of
from tests.store.world import ADMIN, AT

NEW = "nové heslo do práce"


def adding(browser: Browser, password: str = PASSWORD) -> dict[str, Any]:
    csrf = forms_of(browser.see("/account").text)["/account/passkeys"]["csrf"]
    answer = browser.http.post("/account/passkeys/options", data={"csrf": csrf, "password": password})
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def add(browser: Browser, device: Device, **values: str) -> Any:
    credential = device.create(adding(browser))
    return browser.send("/account", "/account/passkeys", **({"credential": credential, "name": "Notebook"} | values))


def challenge(browser: Browser) -> dict[str, Any]:
    csrf = forms_of(browser.see("/login").text)["/login/passkey"]["csrf"]
    found: dict[str, Any] = browser.http.post("/login/passkey/options", data={"csrf": csrf}).json()
    return found


def log_in(browser: Browser, device: Device) -> Any:
    return browser.send("/login", "/login/passkey", credential=device.get(challenge(browser)))


def remove(browser: Browser, password: str = PASSWORD) -> Any:
    number = re.search(r'<option value="([0-9]+)"', browser.see("/account").text)
    assert number is not None
    return browser.send("/account", "/account/passkeys/remove", passkey=number[1], password=password)


def is_in(browser: Browser) -> bool:
    return bool(browser.see("/account").status_code == 200)


@pytest.fixture
def device(portal: Portal) -> Device:
    """Jana's."""
    made = Device()
    answer = add(portal.browser(portal.world.jana), made)
    assert answer.headers["location"] == "/account?notice=account_passkey_added"
    return made


def test_a_passkey_lets_in_without_a_password(portal: Portal, device: Device) -> None:
    browser = portal.browser()
    answer = log_in(browser, device)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    page = browser.see("/account").text
    assert "Notebook" in page
    assert "Jana Nováková" in page
    with portal.world.engine.connect() as connection:
        assert {row.how for row in connection.execute(select(t.sessions))} == {"password", "passkey"}


def test_a_passkey_is_enough_where_a_second_factor_is_needed(portal: Portal, device: Device) -> None:
    needed = replace(portal.services.sign_in, second_factor_for=frozenset({"contact"}))
    portal.services = replace(portal.services, sign_in=needed)
    browser = portal.browser()
    assert browser.log_in("Jana Nováková").headers["location"] == "/login/passkey"
    assert "přístupovým klíčem" in browser.see("/login/passkey").text
    assert not is_in(browser)
    assert log_in(browser, device).status_code == 303
    assert remove(browser).headers["location"] == "/account?notice=account_factor_needed"


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://elsewhere.example"},
        {"rp_id": "elsewhere.example"},
        {"verified": False},
        {"handle": "Y29udGFjdC8y"},  # contact/2
        {"handle": ""},
        {"handle": "%%%"},
        {"credential_id": b"unknown to anybody"},
        {"count": -1},  # a count that does not grow
    ],
)
def test_a_wrong_answer_opens_nothing(portal: Portal, device: Device, wrong: dict[str, Any]) -> None:
    browser = portal.browser()
    assert log_in(portal.browser(), device).status_code == 303
    for name, value in wrong.items():
        setattr(device, name, value)
    answer = log_in(browser, device)
    assert (answer.status_code, "nevyšlo" in answer.text) == (403, True)
    assert not is_in(browser)


def test_somebody_elses_key_does_not_sign_for_jana(portal: Portal, device: Device) -> None:
    thief = Device(credential_id=device.credential_id, handle=device.handle)
    assert log_in(portal.browser(), thief).status_code == 403


def test_an_answer_is_taken_once(portal: Portal, device: Device) -> None:
    browser = portal.browser()
    answer = device.get(challenge(browser))
    assert browser.send("/login", "/login/passkey", credential=answer).status_code == 303
    assert portal.browser().send("/login", "/login/passkey", credential=answer).status_code == 403
    assert browser.send("/login", "/login/passkey", credential=answer).status_code == 403


def test_a_challenge_is_another_browsers(portal: Portal, device: Device) -> None:
    answer = device.get(challenge(portal.browser()))
    other = portal.browser()
    challenge(other)
    assert other.send("/login", "/login/passkey", credential=answer).status_code == 403


def test_a_challenge_does_not_wait_for_ever(portal: Portal, device: Device) -> None:
    browser = portal.browser()
    answer = device.get(challenge(browser))
    portal.clock.move(minutes=6)
    assert browser.send("/login", "/login/passkey", credential=answer).status_code == 403


@pytest.mark.parametrize("answer", ["", "{}", "[]", "null", '{"id": 1, "response": []}', "[" * 100_000, "x" * 900_000])
def test_hostile_answers_are_refused(portal: Portal, device: Device, answer: str) -> None:
    browser = portal.browser()
    challenge(browser)
    assert browser.send("/login", "/login/passkey", credential=answer).status_code == 403
    inside = portal.browser(portal.world.jana)
    adding(inside)
    assert inside.send("/account", "/account/passkeys", credential=answer).status_code == 422


@pytest.mark.parametrize("wrong", [{"origin": "https://elsewhere.example"}, {"verified": False}, {"rp_id": "x"}])
def test_a_passkey_of_another_site_or_without_its_user_is_not_added(portal: Portal, wrong: dict[str, Any]) -> None:
    answer = add(portal.browser(portal.world.jana), Device(**wrong))
    assert (answer.status_code, "nevyšlo" in answer.text) == (422, True)


def test_adding_a_passkey_needs_the_password(portal: Portal) -> None:
    told = adding(portal.browser(portal.world.jana), "hádám, hádám")
    assert told == {"problem": "Heslo nesouhlasí."}


def test_a_passkey_belongs_to_one_person(portal: Portal, device: Device) -> None:
    assert add(portal.browser(portal.world.karel), device).status_code == 422


def test_whoever_was_deactivated_stays_out(portal: Portal, device: Device) -> None:
    jana = portal.world.jana
    data = ContactData(customer_id=jana.customer_id, name=jana.name, active=False)
    portal.world.do(lambda tx: tx.people.change_contact(jana.id, data, by=ADMIN, at=AT))
    browser = portal.browser()
    assert log_in(browser, device).status_code == 403
    assert not is_in(browser)


def test_a_removed_passkey_opens_nothing(portal: Portal, device: Device) -> None:
    browser = portal.browser(portal.world.jana)
    assert (
        portal.browser(portal.world.karel).http.post("/account/passkeys/remove", data={"passkey": "1"}).status_code
        == 403
    )
    assert remove(browser).headers["location"] == "/account?notice=account_passkey_removed"
    assert log_in(portal.browser(), device).status_code == 403


@pytest.mark.parametrize("password", ["", "hádám, hádám"])
def test_removing_a_passkey_needs_the_password(portal: Portal, device: Device, password: str) -> None:
    answer = remove(portal.browser(portal.world.jana), password)
    assert (answer.status_code, "Heslo nesouhlasí." in answer.text) == (403, True)
    assert log_in(portal.browser(), device).status_code == 303


@pytest.mark.parametrize("what", ["remove", "add"])
def test_whoever_has_no_password_must_have_logged_in_just_now(portal: Portal, device: Device, what: str) -> None:
    with portal.world.engine.begin() as connection:
        connection.execute(update(t.contacts).values(password_hash=None))
    browser = portal.browser()
    assert log_in(browser, device).status_code == 303
    portal.clock.move(minutes=16)
    refused = remove(browser).text if what == "remove" else adding(browser)["problem"]
    assert "krátce po přihlášení" in refused
    assert log_in(browser, device).status_code == 303
    done = remove(browser).status_code == 303 if what == "remove" else "challenge" in adding(browser)
    assert done


def test_guessing_the_password_keeps_nobody_from_their_passkey(portal: Portal, device: Device) -> None:
    guesser = portal.browser()
    statuses = {guesser.log_in("Jana Nováková", "hádám, hádám").status_code for _ in range(FREE_FAILURES + 1)}
    assert statuses == {403, 429}
    browser = portal.browser()
    assert log_in(browser, device).status_code == 303
    assert guesser.log_in("Jana Nováková").status_code == 429, "the guesser gains nothing by it"
    assert browser.send("/account", "/account/password", old=PASSWORD, new=NEW, again=NEW).status_code == 303


def test_a_key_that_never_counts_is_fine(portal: Portal, device: Device) -> None:
    # Web Authentication §6.1.1: synchronised passkeys always say zero.
    with portal.world.engine.begin() as connection:
        connection.execute(update(t.passkeys).values(sign_count=0))
    device.count = -1
    assert log_in(portal.browser(), device).status_code == 303
