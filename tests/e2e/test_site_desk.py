"""The desk with a real Chromium: what an admin and a service manager do, on a wide and a narrow window."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.chromium import ONE_ENGINE, WIDTHS, browser, faults, log_in, open_tab, site
from tests.e2e.gateway import Gateway
from tests.e2e.letters import letter
from tests.e2e.people import ADMIN, MANAGER

__all__ = ["browser", "site"]

pytestmark = [pytest.mark.e2e, ONE_ENGINE]


def paths_of(page: Page) -> list[str]:
    """Where the menu leads, and from the first customer on."""
    page.goto("/desk/customers")
    menu = [str(each.get_attribute("href")) for each in page.locator("nav a").all()]
    customer = str(page.locator("tbody a").first.get_attribute("href"))
    page.goto(customer)
    inner = [str(each.get_attribute("href")) for each in page.locator("main a").all()]
    return [*dict.fromkeys((*menu, customer, *inner))]


@pytest.mark.parametrize("language", ["cs", "en"])
@pytest.mark.parametrize(("width", "who"), [(WIDTHS[0], ADMIN), (WIDTHS[1], MANAGER)])
def test_no_page_of_the_desk_keeps_anybody_out(
    browser: Browser, site: Gateway, width: int, who: str, language: str
) -> None:
    with open_tab(browser, site, width=width, language=language) as page:
        log_in(page, who)
        if language == "en":
            page.locator("form[action='/language'] button[lang=en]").click()
        found = []
        for path in paths_of(page):
            page.goto(path)
            expect(page.locator("html")).to_have_attribute("lang", language)
            found += faults(page)
        assert found == [], "\n".join(found)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_held_mail_is_read_and_released_into_a_ticket(browser: Browser, site: Gateway, width: int) -> None:
    subject = f"Bez důkazu {width}"
    site.send(letter("jan@firma.example", subject=subject), reverse_path="jan@firma.example")
    with open_tab(browser, site, width=width) as page:
        log_in(page, ADMIN)
        page.goto("/desk/quarantine")
        page.get_by_role("link", name=subject).click()
        expect(page.locator("main")).to_contain_text("Doména autora neprokázala")
        assert faults(page) == []
        page.locator("form[action$='/release'] button").click()
        page.wait_for_url(re.compile(r"/console/tickets/\d+"))
        expect(page.locator("h1")).to_contain_text(subject)


def test_a_contact_is_added_and_can_be_called_by_number(browser: Browser, site: Gateway) -> None:
    with open_tab(browser, site) as page:
        log_in(page, ADMIN)
        page.goto("/desk/customers")
        page.locator("tbody a").first.click()
        page.get_by_role("link", name="Nový kontakt").click()
        page.get_by_label("Jméno").fill("Božena Nová")
        page.get_by_role("button", name="Uložit").click()
        page.get_by_label("Telefonní číslo").fill("602 111 222")
        page.locator("form[action$='/numbers'] button").click()
        expect(page.locator("table")).to_have_count(1)
        expect(page.locator("main")).to_contain_text("+420602111222")
        page.get_by_label("Adresa", exact=True).fill("bozena@")
        page.locator("form[action$='/addresses'] button").click()
        expect(page.get_by_role("alert")).to_contain_text("není e-mailová adresa")
        assert faults(page) == []
