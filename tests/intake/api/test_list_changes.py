"""Changes that customers' own admins ask for: what the service desk sees of them, and its word."""

from authz.identity import Channel
from intake.contact_lists.customer_admin import propose
from intake.contact_lists.list_changes import ListAction, ListChange, ListEntity, ProposedChange
from intake.contact_lists.listed_entries import plain
from intake.people import NumberRangeData
from intake.tickets.model import Actor, ActorKind
from tests.intake.api.conftest import Site
from tests.store.world import AT


def wanted(site: Site) -> ListChange:
    """Jana asks for a range of numbers."""
    jana, acme = site.world.jana, site.world.acme.id
    by = Actor(kind=ActorKind.CONTACT, name=jana.name, channel=Channel.WEB, id=jana.id)
    data = NumberRangeData(customer_id=acme, first="+420211151600", last="+420211151699")
    asked = ProposedChange(customer_id=acme, entity=ListEntity.RANGE, action=ListAction.ADD, data=plain(data))
    change = site.world.do(lambda tx: propose(tx, asked, by=by, at=AT, url="https://desk.example"))
    assert change is not None
    return change


def test_the_service_desk_confirms_what_a_customers_admin_asks_for(site: Site) -> None:
    change = wanted(site)
    (shown,) = site.call("desk", "GET", "/api/v1/list-changes?state=waiting").json()["items"]
    assert (shown["id"], shown["entity"], shown["waits"]) == (change.id, "number range", ["desk"])
    assert shown["proposed_by"]["name"] == site.world.jana.name
    done = site.call("desk", "POST", f"/api/v1/list-changes/{change.id}/confirmation")
    assert (done.status_code, done.json()["state"]) == (200, "applied")
    (block,) = site.call("desk", "GET", f"/api/v1/number-ranges?customer_id={site.world.acme.id}").json()["items"]
    assert block["first"] == "+420211151600"
    assert site.call("desk", "POST", f"/api/v1/list-changes/{change.id}/confirmation").status_code == 404


def test_what_is_rejected_is_never_made(site: Site) -> None:
    change = wanted(site)
    sent = {"note": "Rozsah patří jiné firmě."}
    done = site.call("desk", "POST", f"/api/v1/list-changes/{change.id}/rejection", json=sent).json()
    assert (done["state"], done["note"]) == ("rejected", sent["note"])
    assert site.call("desk", "GET", "/api/v1/number-ranges").json()["items"] == []
    assert site.call("desk", "GET", "/api/v1/list-changes/4711").status_code == 404


def test_it_takes_the_scope_of_the_lists(site: Site) -> None:
    change = wanted(site)
    for method, path in (("GET", ""), ("GET", f"/{change.id}"), ("POST", f"/{change.id}/confirmation")):
        assert site.call("jana", method, f"/api/v1/list-changes{path}").status_code == 403
