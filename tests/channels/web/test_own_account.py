"""One's own page: the password, the sessions, the language. Whoever is not sure to be the owner changes nothing."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from authz.people.sessions import FREE_FAILURES, keep_session
from intake.people import Role, UserData
from store import tables as t
from tests.channels.web.conftest import HASHED, PASSWORD, Browser, Portal, forms_of
from tests.store.world import ADMIN, AT

NEW = "nové heslo do práce"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def change(browser: Browser, **values: str) -> Any:
    sent = {"old": PASSWORD, "new": NEW, "again": NEW} | values
    return browser.send("/account", "/account/password", **sent)


def technician(portal: Portal) -> Browser:
    data = UserData(login="technik@desk.example", name="Tomáš", role=Role.TECHNICIAN)
    portal.world.do(lambda tx: tx.people.add_user(data, password_hash=HASHED, by=ADMIN, at=AT))
    browser = portal.browser()
    assert browser.log_in(data.login).status_code == 303
    return browser


@pytest.mark.parametrize("who", ["contact", "user"])
def test_a_new_password_ends_the_other_sessions_and_not_this_one(portal: Portal, who: str) -> None:
    here = portal.browser(portal.world.jana) if who == "contact" else technician(portal)
    login = "Jana Nováková" if who == "contact" else "technik@desk.example"
    elsewhere = portal.browser()
    assert elsewhere.log_in(login).status_code == 303
    assert change(here).headers["location"] == "/account?notice=account_password_changed"
    assert here.see("/account").status_code == 200
    assert elsewhere.see("/account").status_code == 303
    assert portal.browser().log_in(login).status_code == 403
    assert portal.browser().log_in(login, NEW).status_code == 303


@pytest.mark.parametrize(
    ("values", "status", "said"),
    [
        ({"old": "jiné heslo než moje"}, 403, "Heslo nesouhlasí."),
        ({"old": ""}, 403, "Heslo nesouhlasí."),
        ({"again": NEW + "!"}, 422, "Hesla se neshodují."),
        ({"new": "krátké", "again": "krátké"}, 422, "alespoň 10 znaků"),
        ({"new": "Jana Nováková", "again": "Jana Nováková"}, 422, "přihlašovací jméno"),
        ({"new": "<script>" * 200, "again": "<script>" * 200}, 422, "nejvýše 256 znaků"),
        ({"new": "x" * 500_000, "again": "x" * 500_000}, 422, "nejvýše 256 znaků"),
    ],
)
def test_a_bad_password_is_not_taken(portal: Portal, values: dict[str, str], status: int, said: str) -> None:
    browser = portal.browser(portal.world.jana)
    answer = change(browser, **values)
    assert (answer.status_code, said in answer.text) == (status, True), answer.text
    assert "<script>" not in answer.text.replace("<script src", "")
    assert portal.browser().log_in("Jana Nováková").status_code == 303


def test_guessing_the_old_password_is_slowed_down(portal: Portal) -> None:
    browser = portal.browser(portal.world.jana)
    for _ in range(FREE_FAILURES):
        assert change(browser, old="hádám, hádám").status_code == 403
    assert "Příliš mnoho pokusů" in change(browser).text
    portal.clock.move(minutes=2)
    assert change(browser).status_code == 303


def test_everybody_sees_where_they_are_logged_in(portal: Portal) -> None:
    browser = portal.browser()
    browser.http.headers["user-agent"] = FIREFOX
    browser.log_in("Jana Nováková")
    portal.browser(portal.world.karel)
    page = browser.see("/account").text
    assert "Firefox, Linux" in page
    assert page.count('<td data-label="Prohlížeč">') == 1


def test_a_session_in_use_says_when_but_not_to_the_minute(portal: Portal) -> None:
    browser = portal.browser(portal.world.jana)
    for minutes, seen in ((4, AT), (2, AT.replace(minute=6))):
        portal.clock.move(minutes=minutes)
        browser.see("/account")
        portal.world.do(lambda tx: None)  # what was written on the side is written by now
        with portal.world.engine.connect() as connection:
            assert connection.execute(select(t.sessions.c.seen_at)).scalar_one() == seen


def test_one_session_is_ended_and_then_all_others(portal: Portal) -> None:
    here, second, third = (portal.browser(portal.world.jana) for _ in range(3))
    kept = next(keep_session(each.value or "") for each in second.http.cookies.jar if each.name == "intake-session")
    csrf = forms_of(here.see("/account").text)["/account/language"]["csrf"]
    ended = here.http.post("/account/sessions/end", data={"csrf": csrf, "session": kept}, follow_redirects=False)
    assert ended.status_code == 303
    assert [each.see("/account").status_code for each in (here, second, third)] == [200, 303, 200]
    assert here.send("/account", "/account/sessions/end-others").status_code == 303
    assert [each.see("/account").status_code for each in (here, third)] == [200, 303]


def test_nobody_ends_a_session_of_somebody_else(portal: Portal) -> None:
    here, other = portal.browser(portal.world.jana), portal.browser(portal.world.karel)
    kept = next(keep_session(each.value or "") for each in other.http.cookies.jar if each.name == "intake-session")
    csrf = forms_of(here.see("/account").text)["/account/language"]["csrf"]
    answer = here.http.post("/account/sessions/end", data={"csrf": csrf, "session": kept}, follow_redirects=False)
    assert answer.status_code == 404
    assert other.see("/account").status_code == 200


def test_the_language_goes_with_the_person(portal: Portal) -> None:
    assert portal.browser(portal.world.jana).send("/account", "/account/language", language="en").status_code == 303
    page = portal.browser(portal.world.jana).see("/account").text
    assert re.search(r"<h1>My account</h1>", page)


def test_what_changed_is_in_the_audit_trail_without_any_secret(portal: Portal) -> None:
    browser = portal.browser(portal.world.jana)
    portal.browser(portal.world.jana)
    assert browser.send("/account", "/account/sessions/end-others").status_code == 303
    change(browser)
    with portal.world.engine.connect() as connection:
        lines = connection.execute(select(t.audit).where(t.audit.c.actor_name == "Jana Nováková")).all()
    assert [line.action for line in lines] == ["logged-in", "logged-in", "sessions-ended", "changed"]
    assert "argon2" not in str(lines)
    assert lines[0].after == {"how": "password", "peer": "testclient"}


def test_a_burst_of_wrong_passwords_is_in_the_audit_trail_once(portal: Portal) -> None:
    for _ in range(FREE_FAILURES + 3):
        portal.browser().log_in("Jana Nováková", "hádám, hádám")
    with portal.world.engine.connect() as connection:
        (line,) = connection.execute(select(t.audit).where(t.audit.c.entity == "login")).all()
    assert (line.entity_id, line.action, line.after["attempts"]) == ("Jana Nováková", "guessed", FREE_FAILURES)
