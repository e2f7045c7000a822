"""The wordings over the API, and what became of a ticket's mails."""

from authz.people.tokens import Scope
from tests.intake.api.conftest import Site

PATH = "mail-templates/in-progress/cs"


def test_a_wording_is_read_changed_and_undone(site: Site) -> None:
    read = site.call("desk", "GET", PATH)
    assert (read.status_code, read.headers["ETag"], read.json()["own"]) == (200, '"0"', False)
    assert "text" in read.json()["placeholders"]
    words = {"subject": "[#{number}] {subject}", "text": "Už na tom děláme."}
    put = site.call("desk", "PUT", PATH, json=words, headers={"If-Match": '"0"'})
    assert (put.status_code, put.json()["version"], put.json()["text"]) == (200, 1, "Už na tom děláme.")
    assert put.json()["changed_by"] == "Test"
    late = site.call("desk", "PUT", PATH, json=words, headers={"If-Match": '"0"'})
    assert late.status_code == 409
    undone = site.call("desk", "DELETE", PATH)
    assert (undone.status_code, undone.json()["own"], undone.json()["version"]) == (200, False, 2)
    assert [each["version"] for each in site.call("desk", "GET", f"{PATH}/versions").json()] == [2, 1]
    assert len(site.call("desk", "GET", "mail-templates").json()) == 22


def test_a_wording_that_cannot_be_used_is_refused_with_every_reason(site: Site) -> None:
    answer = site.call("desk", "PUT", "mail-templates/to-verify/en", json={"subject": "Done", "text": "{solutoin}"})
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (422, "invalid")
    told = answer.json()["errors"]
    assert {each["field"] for each in told} == {"body.subject", "body.text"}
    assert any("{accept_link}" in each["message"] for each in told)
    assert any("{solutoin}" in each["message"] for each in told)
    assert site.call("desk", "GET", "mail-templates/to-verify/en").json()["version"] == 0


def test_a_set_of_wordings_is_beside_the_usual_one(site: Site) -> None:
    words = {"subject": "[#{number}] {subject}", "text": "Pro vás hned."}
    assert site.call("desk", "PUT", f"{PATH}?name=vip", json=words).json()["name"] == "vip"
    assert site.call("desk", "GET", f"{PATH}?name=vip").json()["text"] == "Pro vás hned."
    assert site.call("desk", "GET", PATH).json()["version"] == 0
    assert "Pro vás hned." in site.call("desk", "POST", f"{PATH}/preview?name=vip", json={}).json()["text"]
    assert site.call("desk", "GET", f"{PATH}?name=a/b").status_code == 404
    rule = {"kind": "subject", "pattern": "spěchá", "template": "vip"}
    assert site.call("desk", "POST", "category-rules", json=rule).status_code == 201
    tried = site.call("desk", "POST", "category-rules/try", json={"subject": "Spěchá to"}).json()
    assert (tried["template"], tried["template_why"]) == ("vip", "rule 1: “spěchá” in the subject")
    number = site.ticket(subject="Spěchá to")["number"]
    assert site.call("desk", "GET", f"tickets/{number}").json()["wording"] == "vip"
    assert site.call("jana", "GET", f"tickets/{number}").json()["wording"] is None


def test_a_preview_keeps_and_sends_nothing(site: Site) -> None:
    number = site.ticket()["number"]
    sent = {"text": "Pro {name}: <b>{number}</b>", "ticket": number}
    answer = site.call("desk", "POST", f"{PATH}/preview", json=sent)
    assert answer.status_code == 200
    assert answer.json()["subject"] == f"Re: [#{number}] Telefony nezvoní"
    assert f"&lt;b&gt;{number}&lt;/b&gt;" in answer.json()["html"]
    assert site.call("desk", "GET", PATH).json()["version"] == 0
    assert site.call("desk", "POST", f"{PATH}/preview", json={"text": "{x}"}).status_code == 422
    assert site.call("desk", "POST", f"{PATH}/preview", json={"ticket": 999}).status_code == 404


def test_there_is_no_other_kind_or_language(site: Site) -> None:
    for path in ("mail-templates/quarantine-digest/cs", "mail-templates/closed/de", "mail-templates/x/preview"):
        assert site.call("desk", "GET", path).status_code == 404


def test_wordings_are_for_admins(site: Site) -> None:
    words = {"subject": "[#{number}] {subject}", "text": "x"}
    assert site.call("jana", "GET", PATH).status_code == 403
    reader = {"Authorization": f"Bearer {site.token(frozenset({Scope.TEMPLATES_READ}))}"}
    assert site.call("nobody", "GET", PATH, headers=reader).status_code == 200
    assert site.call("nobody", "PUT", PATH, json=words, headers=reader).status_code == 403


def test_the_mails_of_a_ticket_are_told_to_the_service_desk_only(site: Site) -> None:
    number = site.ticket()["number"]
    site.call("desk", "POST", f"tickets/{number}/comments", json={"text": "Pracujeme na tom."})
    (acknowledgement, reply) = site.call("desk", "GET", f"tickets/{number}/deliveries").json()
    assert (acknowledgement["kind"], reply["kind"], reply["state"]) == ("acknowledgement", "reply", "queued")
    assert reply["recipient"] == "jana@acme.example"
    assert reply["comment_id"] == site.call("desk", "GET", f"tickets/{number}").json()["comments"][-1]["id"]
    assert site.call("jana", "GET", f"tickets/{number}/deliveries").status_code == 404
    assert site.call("desk", "GET", "tickets/999/deliveries").status_code == 404
