"""Every refusal is an RFC 9457 problem of a documented type; and what machines ask about the process."""

import json
from dataclasses import replace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.requests import ClientDisconnect
from starlette.testclient import TestClient

from intake.api.app import create_api
from intake.api.problems import PROBLEMS, ProblemBody
from intake.api.services import ApiServices
from intake.logs import set_up_logging
from intake.ports import ConflictError
from tests.intake.api.conftest import Site


def slug(answer: Any) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    body = ProblemBody.model_validate(answer.json())
    assert (body.status, body.title) == (answer.status_code, PROBLEMS[body.type.rpartition("/")[2]].title)
    assert body.trace_id == answer.headers["trace-id"]
    return answer.status_code, body.type.rpartition("/")[2]


def test_every_problem_type_resolves_to_its_meaning(quiet_site: Site) -> None:
    for name, kind in PROBLEMS.items():
        answer = quiet_site.call("nobody", "GET", f"problems/{name}")
        assert answer.json() == {"type": name, "status": kind.status, "title": kind.title, "advice": kind.advice}
    assert slug(quiet_site.call("nobody", "GET", "problems/unheard-of")) == (404, "not-found")


@pytest.mark.parametrize("path", ["/api", "/api/v1/", "/api/v2/tickets", "/api/v1/ticket", "/nowhere"])
def test_nothing_is_at_an_unknown_path(quiet_site: Site, path: str) -> None:
    assert slug(quiet_site.call("desk", "GET", path)) == (404, "not-found")


def test_a_method_that_is_not_offered_is_named(quiet_site: Site) -> None:
    answer = quiet_site.call("desk", "DELETE", "tickets")
    assert (slug(answer), answer.headers["allow"]) == ((405, "method-not-allowed"), "GET, POST")
    answer = quiet_site.call("desk", "POST", "tickets/7/status")
    assert (slug(answer), answer.headers["allow"]) == ((405, "method-not-allowed"), "PUT")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"{", (400, "malformed")),
        (b"{'a': 1}", (400, "malformed")),
        (b"\xff\xfe", (400, "malformed")),
        (b"", (422, "invalid")),
        (b"null", (422, "invalid")),
    ],
)
def test_what_is_not_json_is_malformed(quiet_site: Site, content: bytes, expected: tuple[int, str]) -> None:
    headers = {"Content-Type": "application/json"}
    assert slug(quiet_site.call("desk", "POST", "customers", content=content, headers=headers)) == expected


@pytest.mark.parametrize("headers", [{"Content-Type": "text/plain"}, {}])
def test_json_under_another_media_type_is_not_taken(quiet_site: Site, headers: dict[str, str]) -> None:
    answer = quiet_site.call("desk", "POST", "customers", content=b'{"name": "x"}', headers=headers)
    assert slug(answer) == (422, "invalid")
    assert len(quiet_site.call("desk", "GET", "customers").json()["items"]) == 2


@pytest.mark.parametrize("cursor", ["x", "YQ", "a1", "YTk5OTk5OTk5OTk5OTk5OTk5OTk5", "%00", "YeKFpA"])
def test_a_cursor_that_is_none_is_refused(quiet_site: Site, cursor: str) -> None:
    answer = quiet_site.call("desk", "GET", "tickets", params={"cursor": cursor})
    assert (slug(answer), answer.json()["errors"][0]["field"]) == ((422, "invalid"), "query.cursor")


@pytest.mark.parametrize(
    "params", [{"limit": 0}, {"limit": 201}, {"status": "open"}, {"updated_since": "2026-11-23"}, {"number": "x"}]
)
def test_a_filter_that_makes_no_sense_is_refused(quiet_site: Site, params: dict[str, Any]) -> None:
    assert slug(quiet_site.call("desk", "GET", "tickets", params=params)) == (422, "invalid")


def test_a_value_that_was_refused_is_not_repeated(quiet_site: Site) -> None:
    sent = {"login": "jana", "password": "secret1"}
    answer = quiet_site.call("desk", "PUT", "contacts/1/login", json=sent)
    assert slug(answer) == (422, "invalid")
    assert "secret1" not in answer.text


def test_a_body_beyond_the_limit_is_not_read(quiet_site: Site) -> None:
    answer = quiet_site.call("jana", "POST", "tickets", json={"subject": "a", "text": "x" * 2**20})
    assert slug(answer) == (413, "body-too-large")
    chunks = (b"x" * 2**16 for _ in range(17))
    headers = {"Content-Type": "application/json"}
    assert slug(quiet_site.call("jana", "POST", "tickets", content=chunks, headers=headers)) == (413, "body-too-large")
    files = {"files": ("a.bin", b"x" * 2**20)}
    assert slug(quiet_site.call("jana", "POST", "tickets/1/attachments", files=files)) == (413, "body-too-large")


def test_too_many_files_are_refused(site: Site) -> None:
    number = site.ticket()["number"]
    files = [("files", (f"{index}.txt", b"x")) for index in range(21)]
    assert slug(site.call("jana", "POST", f"tickets/{number}/attachments", files=files)) == (422, "invalid")
    assert slug(site.call("jana", "POST", f"tickets/{number}/attachments", data={"text": "x"})) == (422, "invalid")


def with_errors(site: Site, error: Exception, *temporary: type[Exception]) -> Any:
    """Ask for the tickets while the store is broken."""

    class Broken:
        def __getattr__(self, name: str) -> Any:
            raise error

    services: ApiServices = replace(site.services, queries=Broken(), temporary_errors=temporary)
    services = replace(services, registry=type(services.registry)())
    with TestClient(create_api(services), raise_server_exceptions=False) as http:
        return http.get("/api/v1/tickets", headers=site.headers["desk"])


def test_what_should_not_happen_tells_nothing_but_where_to_look(
    quiet_site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logging(json=True)
    answer = with_errors(quiet_site, RuntimeError("the secret is mellon"))
    assert slug(answer) == (500, "internal")
    assert "mellon" not in answer.text
    said = [line for line in "".join(capsys.readouterr()).splitlines() if "a request broke" in line]
    assert said
    assert not any(secret in line for line in said for secret in ("mellon", "intk_")), said


def test_who_leaves_before_the_answer_is_no_error_of_ours(quiet_site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging(json=True)
    with_errors(quiet_site, ClientDisconnect())
    said = "".join(capsys.readouterr())
    assert ("the client left" in said, "a request broke" in said) == (True, False)


def test_a_store_that_is_away_asks_to_come_again(quiet_site: Site) -> None:
    answer = with_errors(quiet_site, OSError("gone"), OSError)
    assert (slug(answer), answer.headers["retry-after"]) == ((503, "temporary"), "5")


def test_two_who_did_the_same_are_told(quiet_site: Site) -> None:
    assert slug(with_errors(quiet_site, ConflictError("taken"))) == (409, "conflict")


def test_the_process_says_whether_it_is_alive_and_ready(quiet_site: Site) -> None:
    assert quiet_site.call("nobody", "GET", "/healthz").text == "alive"
    assert quiet_site.call("nobody", "GET", "/readyz").json() == {"ready": True, "checks": {"database": "ok"}}

    def broken() -> str | None:
        raise OSError("no such file")

    readiness = {"database": lambda: None, "spool": lambda: "the disk is full", "mailbox": broken}
    services = replace(quiet_site.services, readiness=readiness, registry=type(quiet_site.services.registry)())
    with TestClient(create_api(services)) as http:
        answer = http.get("/readyz")
    assert (answer.status_code, answer.json()) == (
        503,
        {
            "ready": False,
            "checks": {"database": "ok", "spool": "the disk is full", "mailbox": "OSError: no such file"},
        },
    )


def test_figures_are_kept_for_each_route_not_for_each_path(site: Site) -> None:
    for number in (1, 2):
        site.call("desk", "GET", f"tickets/{number}")
    site.call("nobody", "GET", "/api/v1/nowhere/1")
    text = site.call("nobody", "GET", "/metrics").text
    counted = {
        (sample.labels["method"], sample.labels["route"], sample.labels["status"]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "intake_http_requests_total"
    }
    assert counted[("GET", "/api/v1/tickets/{number}", "404")] == 2
    assert not any("nowhere" in route for _, route, _ in counted)


def test_a_trace_id_is_taken_over_from_the_caller(site: Site) -> None:
    parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    headers = {"traceparent": parent}
    answer = site.call("jana", "POST", "tickets", json={"subject": "a", "text": "b"}, headers=headers)
    assert answer.headers["trace-id"] == "4bf92f3577b34da6a3ce929d0e0e4736"
    (entry,) = site.call("desk", "GET", "ledger").json()["items"]
    assert entry["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736"
    made = site.call("jana", "GET", "tickets", headers={"traceparent": "00-zz-1-1"}).headers["trace-id"]
    assert len(made) == 32


def test_the_openapi_document_is_whole(quiet_site: Site) -> None:
    document = quiet_site.http.get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    text = json.dumps(document)
    for reference in {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}:
        assert reference in document["components"]["schemas"], reference
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation.get("description"), f"{method} {path} is not described"
            if path.startswith("/api/v1/") and "problems" not in path:
                problem = operation["responses"]["401"]["content"]["application/problem+json"]
                assert problem["examples"]["unauthenticated"]["value"]["status"] == 401
    assert "HTTPValidationError" not in text
