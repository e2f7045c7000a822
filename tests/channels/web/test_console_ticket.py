"""The technicians' page of a ticket: what it shows, what it lets do, and what becomes of two at once."""

import re
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from intake.desk import Remark, Step, comment, move, record_temporary_fix
from intake.terms import Category, Status
from intake.web_request import UploadedFile
from store import tables as t
from tests.channels.web.conftest import Browser, Portal, forms_of
from tests.channels.web.technicians import desk, promise, request, staff
from tests.store.world import AT

MISTAKE = {"evaluation": "mistake", "solution": "Vyměněna karta."}


def rows(portal: Portal, table: Any) -> list[Any]:
    with portal.world.engine.connect() as connection:
        return list(connection.execute(select(table).order_by(*table.primary_key.columns)))


def send(browser: Browser, number: int, action: str, **values: Any) -> Any:
    """Fill in a form of the ticket's page."""
    return browser.send(f"/console/tickets/{number}", f"/console/tickets/{number}/{action}", **values)


def page(browser: Browser, number: int, more: str = "") -> str:
    answer = browser.see(f"/console/tickets/{number}{more}")
    assert answer.status_code == 200, answer.text
    text: str = answer.text
    return text


def test_the_page_tells_all_that_was_said_and_by_whom(portal: Portal) -> None:
    promise(portal)
    file = UploadedFile(filename="výpis.txt", content_type="text/plain", content=b"1;2")
    number = request(portal, subject="Nejde fax", category=Category.A, files=(file,))
    desk(portal, number, partial(comment, remark=Remark(text="Zase ta karta.", internal=True)))
    desk(portal, number, partial(comment, remark=Remark(text="Pracujeme na tom.")))
    browser, _ = staff(portal)
    shown = page(browser, number)
    for words in ("Nejde fax", "Od rána.", "Zase ta karta.", "Pracujeme na tom.", "výpis.txt", "A – kritická", "Acme"):
        assert words in shown, words
    assert re.findall(r'<article class="(\w+)"', shown) == ["contact", "internal", "admin"]
    assert "ještě 1 h, sjednáno 1 h" in shown
    path = re.findall(r"/console/tickets/\d+/files/\d+", shown)[0]
    answer = browser.see(path)
    assert (answer.content, answer.headers["content-disposition"][:10]) == (b"1;2", "attachment")
    assert "Je přijatý (authorized)" in shown


def test_only_what_is_legal_now_is_offered(portal: Portal) -> None:
    number = request(portal, category=Category.CHANGE)
    browser, _ = staff(portal)

    def offered() -> list[str]:
        return re.findall(r'name="status" value="([a-z-]+)"', page(browser, number))

    assert offered() == ["more-info", "postponed", "to-verify", "closed"]
    assert "V řešení: teď nejde, potřebuje přijatou nabídku" in page(browser, number)
    send(browser, number, "status", status="to-verify", **MISTAKE)
    assert offered() == ["closed"]
    answer = send(browser, number, "status", status="new")
    assert (answer.status_code, "cesta nevede" in answer.text) == (409, True)
    answer = send(browser, number, "status", status="nonsense")
    assert answer.status_code == 404


def test_closing_asks_for_what_it_needs_and_keeps_what_was_typed(portal: Portal) -> None:
    # RULE evaluation
    number = request(portal)
    browser, _ = staff(portal)
    answer = send(browser, number, "status", status="closed", solution="Vyměněna karta.")
    assert (answer.status_code, "Vyberte alespoň jedno vyhodnocení." in answer.text) == (409, True)
    assert ">Vyměněna karta.</textarea>" in answer.text
    answer = send(browser, number, "status", status="closed", **MISTAKE)
    assert answer.headers["location"] == f"/console/tickets/{number}?notice=moved"
    (ticket,) = rows(portal, t.tickets)
    assert (ticket.status, ticket.solution, ticket.evaluation) == ("closed", "Vyměněna karta.", ["mistake"])


def test_accepting_for_the_customer_says_who(portal: Portal) -> None:
    number = request(portal)
    browser, _ = staff(portal)
    send(browser, number, "status", status="to-verify", **MISTAKE)
    assert 'name="accepted_by"' in page(browser, number)
    send(browser, number, "status", status="closed", accepted_by="Jana telefonicky")
    (ticket,) = rows(portal, t.tickets)
    assert ticket.status == "closed"


def test_a_question_goes_out_with_the_status(portal: Portal) -> None:
    number = request(portal)
    browser, _ = staff(portal)
    send(browser, number, "status", status="more-info", words="Který telefon?")
    assert "Který telefon?" in page(browser, number)
    assert [item.kind for item in rows(portal, t.outbox)] == ["acknowledgement", "more-info"]


def test_no_question_is_asked_without_words(portal: Portal) -> None:
    number = request(portal)
    browser, _ = staff(portal)
    desk(portal, number, partial(comment, remark=Remark(text="Řekl jsem něco jiného.")))
    answer = send(browser, number, "status", status="more-info", words=" ")
    assert (answer.status_code, "Otázka pro zákazníka" in answer.text) == (422, True)
    (ticket,) = rows(portal, t.tickets)
    assert ticket.status == "new"


def test_a_reply_says_what_becomes_of_the_ticket(portal: Portal) -> None:
    # RULE response-time
    number = request(portal)
    browser, _ = staff(portal)
    shown = page(browser, number)
    assert '<option value="in-progress" selected>' in shown, "a reply to a new ticket begins the work"
    assert "běží doba reakce dál" in shown
    send(browser, number, "reply", do="note", text="Jen pro nás.", then="in-progress")
    assert rows(portal, t.tickets)[0].status == "new"
    files = [("files", ("návod.txt", b"abc", "text/plain"))]
    answer = send(browser, number, "reply", do="reply", text="Díváme se.", then="in-progress", files=files)
    assert answer.headers["location"].endswith("replied_moved")
    assert rows(portal, t.tickets)[0].status == "in-progress"
    sent = rows(portal, t.outbox)[-1]
    assert (sent.kind, sent.payload["text"]) == ("in-progress", "Díváme se.")
    assert [each["filename"] for each in sent.payload["files"]] == ["návod.txt"]
    assert '<option value="" selected>nechat ve stavu V řešení' in page(browser, number)
    send(browser, number, "reply", do="reply", text="Který fax?", then="more-info")
    assert rows(portal, t.outbox)[-1].kind == "more-info"
    send(browser, number, "reply", do="reply", text="Nic?", then="closed")
    assert rows(portal, t.tickets)[0].status == "more-info", "closing needs more than a reply"


def test_a_merge_that_cannot_be_says_which_rule_it_breaks(portal: Portal) -> None:
    first, second, third = (request(portal, subject=f"Fax {each}") for each in range(3))
    urgent = request(portal, category=Category.A)
    foreign = request(portal, portal.world.karel)
    browser, _ = staff(portal)

    def said(number: int, into: int | str) -> str:
        answer = send(browser, number, "merge", other=str(into), evaluation="mistake")
        assert answer.status_code == 409
        return str(answer.text)

    assert "To je tento požadavek sám" in said(first, first)
    assert "Požadavek 4711 neexistuje." in said(first, 4711)
    assert f"Požadavek {foreign} patří jinému zákazníkovi." in said(first, foreign)
    assert "Kategorie „A – kritická“ se nedá sloučit do „C – ostatní“" in said(urgent, first)
    send(browser, second, "merge", other=str(first), evaluation="mistake")
    assert f"Požadavek {second} už je sloučený do požadavku {first}." in said(third, second)
    send(browser, first, "status", status="closed", **MISTAKE)
    assert f"Požadavek {first} je uzavřený" in said(third, first)


def test_a_reply_goes_out_a_note_does_not_and_the_draft_is_gone(portal: Portal) -> None:
    number = request(portal)
    browser, _ = staff(portal)
    assert send(browser, number, "reply", do="note", text="Jen pro nás.").headers["location"].endswith("noted")
    hidden = forms_of(page(browser, number))[f"/console/tickets/{number}/reply"]
    kept = browser.http.post(f"/console/tickets/{number}/draft", data=hidden | {"text": "Dobrý den, dívá"})
    assert kept.status_code == 204
    assert ">Dobrý den, dívá</textarea>" in page(browser, number)
    other, _ = staff(portal, "Olga")
    assert "Dobrý den, dívá" not in page(other, number)
    files = [("files", ("návod.txt", b"abc", "text/plain"))]
    answer = send(browser, number, "reply", do="reply", text="Dobrý den, díváme se.", files=files)
    assert answer.headers["location"].endswith("replied")
    assert rows(portal, t.reply_drafts) == []
    sent = [item.payload["text"] for item in rows(portal, t.outbox) if item.kind == "reply"]
    assert sent == ["Dobrý den, díváme se."]
    assert "návod.txt" in page(browser, number)


@pytest.mark.parametrize("text", ["", " \r\n ", "x" * 100_001])
def test_a_reply_that_cannot_be_sent_comes_back(portal: Portal, text: str) -> None:
    number = request(portal)
    browser, _ = staff(portal)
    answer = send(browser, number, "reply", do="reply", text=text)
    assert (answer.status_code, len(rows(portal, t.comments))) == (422, 1)


def test_a_passage_is_put_into_the_reply_without_script_too(portal: Portal) -> None:
    number = request(portal)
    browser, _ = staff(portal)
    browser.send("/console/snippets", "/console/snippets", name="Pozdrav", language="cs", text="S pozdravem\nPodpora")
    chosen = re.findall(r'<option value="(\d+)" data-text="S pozdravem\nPodpora">', page(browser, number))[0]
    answer = send(browser, number, "reply", do="insert", text="Hotovo.", snippet=chosen)
    assert ">Hotovo.\n\nS pozdravem\nPodpora</textarea>" in answer.text
    assert len(rows(portal, t.comments)) == 1


def test_what_changed_meanwhile_is_shown_and_nothing_typed_is_lost(portal: Portal) -> None:
    number = request(portal)
    browser, _ = staff(portal)
    place = f"/console/tickets/{number}/reply"
    seen = forms_of(page(browser, number))[place]
    desk(portal, number, partial(comment, remark=Remark(text="Už to řeším já.")))
    answer = browser.http.post(place, data=seen | {"do": "reply", "text": "Restartujte to."}, follow_redirects=False)
    assert answer.status_code == 409
    assert "Mezitím se požadavek změnil" in answer.text
    assert re.search(r"<li>[^<]*Alena: zpráva</li>", answer.text)
    assert ">Restartujte to.</textarea>" in answer.text
    assert not any(item.payload["text"] == "Restartujte to." for item in rows(portal, t.outbox) if item.kind == "reply")
    again = forms_of(answer.text)[place]
    sent = browser.http.post(place, data=again | {"do": "reply", "text": "Restartujte to."}, follow_redirects=False)
    assert sent.status_code == 303
    part = browser.see(f"/console/tickets/{number}/changes?seen={seen['seen']}", headers={"HX-Request": "true"})
    assert part.text.count("<li>") == 2


def test_the_same_reply_sent_twice_is_one(portal: Portal) -> None:
    number = request(portal)
    browser, _ = staff(portal)
    place = f"/console/tickets/{number}/reply"
    form = forms_of(page(browser, number))[place] | {"do": "reply", "text": "Hotovo."}
    statuses = [browser.http.post(place, data=form, follow_redirects=False).status_code for _ in range(2)]
    assert statuses == [303, 409]


def test_who_looks_at_it_too_is_told(portal: Portal) -> None:
    number = request(portal)
    browser, _ = staff(portal)
    other, _ = staff(portal, "Olga")
    send(browser, number, "looking")
    answer = send(other, number, "looking")
    assert "má otevřený také: Tonda" in answer.text
    assert "má otevřený také" not in page(browser, number).replace("také: Olga", "")
    assert "také: Olga" in page(browser, number)
    portal.clock.move(minutes=2)
    assert "také: Olga" not in page(browser, number)


def test_it_is_taken_handed_over_and_given_back(portal: Portal) -> None:
    number = request(portal)
    browser, tonda = staff(portal)
    _, olga = staff(portal, "Olga")
    send(browser, number, "assignee", do="take")
    assert rows(portal, t.tickets)[0].assignee_id == tonda.id
    send(browser, number, "assignee", assignee=str(olga.id))
    shown = page(browser, number)
    assert "řešitel: Tonda → Olga" in shown
    send(browser, number, "assignee", assignee="")
    assert rows(portal, t.tickets)[0].assignee_id is None
    assert send(browser, number, "assignee", assignee="4711").status_code == 422


def test_the_category_the_offer_and_the_fix(portal: Portal) -> None:
    number = request(portal)
    browser, _ = staff(portal)
    send(browser, number, "fix", do="record")
    assert "Dočasná oprava platí od" in page(browser, number)
    send(browser, number, "fix", do="withdraw")
    send(browser, number, "category", category="change")
    send(browser, number, "offer", do="make", offer="Nabídka 7/2026")
    answer = send(browser, number, "offer", do="accept", accepted_by="Jana")
    assert (answer.status_code, "číslo objednávky" in answer.text) == (409, True)
    send(browser, number, "offer", do="accept", accepted_by="Jana", order_number="O-1")
    shown = page(browser, number)
    assert "Přijal(a) Jana" in shown
    assert 'name="status" value="in-progress"' in shown


def test_work_is_noted_and_withdrawn(portal: Portal) -> None:
    # RULE service-hours
    number = request(portal)
    browser, _ = staff(portal)
    portal.clock.move(hours=3)
    send(browser, number, "work", minutes="45", ago="2", flag="consultation", note="Vzdálené nastavení")
    shown = page(browser, number)
    assert "45 min, Konzultace, Tonda" in shown
    assert "zapsán čas: 45 min, Konzultace" in shown
    (entry,) = rows(portal, t.time_entries)
    assert entry.at == AT.replace(hour=10)
    for minutes in ("0", "-5", "x", "100000"):
        assert send(browser, number, "work", minutes=minutes, ago="0", flag="mistake").status_code == 422
    send(browser, number, f"work/{entry.id}")
    assert "odebral(a) Tonda" in page(browser, number)


def test_tickets_are_merged_split_and_linked(portal: Portal) -> None:
    first = request(portal, subject="Nejde fax")
    second = request(portal, subject="Fax zase nejde")
    foreign = request(portal, portal.world.karel)
    browser, _ = staff(portal)
    assert send(browser, first, "links", other=f"{foreign}").status_code == 409
    send(browser, first, "links", other=f"#{second}")
    assert f'souvisí <a href="/console/tickets/{second}"' in page(browser, first)
    send(browser, first, "links", other=f"{second}", do="unlink")
    answer = send(browser, second, "merge", other=f"{first}", evaluation="mistake")
    assert answer.headers["location"].endswith("merged")
    assert f'sloučen do <a href="/console/tickets/{first}"' in page(browser, second)
    send(browser, second, "merge", do="separate")
    assert "sloučen do <a" not in page(browser, second)
    ticket = desk(portal, first, partial(move, step=Step(status=Status.IN_PROGRESS)))
    portal.clock.move(minutes=5)
    request(portal, text="A ještě nejde tiskárna.", answers=ticket)
    said = re.findall(r'name="comment" value="(\d+)"', page(browser, first))
    assert send(browser, first, "split", comment=said[-1], subject=" ").status_code == 422
    answer = send(browser, first, "split", comment=said[-1], subject="Tiskárna")
    place = answer.headers["location"].partition("?")[0]
    assert "A ještě nejde tiskárna." in browser.see(place).text
    assert "A ještě nejde tiskárna." not in page(browser, first)


def test_the_clock_is_explained_line_by_line(portal: Portal) -> None:
    promise(portal)
    number = request(portal, category=Category.B)
    portal.clock.move(hours=1)
    desk(portal, number, partial(move, step=Step(status=Status.MORE_INFO)))
    portal.clock.move(hours=2)
    browser, _ = staff(portal)
    shown = page(browser, number, "/clock")
    assert "Zahájení prací: splněno: 1 h, sjednáno 4 h" in shown
    assert "Vyřešení: stojí, ještě 19 h, sjednáno 20 h" in shown
    assert "hodiny v tomto stavu stojí" in shown


def test_the_original_is_shown_as_text_and_saved(portal: Portal) -> None:
    number = request(portal, text="<script>alert(1)</script>")
    browser, _ = staff(portal)
    place = re.findall(r"/console/tickets/\d+/comments/\d+/original", page(browser, number))[0]
    shown = browser.see(place).text
    assert "Přihlášení na webu – v pořádku" in shown
    assert "<script>alert" not in shown
    answer = browser.see(place.replace("/original", "/source"))
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "script" in answer.text


@pytest.mark.parametrize("path", ["x", "0", "4711", "99999999999999999999", "4711/clock", "4711/files/1"])
def test_an_unknown_ticket_is_not_found(portal: Portal, path: str) -> None:
    browser, _ = staff(portal)
    assert browser.see(f"/console/tickets/{path}").status_code == 404


def test_an_english_technician_reads_english(portal: Portal) -> None:
    number = request(portal)
    desk(portal, number, record_temporary_fix)
    browser, _ = staff(portal)
    browser.http.cookies.set("intake-language", "en")
    shown = page(browser, number)
    for words in ("Change the status", "A temporary fix holds since", "What happened", "Time worked"):
        assert words in shown, words
