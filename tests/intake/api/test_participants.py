"""Participants over the API: only colleagues, only by the service desk, always on record."""

import pytest

from authz.people.tokens import Scope
from intake.people import AddressData, ContactData
from tests.intake.api.conftest import TICKET_SCOPES, Site
from tests.store.world import ADMIN, AT


@pytest.fixture
def desk_headers(site: Site) -> dict[str, str]:
    return {"Authorization": f"Bearer {site.token(TICKET_SCOPES | {Scope.PEOPLE_READ})}"}


@pytest.fixture
def path(site: Site, desk_headers: dict[str, str]) -> str:
    """Of a ticket of Jana's, who has a colleague, Eva."""
    acme = site.world.acme
    eva = site.world.do(lambda tx: tx.people.add_contact(ContactData(customer_id=acme.id, name="Eva"), by=ADMIN, at=AT))
    entry = AddressData(customer_id=acme.id, contact_id=eva.id, address="eva@acme.example")
    site.world.do(lambda tx: tx.people.add_address(entry, by=ADMIN, at=AT))
    sent = {"subject": "Phones", "text": "Down.", "contact_id": site.world.jana.id}
    ticket = site.http.post("/api/v1/tickets", json=sent, headers=desk_headers)
    return f"/api/v1/tickets/{ticket.json()['number']}"


def test_a_colleague_is_added_once_and_removed(site: Site, desk_headers: dict[str, str], path: str) -> None:
    for _ in range(2):
        added = site.http.post(f"{path}/participants", json={"address": "Eva@acme.example"}, headers=desk_headers)
        assert added.status_code == 204, added.text
    ticket = site.http.get(path, headers=desk_headers).json()
    assert [(each["address"], each["part"]) for each in ticket["participants"]] == [("Eva@acme.example", "added")]
    assert site.http.delete(f"{path}/participants/eva@acme.example", headers=desk_headers).status_code == 204
    assert site.http.delete(f"{path}/participants/eva@acme.example", headers=desk_headers).status_code == 404
    ticket = site.http.get(path, headers=desk_headers).json()
    assert ticket["participants"] == []
    changes = [(each["before"], each["after"]) for each in ticket["events"] if each["kind"] == "participant"]
    assert changes == [(None, "Eva@acme.example"), ("eva@acme.example", None)]


@pytest.mark.parametrize("address", ["karel@globex.example", "nobody@else.example", "not an address"])
def test_strangers_are_never_added(site: Site, desk_headers: dict[str, str], path: str, address: str) -> None:
    refused = site.http.post(f"{path}/participants", json={"address": address}, headers=desk_headers)
    assert refused.status_code == 422
    assert site.http.get(path, headers=desk_headers).json()["participants"] == []


def test_a_contact_does_not_say_who_takes_part(site: Site, path: str) -> None:
    jana = {"Authorization": f"Bearer {site.token(TICKET_SCOPES, site.world.jana.id)}"}
    refused = site.http.post(f"{path}/participants", json={"address": "eva@acme.example"}, headers=jana)
    assert refused.json()["reason"] == "not-for-actor"
