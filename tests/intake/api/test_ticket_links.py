"""Merging, splitting and linking tickets, over the API on both engines."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from intake.sla.availability import measure_availability
from intake.sla.spans import Span
from intake.tickets.model import EventKind
from store import tables as t
from tests.intake.api.conftest import Site
from tests.intake.api.test_service_level import agree

ANY = {"If-Match": "*"}
DUPLICATE = ["mistake"]


def change(site: Site, number: int, what: str, *, who: str = "desk", method: str = "PUT", **sent: Any) -> Any:
    return site.call(who, method, f"tickets/{number}/{what}", headers=ANY, json=sent or None)


def merge(site: Site, number: int, into: int) -> Any:
    return change(site, number, "merge", into=into, evaluation=DUPLICATE)


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("reason", "")


def page(site: Site, number: int, who: str = "desk") -> dict[str, Any]:
    shown: dict[str, Any] = site.call(who, "GET", f"tickets/{number}").json()
    return shown


def links(site: Site, number: int, who: str = "desk") -> list[tuple[str, bool, int]]:
    found = site.call(who, "GET", f"tickets/{number}/links").json()["items"]
    return [(each["kind"], each["outward"], each["number"]) for each in found]


def test_a_merged_ticket_is_closed_with_an_evaluation_and_leads_to_the_other(site: Site) -> None:
    first, second = site.ticket()["number"], site.ticket(text="Pořád nezvoní.")["number"]
    before = page(site, first)
    site.clock.move(hours=1)
    merged = merge(site, second, first).json()
    assert (merged["status"], merged["evaluation"]) == ("closed", DUPLICATE)
    assert f"#{first}" in merged["solution"]
    assert links(site, second) == [("merged", True, first)]
    assert links(site, first, "jana") == [("merged", False, second)]
    after = page(site, first)
    assert after["attention"], "somebody should look at what the duplicate says"
    clocks = ("status", "since", "received_at", "response_deadline", "fix_deadline", "next_deadline")
    assert [after[name] for name in clocks] == [before[name] for name in clocks], "its clocks are its own"
    assert [each["detail"]["ticket"] for each in after["events"] if each["kind"] == "link"] == [second]
    assert page(site, second, "jana")["comments"][0]["text"] == "Pořád nezvoní.", "what was said stays to be read"


def test_closing_a_duplicate_needs_an_evaluation_too(site: Site) -> None:
    first, second = site.ticket()["number"], site.ticket()["number"]
    assert change(site, second, "merge", into=first, evaluation=[]).status_code == 422
    assert page(site, second)["status"] == "new"


def test_what_is_said_to_a_merged_ticket_later_lands_in_the_other(site: Site) -> None:
    first, second, third = (site.ticket()["number"] for _ in range(3))
    assert merge(site, third, second).status_code == merge(site, second, first).status_code == 200
    for number in (second, third):
        said = site.call("jana", "POST", f"tickets/{number}/comments", json={"text": f"Z {number}."})
        assert said.status_code == 201, said.text
    texts = [comment["text"] for comment in page(site, first)["comments"]]
    assert texts[1:] == [f"Z {second}.", f"Z {third}."]
    assert page(site, second)["status"] == page(site, third)["status"] == "closed"


def test_a_separated_ticket_gets_its_messages_again(site: Site) -> None:
    first, second = site.ticket()["number"], site.ticket()["number"]
    merge(site, second, first)
    assert change(site, second, "merge", method="DELETE").status_code == 200
    assert links(site, second) == links(site, first) == []
    site.call("jana", "POST", f"tickets/{second}/comments", json={"text": "Zase."})
    assert page(site, second)["comments"][-1]["text"] == "Zase."
    assert refused(change(site, second, "merge", method="DELETE")) == (409, "unchanged")


def test_a_merge_that_cannot_be_is_refused_and_changes_nothing(site: Site) -> None:
    first, second = site.ticket()["number"], site.ticket()["number"]
    others = site.ticket("karel")["number"]
    urgent = site.ticket(category="A")["number"]
    for into in (second, others, 4711):
        assert refused(merge(site, second, into)) == (409, "merge-not-possible")
    assert refused(merge(site, urgent, first)) == (409, "merge-not-possible"), "an incident must not end so"
    assert change(site, second, "merge", who="jana", into=first, evaluation=DUPLICATE).status_code == 409
    assert change(site, second, "merge", who="karel", into=first, evaluation=DUPLICATE).status_code in {404, 409}
    closed = {"status": "closed", "solution": "Hotovo.", "evaluation": ["consultation"]}
    assert change(site, first, "status", **closed).status_code == 200
    assert refused(merge(site, second, first)) == (409, "merge-not-possible"), "nobody works on a closed one"
    assert [page(site, number)["version"] for number in (second, urgent)] == [1, 1]


def test_a_merged_ticket_is_not_merged_again_and_takes_in_none(site: Site) -> None:
    first, second, third = (site.ticket()["number"] for _ in range(3))
    merge(site, second, first)
    assert refused(merge(site, second, third)) == (409, "merge-not-possible")
    assert refused(merge(site, third, second)) == (409, "merge-not-possible")
    assert refused(merge(site, first, second)) == (409, "merge-not-possible"), "no circles"


def test_several_are_closed_as_duplicates_of_one_all_or_none(site: Site) -> None:
    first, second, third = (site.ticket()["number"] for _ in range(3))
    foreign = site.ticket("karel")["number"]

    def send(numbers: list[int], **more: Any) -> Any:
        return change(site, first, "duplicates", method="POST", numbers=numbers, evaluation=DUPLICATE, **more)

    answer = send([second, foreign, third])
    assert (*refused(answer), answer.json()["numbers"]) == (409, "merge-not-possible", [foreign])
    assert send([second, 4711]).status_code == 404
    assert send([]).status_code == 422
    assert [page(site, number)["status"] for number in (second, third)] == ["new", "new"]
    assert send([third, second], solution="Táž závada.").json()["number"] == first
    assert links(site, first) == [("merged", False, second), ("merged", False, third)]
    assert "Táž závada." in page(site, third)["solution"]
    outdated = site.call("desk", "POST", f"tickets/{first}/duplicates", headers={"If-Match": '"99"'},
                         json={"numbers": [second], "evaluation": DUPLICATE})  # fmt: skip
    assert outdated.status_code == 412


def test_two_merged_incidents_count_once_in_the_availability(site: Site) -> None:
    agree(site)
    start = site.clock()
    first = site.ticket(category="A")["number"]
    site.clock.move(minutes=30)
    second = site.ticket(category="A")["number"]
    site.clock.move(minutes=30)
    assert merge(site, second, first).status_code == 200
    site.clock.move(hours=1)
    closed = {"status": "closed", "solution": "Hotovo.", "evaluation": ["ucs-fault"]}
    assert change(site, first, "status", **closed).status_code == 200
    month = Span(start - timedelta(days=1), start + timedelta(days=1))
    queries = site.services.queries
    histories = queries.a_histories(site.world.acme.id, month)
    measured = measure_availability(queries.customer_contract(site.world.acme.id), histories, month)
    assert measured.unavailable == timedelta(hours=2)


def test_a_split_off_ticket_counts_from_when_the_comment_was_received(site: Site) -> None:
    number = site.ticket(category="B")["number"]
    site.clock.move(minutes=10)
    received = site.clock()
    said = site.call("jana", "POST", f"tickets/{number}/comments", json={"text": "A ještě tiskárna."})
    comment = page(site, number)["comments"][-1]["id"]
    assert said.status_code == 201
    site.clock.move(hours=2)
    answer = change(site, number, "split", method="POST", comment_id=comment, subject="Tiskárna")
    assert answer.status_code == 201, answer.text
    opened = answer.json()
    assert answer.headers["location"] == f"/api/v1/tickets/{opened['number']}"
    assert opened["received_at"] == received.isoformat().replace("+00:00", "Z")
    assert (opened["status"], opened["category"], opened["subject"]) == ("new", "B", "Tiskárna")
    assert opened["contact"]["id"] == site.world.jana.id
    assert [each["text"] for each in opened["comments"]] == ["A ještě tiskárna."]
    assert [each["id"] for each in page(site, number)["comments"]] != [comment]
    assert links(site, opened["number"], "jana") == [("split", True, number)]
    with site.world.engine.connect() as connection:
        history = connection.execute(select(t.ticket_events).order_by(t.ticket_events.c.id)).all()
        entry = connection.execute(select(t.ledger).order_by(t.ledger.c.id.desc())).first()
    assert [row.after for row in history if row.kind == EventKind.LINK] == ["split-from", "split-off"]
    assert entry is not None
    found = site.call("desk", "GET", "ledger", params={"ticket": opened["number"]}).json()["items"]
    assert [each["id"] for each in found] == [entry.id], "what happened to that mail? It is the new ticket"


def test_a_split_that_cannot_be_is_refused(site: Site) -> None:
    number, other = site.ticket()["number"], site.ticket()["number"]
    first = page(site, number)["comments"][0]["id"]
    note = {"text": "Poznámka.", "internal": True}
    assert site.call("desk", "POST", f"tickets/{number}/comments", json=note).status_code == 201
    internal = page(site, number)["comments"][-1]["id"]
    foreign = page(site, other)["comments"][0]["id"]
    for comment in (first, internal, foreign, 4711):
        answer = change(site, number, "split", method="POST", comment_id=comment, subject="Jiná věc")
        assert refused(answer) == (409, "split-not-possible")
    customer = change(site, number, "split", who="jana", method="POST", comment_id=first, subject="Jiná věc")
    assert refused(customer) == (409, "not-for-actor")


def test_linked_tickets_know_each_other_until_they_are_unlinked(site: Site) -> None:
    first, second, others = site.ticket()["number"], site.ticket()["number"], site.ticket("karel")["number"]
    assert change(site, second, f"links/{first}").status_code == 200
    assert links(site, first) == [("related", True, second)]
    assert refused(change(site, first, f"links/{second}")) == (409, "unchanged"), "in either direction"
    assert refused(change(site, first, f"links/{others}")) == (409, "link-not-possible")
    assert refused(change(site, first, f"links/{first}")) == (409, "link-not-possible")
    assert refused(change(site, first, f"links/{second}", who="jana")) == (409, "not-for-actor")
    assert site.call("karel", "GET", f"tickets/{first}/links").status_code == 404
    assert change(site, first, f"links/{second}", method="DELETE").status_code == 200
    assert refused(change(site, first, f"links/{second}", method="DELETE")) == (409, "unchanged")
    assert links(site, first) == links(site, second) == []


@pytest.mark.parametrize("what", ["merge", "split", "links/2"])
def test_a_change_of_two_tickets_needs_the_version_that_was_seen(site: Site, what: str) -> None:
    number = site.ticket()["number"]
    site.ticket()
    method = "POST" if what == "split" else "PUT"
    sent = {"merge": {"into": 2, "evaluation": DUPLICATE}, "split": {"comment_id": 1, "subject": "x"}}.get(what)
    assert site.call("desk", method, f"tickets/{number}/{what}", json=sent).status_code == 428
    old = site.call("desk", method, f"tickets/{number}/{what}", json=sent, headers={"If-Match": '"7"'})
    assert old.status_code == 412
