"""Clocks, work, access and statements over the API, for the service desk and for nobody else's customers."""

from datetime import timedelta
from typing import Any

import pytest

from authz.people.tokens import Scope
from intake.sla.agreed import written_terms
from intake.sla.contract import EXAMPLE_TERMS
from tests.intake.api.conftest import Site
from tests.intake.api.test_quarantine import hold


def agree(site: Site, **changed: Any) -> dict[str, Any]:
    """Give Acme the example contract, round the clock."""
    terms = written_terms(EXAMPLE_TERMS) | {"calendar": "round-the-clock"} | changed
    sent = {
        "customer_id": site.world.acme.id,
        "name": "Example",
        "valid_from": "2026-01-01T00:00:00+01:00",
        "terms": terms,
    }
    answer = site.call("desk", "POST", "contracts", json=sent)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def test_clocks_are_explained(site: Site) -> None:
    agree(site)
    number = site.ticket(category="A")["number"]
    site.clock.move(minutes=90)
    read = site.call("jana", "GET", f"tickets/{number}/clocks").json()
    response, fix = read["clocks"]
    assert (response["kind"], response["elapsed_seconds"], response["breached"]) == ("response", 5400, True)
    assert (fix["remaining_seconds"], fix["state"]) == (4 * 3600 - 5400, "running")
    for clock in read["clocks"]:
        assert sum(line["seconds"] for line in clock["lines"] if line["counted"]) == clock["elapsed_seconds"]
    assert read["contract"] == "Example"
    assert site.call("karel", "GET", f"tickets/{number}/clocks").status_code == 404


def test_tickets_by_deadline(site: Site) -> None:
    agree(site)
    slow, fast = site.ticket(category="C")["number"], site.ticket(category="A")["number"]
    first = site.call("desk", "GET", "tickets?sort=deadline&limit=1").json()
    assert [each["number"] for each in first["items"]] == [fast]
    second = site.call("desk", "GET", f"tickets?sort=deadline&limit=1&cursor={first['next_cursor']}").json()
    assert [each["number"] for each in second["items"]] == [slow]
    assert second["next_cursor"] is None
    assert site.call("desk", "GET", "tickets?sort=deadline&cursor=YTF4").status_code == 422


def test_service_hours_are_noted_once_and_can_be_withdrawn(site: Site) -> None:
    number = site.ticket()["number"]
    sent = {"minutes": 30, "flag": "consultation", "note": "Po telefonu"}
    path, key = f"tickets/{number}/time-entries", {"Idempotency-Key": "1"}
    first = site.call("desk", "POST", path, json=sent, headers=key)
    assert (first.status_code, first.json()) == (201, site.call("desk", "POST", path, json=sent, headers=key).json())
    assert len(site.call("jana", "GET", path).json()) == 1
    assert site.call("jana", "POST", path, json=sent).json()["reason"] == "not-for-actor"
    assert site.call("karel", "GET", path).status_code == 404
    entry = first.json()["entry"]["id"]
    assert site.call("desk", "DELETE", f"{path}/{entry}").json()["withdrawn_by"] == "Test"
    assert site.call("desk", "DELETE", f"{path}/{entry}").status_code == 404
    future = {"minutes": 5, "flag": "mistake", "at": "2030-01-01T00:00:00Z"}
    assert site.call("desk", "POST", path, json=future).status_code == 422


@pytest.mark.parametrize(
    ("suffix", "accept", "media", "begins"),
    [
        ("", "", "application/json", b'{"access":'),
        ("", "text/html,*/*", "text/html", b"<!doctype html>"),
        ("", "text/csv", "text/csv", b"\xef\xbb\xbfsection,"),
        (".csv", "", "text/csv", b"\xef\xbb\xbfsection,"),
        (".html?language=en", "", "text/html", b'<!doctype html>\n<html lang="en">'),
    ],
)
def test_a_statement_in_the_wanted_form(site: Site, suffix: str, accept: str, media: str, begins: bytes) -> None:
    agree(site)
    path = f"customers/{site.world.acme.id}/statements/2026-10{suffix}"
    answer = site.call("desk", "GET", path, headers={"Accept": accept})
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].startswith(media)
    assert answer.content.startswith(begins)


def test_a_month_is_closed_and_amended(site: Site) -> None:
    agree(site)
    path = f"customers/{site.world.acme.id}/statements/2026-11"
    number = site.ticket(category="A")["number"]
    assert site.call("desk", "GET", path).json()["type"].endswith("statement-refused")
    site.clock.now += timedelta(days=10)
    drawn = site.call("desk", "GET", path)
    assert "Intake-Revision" not in drawn.headers
    assert site.call("desk", "POST", f"{path}/amendments", json={"note": "x"}).status_code == 409
    closed = site.call("desk", "PUT", f"{path}/closing")
    assert (closed.status_code, closed.json()["revision"]) == (200, 0)
    assert site.call("desk", "PUT", f"{path}/closing").status_code == 409
    work = {"minutes": 60, "flag": "consultation", "at": "2026-11-24T09:00:00+01:00"}
    site.call("desk", "POST", f"tickets/{number}/time-entries", json=work)
    assert site.call("desk", "GET", path).content == drawn.content
    amended = site.call("desk", "POST", f"{path}/amendments", json={"note": "Zapomenutá hodina"})
    assert amended.status_code == 201, amended.text
    shown = site.call("desk", "GET", path)
    assert shown.headers["Intake-Revision"] == "1"
    assert shown.json()["amendment"]["note"] == "Zapomenutá hodina"
    assert "Zapomenutá hodina" in site.call("desk", "GET", f"{path}.html").text
    assert [each["revision"] for each in site.call("desk", "GET", f"{path}/revisions").json()] == [0, 1]
    assert site.call("desk", "GET", f"{path}/revisions/0").content == drawn.content
    assert site.call("desk", "GET", f"{path}/revisions/7").status_code == 404


SERVICE_PATHS = (
    "statements/2026-10",
    "statements/2026-10.csv",
    "statements/2026-10.html",
    "statements/2026-10/revisions",
    "statements/2026-10/revisions/0",
    "access-profiles",
    "maintenance",
    "open-hours",
)


@pytest.mark.parametrize("path", SERVICE_PATHS)
def test_a_contacts_token_with_the_scope_reads_its_own_customers_promise_only(site: Site, path: str) -> None:
    agree(site)
    site.call("desk", "PUT", f"customers/{site.world.acme.id}/statements/2026-10/closing")
    for name, contact in (("acme", site.world.jana), ("globex", site.world.karel)):
        secret = site.token(frozenset({Scope.SERVICE_READ}), contact.id)
        site.headers[name] = {"Authorization": f"Bearer {secret}"}
    own = f"customers/{site.world.acme.id}/{path}"
    assert site.call("acme", "GET", own).status_code == 200
    assert site.call("acme", "GET", own).content == site.call("desk", "GET", own).content
    # Another customer's token learns as little as about one that does not exist.
    refused = site.call("globex", "GET", own)
    assert refused.status_code == 404
    unknown = site.call("globex", "GET", f"customers/4711/{path}")
    assert refused.json()["detail"].replace(str(site.world.acme.id), "4711") == unknown.json()["detail"]
    assert site.call("jana", "GET", own).status_code == 403


def test_a_contacts_token_changes_nothing_of_the_promise(site: Site) -> None:
    secret = site.token(frozenset({Scope.SERVICE_READ}), site.world.jana.id)
    site.headers["acme"] = {"Authorization": f"Bearer {secret}"}
    path = f"customers/{site.world.acme.id}/statements/2026-10"
    assert site.call("acme", "PUT", f"{path}/closing").status_code == 403
    assert site.call("acme", "POST", "maintenance", json={}).status_code == 403


def test_open_hours_day_by_day(site: Site) -> None:
    agree(site, calendar="weekdays-8-18")
    path = f"customers/{site.world.acme.id}/open-hours"
    read = site.call("desk", "GET", f"{path}?from=2026-12-23&days=3").json()
    assert read["zone"] == "Europe/Prague"
    assert read["days"][0]["open"] == [{"start": "2026-12-23T08:00:00+01:00", "end": "2026-12-23T18:00:00+01:00"}]
    assert [(each["reason"], each["open"]) for each in read["days"][1:]] == [("holiday", [])] * 2
    assert site.call("desk", "GET", path).json()["days"][0]["day"] == "2026-11-23"
    for wrong in ("days=0", "days=367", "from=1999-12-31", "from=tomorrow"):
        assert site.call("desk", "GET", f"{path}?{wrong}").status_code == 422, wrong
    nobody = site.call("desk", "GET", f"customers/{site.world.globex.id}/open-hours?days=1").json()
    assert nobody["days"][0]["reason"] == "no-contract"


def test_access_profiles_and_maintenance(site: Site) -> None:
    agree(site)
    acme = site.world.acme.id
    sent = {"customer_id": acme, "name": "VPN", "method": "dial-in-token", "windows_only": True}
    made = site.call("desk", "POST", "access-profiles", json=sent).json()
    changed = site.call("desk", "PATCH", f"access-profiles/{made['id']}", json={"remote_desktop": True}).json()
    assert (changed["method"], changed["windows_only"], changed["remote_desktop"]) == ("dial-in-token", True, True)
    listed = site.call("desk", "GET", f"customers/{acme}/access-profiles").json()
    assert (listed["workplace_addresses"], listed["profiles"]["items"]) == ([], [changed])
    window = {"customer_id": acme, "starts_at": "2026-10-01T00:00:00Z", "ends_at": "2026-10-01T06:00:00Z"}
    kept = site.call("desk", "POST", "maintenance", json=window).json()
    totals = site.call("desk", "GET", f"customers/{acme}/statements/2026-10").json()
    assert totals["totals"]["access"] == "16000.00"  # RULE access-dialin, access-windows, access-desktop
    assert totals["availability"]["assured"] == (31 * 24 + 1 - 6) * 3600
    assert site.call("desk", "DELETE", f"maintenance/{kept['id']}").status_code == 204
    assert site.call("desk", "DELETE", f"access-profiles/{made['id']}").status_code == 204
    assert site.call("desk", "GET", f"customers/{acme}/maintenance").json()["items"] == []
    backwards = window | {"ends_at": window["starts_at"]}
    assert site.call("desk", "POST", "maintenance", json=backwards).status_code == 422


def test_a_contract_in_force_is_corrected_only_on_purpose(site: Site) -> None:
    contract = agree(site)
    path = f"contracts/{contract['id']}"
    refused = site.call("desk", "PATCH", path, json={"terms": {}})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "body.terms")
    corrected = site.call("desk", "PATCH", path, json={"terms": {}, "correction": True})
    assert (corrected.status_code, corrected.json()["terms"]) == (200, {})
    unreadable = {"terms": {"calendar": {"zone": "Mars"}}, "correction": True}
    assert "IANA" in site.call("desk", "PATCH", path, json=unreadable).json()["detail"]


@pytest.mark.parametrize(("from_receipt", "hours"), [(False, 0), (True, 3)])
def test_the_clock_of_a_released_request_starts_as_agreed(site: Site, from_receipt: bool, hours: int) -> None:
    agree(site, options={"clock_from_receipt": from_receipt})
    held = hold(site)
    site.clock.move(hours=3)
    number = site.call("desk", "POST", f"quarantine/{held}/release", json={}).json()["ticket"]
    clocks = site.call("desk", "GET", f"tickets/{number}/clocks").json()["clocks"]
    assert [clock["elapsed_seconds"] for clock in clocks] == [hours * 3600] * 2
