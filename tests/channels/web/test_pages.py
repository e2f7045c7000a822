"""Requests on the site: made once, seen by their customer alone, answered, verified."""

import re
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from channels.web.texts import CATEGORIES, LANGUAGES, REASONS, STATUSES, TEXTS
from intake.desk import NewFile, Order, Remark, Step, comment, move
from intake.people import CustomerData
from intake.terms import Category, Evaluation, Status
from intake.tickets.model import Ticket
from store import tables as t
from tests.channels.web.conftest import Portal, forms_of
from tests.store.world import ADMIN, AT


def rows(portal: Portal, table: Any) -> list[Any]:
    with portal.world.engine.connect() as connection:
        return list(connection.execute(select(table).order_by(table.c.id)))


def desk(portal: Portal, number: int, command: Any) -> Ticket:
    result = portal.world.do(lambda tx: command(tx, Order(number=number, actor=ADMIN, at=portal.clock())))
    assert isinstance(result, Ticket), result
    return result


def to_verify(portal: Portal, number: int) -> None:
    step = Step(status=Status.TO_VERIFY, solution="Karta vyměněna.", evaluation=frozenset({Evaluation.MISTAKE}))
    desk(portal, number, partial(move, step=step))


def test_a_request_becomes_a_ticket_with_its_files(portal: Portal) -> None:
    browser = portal.browser(portal.world.jana)
    files = [("files", ("výpis.txt", b"1;2", "text/plain")), ("files", ("b.bin", b"\0" * 70_000))]
    number = portal.ticket(browser, category="A", files=files)
    page = browser.see(f"/tickets/{number}?notice=made").text
    for text in ("Nezvoní telefony", "Od rána.", "A – kritická", "Nový", "výpis.txt", f"má číslo {number}"):
        assert text in page, text
    assert "Nezvoní telefony" in browser.see("/").text
    (entry,) = rows(portal, t.ledger)
    assert (entry.channel, entry.account, entry.verdict, entry.evidence[0]["proof"]) == (
        "web",
        "portal",
        "accept",
        "session",
    )
    path = re.findall(r"/tickets/\d+/files/\d+", page)[0]
    answer = browser.see(path)
    assert (answer.content, answer.headers["content-type"]) == (b"1;2", "application/octet-stream")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["content-security-policy"]


def test_the_author_is_acknowledged_by_mail(portal: Portal) -> None:
    portal.ticket(portal.browser(portal.world.jana))
    (item,) = rows(portal, t.outbox)
    assert (item.kind, item.recipient) == ("acknowledgement", "jana@acme.example")


def test_a_form_sent_twice_is_one_request(portal: Portal) -> None:
    browser = portal.browser(portal.world.jana)
    hidden = forms_of(browser.see("/requests/new").text)["/requests/new"]
    sent = hidden | {"subject": "Nejde", "text": "Nic."}
    places = [
        browser.http.post("/requests/new", data=sent, follow_redirects=False).headers["location"] for _ in range(3)
    ]
    assert len(set(places)) == 1
    assert len(rows(portal, t.tickets)) == 1
    assert portal.ticket(browser) != portal.ticket(browser), "a form opened anew is another request"


@pytest.mark.parametrize("changed", [{"text": "Nic a nikde."}, {"subject": "Nejde to"}, {"category": "A"}])
def test_a_form_that_was_changed_before_it_was_sent_again_is_another_request(
    portal: Portal, changed: dict[str, str]
) -> None:
    browser = portal.browser(portal.world.jana)
    hidden = forms_of(browser.see("/requests/new").text)["/requests/new"]
    sent = hidden | {"subject": "Nejde", "text": "Nic.", "category": "C"}
    for form in (sent, sent | changed, sent, sent | changed):
        assert browser.http.post("/requests/new", data=form, follow_redirects=False).status_code == 303
    assert len(rows(portal, t.tickets)) == 2
    texts = {row.text for row in rows(portal, t.comments)}
    assert texts >= {sent["text"], changed.get("text", sent["text"])}


@pytest.mark.parametrize("other", ["same text", "other text"])
def test_a_reply_changed_before_it_was_sent_again_is_another_reply(portal: Portal, other: str) -> None:
    browser = portal.browser(portal.world.jana)
    number = portal.ticket(browser)
    path = f"/tickets/{number}"
    action = next(name for name in forms_of(browser.see(path).text) if name.endswith("/reply"))
    hidden = forms_of(browser.see(path).text)[action]
    for text in ("same text", other):
        browser.http.post(action, data=hidden | {"text": text}, follow_redirects=False)
    said = [row.text for row in rows(portal, t.comments)]
    assert said.count("same text") == 1
    assert other in said


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"subject": " ", "text": "b"}, "Toto pole je potřeba vyplnit."),
        ({"subject": "a", "text": " \r\n "}, "Toto pole je potřeba vyplnit."),
        ({"subject": "a" * 256, "text": "b"}, "Nejvýše 255 znaků."),
        ({"subject": "a", "text": "b" * 100_001}, "Nejvýše 100000 znaků."),
        ({"subject": "a", "text": "b", "files": [("files", (f"{n}.txt", b"x")) for n in range(11)]}, "Nejvýše 10"),
    ],
)
def test_a_form_that_is_not_filled_in_comes_back_with_advice(portal: Portal, sent: dict[str, Any], says: str) -> None:
    browser = portal.browser(portal.world.jana)
    answer = browser.send("/requests/new", "/requests/new", category="B", **sent)
    assert (answer.status_code, says in answer.text) == (422, True)
    assert 'value="B" checked' in answer.text
    assert rows(portal, t.tickets) == []


def test_what_was_typed_is_shown_and_never_run(portal: Portal) -> None:
    browser = portal.browser(portal.world.jana)
    evil = '"><script>alert(1)</script>'
    number = portal.ticket(browser, subject=evil, text=evil, files=[("files", ('"><img src=x>.txt', b"x"))])
    for path in ("/", f"/tickets/{number}", f"/tickets/{number}?notice=<script>"):
        page = browser.see(path).text
        assert "<script>" not in page
        assert "<img" not in page
    answer = browser.send("/requests/new", "/requests/new", subject=evil, text="")
    assert "<script>" not in answer.text


def test_every_answer_forbids_what_it_does_not_need(portal: Portal) -> None:
    browser = portal.browser(portal.world.jana)
    answers = [browser.see(path) for path in ("/", "/login", "/requests/new", "/nowhere", "/static/site.css")]
    answers.append(portal.browser().see("/"))
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
    assert answers[0].headers["cache-control"] == "no-store"
    for page in answers[:4]:
        assert not re.search(r"<script(?! src=\"/static/)|style=|onclick|https?://", page.text)


@pytest.mark.parametrize("action", ["", "/reply", "/answer", "/files/{file}"])
def test_another_customers_ticket_is_not_found_by_any_means(portal: Portal, action: str) -> None:
    karel, jana = portal.browser(portal.world.karel), portal.browser(portal.world.jana)
    theirs = portal.ticket(karel, subject="Tajné", files=[("files", ("a.txt", b"secret"))])
    mine = portal.ticket(jana)
    (file,) = rows(portal, t.attachments)
    to_verify(portal, theirs)
    csrf = forms_of(jana.see("/").text)["/logout"]["csrf"]
    texts = []
    for number in (theirs, 4711, *([mine] if "files" in action else [])):
        path = f"/tickets/{number}{action.format(file=file.id)}"
        sent = {"csrf": csrf, "text": "Ahoj", "answer": "accept"}
        if action in {"", "/files/{file}"}:
            answer = jana.see(path)
        else:
            answer = jana.http.post(path, data=sent, follow_redirects=True)
        assert answer.status_code == 404
        texts.append(answer.text)
    assert len(set(texts)) == 1, "nobody learns which exists"
    assert "Tajné" not in jana.see("/").text
    assert karel.see(f"/tickets/{theirs}/files/{file.id}").content == b"secret"
    assert "K ověření" in karel.see(f"/tickets/{theirs}").text


def test_internal_notes_are_not_for_customers(portal: Portal) -> None:
    browser = portal.browser(portal.world.jana)
    number = portal.ticket(browser)
    blob = portal.services.blobs.prepare(b"internal")
    files = (NewFile(filename="schema.txt", content_type="text/plain", blob=blob),)
    note = Remark(text="Zase ta karta.", internal=True, files=files)
    desk(portal, number, partial(comment, remark=note))
    desk(portal, number, partial(comment, remark=Remark(text="Pracujeme.")))
    page = browser.see(f"/tickets/{number}").text
    assert ("Pracujeme." in page, "Zase ta karta." in page, "schema.txt" in page) == (True, False, False)
    (file,) = rows(portal, t.attachments)
    assert browser.see(f"/tickets/{number}/files/{file.id}").status_code == 404


def test_a_reply_lands_in_its_ticket_and_moves_it(portal: Portal) -> None:
    browser = portal.browser(portal.world.jana)
    number = portal.ticket(browser)
    desk(portal, number, partial(move, step=Step(status=Status.MORE_INFO)))
    page = f"/tickets/{number}"
    answer = browser.send(page, f"{page}/reply", text="Ve druhém patře.", files=[("files", ("a.txt", b"x"))])
    assert answer.headers["location"] == f"{page}?notice=said"
    shown = browser.see(f"{page}?notice=said").text
    for text in ("Ve druhém patře.", "a.txt", "Vaše odpověď je uložená.", "V řešení"):
        assert text in shown, text
    assert len(rows(portal, t.tickets)) == 1
    answer = browser.send(page, f"{page}/reply", text=" ")
    assert (answer.status_code, "potřeba vyplnit" in answer.text) == (422, True)


def test_a_reply_after_the_reopen_window_opens_a_linked_ticket(portal: Portal) -> None:
    browser = portal.browser(portal.world.jana)
    number = portal.ticket(browser)
    step = Step(status=Status.CLOSED, solution="Hotovo.", evaluation=frozenset({Evaluation.MISTAKE}))
    desk(portal, number, partial(move, step=step))
    portal.clock.move(days=15)
    browser.log_in("Jana Nováková")
    answer = browser.send(f"/tickets/{number}", f"/tickets/{number}/reply", text="Zase nejde.")
    assert answer.headers["location"].endswith("?notice=continued")
    assert f"/tickets/{number}?" not in answer.headers["location"]


@pytest.mark.parametrize(
    ("word", "status", "says"),
    [
        ("accept", "closed", "Děkujeme, požadavek je uzavřený."),
        ("reject", "in-progress", "Děkujeme, technik v práci pokračuje."),
    ],
)
def test_the_customer_says_whether_it_is_solved(portal: Portal, word: str, status: str, says: str) -> None:
    # RULE status-to-verify
    browser = portal.browser(portal.world.jana)
    number = portal.ticket(browser)
    page = f"/tickets/{number}"
    assert f"{page}/answer" not in forms_of(browser.see(page).text)
    to_verify(portal, number)
    assert "Karta vyměněna." in browser.see(page).text
    answer = browser.send(page, f"{page}/answer", answer=word)
    assert says in browser.see(answer.headers["location"]).text
    (ticket,) = rows(portal, t.tickets)
    assert ticket.status == status


def test_a_word_about_a_ticket_that_changed_meanwhile_changes_nothing(portal: Portal) -> None:
    browser = portal.browser(portal.world.jana)
    number = portal.ticket(browser)
    page = f"/tickets/{number}"
    to_verify(portal, number)
    hidden = forms_of(browser.see(page).text)[f"{page}/answer"]
    desk(portal, number, partial(comment, remark=Remark(text="Ještě něco.")))
    for word in ("accept", "perhaps"):
        browser.http.post(f"{page}/answer", data=hidden | {"answer": word}, follow_redirects=False)
    (ticket,) = rows(portal, t.tickets)
    assert ticket.status == "to-verify"


def test_a_long_list_goes_on(portal: Portal) -> None:
    browser = portal.browser(portal.world.jana)
    for index in range(32):
        portal.ticket(browser, subject=f"Nr. {index}.")
    first = browser.see("/").text
    older = re.findall(r"/\?after=\d+", first)[0]
    second = browser.see(older).text
    assert (first.count("Nr. "), second.count("Nr. ")) == (30, 2)
    assert ("Nr. 31." in first, "Nr. 0." in second, "?after=" in second) == (True, True, False)
    assert browser.see("/?after=x").status_code == 200


def test_an_english_customer_reads_english(portal: Portal) -> None:
    data = CustomerData(name="Acme", language="en")
    portal.world.do(lambda tx: tx.people.change_customer(portal.world.acme.id, data, by=ADMIN, at=AT))
    browser = portal.browser(portal.world.jana)
    number = portal.ticket(browser, category="change")
    page = browser.see(f"/tickets/{number}").text
    assert '<html lang="en">' in page
    assert ("Change request" in page, "10:00" in page) == (True, True), "in Prague's time"


@pytest.mark.parametrize(
    "path", ["/nowhere", "/tickets/x", "/tickets/0", "/tickets/99999999999999999999", "/tickets/1"]
)
def test_an_unknown_page_is_not_found(portal: Portal, path: str) -> None:
    answer = portal.browser(portal.world.jana).see(path)
    assert (answer.status_code, "Taková stránka tu není." in answer.text) == (404, True)


def test_a_form_that_is_too_large_is_not_read(portal: Portal) -> None:
    browser = portal.browser(portal.world.jana)
    answer = browser.send(
        "/requests/new", "/requests/new", subject="a", text="b", files=[("files", ("a", b"x" * 2**20))]
    )
    assert answer.status_code == 413


def test_something_broken_says_so_and_nothing_else(portal: Portal) -> None:
    class Broken:
        def __getattr__(self, name: str) -> Any:
            raise RuntimeError("the secret is mellon")

    browser = portal.browser(portal.world.jana)
    object.__setattr__(portal.services, "queries", Broken())
    answer = browser.see("/")
    assert (answer.status_code, "mellon" in answer.text, "Něco se pokazilo." in answer.text) == (500, False, True)


def test_both_languages_say_everything() -> None:
    for catalogue in (TEXTS, CATEGORIES, STATUSES, REASONS):
        assert set(catalogue) == set(LANGUAGES)
        assert set(catalogue["cs"]) == set(catalogue["en"])
    assert set(CATEGORIES["cs"]) == set(Category)
    assert set(STATUSES["cs"]) == set(Status)
    for name, text in TEXTS["cs"].items():
        assert re.findall(r"\{\w+\}", text) == re.findall(r"\{\w+\}", TEXTS["en"][name]), name
