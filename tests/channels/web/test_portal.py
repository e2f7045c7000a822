"""What contacts see and do beyond a plain request: drafts, lists, offers, clocks, what is agreed, statements."""

import re
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from channels.web.said_html import page_html
from intake.desk import Order, Step, make_offer, move
from intake.people import AddressData, Contact, ContactData, ContractData, NumberData, NumberRangeData
from intake.service import AccessData, MaintenanceData
from intake.sla.access import AccessMethod
from intake.sla.agreed import written_terms
from intake.sla.contract import EXAMPLE_TERMS
from intake.terms import Evaluation, Status
from intake.tickets.model import Ticket
from store import tables as t
from tests.channels.web.conftest import HASHED, Browser, Portal
from tests.store.world import ADMIN, AT


def rows(portal: Portal, table: Any) -> list[Any]:
    with portal.world.engine.connect() as connection:
        return list(connection.execute(select(table)))


def desk(portal: Portal, number: int, command: Any) -> Ticket:
    result = portal.world.do(lambda tx: command(tx, Order(number=number, actor=ADMIN, at=portal.clock())))
    assert isinstance(result, Ticket), result
    return result


def contract(portal: Portal, *, framework: bool = False) -> None:
    data = ContractData(
        customer_id=portal.world.acme.id,
        name="Servis 2026",
        valid_from=AT - timedelta(days=400),
        framework=framework,
        terms=written_terms(EXAMPLE_TERMS),
    )
    portal.world.do(lambda tx: tx.people.add_contract(data, by=ADMIN, at=AT - timedelta(days=400)))


def colleague(portal: Portal, name: str = "Petr Svoboda") -> Contact:
    def work(tx: Any) -> Contact:
        added = tx.people.add_contact(ContactData(customer_id=portal.world.acme.id, name=name), by=ADMIN, at=AT)
        made: Contact = tx.people.set_contact_login(added.id, name, HASHED, by=ADMIN, at=AT)
        return made

    return portal.world.do(work)


def keep(browser: Browser, page: str, action: str, **values: Any) -> Any:
    """Press "keep as a draft" on the form of a page, as a browser without script does."""
    hidden = re.findall(r'name="csrf" value="([^"]+)"', browser.see(page).text)[0]
    return browser.http.post(action, data={"csrf": hidden} | values, follow_redirects=False)


def test_a_draft_is_found_again_in_another_browser_and_gone_once_it_was_sent(portal: Portal) -> None:
    first, second = portal.browser(portal.world.jana), portal.browser(portal.world.jana)
    sent = {"subject": "Rozepsané", "text": "Zatím jen půl věty", "category": "B"}
    assert keep(first, "/requests/new", "/requests/draft", **sent).headers["location"] == "/requests/new"
    page = second.see("/requests/new").text
    for text in ('value="Rozepsané"', "Zatím jen půl věty", 'value="B" checked', "Pokračujete v tom"):
        assert text in page, text
    number = portal.ticket(second, **sent)
    assert "Rozepsané" not in first.see("/requests/new").text
    assert keep(first, f"/tickets/{number}", f"/tickets/{number}/draft", text="Ještě něco").status_code == 303
    assert "Ještě něco" in second.see(f"/tickets/{number}").text
    second.send(f"/tickets/{number}", f"/tickets/{number}/reply", text="Ještě něco")
    assert rows(portal, t.drafts) == []


def test_a_draft_is_nobody_elses_and_can_be_thrown_away(portal: Portal) -> None:
    jana, petr = portal.browser(portal.world.jana), portal.browser(colleague(portal))
    keep(jana, "/requests/new", "/requests/draft", subject="Moje", text="")
    assert "Moje" not in petr.see("/requests/new").text.replace("Moje požadavky", "")
    keep(jana, "/requests/new", "/requests/draft", subject="Moje", text="", discard="yes")
    assert rows(portal, t.drafts) == []


def test_while_typing_only_the_note_about_the_draft_comes_back(portal: Portal) -> None:
    browser = portal.browser(portal.world.jana)
    csrf = re.findall(r'name="csrf" value="([^"]+)"', browser.see("/requests/new").text)[0]
    sent = {"csrf": csrf, "subject": "x" * 300, "text": "a\0b", "category": "<b>"}
    answer = browser.http.post("/requests/draft", data=sent, headers={"HX-Request": "true"})
    assert (answer.status_code, "<html" in answer.text, "Rozepsané je uložené" in answer.text) == (200, False, True)
    (kept,) = rows(portal, t.drafts)
    assert (len(kept.subject), kept.text, kept.category) == (255, "ab", "")


def test_a_draft_nobody_came_back_to_is_deleted(portal: Portal) -> None:
    keep(portal.browser(portal.world.jana), "/requests/new", "/requests/draft", subject="Staré", text="")
    assert portal.world.do(lambda tx: tx.drafts.forget_old(AT)) == 0
    assert portal.world.do(lambda tx: tx.drafts.forget_old(AT + timedelta(seconds=1))) == 1


def test_a_critical_request_says_whom_to_call(portal: Portal) -> None:
    page = portal.browser(portal.world.jana).see("/requests/new").text
    assert 'href="tel:+420211151600"' in page
    assert "Kritickou závadu nám prosím hned také zavolejte" in page


def test_mine_and_my_companys_tickets_by_status_and_words(portal: Portal) -> None:
    jana, petr, karel = portal.browser(portal.world.jana), portal.browser(colleague(portal)), portal.world.karel
    mine = portal.ticket(jana, subject="Tiskárna netiskne")
    asked = portal.ticket(jana, subject="Sluchátko praská")
    portal.ticket(petr, subject="Petrova linka")
    portal.ticket(portal.browser(karel), subject="Cizí věc")
    desk(portal, asked, partial(move, step=Step(status=Status.MORE_INFO)))
    names = ("Tiskárna netiskne", "Sluchátko praská", "Petrova linka", "Cizí věc")

    def shown(address: str, **more: Any) -> list[str]:
        page = jana.see(address, **more).text
        return [name for name in names if name in page]

    assert shown("/") == ["Tiskárna netiskne", "Sluchátko praská"]
    assert shown("/?whose=company") == ["Tiskárna netiskne", "Sluchátko praská", "Petrova linka"]
    assert shown("/?whose=company&status=yours") == ["Sluchátko praská"]
    assert shown("/?status=new") == ["Tiskárna netiskne"]
    assert shown("/?status=<script>&whose=x&after=-1") == ["Tiskárna netiskne", "Sluchátko praská"]
    assert shown("/", headers={"HX-Request": "true"}) == ["Tiskárna netiskne", "Sluchátko praská"]
    assert "<html" not in jana.see("/", headers={"HX-Request": "true"}).text
    assert f"/tickets/{mine}" in jana.see("/").text


def test_an_offer_is_accepted_under_an_order_number_or_declined(portal: Portal) -> None:
    # RULE change-offer
    browser = portal.browser(portal.world.jana)
    for word, sent, says in (
        ("accept", {"order_number": "OBJ-7", "comment": "Prosím do pátku."}, "nabídka je přijatá"),
        ("decline", {"comment": "Příliš drahé."}, "Nabídka je odmítnutá"),
    ):
        number = portal.ticket(browser, category="change")
        page = f"/tickets/{number}"
        desk(portal, number, partial(make_offer, text="Nová linka za 2 000 Kč"))
        assert "Nová linka za 2 000 Kč" in browser.see(page).text
        if word == "accept":
            refused = browser.send(page, f"{page}/offer", answer=word)
            assert (refused.status_code, "potřeba vyplnit" in refused.text) == (422, True)
        answer = browser.send(page, f"{page}/offer", answer=word, **sent)
        shown = browser.see(answer.headers["location"]).text
        assert says in shown
        assert sent["comment"] in shown
        (ticket,) = [row for row in rows(portal, t.tickets) if row.number == number]
        assert ticket.offer["order_number" if word == "accept" else "text"]
        assert (ticket.offer["accepted_by"] == "Jana Nováková") is (word == "accept")


@pytest.mark.parametrize(("word", "status"), [("accept", "closed"), ("reject", "in-progress")])
def test_a_comment_goes_with_the_answer_to_a_solution_and_changes_nothing_about_it(
    portal: Portal, word: str, status: str
) -> None:
    # RULE status-to-verify
    browser = portal.browser(portal.world.jana)
    number = portal.ticket(browser)
    step = Step(status=Status.TO_VERIFY, solution="Karta vyměněna.", evaluation=frozenset({Evaluation.MISTAKE}))
    desk(portal, number, partial(move, step=step))
    page = f"/tickets/{number}"
    answer = browser.send(page, f"{page}/answer", answer=word, comment="Díky, ale přepojení ještě zlobí.")
    assert "přepojení ještě zlobí" in browser.see(answer.headers["location"]).text
    (ticket,) = rows(portal, t.tickets)
    assert ticket.status == status


def test_the_clock_is_told_in_words_and_explained_figure_by_figure(portal: Portal) -> None:
    contract(portal)
    browser = portal.browser(portal.world.jana)
    number = portal.ticket(browser, category="A")  # Monday 10:00 in Prague; 1 h to begin, 4 h to fix
    page = browser.see(f"/tickets/{number}").text
    assert "zbývá 1 h provozní doby, termín je 23. 11. 2026 11:00" in page
    assert "zbývají 4 h provozní doby, termín je 23. 11. 2026 14:00" in page
    portal.clock.move(minutes=40)
    desk(portal, number, partial(move, step=Step(status=Status.MORE_INFO)))
    portal.clock.move(days=2)
    browser = portal.browser(portal.world.jana)
    page = browser.see(f"/tickets/{number}").text
    assert "zbývají 3 h 20 min provozní doby; čas stojí od pondělí, protože čekáme na vás" in page
    assert "hotovo za 40 min ze sjednaných 1 h" in page
    explained = browser.see(f"/tickets/{number}/clock").text
    for text in ("Nový: počítá se, je provozní doba", "40 min", "Čeká na vaše doplnění: čas stojí"):
        assert text in explained, text
    browser.send("/service", "/language", language="en")
    page = browser.see(f"/tickets/{number}").text
    assert "3 h 20 min of open hours left; the clock stands since Monday, because we wait for you" in page


def test_our_service_says_what_is_agreed_and_by_what_i_am_known(portal: Portal) -> None:
    # RULE access-standard
    contract(portal, framework=True)
    acme, jana = portal.world.acme.id, portal.world.jana.id

    def work(tx: Any) -> None:
        people, until = tx.people, AT + timedelta(days=9)
        number = NumberData(customer_id=acme, contact_id=jana, number="+420601123456", valid_until=until)
        people.add_number(number, by=ADMIN, at=AT)
        block = NumberRangeData(customer_id=acme, first="+420211151600", last="+420211151699", label="ústředna")
        people.add_number_range(block, by=ADMIN, at=AT)
        people.add_address(
            AddressData(customer_id=acme, contact_id=jana, address="old@acme.example", valid_until=AT), by=ADMIN, at=AT
        )
        way = AccessData(customer_id=acme, name="VPN", method=AccessMethod.DIAL_IN_TOKEN)
        tx.service.add_access(way, by=ADMIN, at=AT)
        window = MaintenanceData(
            customer_id=acme, starts_at=AT + timedelta(days=3), ends_at=AT + timedelta(days=3, hours=2), note="Upgrade"
        )
        tx.service.add_maintenance(window, by=ADMIN, at=AT)

    portal.world.do(work)
    page = portal.browser(portal.world.jana).see("/service").text
    for text in (
        "Servis 2026", "Vzorová smlouva", "rámcové smlouvy", "pondělí–pátek", "8:00–18:00", "Kromě státních svátků",
        "99,9 %", "A – kritická", "4 h", "+420 211 151 600", "helpdesk@intake.example", "jana@acme.example",
        "platí do 2. 12. 2026 10:00", "+420211151600 – +420211151699", "platilo do 23. 11. 2026", "192.0.2.10",
        "192.0.2.11", "VPN s tokenem", "Upgrade",
    ):  # fmt: skip
        assert text in page, text
    assert "karel@globex.example" not in page


def test_without_a_contract_the_page_says_so(portal: Portal) -> None:
    page = portal.browser(portal.world.jana).see("/service").text
    assert "Žádná smlouva teď není v platnosti." in page


def test_statements_of_months_that_are_over(portal: Portal) -> None:
    contract(portal)
    browser = portal.browser(portal.world.jana)
    page = browser.see("/statements").text
    assert '<a href="/statements/2026-10">10/2026</a>' in page
    assert "/statements/2026-11" not in page
    month = browser.see("/statements/2026-10").text
    for text in ("Měsíční vyúčtování služby 10/2026", "<svg", "99,9", "Měsíc ještě nebyl uzavřen."):
        assert text in month, text
    assert browser.see("/statements/2026-10.json").json()["month"] == "2026-10"
    assert browser.see("/statements/2026-10.csv").headers["content-type"].startswith("text/csv")
    printed = browser.see("/statements/2026-10.print")
    assert "unsafe" not in printed.headers["content-security-policy"]
    for nothing in ("2026-11", "2020-01", "2026-13", "x", "2026-10.exe"):
        assert browser.see(f"/statements/{nothing}").status_code == 404, nothing
    assert portal.browser(portal.world.karel).see("/statements/2026-10").status_code == 404
    assert "k dispozici po uzavření měsíce, nejdříve 1. 12. 2026." in browser.see("/statements/2026-11").text
    assert "Za 1/2020 žádné vyúčtování není" in browser.see("/statements/2020-01").text


def test_formatted_mail_keeps_its_structure_and_nothing_that_acts_or_looks() -> None:
    html = (
        '<h1 style="color:red">Hlavička</h1><p onclick="x()">Text <a href="https://a.example/">odkaz</a></p>'
        '<img src="cid:pic@x" alt="Graf"><img src="cid:other" alt="Nic"><img src="data:image/png;base64,AA==" alt="D">'
        "<script>alert(1)</script><style>p{}</style>"
    )
    shown = page_html(html, {"pic@x": "/tickets/1/pictures/2"})
    assert shown == (
        '<p>Hlavička</p><p>Text <a href="https://a.example/" rel="noopener noreferrer nofollow">odkaz</a></p>'
        '<img src="/tickets/1/pictures/2" alt="Graf">NicD'
    )


def test_only_pictures_are_shown_as_pictures(portal: Portal) -> None:
    browser = portal.browser(portal.world.jana)
    png = b"\x89PNG\r\n\x1a\n" + b"0" * 20
    files = [("files", ("a.png", png, "text/html")), ("files", ("b.png", b"<svg onload=x>", "image/png"))]
    number = portal.ticket(browser, files=files)
    shown, refused = (browser.see(f"/tickets/{number}/pictures/{file.id}") for file in rows(portal, t.attachments))
    assert (shown.headers["content-type"], shown.content) == ("image/png", png)
    assert "sandbox" in shown.headers["content-security-policy"]
    assert refused.status_code == 404
