"""Who has a ticket in hand, snippets and views over the API; nothing of it is for customers."""

from typing import Any

import pytest

from intake.people import Role, UserData
from tests.intake.api.conftest import Site
from tests.store.world import ADMIN, AT


def add_user(site: Site, name: str = "Tonda", *, active: bool = True) -> int:
    data = UserData(login=f"{name}@desk.example", name=name, role=Role.TECHNICIAN, active=active)
    return site.world.do(lambda tx: tx.people.add_user(data, password_hash=None, by=ADMIN, at=AT)).id


def put(site: Site, path: str, version: int, method: str = "PUT", **more: Any) -> Any:
    return site.call("desk", method, path, headers={"If-Match": f'"{version}"'}, **more)


def test_a_ticket_gets_into_somebodys_hands_and_back(site: Site) -> None:
    user = add_user(site)
    number = site.ticket()["number"]
    place = f"tickets/{number}/assignee"
    answer = put(site, place, 1, json={"user_id": user})
    assert answer.status_code == 200, answer.text
    assert answer.json()["assignee"] == {"id": user, "name": "Tonda"}
    assert [event["kind"] for event in answer.json()["events"]][-1] == "assigned"
    assert put(site, place, 1, json={"user_id": user}).status_code == 412
    assert put(site, place, 2, json={"user_id": user}).json()["version"] == 2, "nothing changed"
    found = site.call("desk", "GET", f"tickets?assignee_id={user}&open=true").json()["items"]
    assert [each["number"] for each in found] == [number]
    assert put(site, place, 2, "DELETE").json()["assignee"] is None
    assert site.call("desk", "GET", "tickets?unassigned=true").json()["items"][0]["number"] == number


def test_only_who_works_here_gets_work(site: Site) -> None:
    gone = add_user(site, "Bývalý", active=False)
    number = site.ticket()["number"]
    assert put(site, f"tickets/{number}/assignee", 1, json={"user_id": gone}).status_code == 422
    assert put(site, f"tickets/{number}/assignee", 1, json={"user_id": 4711}).status_code == 404


def test_a_customer_learns_nothing_of_who_has_it_in_hand(site: Site) -> None:
    user = add_user(site)
    number = site.ticket()["number"]
    put(site, f"tickets/{number}/assignee", 1, json={"user_id": user})
    seen = site.call("jana", "GET", f"tickets/{number}").json()
    assert seen["assignee"] is None
    assert "assigned" not in {event["kind"] for event in seen["events"]}
    assert "Tonda" not in str(seen)
    answer = site.call("jana", "PUT", f"tickets/{number}/assignee", headers={"If-Match": '"2"'}, json={"user_id": user})
    assert (answer.status_code, answer.json()["reason"]) == (409, "not-for-actor")
    assert site.call("jana", "GET", "tickets?unassigned=true").json()["items"] != [], "asking tells nothing either"


@pytest.mark.parametrize("path", ["snippets", "users/1/views"])
def test_what_technicians_keep_is_not_for_customers(site: Site, path: str) -> None:
    assert site.call("jana", "GET", path).status_code == 404
    assert site.call("jana", "POST", path, json={"name": "a", "text": "b"}).status_code in {404, 422}


def test_snippets(site: Site) -> None:
    sent = {"name": "Pozdrav", "language": "cs", "text": "S pozdravem"}
    made = site.call("desk", "POST", "snippets", json=sent).json()
    assert site.call("desk", "POST", "snippets", json=sent).status_code == 409
    assert site.call("desk", "POST", "snippets", json=sent | {"language": "de"}).status_code == 422
    answer = site.call("desk", "PUT", f"snippets/{made['id']}", json=sent | {"active": False})
    assert answer.json()["active"] is False
    assert [each["name"] for each in site.call("desk", "GET", "snippets").json()] == ["Pozdrav"]
    assert site.call("desk", "PUT", "snippets/4711", json=sent).status_code == 404


def test_views(site: Site) -> None:
    user = add_user(site)
    place = f"users/{user}/views"
    first, second = (site.call("desk", "POST", place, json={"name": each, "query": "tab=new"}).json() for each in "ab")
    assert site.call("desk", "PUT", f"{place}/{second['id']}/place", json={"up": True}).status_code == 204
    assert [each["name"] for each in site.call("desk", "GET", place).json()] == ["b", "a"]
    assert site.call("desk", "DELETE", f"{place}/{first['id']}").status_code == 204
    assert site.call("desk", "DELETE", f"{place}/{first['id']}").status_code == 404
    assert site.call("desk", "POST", "users/4711/views", json={"name": "a"}).status_code == 404
