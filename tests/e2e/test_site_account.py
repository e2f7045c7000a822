"""Logging in with a real Chromium, as every role and on a wide and a narrow window."""

from datetime import UTC, datetime

import pyotp
import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.chromium import WIDTHS, browser, faults, log_in, open_tab, site
from tests.e2e.gateway import Gateway
from tests.e2e.people import ADELA, ADMIN, EVA, JAN, MANAGER, PASSWORD, TECHNICIAN

__all__ = ["browser", "site"]

pytestmark = pytest.mark.e2e

EVERYBODY = (JAN, ADELA, EVA, TECHNICIAN, MANAGER, ADMIN)


@pytest.mark.parametrize("width", WIDTHS)
def test_everybody_logs_in(browser: Browser, site: Gateway, width: int) -> None:
    for login in EVERYBODY:
        with open_tab(browser, site, width=width) as page:
            log_in(page, login)
            assert "/login" not in page.url
            page.locator("form[action='/logout'] button").click()
            page.wait_for_url("**/login")


@pytest.mark.parametrize("language", ["cs", "en"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_login_page_is_for_everybody(browser: Browser, site: Gateway, width: int, language: str) -> None:
    with open_tab(browser, site, width=width, language=language) as page:
        page.goto("/login")
        assert faults(page) == []


def test_a_right_password_works_without_scripts(browser: Browser, site: Gateway) -> None:
    with open_tab(browser, site, scripts=False) as page:
        log_in(page, JAN)
        assert page.locator("form[action='/logout']").count() == 1


@pytest.mark.parametrize("language", ["cs", "en"])
@pytest.mark.parametrize("width", WIDTHS)
def test_ones_own_page_is_for_everybody(browser: Browser, site: Gateway, width: int, language: str) -> None:
    with open_tab(browser, site, width=width, language=language) as page:
        log_in(page, EVA)
        page.goto("/account")
        found = faults(page)
        page.goto("/account/totp")
        assert found + faults(page) == []


@pytest.mark.parametrize(("width", "login"), [(WIDTHS[0], TECHNICIAN), (WIDTHS[1], ADELA)])
def test_a_passkey_is_added_and_lets_in(browser: Browser, site: Gateway, width: int, login: str) -> None:
    with open_tab(browser, site, width=width) as page:
        add_authenticator(page)
        log_in(page, login)
        page.goto("/account")
        page.get_by_label("Název klíče").fill("Notebook")
        page.locator("#passkey-password").fill(PASSWORD)
        page.get_by_role("button", name="Přidat přístupový klíč").click()
        page.get_by_text("Přístupový klíč je přidaný.").wait_for()
        page.locator("form[action='/logout'] button").click()
        page.wait_for_url("**/login")
        page.get_by_role("button", name="Přihlásit se přístupovým klíčem").click()
        page.locator("form[action='/logout']").wait_for()
        page.goto("/account")
        assert faults(page) == []
        page.get_by_role("button", name="Odebrat: Notebook").click()
        page.get_by_text("Přístupový klíč je odebraný.").wait_for()


@pytest.mark.parametrize(("width", "login"), [(WIDTHS[0], MANAGER), (WIDTHS[1], JAN)])
def test_codes_of_an_app_are_turned_on_used_and_turned_off(
    browser: Browser, site: Gateway, width: int, login: str
) -> None:
    with open_tab(browser, site, width=width) as page:
        log_in(page, login)
        page.goto("/account")
        page.get_by_role("link", name="Zapnout ověření kódem").click()
        key = page.locator("#key").inner_text().replace(" ", "")
        assert page.locator("img.qr").evaluate("picture => picture.naturalWidth") > 100
        page.get_by_label("Kód").fill(pyotp.TOTP(key).at(datetime.now(UTC)))
        page.get_by_label("Heslo").fill(PASSWORD)
        page.get_by_role("button", name="Potvrdit").click()
        page.locator(".codes").wait_for()
        codes = page.locator(".codes code").all_inner_texts()
        assert len(codes) == 10
        assert faults(page) == []
        page.locator("form[action='/logout'] button").click()
        log_in(page, login)
        assert page.url.endswith("/login/code")
        assert faults(page) == []
        page.get_by_label("Kód").fill(codes[0])
        page.get_by_role("button", name="Přihlásit se").click()
        page.goto("/account")
        page.locator("#totp-password").fill(PASSWORD)
        page.get_by_role("button", name="Vypnout ověření kódem").click()
        page.get_by_text("Ověření kódem je vypnuté.").wait_for()


def add_authenticator(page: Page) -> None:
    """Give the browser a device that verifies its user, as a phone does."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
