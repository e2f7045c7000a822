"""A customer's day with a real Chromium: a request with files, its ticket, what is agreed, and the admin's lists."""

import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from intake.sla.agreed import written_terms
from intake.sla.contract import EXAMPLE_TERMS
from tests.e2e.chromium import DESKTOP, ONE_ENGINE, PHONE, WIDTHS, browser, faults, log_in, open_tab, site
from tests.e2e.gateway import Gateway
from tests.e2e.letters import letter
from tests.e2e.people import ADELA, FIRMA, JAN
from tests.servers.smtpsink import SmtpSink

__all__ = ["browser", "site"]

pytestmark = [pytest.mark.e2e, ONE_ENGINE]

# Puts a file under the pointer, as the file manager would.
_DROP = """(place, [name, text]) => {
  const carried = new DataTransfer();
  carried.items.add(new File([text], name, {type: "text/plain"}));
  place.dispatchEvent(new DragEvent("drop", {dataTransfer: carried, bubbles: true, cancelable: true}));
}"""


@pytest.fixture(scope="module")
def agreed(site: Gateway) -> None:
    """A contract of the customer, in force for more than a year."""
    customer = next(each for each in site.all("customers") if each["name"] == "Firma s.r.o.")
    sent: dict[str, Any] = {
        "customer_id": customer["id"],
        "name": "Servis",
        "valid_from": (datetime.now(UTC) - timedelta(days=400)).isoformat(),
        "terms": written_terms(EXAMPLE_TERMS),
    }
    assert site.ask("POST", "contracts", json=sent).status_code == 201


def make_request(page: Page, subject: str, category: str = "A – kritická") -> int:
    page.goto("/requests/new")
    page.get_by_label("Předmět").fill(subject)
    page.get_by_text(category).click()
    page.get_by_label("Popis").fill("Od rána nezvoní žádný telefon.")
    page.get_by_role("button", name="Odeslat", exact=True).click()
    page.wait_for_url(re.compile(r"/tickets/\d+"))
    found = re.search(r"/tickets/(\d+)", page.url)
    assert found is not None
    return int(found[1])


@pytest.mark.parametrize("width", WIDTHS)
def test_a_request_with_dropped_files_is_made_followed_and_accepted(
    browser: Browser, site: Gateway, agreed: None, width: int
) -> None:
    subject = f"Nezvoní telefony {width}"
    with open_tab(browser, site, width=width) as page:
        log_in(page, JAN)
        page.get_by_role("link", name="Nový požadavek").first.click()
        hint = page.get_by_text("Kritickou závadu nám prosím hned také zavolejte")
        expect(hint).to_be_hidden()
        page.get_by_text("A – kritická").click()
        expect(hint).to_be_visible()
        page.get_by_label("Předmět").fill(subject)
        page.get_by_label("Popis").fill("Od rána.")
        page.locator("[data-drop]").evaluate(_DROP, ["výpis.txt", "1;2"])
        page.locator("[data-drop]").evaluate(_DROP, ["omyl.txt", "x"])
        page.get_by_role("button", name="Odebrat: omyl.txt").click()
        expect(page.get_by_text("Rozepsané je uložené")).to_be_visible()
        page.get_by_role("button", name="Odeslat", exact=True).click()
        expect(page.get_by_role("status")).to_contain_text("Požadavek je přijatý")
        expect(page.get_by_role("link", name="výpis.txt")).to_be_visible()
        expect(page.get_by_text("omyl.txt")).to_have_count(0)
        expect(page.get_by_text("provozní doby").first).to_be_visible()
        number = int(page.url.rpartition("/tickets/")[2].partition("?")[0])
        page.get_by_role("link", name="Jak se ten čas počítá").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(f"{number}")

        closing = {"status": "to-verify", "solution": "Karta vyměněna.", "evaluation": ["ucs-fault"]}
        site.change(number, "status", **closing)
        page.goto(f"/tickets/{number}")
        page.get_by_label("Poznámka (nepovinné)").fill("Děkujeme.")
        page.get_by_role("button", name="Ano, je vyřešený").click()
        expect(page.get_by_role("status")).to_contain_text("požadavek je uzavřený")
        expect(page.get_by_text("Děkujeme.", exact=True)).to_be_visible()
        page.goto("/?status=closed")
        expect(page.get_by_role("link", name=subject)).to_be_visible()


def test_a_draft_is_found_in_another_browser_and_the_list_is_filtered_in_place(browser: Browser, site: Gateway) -> None:
    with open_tab(browser, site) as page, open_tab(browser, site, width=PHONE) as other:
        log_in(page, JAN)
        page.goto("/requests/new")
        page.get_by_label("Popis").press_sequentially("Napůl hotový popis")
        expect(page.get_by_text("Rozepsané je uložené")).to_be_visible()
        log_in(other, JAN)
        other.goto("/requests/new")
        expect(other.get_by_label("Popis")).to_have_value("Napůl hotový popis")
        other.get_by_role("button", name="Zahodit rozepsané").click()
        expect(other.get_by_label("Popis")).to_have_value("")
        make_request(page, "Hledaná závada")
        page.goto("/")
        page.get_by_label("Hledat v požadavcích").fill("hledaná zavada")
        page.get_by_role("button", name="Hledat").click()
        page.wait_for_url(re.compile("q=hledan"))
        page.get_by_label("Stav").select_option("closed")
        expect(page.get_by_text("Takový požadavek tu není.")).to_be_visible()


@pytest.mark.parametrize("width", WIDTHS)
def test_an_admin_adds_a_person_whose_address_is_confirmed_from_the_mail(
    browser: Browser, site: Gateway, smarthost: SmtpSink, width: int
) -> None:
    address = f"zofie{width}@{FIRMA}"
    smarthost.clear()
    with open_tab(browser, site, width=width) as page, open_tab(browser, site, width=PHONE) as stranger:
        log_in(page, ADELA)
        page.goto("/customer/people/new")
        page.get_by_label("Jméno").fill(f"Žofie Říhová {width}")
        page.get_by_label("E-mailová adresa").fill(address)
        page.get_by_role("button", name="Přidat člověka").click()
        expect(page.get_by_text(f"Přidat adresu {address}")).to_be_visible()
        (mail,) = smarthost.wait_for(1)
        text = message_from_bytes(mail.octets, policy=default).get_content()
        path = re.search(r"https?://[^/\s]+(/confirm/\S+)", text)
        assert path is not None
        stranger.goto(path[1])
        assert faults(stranger) == []
        stranger.get_by_role("button", name="Ano, je to moje adresa").click()
        expect(stranger.get_by_role("heading", level=1)).to_contain_text("adresa je potvrzená")
        page.goto("/customer/people?q=zofie")
        expect(page.get_by_text(address)).to_be_visible()
        page.goto(f"/customer/check?who={address}")
        expect(page.get_by_role("status")).to_contain_text("Ano, prošel by.")


def test_an_admin_lets_a_colleague_in_whose_domain_proved_nothing(browser: Browser, site: Gateway) -> None:
    held = letter(author=f"Petra Malá <petra@{FIRMA}>", subject="Bez podpisu")
    assert site.send(held, reverse_path=f"petra@{FIRMA}").code == 250
    with open_tab(browser, site, width=PHONE) as page:
        log_in(page, ADELA)
        page.goto("/customer/quarantine")
        page.get_by_role("link", name="Bez podpisu").click()
        assert faults(page) == []
        page.get_by_role("button", name="Pustit tentokrát").click()
        page.wait_for_url(re.compile(r"/tickets/\d+"))
        expect(page.get_by_role("heading", level=1)).to_contain_text("Bez podpisu")


def test_a_sheet_is_previewed_before_it_is_done(browser: Browser, site: Gateway, tmp_path: Path) -> None:
    sheet = tmp_path / "lidé.csv"
    sheet.write_bytes("Jméno;Smí volat\r\nPetr Řezáč;ne\r\n".encode("cp1250"))
    with open_tab(browser, site) as page:
        log_in(page, ADELA)
        page.goto("/customer/import")
        page.get_by_label("Soubor CSV").set_input_files(sheet)
        page.get_by_role("button", name="Ukázat, co se změní").click()
        expect(page.get_by_role("cell", name="Petr Řezáč").first).to_be_visible()
        assert faults(page) == []
        page.get_by_role("button", name="Provést").click()
        page.goto("/customer/people?q=Petr")
        expect(page.get_by_role("link", name="Petr Řezáč")).to_be_visible()


@pytest.mark.parametrize("language", ["cs", "en"])
@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_for_everybody(browser: Browser, site: Gateway, agreed: None, width: int, language: str) -> None:
    month = (datetime.now(UTC).replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
    customer = next(each for each in site.all("customers") if each["name"] == "Firma s.r.o.")
    jan = next(each for each in site.all("contacts", customer_id=customer["id"]) if each["login"] == JAN)
    number = int(site.get("tickets")["items"][0]["number"])
    pages = (
        "/?whose=company", "/requests/new", f"/tickets/{number}", f"/tickets/{number}/clock", "/service",
        "/statements", f"/statements/{month}", "/customer/people", "/customer/people/new",
        f"/customer/people/{jan['id']}", "/customer/company", "/customer/changes?state=all", "/customer/check?who=112",
        f"/customer/check?who={JAN}", "/customer/import", "/customer/quarantine",
    )  # fmt: skip
    with open_tab(browser, site, width=width, language=language) as page:
        log_in(page, ADELA)
        page.locator(f"button[lang={language}]").click()
        found = []
        for path in pages:
            page.goto(path)
            expect(page.locator("html")).to_have_attribute("lang", language)
            found += faults(page)
        assert found == []


def test_the_main_things_work_without_scripts(browser: Browser, site: Gateway) -> None:
    with open_tab(browser, site, width=DESKTOP, scripts=False) as page:
        log_in(page, JAN)
        page.goto("/requests/new")
        page.get_by_label("Předmět").fill("Bez skriptů")
        page.get_by_role("button", name="Uložit rozepsané").click()
        expect(page.get_by_text("Pokračujete v tom, co jste rozepsali")).to_be_visible()
        number = make_request(page, "Bez skriptů", category="B – omezující")
        page.goto("/?q=skriptu&whose=company")
        expect(page.locator(f"a[href='/tickets/{number}']")).to_be_visible()
