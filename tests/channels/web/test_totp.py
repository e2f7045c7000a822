"""Codes of an app as the second step: needed after the password, taken once, counted with it. RFC 6238."""

import asyncio
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from sqlalchemy import select

from authz.people.sessions import FREE_FAILURES
from intake.login.entering import SignedIn
from intake.login.second_step import take_second_step
from intake.login.signin import prove_login
from intake.login.signing import Origin
from intake.people import ContactData
from store import tables as t
from tests.channels.web.conftest import HASHED, PASSWORD, Browser, Portal, forms_of
from tests.store.world import ADMIN, AT

JANA = "Jana Nováková"


def key_on(page: str) -> str:
    found = re.search(r'<code class="mono" id="key">([A-Z2-7 ]+)</code>', page)
    assert found, page
    return found[1].replace(" ", "")


def code(portal: Portal, key: str, *, steps: int = 0) -> str:
    return pyotp.TOTP(key).at(portal.clock.now + steps * timedelta(seconds=30))


def set_up(portal: Portal) -> tuple[str, list[str]]:
    """Turn codes on for Jana; returns the key and the recovery codes. Time goes on by a step."""
    browser = portal.browser(portal.world.jana)
    key = key_on(browser.see("/account/totp").text)
    answer = browser.send("/account/totp", "/account/totp", code=code(portal, key), password=PASSWORD)
    assert answer.status_code == 200, answer.text
    portal.clock.move(seconds=30)
    return key, re.findall(r'<li><code class="mono">([A-Z0-9-]+)</code>', answer.text)


def half_way(portal: Portal, where: str = "/login/code") -> Browser:
    browser = portal.browser()
    answer = browser.log_in(JANA)
    assert (answer.status_code, answer.headers["location"]) == (303, where)
    return browser


def finish(browser: Browser, given: str) -> Any:
    return browser.send("/login/code", "/login/code", code=given)


def is_in(browser: Browser) -> bool:
    return bool(browser.see("/account").status_code == 200)


def test_with_codes_on_the_password_alone_opens_nothing(portal: Portal) -> None:
    key, _ = set_up(portal)
    browser = half_way(portal)
    assert not is_in(browser)
    assert all(each.name != "intake-session" for each in browser.http.cookies.jar)
    answer = finish(browser, code(portal, key))
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert is_in(browser)


def test_the_picture_holds_the_same_key(portal: Portal) -> None:
    browser = portal.browser(portal.world.jana)
    first = key_on(browser.see("/account/totp").text)
    picture = browser.see("/account/totp/picture.svg")
    assert picture.headers["content-type"] == "image/svg+xml"
    assert b"<svg" in picture.content
    assert b"<script" not in picture.content
    assert key_on(browser.see("/account/totp").text) == first
    assert portal.browser(portal.world.karel).see("/account/totp/picture.svg").status_code == 404


def test_a_code_is_taken_once(portal: Portal) -> None:
    key, _ = set_up(portal)
    shown = code(portal, key)
    assert finish(half_way(portal), shown).status_code == 303
    again = half_way(portal)
    assert finish(again, shown).status_code == 403
    assert not is_in(again)
    portal.clock.move(seconds=30)
    assert finish(again, code(portal, key)).status_code == 303


def test_the_code_of_setting_up_is_used_up(portal: Portal) -> None:
    key, _ = set_up(portal)
    assert finish(half_way(portal), code(portal, key, steps=-1)).status_code == 403


@pytest.mark.parametrize(
    "given", ["", "000000", "12345", "1234567", "١٢٣٤٥٦", "abcdef", "x" * 10_000, "ABCD-EFGH-JKMN-PQRS"]
)
def test_a_wrong_code_opens_nothing(portal: Portal, given: str) -> None:
    set_up(portal)
    browser = half_way(portal)
    answer = finish(browser, given)
    assert (answer.status_code, "Kód nesouhlasí" in answer.text) == (403, True)
    assert not is_in(browser)


def test_codes_are_counted_together_with_passwords(portal: Portal) -> None:
    key, _ = set_up(portal)
    browser = half_way(portal)  # counts as one until the log-in is whole
    for _ in range(FREE_FAILURES - 1):
        assert finish(browser, "000000").status_code == 403
    answer = finish(browser, code(portal, key))
    assert (answer.status_code, int(answer.headers["retry-after"]) > 0) == (429, True)
    assert portal.browser().log_in(JANA).status_code == 429
    portal.clock.move(minutes=2)
    assert finish(browser, code(portal, key)).status_code == 303
    assert portal.browser().log_in(JANA, "hádám, hádám").status_code == 403  # counted anew


def test_a_right_password_again_gives_no_new_guesses(portal: Portal) -> None:
    set_up(portal)
    for _ in range(2):
        assert finish(half_way(portal), "000000").status_code == 403
    half_way(portal)
    assert portal.browser().log_in(JANA).status_code == 429


def test_the_second_step_does_not_wait_for_ever(portal: Portal) -> None:
    key, _ = set_up(portal)
    browser = half_way(portal)
    portal.clock.move(minutes=11)
    assert browser.see("/login/code").headers["location"] == "/login?expired=1"
    csrf = forms_of(browser.see("/login").text)["/login"]["csrf"]
    answer = browser.http.post("/login/code", data={"csrf": csrf, "code": code(portal, key)}, follow_redirects=False)
    assert answer.headers["location"] == "/login?expired=1"
    assert not is_in(browser)


def test_a_code_without_a_password_before_it_is_nothing(portal: Portal) -> None:
    key, _ = set_up(portal)
    browser = portal.browser()
    csrf = forms_of(browser.see("/login").text)["/login"]["csrf"]
    browser.http.post("/login/code", data={"csrf": csrf, "code": code(portal, key)}, follow_redirects=False)
    assert not is_in(browser)


def test_a_form_from_elsewhere_is_not_taken(portal: Portal) -> None:
    key, _ = set_up(portal)
    browser = half_way(portal)
    browser.http.post("/login/code", data={"csrf": "", "code": code(portal, key)}, follow_redirects=False)
    assert not is_in(browser)


def test_whoever_was_deactivated_half_way_stays_out(portal: Portal) -> None:
    set_up(portal)
    browser = half_way(portal)
    jana = portal.world.jana
    data = ContactData(customer_id=jana.customer_id, name=jana.name, active=False)
    portal.world.do(lambda tx: tx.people.change_contact(jana.id, data, by=ADMIN, at=AT))
    assert browser.see("/login/code").headers["location"].startswith("/login")  # what was begun is gone
    assert not is_in(browser)


def test_a_new_password_ends_what_is_half_done(portal: Portal) -> None:
    key, _ = set_up(portal)
    inside = half_way(portal)
    finish(inside, code(portal, key))
    waiting = half_way(portal)
    sent = {"old": PASSWORD, "new": "nové heslo do práce", "again": "nové heslo do práce"}
    assert inside.send("/account", "/account/password", **sent).status_code == 303
    portal.clock.move(seconds=30)
    assert waiting.see("/login/code").status_code == 303


def test_a_recovery_code_lets_in_once(portal: Portal) -> None:
    _, codes = set_up(portal)
    assert len(set(codes)) == 10
    assert finish(half_way(portal), codes[3].lower().replace("-", " ")).status_code == 303
    assert finish(half_way(portal), codes[3]).status_code == 403
    assert finish(half_way(portal), codes[4]).status_code == 303
    with portal.world.engine.connect() as connection:
        kept = str(connection.execute(select(t.recovery_codes)).all())
    assert not any(each in kept or each.replace("-", "") in kept for each in codes)


def test_new_recovery_codes_replace_the_old_ones(portal: Portal) -> None:
    key, old = set_up(portal)
    browser = half_way(portal)
    finish(browser, code(portal, key))
    assert browser.send("/account", "/account/codes", password="hádám, hádám").status_code == 403
    answer = browser.send("/account", "/account/codes", password=PASSWORD)
    new = re.findall(r'<li><code class="mono">([A-Z0-9-]+)</code>', answer.text)
    assert finish(half_way(portal), old[0]).status_code == 403
    assert finish(half_way(portal), new[0]).status_code == 303


def test_turning_codes_off_needs_the_password(portal: Portal) -> None:
    key, _ = set_up(portal)
    browser = half_way(portal)
    finish(browser, code(portal, key))
    assert browser.send("/account", "/account/totp/remove", password="").status_code == 403
    assert browser.send("/account", "/account/totp/remove", password=PASSWORD).status_code == 303
    assert portal.browser().log_in(JANA).headers["location"] == "/"


def test_the_key_in_the_database_is_sealed(portal: Portal) -> None:
    key, _ = set_up(portal)
    with portal.world.engine.connect() as connection:
        assert key not in str(connection.execute(select(t.totp_keys)).all())


def test_who_needs_codes_sets_them_up_before_the_first_session(portal: Portal) -> None:
    needed = replace(portal.services.sign_in, second_factor_for=frozenset({"contact"}))
    portal.services = replace(portal.services, sign_in=needed)
    browser = half_way(portal, "/login/setup")
    page = browser.see("/login/setup")
    assert b"<svg" in browser.see("/login/setup/picture.svg").content
    key = key_on(page.text)
    assert browser.send("/login/setup", "/login/setup", code="000000").status_code == 422
    assert not is_in(browser)
    answer = browser.send("/login/setup", "/login/setup", code=code(portal, key))
    assert answer.text.count('<code class="mono">') == 10
    assert is_in(browser)
    refused = browser.send("/account", "/account/totp/remove", password=PASSWORD)
    assert refused.headers["location"] == "/account?notice=account_factor_needed"
    portal.clock.move(seconds=30)
    assert finish(half_way(portal), code(portal, key)).status_code == 303


def test_a_password_alone_cannot_replace_codes_that_were_set_up_meanwhile(portal: Portal) -> None:
    needed = replace(portal.services.sign_in, second_factor_for=frozenset({"contact"}))
    portal.services = replace(portal.services, sign_in=needed)
    thief, owner = half_way(portal, "/login/setup"), half_way(portal, "/login/setup")
    stolen = key_on(thief.see("/login/setup").text)
    own = key_on(owner.see("/login/setup").text)
    assert owner.send("/login/setup", "/login/setup", code=code(portal, own)).status_code == 200
    thief.send("/login/setup", "/login/setup", code=code(portal, stolen))
    assert not is_in(thief)


def test_one_code_at_many_places_at_once_lets_in_once(portal: Portal) -> None:
    key, _ = set_up(portal)
    waiting = [half_way(portal) for _ in range(4)]
    secrets = [each.value or "" for browser in waiting for each in browser.http.cookies.jar if "second" in each.name]
    services, given = portal.services, code(portal, key)

    async def all_at_once() -> list[Any]:
        tries = (
            take_second_step(
                services.writer, services.sign_in, each, given, at=portal.clock.now, origin=Origin(peer="192.0.2.1")
            )
            for each in secrets
        )
        return await asyncio.gather(*tries)

    results = portal.run(all_at_once())
    assert len(results) == 4
    assert [isinstance(each, SignedIn) for each in results].count(True) == 1


def test_whoever_has_codes_hands_no_mail_in_by_password(portal: Portal) -> None:
    writer, at = portal.services.writer, portal.clock.now
    assert portal.run(prove_login(writer, JANA, PASSWORD, at)) == JANA.lower()
    set_up(portal)
    assert portal.run(prove_login(writer, JANA, PASSWORD, at)) is None


def test_whoever_needs_a_second_factor_hands_no_mail_in_by_password(portal: Portal) -> None:
    writer, at = portal.services.writer, portal.clock.now
    assert portal.run(prove_login(writer, JANA, PASSWORD, at, more_for={"contact"})) is None
    assert portal.run(prove_login(writer, JANA, PASSWORD, at, more_for={"admin"})) == JANA.lower()


def test_what_has_expired_makes_room(portal: Portal) -> None:
    set_up(portal)
    for _ in range(3):
        half_way(portal)
    portal.clock.move(hours=1)
    half_way(portal)
    with portal.world.engine.connect() as connection:
        assert len(connection.execute(select(t.login_steps)).all()) == 1


def test_a_new_password_by_an_admin_ends_what_is_half_done(portal: Portal) -> None:
    set_up(portal)
    browser = half_way(portal)
    portal.world.do(lambda tx: tx.people.set_contact_login(portal.world.jana.id, JANA, HASHED, by=ADMIN, at=AT))
    assert browser.see("/login/code").headers["location"] == "/login?expired=1"
