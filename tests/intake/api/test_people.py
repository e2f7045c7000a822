"""The people and the lists over the API."""

from typing import Any

import pytest

from tests.intake.api.conftest import Site


def slug(answer: Any) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["type"].rpartition("/")[2]


CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("customers", {"name": "Initech", "language": "en"}, {"active": False}),
    ("contacts", {"customer_id": 1, "name": "Petr", "channels": ["mail"]}, {"name": "Petr Nový", "channels": []}),
    ("contracts", {"customer_id": 1, "name": "SLA", "valid_from": "2027-01-01T00:00:00Z"}, {"framework": True}),
    ("addresses", {"customer_id": 1, "address": "Petr@acme.example"}, {"valid_until": "2027-01-01T00:00:00Z"}),
    ("numbers", {"customer_id": 1, "number": "+420224123456", "label": "ústředna"}, {"label": ""}),
    ("number-ranges", {"customer_id": 1, "first": "+420224123100", "last": "+420224123199"}, {"label": "DDI"}),
]


@pytest.mark.parametrize(("kind", "new", "change"), CASES, ids=[case[0] for case in CASES])
def test_an_entry_is_added_once_listed_changed_and_audited(
    site: Site, kind: str, new: dict[str, Any], change: dict[str, Any]
) -> None:
    key = {"Idempotency-Key": "e1"}
    answer = site.call("desk", "POST", kind, json=new, headers=key)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert answer.headers["location"] == f"/api/v1/{kind}/{made['id']}"
    again = site.call("desk", "POST", kind, json=new, headers=key)
    assert (again.status_code, again.json(), again.headers["location"]) == (201, made, answer.headers["location"])
    assert slug(site.call("desk", "POST", kind, json=new | {"valid_from": None}, headers=key))[0] == 422

    changed = site.call("desk", "PATCH", f"{kind}/{made['id']}", json=change).json()
    assert changed == made | change
    found = site.call("desk", "GET", kind).json()["items"]
    assert changed in found
    entity = {"addresses": "address", "number-ranges": "number range"}.get(kind, kind.removesuffix("s"))
    lines = site.call("desk", "GET", "audit", params={"entity": entity, "entity_id": str(made["id"])}).json()["items"]
    assert [(line["action"], line["actor"]["kind"]) for line in lines] == [("changed", "admin"), ("added", "admin")]


@pytest.mark.parametrize("kind", ["addresses", "numbers", "number-ranges"])
def test_an_entry_is_taken_off_its_list(site: Site, kind: str) -> None:
    new = next(case[1] for case in CASES if case[0] == kind)
    made = site.call("desk", "POST", kind, json=new).json()
    assert site.call("desk", "DELETE", f"{kind}/{made['id']}").status_code == 204
    assert made not in site.call("desk", "GET", kind).json()["items"]
    assert slug(site.call("desk", "DELETE", f"{kind}/{made['id']}")) == (404, "not-found")


@pytest.mark.parametrize(("kind", "new", "change"), CASES, ids=[case[0] for case in CASES])
def test_an_unknown_entry_is_not_found(
    quiet_site: Site, kind: str, new: dict[str, Any], change: dict[str, Any]
) -> None:
    assert slug(quiet_site.call("desk", "PATCH", f"{kind}/4711", json=change)) == (404, "not-found")
    if "customer_id" in new:
        assert slug(quiet_site.call("desk", "POST", kind, json=new | {"customer_id": 4711})) == (404, "not-found")


def test_one_customer_or_contact_is_read(quiet_site: Site) -> None:
    assert quiet_site.call("desk", "GET", "customers/1").json()["name"] == "Acme"
    assert quiet_site.call("desk", "GET", "contacts/1").json()["name"] == "Jana Nováková"
    assert slug(quiet_site.call("desk", "GET", "customers/4711")) == (404, "not-found")
    assert slug(quiet_site.call("desk", "GET", "contacts/4711")) == (404, "not-found")


def test_lists_are_filtered_by_owner(quiet_site: Site) -> None:
    assert [each["name"] for each in quiet_site.call("desk", "GET", "customers?name=ACM").json()["items"]] == ["Acme"]
    for kind in ("contacts", "addresses", "numbers", "number-ranges", "contracts"):
        found = quiet_site.call("desk", "GET", kind, params={"customer_id": quiet_site.world.globex.id}).json()["items"]
        assert {each["customer_id"] for each in found} <= {quiet_site.world.globex.id}
    found = quiet_site.call("desk", "GET", "addresses", params={"contact_id": quiet_site.world.karel.id}).json()[
        "items"
    ]
    assert [each["address"] for each in found] == ["karel@globex.example"]
    page = quiet_site.call("desk", "GET", "customers", params={"limit": 1}).json()
    rest = quiet_site.call("desk", "GET", "customers", params={"cursor": page["next_cursor"]}).json()
    assert [each["name"] for each in page["items"] + rest["items"]] == ["Acme", "Globex"]


def test_a_value_that_cannot_be_taken_is_named(quiet_site: Site) -> None:
    answer = quiet_site.call("desk", "POST", "addresses", json={"customer_id": 1, "address": "*@gmail.com"})
    assert slug(answer) == (422, "invalid")
    assert answer.json()["errors"][0]["field"] == "body.address"
    assert "list the people's own addresses" in answer.json()["detail"]


def test_a_value_of_another_entry_is_refused(quiet_site: Site) -> None:
    assert slug(quiet_site.call("desk", "POST", "customers", json={"name": "Acme"})) == (409, "entry-taken")
    sent = {"customer_id": 2, "address": "jana@acme.example"}
    assert slug(quiet_site.call("desk", "POST", "addresses", json=sent)) == (409, "entry-taken")
    sent = {"customer_id": 1, "contact_id": 2, "address": "x@acme.example"}
    assert slug(quiet_site.call("desk", "POST", "addresses", json=sent)) == (422, "invalid")


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        ("POST", "customers", {"name": ""}),
        ("POST", "customers", {"name": "a\nb"}),
        ("POST", "customers", {"name": "a\x00"}),
        ("POST", "customers", {"name": "x" * 256}),
        ("POST", "customers", {"name": "x" * 201}),
        ("POST", "customers", {"name": "x", "language": "de"}),
        ("POST", "customers", {"name": "x", "valid_from": "2026-01-01T00:00:00"}),
        ("POST", "customers", {"name": "x", "activ": False}),
        ("POST", "customers", {}),
        ("POST", "customers", []),
        ("PATCH", "customers/1", {"name": None}),
        ("PATCH", "customers/1", {"active": None}),
        ("PATCH", "customers/0", {}),
        ("PATCH", "customers/9007199254740992", {}),
        ("PATCH", "customers/one", {}),
        ("POST", "contacts", {"customer_id": 9007199254740992, "name": "x"}),
        ("POST", "contacts", {"customer_id": 1, "name": "x", "channels": ["fax"]}),
        ("PATCH", "contacts/1", {"customer_id": 2}),
    ],
)
def test_bad_values_are_refused_before_anything_happens(quiet_site: Site, method: str, path: str, sent: Any) -> None:
    answer = quiet_site.call("desk", method, path, json=sent)
    assert slug(answer) == (422, "invalid")
    assert answer.json()["errors"]


def test_half_a_character_is_refused(quiet_site: Site) -> None:
    headers = {"Content-Type": "application/json"}
    answer = quiet_site.call("desk", "POST", "customers", content=b'{"name": "\\ud800"}', headers=headers)
    assert slug(answer) == (422, "invalid")


def test_an_empty_change_changes_nothing(site: Site) -> None:
    before = site.call("desk", "GET", "customers/1").json()
    assert site.call("desk", "PATCH", "customers/1", json={}).json() == before
    assert len(site.call("desk", "GET", "audit?entity=customer&entity_id=1").json()["items"]) == 1


def test_a_contact_gets_a_login(site: Site) -> None:
    path = f"contacts/{site.world.jana.id}/login"
    sent = {"login": "Jana@acme.example", "password": "koně a vozy na dvoře"}
    answer = site.call("desk", "PUT", path, json=sent)
    assert (answer.status_code, answer.json()["login"]) == (200, "jana@acme.example")
    assert sent["password"] not in site.call("desk", "GET", "audit").text
    for bad in ("krátké", "jana@acme.example", "a" * 20):
        assert slug(site.call("desk", "PUT", path, json=sent | {"password": bad})) == (422, "invalid"), bad
    other = f"contacts/{site.world.karel.id}/login"
    assert slug(site.call("desk", "PUT", other, json=sent)) == (409, "entry-taken")
    assert site.call("desk", "DELETE", path).json()["login"] is None
    assert slug(site.call("desk", "PUT", "contacts/4711/login", json=sent)) == (404, "not-found")
