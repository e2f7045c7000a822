"""Logging in with a real Chromium, as every role and on a wide and a narrow window."""

import pytest
from playwright.sync_api import Browser

from tests.e2e.chromium import WIDTHS, browser, faults, log_in, open_tab, site
from tests.e2e.gateway import Gateway
from tests.e2e.people import ADELA, ADMIN, EVA, JAN, MANAGER, TECHNICIAN

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
