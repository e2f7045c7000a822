"""Subscriptions over the API: kept by those who may, their secret shown once."""

from typing import Any

import pytest
from sqlalchemy import select

from store import tables as t
from tests.intake.api.conftest import Site

SENT = {"url": "https://hooks.example/intake", "types": ["ticket.created"]}


def test_a_webhook_is_added_changed_turned_and_removed(site: Site) -> None:
    made = site.call("desk", "POST", "webhooks", json=SENT)
    assert made.status_code == 201
    assert (made.headers["cache-control"], made.json()["secret"][:6]) == ("no-store", "whsec_")
    path = made.headers["location"]
    site.ticket()
    (told,) = site.call("desk", "GET", f"{path}/deliveries", params={"state": "pending"}).json()["items"]
    assert (told["type"], told["data"]["ticket"], told["attempts"]) == ("ticket.created", 1, 0)
    assert told["message_id"] == f"evt_{told['event_id']}"
    turned = site.call("desk", "POST", f"{path}/secret", json={}).json()
    assert turned["secret"] != made.json()["secret"]
    changed = site.call("desk", "PUT", path, json=SENT | {"active": False})
    assert changed.json()["active"] is False
    site.ticket()
    assert len(site.call("desk", "GET", f"{path}/deliveries").json()["items"]) == 1
    replay = {"since": "2026-01-01T00:00:00Z"}
    assert site.call("desk", "POST", f"{path}/replay", json=replay).status_code == 422, "it is switched off"
    assert site.call("desk", "PUT", path, json=SENT).status_code == 200
    assert site.call("desk", "POST", f"{path}/replay", json=replay).json() == {"replayed": 0}
    assert site.call("desk", "DELETE", path).status_code == 204
    assert site.call("desk", "GET", "webhooks").json()["items"] == []
    with site.world.engine.connect() as connection:
        lines = connection.execute(select(t.audit.c.action).where(t.audit.c.entity == "webhook")).scalars().all()
    assert lines == ["added", "changed", "changed", "changed", "replayed", "removed"]


@pytest.mark.parametrize(
    "wrong",
    [{"url": "ftp://x"}, {"url": "https://u:p@x.example/"}, {"types": ["no.such"]}, {"customer_id": 0}, {"x": 1}],
)
def test_a_webhook_that_cannot_be_is_refused(site: Site, wrong: dict[str, Any]) -> None:
    assert site.call("desk", "POST", "webhooks", json=SENT | wrong).status_code == 422


def test_only_who_may_keeps_webhooks(site: Site) -> None:
    for who, status in (("jana", 403), ("nobody", 401)):
        assert site.call(who, "POST", "webhooks", json=SENT).status_code == status
    assert site.call("desk", "GET", "webhooks/4711/deliveries").status_code == 404
    assert site.call("desk", "POST", "webhooks", json=SENT | {"customer_id": 4711}).status_code == 404


def test_a_held_request_and_a_note_are_told_to_the_service_desk_only(site: Site) -> None:
    site.call("desk", "POST", "webhooks", json={"url": SENT["url"]})
    site.call("desk", "POST", "webhooks", json={"url": SENT["url"], "customer_id": site.world.acme.id})
    number = site.ticket()["number"]
    note = {"text": "Poznámka.", "internal": True}
    site.call("desk", "POST", f"tickets/{number}/comments", json=note)
    ours, theirs = (site.call("desk", "GET", f"webhooks/{which}/deliveries").json()["items"] for which in (1, 2))
    assert [each["data"].get("internal") for each in ours] == [True, False, None]
    assert [each["data"].get("internal") for each in theirs] == [False, None]
