"""Logging in: only the right person, only while the lists say so, and not by guessing. RULE channel-web."""

import asyncio
import unicodedata
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from authz.people.sessions import FREE_FAILURES, keep_session
from intake.login.signin import NotSignedIn, sign_in
from intake.people import ContactData, CustomerData
from store import tables as t
from tests.channels.web.conftest import PASSWORD, Browser, Portal, forms_of
from tests.store.world import ADMIN, AT

PAGES = ["/", "/requests/new", "/tickets/1", "/tickets/1/files/1"]
FORMS = ["/logout", "/requests/new", "/tickets/1/reply", "/tickets/1/answer"]


def test_a_contact_logs_in_and_out(portal: Portal) -> None:
    browser = portal.browser()
    answer = browser.log_in(" jana NOVÁKOVÁ ")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Jana Nováková" in browser.see("/").text
    answer = browser.send("/", "/logout")
    assert answer.headers["location"] == "/login"
    assert browser.see("/").headers["location"] == "/login"
    with portal.world.engine.connect() as connection:
        assert connection.execute(select(t.sessions)).all() == []


@pytest.mark.parametrize("path", PAGES)
def test_no_page_is_shown_to_a_stranger(portal: Portal, path: str) -> None:
    answer = portal.browser().see(path)
    assert (answer.status_code, answer.headers["location"], answer.text) == (303, "/login", "")


@pytest.mark.parametrize("path", FORMS)
def test_no_form_is_taken_from_a_stranger(portal: Portal, path: str) -> None:
    answer = portal.browser().http.post(path, data={"csrf": ""}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")


def test_a_wrong_password_and_an_unknown_login_look_the_same(portal: Portal) -> None:
    texts = []
    for login, password in (("Jana Nováková", "koně a vozy"), ("nikdo", PASSWORD), ("", ""), ("x" * 5000, "x" * 5000)):
        answer = portal.browser().log_in(login, password)
        assert (answer.status_code, "intake-session" in answer.headers["set-cookie"]) == (403, False)
        texts.append("Jméno nebo heslo nesouhlasí." in answer.text)
    assert all(texts)


@pytest.mark.parametrize(
    "typed",
    ["\0 Jana Nováková", "\0  jana nováková", "  JANA NOVÁKOVÁ ", unicodedata.normalize("NFD", "Jana Nováková")],
)
def test_another_spelling_of_a_login_is_no_new_chance(portal: Portal, typed: str) -> None:
    browser = portal.browser()
    for _ in range(FREE_FAILURES):
        assert browser.log_in("Jana Nováková", "špatné heslo").status_code == 403
    assert browser.log_in(typed, "špatné heslo").status_code == 429


def test_what_is_typed_as_a_login_keeps_nobody_from_anything_else(portal: Portal) -> None:
    person = f"contact/{portal.world.jana.id}"
    inside = portal.browser(portal.world.jana)
    for typed in (person, f"proof-of:{person}", "login:jana nováková"):
        statuses = [portal.browser().log_in(typed, "špatné heslo").status_code for _ in range(FREE_FAILURES + 1)]
        assert statuses[-1] == 429
    new = {"old": PASSWORD, "new": "nové heslo do práce", "again": "nové heslo do práce"}
    assert inside.send("/account", "/account/password", **new).status_code == 303
    assert portal.browser().log_in("Jana Nováková", new["new"]).status_code == 303


def test_guessing_is_slowed_down_also_for_logins_that_do_not_exist(portal: Portal) -> None:
    for login in ("Jana Nováková", "nikdo"):
        browser = portal.browser()
        statuses = [browser.log_in(login, "špatné heslo").status_code for _ in range(FREE_FAILURES + 1)]
        assert statuses == [403] * FREE_FAILURES + [429]
        answer = browser.log_in(login)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "30")
    assert portal.browser().log_in("Karel Malý").status_code == 303, "nobody else is locked"
    portal.clock.move(seconds=30)
    assert browser.log_in("Jana Nováková").status_code == 303
    assert browser.log_in("Jana Nováková", "špatné heslo").status_code == 403, "a success forgets the failures"


def test_a_session_ends_after_a_working_day(portal: Portal) -> None:
    browser = portal.browser(portal.world.jana)
    portal.clock.move(hours=11, minutes=59)
    assert browser.see("/").status_code == 200
    portal.clock.move(minutes=1)
    assert browser.see("/").headers["location"] == "/login?expired=1"
    assert "vypršelo" in browser.see("/login?expired=1").text


def test_a_new_log_in_is_a_new_session(portal: Portal) -> None:
    browser = portal.browser(portal.world.jana)
    first = browser.http.cookies["intake-session"]
    browser.log_in("Jana Nováková")
    second = browser.http.cookies["intake-session"]
    assert first != second
    with portal.world.engine.connect() as connection:
        kept = connection.execute(select(t.sessions.c.token_hash)).scalars().all()
    assert kept == [keep_session(second)], "the old one is gone, and no secret is stored"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"active": False}, None),
        ({"channels": frozenset()}, "tento kontakt nemá povolený web."),
        ({"valid_until": AT}, "oprávnění už skončilo."),
        ({"valid_from": AT + timedelta(days=1)}, "oprávnění ještě neplatí."),
    ],
)
def test_what_happens_to_a_contact_binds_with_the_next_page(
    portal: Portal, change: dict[str, Any], says: str | None
) -> None:
    jana = portal.world.jana
    browser = portal.browser(jana)
    data = ContactData(**({"customer_id": jana.customer_id, "name": jana.name} | change))
    portal.world.do(lambda tx: tx.people.change_contact(jana.id, data, by=ADMIN, at=AT))
    answer = browser.see("/")
    if says is None:
        assert answer.status_code == 303, "its sessions are ended"
    else:
        assert (answer.status_code, says in answer.text) == (403, True)
    again = portal.browser().log_in("Jana Nováková")
    assert (again.status_code, (says or "tento kontakt není aktivní.") in again.text) == (403, True)


def test_a_deactivated_customer_is_out_at_once(portal: Portal) -> None:
    browser = portal.browser(portal.world.jana)
    data = CustomerData(name="Acme", valid_until=AT)
    portal.world.do(lambda tx: tx.people.change_customer(portal.world.acme.id, data, by=ADMIN, at=AT))
    assert browser.see("/").status_code == 403


def test_a_log_in_form_of_another_site_is_not_taken(portal: Portal) -> None:
    sent = {"login": "Jana Nováková", "password": PASSWORD}
    browser = portal.browser()
    browser.see("/login")
    for csrf in ("", "guessed"):
        answer = browser.http.post("/login", data=sent | {"csrf": csrf}, follow_redirects=False)
        assert (answer.status_code, "už neplatí" in answer.text) == (403, True)
    hidden = forms_of(browser.see("/login").text)["/login"]
    headers = {"Sec-Fetch-Site": "cross-site"}
    answer = browser.http.post("/login", data=sent | hidden, headers=headers, follow_redirects=False)
    assert answer.status_code == 403


@pytest.mark.parametrize("path", FORMS)
def test_a_form_of_another_site_changes_nothing(portal: Portal, path: str) -> None:
    browser = portal.browser(portal.world.jana)
    number = portal.ticket(browser)
    target = path.replace("/1/", f"/{number}/")
    own = forms_of(browser.see("/").text)["/logout"]["csrf"]
    sent = {"subject": "a", "text": "b", "answer": "accept"}
    foreign = {"Sec-Fetch-Site": "cross-site"}
    for csrf, headers in (("", {}), ("guessed", {}), (own, foreign)):
        answer = browser.http.post(target, data=sent | {"csrf": csrf}, headers=headers, follow_redirects=False)
        assert (answer.status_code, "už neplatí" in answer.text) == (403, True)
    with portal.world.engine.connect() as connection:
        assert len(connection.execute(select(t.comments)).all()) == 1
    assert browser.see("/").status_code == 200


def test_over_https_the_cookies_belong_to_this_host_alone(portal: Portal) -> None:
    portal.services = replace(portal.services, secure=True)
    browser: Browser = portal.browser(base_url="https://helpdesk.example")
    answer = browser.log_in("Jana Nováková")
    session = next(each for each in answer.headers.get_list("set-cookie") if "intake-session" in each)
    assert session.startswith("__Host-intake-session=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(session.split("; "))
    assert "Domain" not in session
    assert browser.see("/").status_code == 200


@pytest.mark.parametrize(
    ("accepted", "says"),
    [("cs-CZ,cs;q=0.9,en;q=0.8", "Přihlásit se"), ("sk", "Přihlásit se"), ("de,en;q=0.5", "Log in"), ("fr", "Log in")],
)
def test_a_stranger_is_spoken_to_as_the_browser_asks(portal: Portal, accepted: str, says: str) -> None:
    assert f"<h1>{says}</h1>" in portal.browser().see("/login", headers={"Accept-Language": accepted}).text


def test_guessing_in_parallel_gains_nothing(portal: Portal) -> None:
    async def guess() -> list[bool]:
        attempts = (
            sign_in(portal.services.writer, portal.services.sign_in, "Jana Nováková", "špatné heslo", at=AT)
            for _ in range(20)
        )
        results = await asyncio.gather(*attempts)
        return [isinstance(result, NotSignedIn) and result.wait_until is not None for result in results]

    assert asyncio.run(guess()).count(False) == FREE_FAILURES
