"""Who gets in, with what, and how fast a deactivation binds."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from authz.people.tokens import CONTACT_SCOPES, Scope
from intake.people import ContactData, CustomerData
from store.tables import api_tokens
from tests.intake.api.conftest import TICKET_SCOPES, Site
from tests.intake.api.operations import PATHS
from tests.store.world import ADMIN, AT


def slug(answer: Any) -> str:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    name: str = answer.json()["type"].rpartition("/")[2]
    return name


def test_no_operation_is_forgotten_here(quiet_site: Site) -> None:
    document = quiet_site.http.get("/api/v1/openapi.json").json()
    open_to_all = {"/healthz", "/readyz", "/metrics", "/api/v1/problems/{slug}"}
    described = {
        (method.upper(), path)
        for path, operations in document["paths"].items()
        for method in operations
        if path not in open_to_all
    }
    assert len(described) == len(PATHS)


def test_nothing_is_answered_without_a_token_and_its_scope(site: Site) -> None:
    for each in Scope:
        secret = site.token(frozenset(Scope) - {each})
        site.headers[f"without {each}"] = {"Authorization": f"Bearer {secret}"}
    for method, path, scope in PATHS:
        answer = site.call("nobody", method, path)
        assert (answer.status_code, slug(answer)) == (401, "unauthenticated"), path
        assert answer.headers["www-authenticate"] == 'Bearer realm="intake"'
        answer = site.call(f"without {scope}", method, path)
        assert (answer.status_code, slug(answer)) == (403, "scope-missing"), path
        assert f'scope="{scope}"' in answer.headers["www-authenticate"]


def test_a_contacts_token_never_gets_beyond_tickets(quiet_site: Site) -> None:
    for method, path, scope in PATHS:
        if scope not in TICKET_SCOPES:
            assert slug(quiet_site.call("jana", method, path)) == "scope-missing", path


def test_a_contacts_token_never_gets_beyond_its_customer_whatever_its_row_says(site: Site) -> None:
    with site.world.engine.begin() as connection:
        connection.execute(update(api_tokens).values(scopes=sorted(Scope)))
    for method, path, scope in PATHS:
        if scope not in CONTACT_SCOPES:
            assert slug(site.call("jana", method, path)) == "scope-missing", path


@pytest.mark.parametrize("header", ["Bearer intk_wrong", "Bearer ", "Basic amFuYTpqYW5h", "intk_x", "Bearer příliš"])
def test_what_is_no_token_lets_nobody_in(quiet_site: Site, header: str) -> None:
    answer = quiet_site.http.get("/api/v1/tickets", headers={"Authorization": header.encode()})
    assert (answer.status_code, slug(answer)) == (401, "unauthenticated")


def test_a_token_ends_when_it_expires_and_when_it_is_revoked(site: Site) -> None:
    secret = site.token(TICKET_SCOPES, expires_at=AT + timedelta(hours=1))
    site.headers["short"] = {"Authorization": f"Bearer {secret}"}
    assert site.call("short", "GET", "tickets").status_code == 200
    site.clock.move(hours=1)
    answer = site.call("short", "GET", "tickets")
    assert (slug(answer), answer.json()["detail"]) == ("unauthenticated", "the token has expired")
    assert site.call("jana", "GET", "tickets").status_code == 200
    for token in site.call("desk", "GET", "tokens").json()["items"]:
        if token["contact_id"] == site.world.jana.id:
            assert site.call("desk", "DELETE", f"tokens/{token['id']}").json()["active"] is False
    assert slug(site.call("jana", "GET", "tickets")) == "unauthenticated"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"active": False}, "contact-inactive"),
        ({"channels": frozenset()}, "channel-not-allowed"),
        ({"valid_until": AT}, "no-longer-valid"),
        ({"valid_from": AT + timedelta(days=1)}, "not-yet-valid"),
    ],
)
def test_what_happens_to_a_contact_binds_with_the_next_request(site: Site, change: dict[str, Any], reason: str) -> None:
    jana = site.world.jana
    assert site.call("jana", "GET", "tickets").status_code == 200
    data = ContactData(**({"customer_id": jana.customer_id, "name": jana.name} | change))
    site.world.do(lambda tx: tx.people.change_contact(jana.id, data, by=ADMIN, at=AT))
    for method in ("GET", "POST"):
        answer = site.call("jana", method, "tickets", json={"subject": "a", "text": "b"})
        assert (answer.status_code, slug(answer), answer.json()["reason"]) == (403, "not-authorized", reason)


def test_a_deactivated_customer_is_out_at_once(site: Site) -> None:
    data = CustomerData(name="Acme", active=False)
    site.world.do(lambda tx: tx.people.change_customer(site.world.acme.id, data, by=ADMIN, at=AT))
    assert site.call("jana", "GET", "tickets").json()["reason"] == "customer-inactive"
    assert site.call("karel", "GET", "tickets").status_code == 200


def test_a_request_for_a_contact_without_the_right_is_refused_and_recorded(site: Site) -> None:
    jana = site.world.jana
    data = ContactData(customer_id=jana.customer_id, name=jana.name, channels=frozenset())
    site.world.do(lambda tx: tx.people.change_contact(jana.id, data, by=ADMIN, at=AT))
    answer = site.call("desk", "POST", "tickets", json={"subject": "a", "text": "b", "contact_id": jana.id})
    assert (answer.status_code, slug(answer), answer.json()["reason"]) == (
        403,
        "request-refused",
        "channel-not-allowed",
    )
    entry = site.call("desk", "GET", f"ledger/{answer.json()['ledger_id']}").json()
    assert (entry["verdict"], entry["reason"]) == ("reject", "channel-not-allowed")


def test_a_token_gives_only_what_it_has(site: Site) -> None:
    secret = site.token(frozenset({Scope.TOKENS_WRITE, Scope.TICKETS_READ}))
    site.headers["giver"] = {"Authorization": f"Bearer {secret}"}
    answer = site.call("giver", "POST", "tokens", json={"name": "x", "scopes": ["people:write"]})
    assert (answer.status_code, slug(answer), answer.json()["errors"][0]["field"]) == (422, "invalid", "body.scopes")
    answer = site.call("giver", "POST", "tokens", json={"name": "x", "scopes": ["tickets:read"]})
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    site.headers["given"] = {"Authorization": f"Bearer {answer.json()['secret']}"}
    assert site.call("given", "GET", "tickets").status_code == 200
    assert answer.json()["secret"] not in site.call("desk", "GET", "tokens").text
    assert answer.json()["secret"] not in site.call("desk", "GET", "audit").text


@pytest.mark.parametrize(("hours", "status"), [(None, 422), (25, 422), (24, 201), (1, 201)])
def test_a_token_outlives_no_token_that_gave_it(site: Site, hours: int | None, status: int) -> None:
    secret = site.token(frozenset({Scope.TOKENS_WRITE}), expires_at=AT + timedelta(hours=24))
    site.headers["giver"] = {"Authorization": f"Bearer {secret}"}
    ends = None if hours is None else (AT + timedelta(hours=hours)).isoformat()
    sent = {"name": "x", "scopes": ["tokens:write"], "expires_at": ends}
    answer = site.call("giver", "POST", "tokens", json=sent)
    assert answer.status_code == status
    if status == 422:
        assert answer.json()["errors"][0]["field"] == "body.expires_at"


def test_a_contacts_token_is_given_scopes_of_one_customer_only(site: Site) -> None:
    sent = {"name": "x", "scopes": ["people:read"], "contact_id": site.world.jana.id}
    assert slug(site.call("desk", "POST", "tokens", json=sent)) == "invalid"
    assert slug(site.call("desk", "POST", "tokens", json=sent | {"contact_id": 4711})) == "not-found"
    assert slug(site.call("desk", "DELETE", "tokens/4711")) == "not-found"
