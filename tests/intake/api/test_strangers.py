"""Every route of the API, with another customer's token and with none: nobody else's things are there. Both engines."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from authz.people.tokens import CONTACT_SCOPES
from store.tables import metadata
from tests.intake.api.bodies import body_of
from tests.intake.api.conftest import Site
from tests.intake.api.test_quarantine import hold
from tests.intake.api.test_service_level import agree

# Stands in everything that is Acme's, so that a leak is seen wherever it is.
MARK = "Qzxjtajne"
OPEN = re.compile(r"/api/v1/problems/|/healthz|/readyz|/metrics|/api/v1/openapi")
_TEXT = {"content_type": "text/plain", "filename": f"{MARK}.txt", "content": "eA=="}


@dataclass(frozen=True, slots=True)
class Route:
    """One operation of the document."""

    method: str
    path: str
    operation: dict[str, Any]

    @property
    def parameters(self) -> list[str]:
        """The names in its path."""
        return re.findall(r"\{([^}]+)\}", self.path)


def routes(document: dict[str, Any]) -> Iterator[Route]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield Route(method.upper(), path, operation)


def furnish(site: Site) -> dict[str, Any]:
    """Give Acme one of everything; returns what Acme's ids are called in paths and bodies."""
    world = site.world
    acme, jana = world.acme.id, world.jana.id
    agree(site)
    contact = {"name": f"Jana {MARK}"}
    assert site.call("desk", "PATCH", f"contacts/{jana}", json=contact).status_code == 200
    ticket = site.ticket(subject=MARK, text=MARK, attachments=[_TEXT])
    other = site.ticket(subject=MARK, text=MARK)
    said = site.call("jana", "POST", f"tickets/{ticket['number']}/comments", json={"text": MARK}).json()
    made: dict[str, Any] = {}
    for path, sent in {
        "numbers": {"number": "601 123 456", "label": MARK, "contact_id": jana},
        "number-ranges": {"first": "+420555000000", "last": "+420555000099", "label": MARK},
        "access-profiles": {"name": MARK, "method": "site-to-site"},
        "maintenance": {"starts_at": "2026-11-24T00:00:00Z", "ends_at": "2026-11-24T01:00:00Z", "note": MARK},
    }.items():
        answer = site.call("desk", "POST", path, json={"customer_id": acme} | sent)
        assert answer.status_code == 201, answer.text
        made[path] = answer.json()["id"]
    site.call("desk", "POST", "webhooks", json={"url": f"https://{MARK}.example/", "customer_id": acme})
    entry = {"minutes": 30, "flag": "consultation", "note": MARK}
    work = site.call("desk", "POST", f"tickets/{ticket['number']}/time-entries", json=entry)
    assert work.status_code == 201, work.text
    held = hold(site)
    return {
        "number": ticket["number"],
        "other": other["number"],
        "into": other["number"],
        "ticket": ticket["number"],
        "attachment_id": ticket["attachments"][0]["id"],
        "comment_id": (said.get("comments") or [said])[-1].get("id", 1),
        "entry_id": work.json().get("id", 1),
        "customer_id": acme,
        "contact_id": jana,
        "address_id": 1,
        "number_id": made["numbers"],
        "range_id": made["number-ranges"],
        "profile_id": made["access-profiles"],
        "window_id": made["maintenance"],
        "maintenance_id": made["maintenance"],
        "contract_id": 1,
        "webhook_id": 1,
        "held_id": held,
        "token_id": 1,
        "month": f"{datetime.now(UTC):%Y-%m}",
        "day": "2026-12-24",
        "kind": "reply",
        "language": "cs",
    }


def everything(site: Site) -> dict[str, int]:
    """How many rows each table has; reading leaves them as they are."""
    with site.world.engine.connect() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
        }


def call(site: Site, who: str, document: dict[str, Any], route: Route, given: dict[str, Any]) -> Any:
    path = re.sub(r"\{([^}]+)\}", lambda found: str(given.get(found[1], 1)), route.path)
    headers = {"If-Match": "*", "Idempotency-Key": "walk"}
    parameters = {
        each["name"]: given[each["name"]]
        for each in route.operation.get("parameters", ())
        if each["in"] == "query" and each["name"] in given
    }
    body = body_of(document, route.operation, given)
    more: dict[str, Any] = {}
    if body is not None and body[0].endswith("json"):
        more = {"json": body[1]}
    elif body is not None and body[0].startswith("multipart"):
        more = {"files": {"file": ("x.txt", b"x", "text/plain")}}
    elif body is not None:
        more = {"content": body[1].encode()}
        headers["Content-Type"] = body[0]
    return site.call(who, route.method, path, headers=headers, params=parameters, **more)


def test_nobody_reads_or_changes_another_customers_things_by_any_route(site: Site) -> None:
    given = furnish(site)
    document = site.http.get("/api/v1/openapi.json").json()
    site.headers["stranger"] = {"Authorization": f"Bearer {site.token(frozenset(CONTACT_SCOPES), site.world.karel.id)}"}
    before, walked = everything(site), 0
    page = site.call("desk", "GET", f"tickets/{given['number']}").json()
    for route in routes(document):
        if OPEN.match(route.path):
            continue
        if "text/event-stream" in str(route.operation["responses"]):
            continue
        answer = call(site, "stranger", document, route, given)
        walked += 1
        told = f"{route.method} {route.path}: {answer.status_code} {answer.text[:300]}"
        assert MARK not in answer.text, told
        assert answer.status_code < 500, told
        if route.parameters:
            assert answer.status_code >= 400, told
        if answer.status_code not in {403, 404}:
            nothing = call(site, "stranger", document, route, dict.fromkeys(given, 4711))
            assert answer.status_code == nothing.status_code, f"what is not there is told apart: {told}"
    assert walked > 100
    assert site.call("desk", "GET", f"tickets/{given['number']}").json() == page
    changed = {name for name, count in everything(site).items() if count != before[name]}
    own = {"tickets", "comments", "ticket_events", "ledger", "blobs", "outbox", "search_queue", "idempotency_keys"}
    assert changed <= own | {"counters"}, "what a stranger may do is to make a request of its own"


@pytest.mark.parametrize("who", ["nobody", "revoked"])
def test_no_route_does_anything_without_a_valid_token(site: Site, who: str) -> None:
    given = furnish(site)
    document = site.http.get("/api/v1/openapi.json").json()
    site.headers["revoked"] = {"Authorization": f"Bearer {site.token(frozenset(CONTACT_SCOPES), site.world.jana.id)}"}
    token_id = site.call("desk", "GET", "tokens").json()["items"][-1]["id"]
    assert site.call("desk", "DELETE", f"tokens/{token_id}").status_code == 200
    before = everything(site)
    for route in routes(document):
        if OPEN.match(route.path):
            continue
        answer = call(site, who, document, route, given)
        assert answer.status_code in {401, 422}, f"{route.method} {route.path}: {answer.status_code}"
        assert MARK not in answer.text
    assert everything(site) == before
