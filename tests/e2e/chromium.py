"""A real Chromium for the tests of the site, the gateway it looks at, and what is checked on every page.

A module of tests imports the fixtures it uses: `from tests.e2e.chromium import browser, site  # noqa: F401`.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from tests.e2e.conftest import Make
from tests.e2e.gateway import Gateway
from tests.e2e.people import PASSWORD
from tests.servers.process import free_port, require

DESKTOP, PHONE = 1280, 390
WIDTHS = (DESKTOP, PHONE)

# What a browser sees does not depend on the database; the pages themselves are tested on both (tests/channels/web).
ONE_ENGINE = pytest.mark.parametrize("database", ["sqlite"], indirect=True, scope="module")

_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking")
_MOST_SECONDS = 10


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for the tests of a module.

    Not for the whole run: as long as Playwright's synchronous interface is in use, its event loop counts as running
    in this thread, and no test that needs a loop of its own could run.
    """
    program = require("chromium", package="chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=list(_ARGUMENTS))
        yield started
        started.close()


@pytest.fixture(scope="module")
def site(make_gateway: Make) -> Iterator[Gateway]:
    """A running gateway whose public address is the one the browser opens. It has nothing to complain about."""
    running = make_gateway(site_settings(free_port()))
    running.start()
    yield running
    running.stop()
    if complaints := running.complaints():
        pytest.fail("\n".join(complaints))


def site_settings(port: int) -> dict[str, dict[str, object]]:
    """Settings of a site on this port; localhost is the name under which a browser trusts plain HTTP."""
    return {
        "service": {"secret_key": "a secret that several nodes share", "public_url": f"http://localhost:{port}"},
        "http": {"port": port},
    }


@contextmanager
def open_tab(
    browser: Browser,
    site: Gateway,
    *,
    width: int = DESKTOP,
    language: str = "cs",
    scripts: bool = True,
    others: tuple[str, ...] = (),
) -> Iterator[Page]:
    """A tab of a browser that was never here before; addresses are paths of the site.

    It must not have anything to complain about in the end: errors of scripts, what the Content-Security-Policy
    blocked, requests to anybody else. width: of the window in pixels. scripts: whether they run.
    others: whom else requests may go to.
    """
    context = browser.new_context(
        base_url=f"http://localhost:{site.http_port}",
        viewport={"width": width, "height": 844 if width < 600 else 800},
        locale={"cs": "cs-CZ", "en": "en-GB"}[language],
        timezone_id="Europe/Prague",
        has_touch=width < 600,
        java_script_enabled=scripts,
    )
    context.set_default_timeout(_MOST_SECONDS * 1000)
    troubles: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        # A refusal that the test asked for is no trouble of the page.
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            troubles.append(f"{message.type}: {message.text}")

    def watch(request: Request) -> None:
        if not request.url.startswith((f"http://localhost:{site.http_port}/", "data:", "blob:", *others)):
            troubles.append(f"a request to somebody else: {request.url}")

    page = context.new_page()
    page.on("console", hear)
    page.on("pageerror", lambda error: troubles.append(f"script: {error}"))
    page.on("request", watch)
    try:
        yield page
        assert troubles == []
    finally:
        context.close()


def log_in(page: Page, login: str, password: str = PASSWORD) -> None:
    """Log in on the log-in page; returns on the first page behind it."""
    page.goto("/login")
    page.locator("#login").fill(login)
    page.locator("#password").fill(password)
    with page.expect_navigation():
        page.locator("form[action='/login'] button").click()


def faults(page: Page) -> list[str]:
    """What axe finds wrong with the page in the light and in the dark, and whether it is wider than the window.

    The page is shown in light colours afterwards.
    """
    found: list[str] = []
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
        for violation in Axe().run(page).response["violations"]:
            where = "; ".join(f"{node['target']} {node['failureSummary']}" for node in violation["nodes"])
            found.append(f"{page.url} {scheme} {violation['id']}: {violation['help']}: {where}")
    wide, window = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    if wide > window:
        found.append(f"{page.url} is {wide} pixels wide in a window of {window}")
    return found
