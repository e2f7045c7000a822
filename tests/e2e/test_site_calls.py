"""Taking calls with a real Chromium: the list that renews itself, the page about the caller, and the form."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.chromium import ONE_ENGINE, WIDTHS, browser, faults, log_in, open_tab, site_settings
from tests.e2e.conftest import Make
from tests.e2e.gateway import Gateway
from tests.e2e.people import ADMIN, JAN_NUMBER
from tests.servers.process import free_port

__all__ = ["browser"]

pytestmark = [pytest.mark.e2e, ONE_ENGINE]

TOKEN = "a-token-for-the-pbx-0123456789"


@pytest.fixture(scope="module")
def site(make_gateway: Make) -> Iterator[Gateway]:
    """A gateway with a PBX."""
    settings: dict[str, Any] = site_settings(free_port())
    running = make_gateway(settings | {"phone_endpoints": [{"name": "pbx", "token": TOKEN, "ticket_on": []}]})
    running.start()
    yield running
    running.stop()
    assert running.complaints() == []


def rings(site: Gateway, call_id: str, number: str = JAN_NUMBER) -> dict[str, Any]:
    """A call comes in; returns what the PBX is told."""
    event = {"event": "new", "call_id": call_id, "from": number, "to": "+420211151657"}
    headers = {"Authorization": f"Bearer {TOKEN}"}
    answer: dict[str, Any] = site.ask("POST", "/hooks/phone/pbx", json=event, headers=headers).json()
    return answer


@pytest.mark.parametrize("width", WIDTHS)
def test_a_call_appears_and_becomes_a_ticket(browser: Browser, site: Gateway, width: int) -> None:
    with open_tab(browser, site, width=width) as page:
        log_in(page, ADMIN)
        page.goto("/console/calls")
        assert faults(page) == []
        before = page.locator("tbody tr").count()
        said = rings(site, f"call-{width}")
        assert said["action"] == "allow"
        # Nobody touches the page: it hears of the call by itself.
        expect(page.locator("tbody tr")).to_have_count(before + 1)
        page.goto(said["screen_url"])
        expect(page).to_have_url(re.compile(r"/console/calls/\d+$"))
        expect(page.locator("main")).to_contain_text("Firma s.r.o.")
        assert faults(page) == []
        page.get_by_label("Předmět").fill(f"Nejde fax {width}")
        page.get_by_label("Co volající potřebuje").fill("Od rána nic nepřišlo.")
        page.get_by_role("button", name="Zapsat").click()
        page.wait_for_url(re.compile(r"/console/tickets/\d+"))
        expect(page.locator("h1")).to_contain_text(f"Nejde fax {width}")


def test_a_stranger_is_shown_as_one_and_has_no_form(browser: Browser, site: Gateway) -> None:
    rings(site, "stranger", "+420777999888")
    with open_tab(browser, site, language="en") as page:
        log_in(page, ADMIN)
        page.goto("/console/calls/caller?number=%2B420777999888")
        expect(page.locator("form[action$='/ticket']")).to_have_count(0)
        assert faults(page) == []
