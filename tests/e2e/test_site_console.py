"""A technician's day with a real Chromium: the queue, the keyboard, live changes, a ticket from receipt to its end."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.chromium import DESKTOP, ONE_ENGINE, WIDTHS, browser, faults, log_in, open_tab, site
from tests.e2e.gateway import Gateway
from tests.e2e.letters import letter, sign
from tests.e2e.people import TECHNICIAN

__all__ = ["browser", "site"]

pytestmark = [pytest.mark.e2e, ONE_ENGINE]

AUTHOR = "jan@firma.example"


def mail(site: Gateway, subject: str, text: str = "Od rána nezvoní žádný telefon.") -> int:
    """A signed mail; returns its ticket's number."""
    octets = sign(letter(author=AUTHOR, subject=subject, text=text))
    return site.send(octets, reverse_path=AUTHOR).ticket


def open_queue(page: Page) -> None:
    log_in(page, TECHNICIAN)
    page.goto("/console?tab=all")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_ticket_from_the_queue_to_its_end(browser: Browser, site: Gateway, width: int) -> None:
    number = mail(site, f"Nezvoní telefony {width}")
    with open_tab(browser, site, width=width) as page:
        open_queue(page)
        page.locator(f"#t{number}").click()
        expect(page.locator("h1")).to_contain_text(f"Nezvoní telefony {width}")
        page.get_by_role("button", name="Vzít si").click()
        expect(page.get_by_role("status").first).to_contain_text("Řešitel je změněný.")

        page.locator("#text").fill("Dobrý den, díváme se na to.")
        page.get_by_role("button", name="Odeslat zákazníkovi").click()
        expect(page.locator("article.technician")).to_contain_text("Dobrý den, díváme se na to.")

        page.locator("summary", has_text="Uzavřený").click()
        page.locator("#status-closed-solution").fill("Restart ústředny.")
        closing = page.locator("details", has=page.locator("#status-closed-solution"))
        closing.get_by_label("Závada UCS").check()
        closing.get_by_role("button").click()
        expect(page.locator("aside")).to_contain_text("Restart ústředny.")
        page.goto("/console?tab=mine")
        expect(page.locator(f"#t{number}")).to_have_count(0)


@pytest.mark.parametrize("language", ["cs", "en"])
@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_for_everybody(browser: Browser, site: Gateway, width: int, language: str) -> None:
    number = mail(site, f"Pro všechny {width} {language}")
    with open_tab(browser, site, width=width, language=language) as page:
        open_queue(page)
        page.locator("form[action='/language'] button", has_text={"cs": "Česky", "en": "English"}[language]).click()
        found = []
        for path in (
            "/console?tab=all",
            "/console?tab=all&category=A&customer=Nikdo",
            f"/console/tickets/{number}",
            f"/console/tickets/{number}/clock",
            "/console/new",
            "/console/new?who=firma",
            "/console/snippets",
        ):
            page.goto(path)
            for folded in page.locator("details").all():
                folded.evaluate("each => each.open = true")
            found += faults(page)
        page.goto(f"/console/tickets/{number}")
        for link in (page.locator("article a", has_text=re.compile("ověření|checks")), page.locator("aside dd a").last):
            page.goto(link.first.get_attribute("href") or "")
            found += faults(page)
            page.go_back()
        assert found == []


def test_a_change_shows_at_once_and_the_focus_stays(browser: Browser, site: Gateway) -> None:
    first = mail(site, "Kdo drží focus")
    with open_tab(browser, site) as page:
        open_queue(page)
        page.locator(f"#t{first}").focus()
        second = mail(site, "Přibyl během dívání")
        expect(page.locator(f"#t{second}")).to_be_visible()
        expect(page.locator(f"#t{first}")).to_be_focused()

        page.goto(f"/console/tickets/{first}")
        page.locator("#text").fill("Rozepsáno")
        site.change(first, "category", category="A")
        expect(page.locator("#changed")).to_contain_text("Mezitím se požadavek změnil")
        assert page.locator("#text").input_value() == "Rozepsáno"
        page.get_by_role("button", name="Uložit jako interní poznámku").click()
        expect(page.locator("#changed")).to_contain_text("zůstalo ve formuláři")
        assert page.locator("#text").input_value() == "Rozepsáno"
        page.get_by_role("button", name="Uložit jako interní poznámku").click()
        expect(page.locator("article.internal")).to_contain_text("Rozepsáno")


def test_the_draft_survives_leaving_the_page(browser: Browser, site: Gateway) -> None:
    number = mail(site, "Rozepsaná odpověď")
    with open_tab(browser, site) as page:
        open_queue(page)
        page.goto(f"/console/tickets/{number}")
        with page.expect_response("**/draft"):
            page.locator("#text").press_sequentially("Dobrý den")
        page.goto("/console")
        page.goto(f"/console/tickets/{number}")
        expect(page.locator("#text")).to_have_value("Dobrý den")


def test_the_keyboard_is_enough(browser: Browser, site: Gateway) -> None:
    numbers = [mail(site, f"Klávesnice {each}") for each in (1, 2)]
    with open_tab(browser, site) as page:
        open_queue(page)
        page.keyboard.press("j")
        page.keyboard.press("j")
        expect(page.locator(f"#t{numbers[0]}")).to_be_focused()
        page.keyboard.press("k")
        page.keyboard.press("o")
        page.wait_for_url(f"**/console/tickets/{numbers[1]}")
        page.keyboard.press("r")
        expect(page.locator("#text")).to_be_focused()
        page.keyboard.press("Tab")
        page.keyboard.press("u")
        page.locator("h1").click()
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("u")
        page.wait_for_url("**/console")
        page.keyboard.press("/")
        expect(page.locator("#q")).to_be_focused()
        page.keyboard.type("klavesnice")
        page.keyboard.press("Enter")
        expect(page.locator("a.row")).to_have_count(2)
        page.keyboard.press("?")
        expect(page.locator("#shortcuts")).to_be_visible()
        page.locator("#shortcuts-on").uncheck()
        page.locator("#shortcuts-close").click()
        page.keyboard.press("j")
        expect(page.locator("a.row").first).not_to_be_focused()


def test_everything_works_without_scripts(browser: Browser, site: Gateway) -> None:
    number = mail(site, "Bez skriptů")
    with open_tab(browser, site, width=DESKTOP, scripts=False) as page:
        open_queue(page)
        page.locator(f"#t{number}").click()
        page.locator("#text").fill("Poznámka bez skriptů")
        page.get_by_role("button", name="Uložit jako interní poznámku").click()
        expect(page.locator("article.internal")).to_contain_text("Poznámka bez skriptů")
