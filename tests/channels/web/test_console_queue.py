"""The technicians' queue: what is on which tab, filters, search, pages, views; each of them somebody's own."""

import re
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from intake.assignment import assign
from intake.desk import Remark, Step, comment, move
from intake.terms import Category, Evaluation, Status
from tests.channels.web.conftest import Portal
from tests.channels.web.technicians import desk, promise, request, shown, staff


def test_each_tab_has_what_needs_that_work(portal: Portal) -> None:
    promise(portal)
    new, mine, asked, verify, closed = [request(portal) for _ in range(5)]
    browser, tonda = staff(portal)
    desk(portal, mine, partial(assign, assignee_id=tonda.id))
    desk(portal, asked, partial(move, step=Step(status=Status.MORE_INFO)))
    done = Step(status=Status.TO_VERIFY, solution="Hotovo.", evaluation=frozenset({Evaluation.MISTAKE}))
    desk(portal, verify, partial(move, step=done))
    desk(portal, closed, partial(move, step=replace(done, status=Status.CLOSED)))
    desk(portal, closed, partial(assign, assignee_id=tonda.id))
    tabs = {tab: sorted(shown(browser.see(f"/console?tab={tab}"))) for tab in TABS}
    assert tabs == {
        "deadline": [new, mine],
        "new": [new, mine],
        "mine": [mine],
        "unassigned": [new, asked, verify],
        "attention": [],
        "waiting": [asked],
        "verify": [verify],
        "all": [new, mine, asked, verify, closed],
    }


TABS = ("deadline", "new", "mine", "unassigned", "attention", "waiting", "verify", "all")


def test_the_deadline_is_told_as_the_open_time_that_is_left(portal: Portal) -> None:
    promise(portal)
    number = request(portal, category=Category.A)
    browser, _ = staff(portal)
    assert "zbývá 1 h" in browser.see("/console").text
    portal.clock.move(minutes=50)
    page = browser.see("/console").text
    assert '<span class="badge warn">zbývá 10 min</span>' in page
    portal.clock.move(minutes=30)
    assert '<span class="badge bad">po termínu o 20 min</span>' in browser.see("/console").text
    desk(portal, number, partial(move, step=Step(status=Status.MORE_INFO)))
    assert "hodiny stojí" in browser.see("/console?tab=all").text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("category=A", ["a"]),
        ("category=A&category=B", ["a", "b"]),
        ("status=in-progress", ["b"]),
        ("customer=globex", ["c"]),
        ("customer=nobody", []),
        ("channel=phone", []),
        ("channel=web&category=C", ["c"]),
        ("attention=yes", []),
        ("status=none&category=x&channel=pigeon&assignee=x&after=x&after_deadline=-1", ["a", "b", "c"]),
    ],
)
def test_filters_narrow_the_list_and_nonsense_does_nothing(portal: Portal, query: str, found: list[str]) -> None:
    numbers = {
        "a": request(portal, category=Category.A),
        "b": request(portal, category=Category.B),
        "c": request(portal, portal.world.karel),
    }
    desk(portal, numbers["b"], partial(move, step=Step(status=Status.IN_PROGRESS)))
    browser, _ = staff(portal)
    answer = browser.see(f"/console?tab=all&{query}")
    assert answer.status_code == 200
    assert sorted(shown(answer)) == sorted(numbers[each] for each in found)


def test_a_name_several_customers_have_is_asked_about(portal: Portal) -> None:
    browser, _ = staff(portal)
    page = browser.see("/console?tab=all&customer=e").text
    assert "customer=Acme" in page
    assert "customer=Globex" in page


def test_a_number_leads_to_the_ticket_and_words_find_it(portal: Portal) -> None:
    number = request(portal, subject="Nejde přihlášení")
    browser, _ = staff(portal)
    for typed in (f"{number}", f"%23{number}"):
        assert browser.see(f"/console?q={typed}").headers["location"] == f"/console/tickets/{number}"
    assert shown(browser.see("/console?tab=all&q=prihlaseni")) == [number]
    assert shown(browser.see("/console?tab=all&q=4711")) == []


def test_a_long_queue_goes_on_without_leaving_any_out(portal: Portal) -> None:
    promise(portal)
    numbers = {request(portal, subject=f"Nr. {index}") for index in range(53)}
    browser, _ = staff(portal)
    for tab in ("deadline", "all"):
        first = browser.see(f"/console?tab={tab}")
        following = re.findall(r'<a href="([^"]+)" rel="next">', first.text)[0].replace("&amp;", "&")
        second = browser.see(following)
        assert len(shown(first)) == 50
        assert set(shown(first)) | set(shown(second)) == numbers
        assert 'rel="next"' not in second.text


def test_views_are_kept_in_order_and_are_nobody_elses(portal: Portal) -> None:
    browser, _ = staff(portal)
    other, _ = staff(portal, "Olga")
    for name, query in (("Kritické", "tab=all&category=A"), ("Volné", "tab=unassigned"), ("Čerstvé", "tab=new")):
        answer = browser.send(f"/console?{query}", "/console/views", name=name)
        assert answer.headers["location"] == f"/console?{query}"
    page = browser.see("/console").text
    assert re.findall(r">(Kritické|Volné|Čerstvé)</a>", page) == ["Kritické", "Volné", "Čerstvé"]
    ids = re.findall(r'action="/console/views/(\d+)"', page)
    browser.send("/console", f"/console/views/{ids[2]}", do="up")
    browser.send("/console", f"/console/views/{ids[0]}", do="remove")
    assert re.findall(r">(Kritické|Volné|Čerstvé)</a>", browser.see("/console").text) == ["Čerstvé", "Volné"]
    assert "Volné" not in re.findall(r">(Volné)</a>", other.see("/console").text)
    assert f"/console/views/{ids[1]}" not in other.see("/console").text
    own = re.findall(r'name="csrf" value="([^"]+)"', other.see("/console").text)[0]
    answer = other.http.post(f"/console/views/{ids[1]}", data={"csrf": own, "do": "remove"}, follow_redirects=False)
    assert answer.status_code == 404


@pytest.mark.parametrize("name", ["", " ", "x" * 61, "a\x00b", "x" * 100_000])
def test_a_view_needs_a_name(portal: Portal, name: str) -> None:
    browser, _ = staff(portal)
    assert browser.send("/console", "/console/views", name=name).status_code == 422
    assert "views/" not in browser.see("/console").text


def test_htmx_is_given_the_list_alone(portal: Portal) -> None:
    number = request(portal)
    browser, _ = staff(portal)
    part = browser.see("/console?tab=all", headers={"HX-Request": "true"})
    assert part.text.lstrip().startswith('<div id="list"')
    assert shown(part) == [number]


def test_what_calls_for_attention_says_so(portal: Portal) -> None:
    number = request(portal)
    step = Step(status=Status.TO_VERIFY, solution="Hotovo.", evaluation=frozenset({Evaluation.MISTAKE}))
    verified = desk(portal, number, partial(move, step=step))
    portal.clock.move(minutes=1)
    request(portal, text="Nejsem si jistá.", answers=verified)
    browser, _ = staff(portal)
    answer = browser.see("/console?tab=attention")
    assert shown(answer) == [number]
    assert "Vyžaduje pozornost</span>" in answer.text
    desk(portal, number, partial(comment, remark=Remark(text="Podíváme se.")))
    assert shown(browser.see("/console?tab=attention")) == []


def test_several_tickets_get_into_somebodys_hands_at_once(portal: Portal) -> None:
    numbers = [request(portal) for _ in range(3)]
    browser, tonda = staff(portal)
    _, olga = staff(portal, "Olga")
    answer = browser.send("/console?tab=all", "/console/batch", number=[str(each) for each in numbers[:2]], to=olga.id)
    assert answer.headers["location"] == "/console?tab=all&assigned=2"
    assert "Předaných požadavků: 2." in browser.see(answer.headers["location"]).text
    assert shown(browser.see(f"/console?tab=all&assignee={olga.id}")) == numbers[1::-1]
    browser.send("/console?tab=all", "/console/batch", number=[str(numbers[2]), "4711", "x"], do="take")
    assert shown(browser.see("/console?tab=mine")) == [numbers[2]]
    assert tonda.id != olga.id
    refused = browser.send("/console?tab=all", "/console/batch", number=[str(each) for each in numbers], to="4711")
    assert refused.status_code == 422
    assert shown(browser.see("/console?tab=mine")) == [numbers[2]], "none of them"


def test_several_tickets_are_closed_as_duplicates_of_one_all_or_none(portal: Portal) -> None:
    first, second, third = (request(portal, subject=f"Nejde fax {each}") for each in range(3))
    foreign = request(portal, portal.world.karel)
    browser, _ = staff(portal)
    chosen = [str(each) for each in (first, second, third)]

    def send(**values: Any) -> Any:
        return browser.send("/console?tab=all", "/console/batch", do="merge", **values)

    answer = send(number=chosen)
    assert (answer.status_code, "Vyberte požadavek, který zůstane." in answer.text) == (422, True)
    assert "Vyberte alespoň jedno vyhodnocení." in answer.text
    answer = send(number=[*chosen, str(foreign)], other=str(first), evaluation="mistake")
    assert (answer.status_code, f"{foreign}: Požadavek {first} patří jinému zákazníkovi." in answer.text) == (409, True)
    assert len(shown(browser.see("/console?tab=new"))) == 4, "none of them"
    answer = send(number=chosen, other=str(first), evaluation="mistake", solution="Táž závada.")
    assert answer.headers["location"] == "/console?tab=all&merged=2"
    assert "Uzavřených duplicit: 2." in browser.see(answer.headers["location"]).text
    assert shown(browser.see("/console?tab=new")) == [foreign, first]
    page = browser.see(f"/console/tickets/{third}").text
    assert f'sloučen do <a href="/console/tickets/{first}"' in page
    assert "Táž závada." in page
