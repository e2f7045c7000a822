"""Logging in with a real Chromium, as every role and on a wide and a narrow window."""

import re
from datetime import UTC, datetime

import pyotp
import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.chromium import ONE_ENGINE, WIDTHS, browser, faults, log_in, open_tab, site
from tests.e2e.conftest import Database
from tests.e2e.gateway import Gateway
from tests.e2e.people import ADELA, ADMIN, EVA, JAN, MANAGER, PASSWORD, TECHNICIAN
from tests.servers.oidc import oidc_server
from tests.servers.process import wait_until
from tests.servers.smtpsink import SmtpSink

__all__ = ["browser", "site"]

pytestmark = [pytest.mark.e2e, ONE_ENGINE]

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
        page.get_by_label("Klíč, který už nemá platit").select_option(label="Notebook")
        page.locator("#passkey-remove-password").fill(PASSWORD)
        page.get_by_role("button", name="Odebrat přístupový klíč").click()
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
        assert page.locator("img.qr").evaluate("each => each.decode().then(() => each.naturalWidth)") > 100
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


@pytest.mark.parametrize("width", WIDTHS)
def test_a_forgotten_password_is_chosen_anew_by_a_link_in_the_mail(
    browser: Browser, site: Gateway, smarthost: SmtpSink, width: int
) -> None:
    address = EVA if width == WIDTHS[0] else ADELA
    with open_tab(browser, site, width=width) as page:
        page.goto("/login")
        page.get_by_role("link", name="Zapomenuté heslo nebo první přihlášení").click()
        assert faults(page) == []
        page.get_by_label("Vaše e-mailová adresa").fill(address)
        page.get_by_role("button", name="Poslat odkaz").click()
        page.get_by_role("heading", name="Podívejte se do pošty").wait_for()
        wait_until(lambda: letter_to(smarthost, address) != "", seconds=10, what="the mail with the link")
        found = re.search(r"http://localhost:\d+/login/link/[\w-]+", letter_to(smarthost, address))
        assert found
        page.goto(found[0])
        assert faults(page) == []
        page.get_by_label("Nové heslo", exact=True).fill(PASSWORD + "!")
        page.get_by_label("Nové heslo ještě jednou").fill(PASSWORD + "!")
        page.get_by_role("button", name="Uložit a přihlásit se").click()
        page.locator("form[action='/logout']").wait_for()
        page.goto(found[0])
        page.get_by_text("Odkaz už nefunguje").wait_for()
    site.command("users", "password", address, "--password", PASSWORD)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_own_company_vouches_for_its_people(
    browser: Browser, site: Gateway, database: Database, width: int
) -> None:
    with oidc_server(claims={"sub": "jan", "email": JAN}) as server:
        provider = {
            "customer_id": database.seeded.firma,
            "slug": f"firma-{width}",
            "name": "Firma",
            "issuer": server.issuer,
            "client_id": server.client[0],
            "client_secret": server.client[1],
            "domains": [f"w{width}.firma.example"],
        }
        made = site.ask("POST", "oidc-providers", json=provider)
        assert made.status_code == 201, made.text
        with open_tab(browser, site, width=width, others=(server.issuer,)) as page:
            page.goto("/login")
            page.get_by_role("link", name="Přihlásit se přes svou firmu").click()
            page.get_by_label("Vaše e-mailová adresa").fill(f"jan@w{width}.firma.example")
            page.get_by_role("button", name="Pokračovat").click()
            assert faults(page) == []
            page.get_by_role("link", name="Pokračovat na přihlášení: Firma").click()
            page.locator("form[action='/logout']").wait_for()
            page.goto("/account")
            assert "Jan Novák" in page.locator("main").inner_text()


def letter_to(smarthost: SmtpSink, address: str) -> str:
    """The text of the last mail to an address, "" when there is none."""
    found = [each for each in smarthost.received if address in each.recipients]
    return str(found[-1].parsed().get_content()) if found else ""


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
