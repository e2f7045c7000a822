"""Full-text search over the API: who finds what."""

from typing import Any

from tests.intake.api.conftest import Site


def found(site: Site, who: str, **asked: Any) -> list[int]:
    answer = site.call(who, "GET", "tickets", params=asked)
    assert answer.status_code == 200, answer.text
    return [line["number"] for line in answer.json()["items"]]


def test_a_ticket_is_found_without_diacritics_as_soon_as_it_is_made(site: Site) -> None:
    number = site.ticket(subject="Nejde přihlášení", text="Od rána.")["number"]
    assert found(site, "jana", q="prihlaseni rana") == found(site, "desk", q="PŘIHL") == [number]
    assert found(site, "desk", q="prihlaseni", status="closed") == []


def test_nobody_finds_another_customers_ticket_or_a_note_that_is_not_for_customers(site: Site) -> None:
    number = site.ticket(text="Nezvoní.")["number"]
    note = {"text": "Dlužník.", "internal": True}
    assert site.call("desk", "POST", f"tickets/{number}/comments", json=note).status_code == 201
    assert found(site, "desk", q="dluznik") == found(site, "desk", q="nezvoni") == [number]
    assert found(site, "jana", q="dluznik") == []
    assert found(site, "karel", q="nezvoni") == []
    assert found(site, "karel", q="nezvoni", customer_id=site.world.acme.id) == []


def test_pages_of_a_search_follow_the_cursor(site: Site) -> None:
    numbers = [site.ticket()["number"] for _ in range(3)]
    first = site.call("jana", "GET", "tickets", params={"q": "telefon", "limit": 2}).json()
    second = site.call("jana", "GET", "tickets", params={"q": "telefon", "limit": 2, "cursor": first["next_cursor"]})
    assert [line["number"] for line in first["items"] + second.json()["items"]] == numbers[::-1]
    assert second.json()["next_cursor"] is None


def test_any_query_is_answered_but_not_with_another_order_than_newest_first(site: Site) -> None:
    site.ticket()
    for query in ("", " ", '"', "telefon* OR (", "' OR 1=1 --", "\0", "{head}:x", "a" * 200, "NEAR(a b)"):
        assert found(site, "desk", q=query) == [], query
    assert site.call("desk", "GET", "tickets", params={"q": "a" * 201}).status_code == 422
    answer = site.call("desk", "GET", "tickets", params={"q": "telefon", "sort": "deadline"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "query.sort")
