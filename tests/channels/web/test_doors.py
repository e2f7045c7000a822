"""Every page and form of the site, found by walking its routes: none is open to those it is not for."""

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import select
from starlette.routing import BaseRoute, Mount, Route

from channels.web.app import site_routes
from channels.web.cookies import Cookies
from channels.web.pages import Pages
from channels.web.texts import LANGUAGES, PARTS
from channels.web.visitors import Site
from intake.people import Role, UserData
from intake.queries import Window
from store import tables as t
from tests.channels.web.conftest import HASHED, PASSWORD, Browser, Portal, forms_of
from tests.store.world import ADMIN, AT

# Where a stranger may come, and by what else than a session it is protected.
PUBLIC = {"/confirm", "/login", "/language", "/answer"}  # the links in our mail are signed
STAFF = ("/console", "/desk")


def routes(portal: Portal) -> Iterator[tuple[str, str]]:
    """Each method and path, with ids that fit nothing."""
    site = Site(services=portal.services, pages=Pages(portal.services), cookies=Cookies(secure=False))

    def walk(found: list[BaseRoute]) -> Iterator[tuple[str, str]]:
        for route in found:
            if isinstance(route, Route):
                path = re.sub(r"\{[^}]+\}", "4711", route.path)
                for method in sorted((route.methods or set()) - {"HEAD"}):
                    yield method, path
            else:
                assert isinstance(route, Mount)
                assert route.path == "/static"

    return walk(site_routes(site))


def is_public(path: str) -> bool:
    return any(path == each or path.startswith(each + "/") for each in PUBLIC)


def user(portal: Portal, role: Role) -> Browser:
    data = UserData(login=f"{role}@desk.example", name=f"{role}", role=role)
    portal.world.do(lambda tx: tx.people.add_user(data, password_hash=HASHED, by=ADMIN, at=AT))
    browser = portal.browser()
    answer = browser.log_in(data.login)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    return browser


def test_a_stranger_is_sent_to_the_login_from_everywhere(portal: Portal) -> None:
    browser = portal.browser()
    for method, path in routes(portal):
        if not is_public(path):
            answer = browser.http.request(method, path, follow_redirects=False)
            assert (answer.status_code, answer.headers["location"]) == (303, "/login"), path


@pytest.mark.parametrize("who", ["contact", *Role])
def test_no_form_is_taken_without_the_value_of_its_own_session(portal: Portal, who: str) -> None:
    browser = portal.browser(portal.world.jana) if who == "contact" else user(portal, Role(who))
    for method, path in routes(portal):
        if method == "POST" and not is_public(path):
            for csrf in ({}, {"csrf": ""}, {"csrf": "x" * 43}):
                answer = browser.http.post(path, data=csrf, follow_redirects=False)
                assert answer.status_code == 403, path


def test_no_form_without_a_session_is_taken_from_another_site(portal: Portal) -> None:
    browser = portal.browser()
    own = forms_of(browser.see("/login").text)["/login"]["csrf"]
    sent = {"csrf": own, "login": "Jana Nováková", "password": PASSWORD, "address": "jana@acme.example", "code": "1"}
    sent |= {"new": "nové heslo do práce", "again": "nové heslo do práce", "credential": "{}"}
    taken = [path for method, path in routes(portal) if method == "POST" and path.startswith(("/login", "/language"))]
    assert len(taken) >= 8
    for path in taken:
        headers = {"Sec-Fetch-Site": "cross-site"}
        form = {"language": "en"} if path == "/language" else sent
        answer = browser.http.post(path, data=form, headers=headers, follow_redirects=False)
        assert answer.status_code in {303, 403}, path
        assert answer.headers.get("location", "/") in {"/", "/login?expired=1"}, path
        given = [each.partition("=")[0] for each in answer.headers.get_list("set-cookie") if "Max-Age=0" not in each]
        assert set(given) <= {"intake-login"}, path
    portal.world.do(lambda tx: None)  # what nobody waits for is done by now
    with portal.world.engine.connect() as connection:
        for table in (t.sessions, t.login_steps, t.outbox, t.login_failures):
            assert connection.execute(select(table)).all() == [], table


def test_the_service_desks_pages_do_not_exist_for_a_contact(portal: Portal) -> None:
    browser = portal.browser(portal.world.jana)
    csrf = forms_of(browser.see("/").text)["/logout"]["csrf"]
    for method, path in routes(portal):
        if path.startswith(STAFF):
            answer = browser.http.request(method, path, data={"csrf": csrf}, follow_redirects=False)
            assert answer.status_code == 404, path


def test_the_customers_pages_are_not_for_the_service_desk(portal: Portal) -> None:
    browser = user(portal, Role.ADMIN)
    assert browser.see("/").headers["location"] == "/console"
    assert browser.see("/requests/new").status_code == 404


def test_a_user_who_was_deactivated_is_out_at_once(portal: Portal) -> None:
    browser = user(portal, Role.TECHNICIAN)
    assert browser.see("/console").status_code == 200
    (found,) = portal.services.queries.users(Window()).items
    data = UserData(login=found.login, name=found.name, role=found.role, active=False)
    portal.world.do(lambda tx: tx.people.change_user(found.id, data, by=ADMIN, at=AT))
    assert browser.see("/console").headers["location"].startswith("/login")
    assert browser.log_in(found.login).status_code == 403


def test_the_language_is_chosen_on_the_page(portal: Portal) -> None:
    browser = portal.browser(portal.world.jana)
    assert "Moje požadavky" in browser.see("/").text
    answer = browser.send("/requests/new", "/language", language="en")
    assert (answer.status_code, answer.headers["location"]) == (303, "/requests/new")
    assert "My requests" in browser.see("/").text


@pytest.mark.parametrize(
    "back", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere", "x", "", "/a\nb"]
)
def test_choosing_the_language_leads_nowhere_else(portal: Portal, back: str) -> None:
    answer = portal.browser().http.post("/language", data={"back": back, "language": "en"}, follow_redirects=False)
    assert answer.headers["location"] == "/"


def test_both_languages_say_everything_and_no_key_is_used_twice() -> None:
    for part in PARTS:
        assert set(part["cs"]) == set(part["en"])
    keys = [key for part in PARTS for key in part[LANGUAGES[0]]]
    assert len(keys) == len(set(keys)), sorted({key for key in keys if keys.count(key) > 1})
