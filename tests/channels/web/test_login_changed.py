"""Whoever changes a way in, its owner gets a mail about it; what is not done is not told."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from intake.login.notices import Changed
from intake.outgoing import OutboxKind
from intake.people import ContactData, Role, UserData
from store import tables as t
from tests.channels.web.authenticator import Device
from tests.channels.web.conftest import HASHED, PASSWORD, Browser, Portal, forms_of
from tests.channels.web.test_login_links import ask, choose, link
from tests.channels.web.test_passkeys import add, remove
from tests.channels.web.test_totp import code, key_on
from tests.store.world import ADMIN, AT

NEW = "nové heslo do práce"
JANA = "jana@acme.example"


def told(portal: Portal) -> list[tuple[str, str]]:
    """To whom and of what, oldest first."""
    wanted = select(t.outbox).where(t.outbox.c.kind == OutboxKind.LOGIN_CHANGED).order_by(t.outbox.c.id)
    with portal.world.engine.connect() as connection:
        return [(row.recipient, row.payload["what"]) for row in connection.execute(wanted)]


def set_up(portal: Portal, browser: Browser, password: str = PASSWORD) -> Any:
    key = key_on(browser.see("/account/totp").text)
    return browser.send("/account/totp", "/account/totp", code=code(portal, key), password=password)


def change_password(portal: Portal, browser: Browser, password: str) -> Any:
    return browser.send("/account", "/account/password", old=password, new=NEW, again=NEW)


def add_passkey(portal: Portal, browser: Browser, password: str) -> Any:
    if password != PASSWORD:
        return browser.send("/account", "/account/passkeys", credential="{}")
    return add(browser, Device())


def end_others(portal: Portal, browser: Browser, password: str) -> Any:
    if password == PASSWORD:
        portal.browser(portal.world.jana)
    csrf = forms_of(browser.see("/account").text)["/account/language"]["csrf"]
    return browser.http.post("/account/sessions/end-others", data={"csrf": csrf}, follow_redirects=False)


@pytest.mark.parametrize(
    ("act", "what"),
    [
        (change_password, Changed.PASSWORD),
        (set_up, Changed.TOTP_ADDED),
        (add_passkey, Changed.PASSKEY_ADDED),
        (end_others, Changed.SESSIONS_ENDED),
    ],
)
def test_the_owner_is_told_what_was_changed_and_not_what_was_tried(
    portal: Portal, act: Callable[[Portal, Browser, str], Any], what: Changed
) -> None:
    browser = portal.browser(portal.world.jana)
    act(portal, browser, "hádám, hádám")
    assert told(portal) == []
    assert act(portal, browser, PASSWORD).status_code in {200, 303}
    assert told(portal) == [(JANA, what)]


def test_what_is_taken_away_is_told_too(portal: Portal) -> None:
    browser = portal.browser(portal.world.jana)
    set_up(portal, browser)
    add(browser, Device())
    before = len(told(portal))
    for password in ("hádám, hádám", PASSWORD):
        browser.send("/account", "/account/codes", password=password)
        browser.send("/account", "/account/totp/remove", password=password)
        remove(browser, password)
    assert told(portal)[before:] == [
        (JANA, Changed.RECOVERY_CODES),
        (JANA, Changed.TOTP_REMOVED),
        (JANA, Changed.PASSKEY_REMOVED),
    ]


def test_a_link_that_sets_a_password_is_told_once_it_was_used(portal: Portal) -> None:
    browser = portal.browser()
    ask(browser, JANA)
    path = link(portal)
    browser.see(path)
    choose(browser, path, NEW, "something else")
    assert told(portal) == []
    assert choose(browser, path).status_code == 303
    assert told(portal) == [(JANA, Changed.PASSWORD_BY_LINK)]


@pytest.mark.parametrize(("language", "spoken"), [(None, "cs"), ("en", "en")])
def test_it_is_in_the_owners_language(portal: Portal, language: str | None, spoken: str) -> None:
    with portal.world.engine.begin() as connection:
        connection.execute(update(t.contacts).values(language=language))
    change_password(portal, portal.browser(portal.world.jana), PASSWORD)
    with portal.world.engine.connect() as connection:
        (payload,) = connection.execute(select(t.outbox.c.payload)).scalars()
    assert payload == {"language": spoken, "what": "password", "of": "contact", "at": AT.isoformat()}


def test_the_desks_hand_is_told_to_the_user(portal: Portal) -> None:
    def add_users(tx: Any) -> Any:
        chief = UserData(login="sef@desk.example", name="Šéf", role=Role.ADMIN)
        tx.people.add_user(chief, password_hash=HASHED, by=ADMIN, at=AT)
        data = UserData(login="technik@desk.example", name="Tomáš", role=Role.TECHNICIAN)
        return tx.people.add_user(data, password_hash=HASHED, by=ADMIN, at=AT)

    user = portal.world.do(add_users)
    technician = portal.browser()
    assert technician.log_in(user.login).status_code == 303
    set_up(portal, technician)
    chief = portal.browser()
    assert chief.log_in("sef@desk.example").status_code == 303
    page = f"/desk/users/{user.id}"
    assert chief.send(page, f"{page}/second-factors").status_code == 303
    assert chief.send(page, f"{page}/second-factors").status_code == 303, "there is none any more"
    assert chief.send(page, f"{page}/password", password=NEW).status_code == 303
    assert [what for to, what in told(portal) if to == user.login] == [
        Changed.TOTP_ADDED,
        Changed.FACTORS_RESET,
        Changed.PASSWORD_SET,
    ]
    assert technician.see("/account").status_code == 303


def test_who_was_deactivated_or_has_no_address_is_not_written_to(portal: Portal) -> None:
    browser, jana = portal.browser(portal.world.jana), portal.world.jana
    with portal.world.engine.begin() as connection:
        connection.execute(update(t.addresses).values(valid_until=AT))
    assert change_password(portal, browser, PASSWORD).status_code == 303
    data = ContactData(customer_id=jana.customer_id, name=jana.name, active=False)
    portal.world.do(lambda tx: tx.people.change_contact(jana.id, data, by=ADMIN, at=AT))
    assert told(portal) == []
