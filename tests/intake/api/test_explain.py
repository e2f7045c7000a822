"""Dry runs over the API."""

from dataclasses import replace
from typing import Any

from prometheus_client import CollectorRegistry
from pydantic import SecretStr
from starlette.testclient import TestClient

from config.settings import PhoneEndpointSettings
from intake.api.app import create_api
from intake.phone.joining import build_endpoints
from intake.phone.number_explainer import number_explainer
from tests.intake.api.conftest import Site

MAIL = b"From: Jana <jana@acme.example>\r\nTo: helpdesk@intake.example\r\nSubject: Fronta\r\n\r\nNejde.\r\n"


def test_a_mail_is_explained_and_not_filed(site: Site) -> None:
    answer = site.call("desk", "POST", "explain/mail", content=MAIL, params={"from_ip": "192.0.2.1"})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["author"], found["verdict"], found["reason"]) == ("jana@acme.example", "hold", "author-unverified")
    assert found["checks"][0]["words"] == "DKIM signature – there is none: the message is not signed"
    assert "acme.example must sign its mail with DKIM (d=acme.example)." in found["advice"]
    assert site.call("desk", "GET", "ledger").json()["items"] == []


def test_an_address_is_explained(site: Site) -> None:
    found = site.call("desk", "GET", "explain/address", params={"address": "jana@acme.example"}).json()
    assert found["verdict"] == "accept"
    assert found["listed"] == ["Jana Nováková of Acme (exact)"]
    assert any(proof.startswith("SPF: acme.example publishes none") for proof in found["proofs"])


def test_what_cannot_be_explained_is_a_problem(site: Site) -> None:
    assert site.call("desk", "POST", "explain/mail").status_code == 422
    assert site.call("desk", "POST", "explain/mail", content=MAIL, params={"from_ip": "here"}).status_code == 422
    assert site.call("desk", "GET", "explain/address", params={"address": "jana"}).status_code == 422


def test_contacts_may_not_look_into_the_lists(site: Site) -> None:
    assert site.call("jana", "POST", "explain/mail", content=MAIL).status_code == 403
    assert site.call("nobody", "GET", "explain/address", params={"address": "jana@acme.example"}).status_code == 401


def test_a_number_is_explained_as_its_endpoint_reads_it(site: Site) -> None:
    number = {"customer_id": site.world.acme.id, "contact_id": site.world.jana.id, "number": "+420777123456"}
    assert site.call("desk", "POST", "numbers", json=number).status_code == 201
    assert "No PBX is joined" in site.call("desk", "GET", "explain/number").json()["detail"]
    pbxs = build_endpoints(
        (
            PhoneEndpointSettings(name="pbx", token=SecretStr("word"), strip_prefix="0"),
            PhoneEndpointSettings(name="other", token=SecretStr("word")),
        )
    )
    explain_number = number_explainer(site.world.writer, pbxs)
    services = replace(site.services, explain_number=explain_number, registry=CollectorRegistry())
    with TestClient(create_api(services), raise_server_exceptions=False) as http:
        asked = replace(site, http=http)

        def explain(**query: str) -> Any:
            return asked.call("desk", "GET", "explain/number", params=query)

        found = explain(number="0777123456", endpoint="pbx").json()
        assert (found["author"], found["verdict"], found["reason"]) == ("+420777123456", "accept", "authorized")
        assert found["listed"] == ["Jana Nováková of Acme (exact)"]
        stranger = explain(number="+420777999888", endpoint="other").json()
        assert (stranger["verdict"], stranger["reason"]) == ("reject", "caller-unknown")
        assert stranger["advice"]
        assert explain(endpoint="pbx").json()["reason"] == "caller-withheld"
        assert "Name the endpoint; there are pbx, other." in explain(number="1").json()["detail"]
    assert site.call("desk", "GET", "calls").json()["items"] == []
