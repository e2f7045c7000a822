"""Dry runs over the API."""

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
