"""Tickets over the API: made, listed, read, by those who may."""

import base64
from typing import Any

import pytest
from sqlalchemy import select

from store import tables as t
from tests.intake.api.conftest import Site


def test_a_contacts_request_becomes_a_ticket_with_a_ledger_entry(site: Site) -> None:
    content = base64.b64encode("přílohy".encode()).decode()
    file = {"filename": "log.txt", "content_type": "text/plain", "content": content}
    answer = site.call(
        "jana", "POST", "tickets", json={"subject": "Nejde", "text": "Nic.", "category": "A", "attachments": [file]}
    )
    assert answer.status_code == 201
    made = answer.json()
    assert (made["status"], made["category"], made["channel"]) == ("new", "A", "web")
    assert made["contact"] == {"id": site.world.jana.id, "name": "Jana Nováková"}
    assert answer.headers["location"] == f"/api/v1/tickets/{made['number']}"
    assert answer.headers["etag"] == '"1"'
    (comment,) = made["comments"]
    (attachment,) = made["attachments"]
    assert (comment["text"], attachment["filename"], attachment["comment_id"]) == ("Nic.", "log.txt", comment["id"])
    entries = site.call("desk", "GET", "ledger", params={"ticket": made["number"]}).json()["items"]
    assert [(entry["channel"], entry["verdict"], entry["reason"]) for entry in entries] == [
        ("web", "accept", "authorized")
    ]
    assert entries[0]["evidence"][0]["proof"] == "token"


def test_the_author_of_a_web_request_is_acknowledged(site: Site) -> None:
    site.ticket()
    with site.world.engine.connect() as connection:
        item = connection.execute(select(t.outbox)).one()
    assert (item.kind, item.recipient) == ("acknowledgement", "jana@acme.example")


def test_the_same_request_with_its_key_is_the_same_ticket(site: Site) -> None:
    sent = {"subject": "Nejde", "text": "Nic."}
    numbers = [
        site.call("jana", "POST", "tickets", json=sent, headers={"Idempotency-Key": "k1"}).json()["number"]
        for _ in range(3)
    ]
    assert len(set(numbers)) == 1
    other = site.call("karel", "POST", "tickets", json=sent, headers={"Idempotency-Key": "k1"}).json()["number"]
    assert other not in numbers, "keys of two callers are two keys"
    assert site.ticket()["number"] != site.ticket()["number"], "without a key each request is another"


def test_a_key_used_for_another_request_is_refused(site: Site) -> None:
    key = {"Idempotency-Key": "k1"}
    site.call("jana", "POST", "tickets", json={"subject": "Nejde", "text": "Nic."}, headers=key)
    answer = site.call("jana", "POST", "tickets", json={"subject": "Nejde", "text": "Něco."}, headers=key)
    assert (answer.status_code, answer.json()["type"]) == (422, "/api/v1/problems/idempotency-key-reused")
    assert len(site.call("jana", "GET", "tickets").json()["items"]) == 1


def test_the_service_desk_makes_a_request_for_a_contact(site: Site) -> None:
    made = site.ticket("desk", contact_id=site.world.karel.id)
    assert made["customer"]["name"] == "Globex"
    answer = site.call("desk", "POST", "tickets", json={"subject": "a", "text": "b"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "body.contact_id")


def test_a_customer_sees_only_its_own_tickets(site: Site) -> None:
    mine, theirs = site.ticket("jana"), site.ticket("karel")
    assert [each["number"] for each in site.call("jana", "GET", "tickets").json()["items"]] == [mine["number"]]
    assert len(site.call("desk", "GET", "tickets").json()["items"]) == 2
    for params in ({"customer_id": site.world.globex.id}, {"number": theirs["number"]}):
        assert site.call("jana", "GET", "tickets", params=params).json()["items"] == []


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        ("GET", "", None),
        ("POST", "/comments", {"json": {"text": "Ahoj"}}),
        ("POST", "/attachments", {"files": {"files": ("a.txt", b"a")}}),
        ("PUT", "/status", {"json": {"status": "in-progress"}}),
        ("PUT", "/category", {"json": {"category": "A"}}),
        ("PUT", "/offer", {"json": {"text": "1"}}),
        ("PUT", "/offer/acceptance", {"json": {"accepted_by": "K", "order_number": "1"}}),
        ("PUT", "/offer/refusal", {"json": {"declined_by": "K"}}),
        ("PUT", "/temporary-fix", {}),
        ("DELETE", "/temporary-fix", {}),
    ],
)
def test_another_customers_ticket_is_not_found_by_any_means(
    site: Site, method: str, path: str, sent: dict[str, Any] | None
) -> None:
    theirs = site.ticket("karel")["number"]
    answers = [
        site.call("jana", method, f"tickets/{number}{path}", headers={"If-Match": '"1"'}, **(sent or {}))
        for number in (theirs, 4711)
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    bodies = [answer.json() for answer in answers]
    assert bodies[0]["detail"].replace(str(theirs), "4711") == bodies[1]["detail"], "nobody learns which exists"
    assert site.call("karel", "GET", f"tickets/{theirs}").json()["version"] == 1


def test_another_customers_file_is_not_found_through_an_own_ticket(site: Site) -> None:
    file = {"filename": "a.txt", "content": base64.b64encode(b"secret").decode()}
    theirs = site.ticket("karel", attachments=[file])
    mine = site.ticket("jana")
    file_id = theirs["attachments"][0]["id"]
    assert site.call("karel", "GET", f"tickets/{theirs['number']}/attachments/{file_id}").content == b"secret"
    for number in (mine["number"], theirs["number"]):
        assert site.call("jana", "GET", f"tickets/{number}/attachments/{file_id}").status_code == 404


def test_a_contacts_token_makes_no_request_for_somebody_else(site: Site) -> None:
    sent = {"subject": "a", "text": "b", "contact_id": site.world.karel.id}
    assert site.call("jana", "POST", "tickets", json=sent).status_code == 404


def test_the_list_is_read_page_by_page_without_gaps(site: Site) -> None:
    numbers = [site.ticket(subject=f"Nr. {index}")["number"] for index in range(7)]
    seen, cursor = [], None
    while True:
        params = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = site.call("desk", "GET", "tickets", params=params).json()
        seen += [each["number"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        if len(seen) == 3:
            site.ticket(subject="in between")
    assert seen == numbers[::-1]


def test_the_list_is_filtered_by_every_field(site: Site) -> None:
    one = site.ticket("jana", subject="100 % nefunkční", category="A")
    site.clock.move(hours=1)
    two = site.ticket("karel", subject="Žádost o změnu", category="change")
    cases: list[tuple[dict[str, Any], list[int]]] = [
        ({"category": ["A", "B"]}, [one["number"]]),
        ({"status": "new"}, [two["number"], one["number"]]),
        ({"status": "closed"}, []),
        ({"customer_id": site.world.acme.id}, [one["number"]]),
        ({"contact_id": site.world.karel.id}, [two["number"]]),
        ({"channel": "mail"}, []),
        ({"number": two["number"]}, [two["number"]]),
        ({"updated_since": "2026-11-23T10:30:00+01:00"}, [two["number"]]),
        ({"subject": "0 %"}, [one["number"]]),
        ({"subject": "ZMĚNU"}, [two["number"]] if "postgresql" in str(site.world.engine.url) else []),
        ({"subject": "ost o zm"}, [two["number"]]),
        ({"attention": "true"}, []),
    ]
    for params, expected in cases:
        found = site.call("desk", "GET", "tickets", params=params).json()["items"]
        assert [each["number"] for each in found] == expected, params


def test_what_is_known_is_not_sent_again(site: Site) -> None:
    number = site.ticket()["number"]
    assert site.call("jana", "GET", f"tickets/{number}", headers={"If-None-Match": '"1"'}).status_code == 304
    assert site.call("jana", "GET", f"tickets/{number}", headers={"If-None-Match": 'W/"1", "7"'}).status_code == 304
    assert site.call("jana", "GET", f"tickets/{number}", headers={"If-None-Match": '"2"'}).status_code == 200


def test_a_ticket_says_what_its_reader_can_do(site: Site) -> None:
    number = site.ticket(category="change")["number"]
    steps = {step["status"]: step for step in site.call("desk", "GET", f"tickets/{number}").json()["next_steps"]}
    assert set(steps) == {"in-progress", "more-info", "postponed", "to-verify", "closed"}
    assert "offer" in steps["in-progress"]["blocked"]
    assert steps["closed"]["needs"] == ["solution", "evaluation"]
    assert site.call("jana", "GET", f"tickets/{number}").json()["next_steps"] == []


def test_attention_is_for_the_service_desk(site: Site) -> None:
    number = site.ticket()["number"]
    site.call("jana", "POST", f"tickets/{number}/comments", json={"text": "Haló?"})
    assert site.call("desk", "GET", f"tickets/{number}").json()["attention"] is True
    assert site.call("jana", "GET", f"tickets/{number}").json()["attention"] is None
    assert len(site.call("jana", "GET", "tickets", params={"attention": "false"}).json()["items"]) == 1
