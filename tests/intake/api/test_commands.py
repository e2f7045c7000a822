"""What people do to tickets over the API, and every way a step is refused."""

import threading
from typing import Any

import pytest
from sqlalchemy import select

from authz.people.tokens import Scope
from intake.terms import Evaluation
from store import tables as t
from tests.intake.api.conftest import Site

CLOSING = {"status": "closed", "solution": "Vyměněna karta.", "evaluation": ["fault-elsewhere", "mistake"]}


def put(site: Site, who: str, ticket: dict[str, Any], path: str, sent: Any = None, method: str = "PUT") -> Any:
    headers = {"If-Match": f'"{ticket["version"]}"'}
    return site.call(who, method, f"tickets/{ticket['number']}/{path}", json=sent, headers=headers)


def problem(answer: Any) -> tuple[int, str, str | None]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    body = answer.json()
    assert body["status"] == answer.status_code
    return answer.status_code, body["type"].rpartition("/")[2], body.get("reason")


def outbox(site: Site, kind: str) -> list[Any]:
    with site.world.engine.connect() as connection:
        return list(connection.execute(select(t.outbox).where(t.outbox.c.kind == kind)))


def test_a_change_needs_the_version_it_is_meant_for(site: Site) -> None:
    number = site.ticket()["number"]
    path, sent = f"tickets/{number}/status", {"status": "in-progress"}
    assert problem(site.call("desk", "PUT", path, json=sent)) == (428, "precondition-required", None)
    for stale in ('"7"', '"0"', 'W/"1"', '"x"', '"1", "2"', "1"):
        answer = site.call("desk", "PUT", path, json=sent, headers={"If-Match": stale})
        assert problem(answer) == (412, "version-outdated", None), stale
    answer = site.call("desk", "PUT", path, json=sent, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["status"], answer.headers["etag"]) == (200, "in-progress", '"2"')
    answer = site.call("desk", "PUT", path, json={"status": "postponed"}, headers={"If-Match": '"1"'})
    assert (problem(answer)[1], answer.headers["etag"]) == ("version-outdated", '"2"')
    answer = site.call("desk", "PUT", path, json={"status": "postponed"}, headers={"If-Match": "*"})
    assert answer.json()["version"] == 3


def test_of_two_changes_to_one_version_one_wins(site: Site) -> None:
    ticket = site.ticket()
    answers: list[int] = []

    def change(status: str) -> None:
        answers.append(put(site, "desk", ticket, "status", {"status": status}).status_code)

    threads = [threading.Thread(target=change, args=(status,)) for status in ("in-progress", "more-info", "postponed")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 412, 412]


def test_closing_needs_a_solution_and_an_evaluation(site: Site) -> None:
    # RULE evaluation
    ticket = site.ticket()
    answer = put(site, "desk", ticket, "status", {"status": "closed"})
    assert problem(answer) == (409, "step-refused", "solution-missing")
    assert answer.json()["missing"] == ["solution", "evaluation"]
    assert "in-progress" in answer.json()["legal"]
    answer = put(site, "desk", ticket, "status", {"status": "closed", "solution": "x"})
    assert problem(answer) == (409, "step-refused", "evaluation-missing")
    closed = put(site, "desk", ticket, "status", CLOSING).json()
    assert (closed["status"], closed["evaluation"]) == ("closed", sorted(CLOSING["evaluation"]))
    assert closed["closed_at"] is not None
    kinds = [event["kind"] for event in closed["events"]]
    assert kinds == ["created", "comment", "solution", "status"]
    assert closed["events"][-1]["actor"]["kind"] == "admin"
    answer = put(site, "desk", closed, "status", {"status": "postponed"})
    assert problem(answer) == (409, "step-refused", "illegal-transition")


def test_the_customer_accepts_or_rejects_and_does_nothing_else(site: Site) -> None:
    ticket = site.ticket()
    answer = put(site, "jana", ticket, "status", {"status": "in-progress"})
    assert problem(answer) == (409, "step-refused", "not-for-actor")
    to_verify = {"status": "to-verify", "solution": "Hotovo.", "evaluation": [Evaluation.MISTAKE]}
    ticket = put(site, "desk", ticket, "status", to_verify).json()
    rejected = put(site, "jana", ticket, "status", {"status": "in-progress"}).json()
    assert (rejected["status"], rejected["solution"]) == ("in-progress", None)
    assert site.call("desk", "GET", f"tickets/{ticket['number']}").json()["attention"] is True
    ticket = put(site, "desk", rejected, "status", to_verify).json()
    assert problem(put(site, "desk", ticket, "status", {"status": "closed"}))[2] == "acceptance-missing"
    assert put(site, "jana", ticket, "status", {"status": "closed"}).json()["status"] == "closed"


def test_a_change_request_waits_for_its_accepted_offer(site: Site) -> None:
    # RULE change-offer
    ticket = site.ticket()
    assert problem(put(site, "desk", ticket, "offer", {"text": "N-1"}))[2] == "offer-not-possible"
    ticket = put(site, "desk", ticket, "category", {"category": "change"}).json()
    assert problem(put(site, "desk", ticket, "category", {"category": "change"}))[2] == "unchanged"
    assert problem(put(site, "desk", ticket, "status", {"status": "in-progress"}))[2] == "offer-not-accepted"
    accepted = {"accepted_by": "Jana Nováková", "order_number": "OBJ-1"}
    assert problem(put(site, "desk", ticket, "offer/acceptance", accepted))[2] == "offer-not-possible"
    ticket = put(site, "desk", ticket, "offer", {"text": "N-1"}).json()
    ticket = put(site, "jana", ticket, "offer/refusal", {"declined_by": "Jana"}).json()
    assert ticket["offer"]["declined_at"] is not None
    ticket = put(site, "desk", ticket, "offer", {"text": "N-2"}).json()
    ticket = put(site, "jana", ticket, "offer/acceptance", accepted).json()
    assert (ticket["offer"]["accepted_by"], ticket["offer"]["order_number"]) == ("Jana Nováková", "OBJ-1")
    assert put(site, "desk", ticket, "status", {"status": "in-progress"}).json()["status"] == "in-progress"


def test_only_the_service_desk_categorizes_offers_and_fixes(site: Site) -> None:
    ticket = site.ticket(category="change")
    for path, sent in (("category", {"category": "A"}), ("offer", {"text": "x"}), ("temporary-fix", None)):
        assert problem(put(site, "jana", ticket, path, sent)) == (409, "step-refused", "not-for-actor"), path


def test_a_temporary_fix_is_recorded_and_withdrawn(site: Site) -> None:
    # RULE fix-time
    ticket = site.ticket()
    assert problem(put(site, "desk", ticket, "temporary-fix", method="DELETE"))[2] == "no-temporary-fix"
    ticket = put(site, "desk", ticket, "temporary-fix").json()
    assert ticket["temporary_fix_at"] is not None
    assert problem(put(site, "desk", ticket, "temporary-fix"))[2] == "unchanged"
    ticket = put(site, "desk", ticket, "temporary-fix", method="DELETE").json()
    assert ticket["temporary_fix_at"] is None


def test_a_technicians_reply_goes_to_the_contact(site: Site) -> None:
    number = site.ticket()["number"]
    answer = site.call("desk", "POST", f"tickets/{number}/comments", json={"text": "Pracujeme na tom."})
    assert (answer.status_code, answer.json()["comments"][-1]["text"]) == (201, "Pracujeme na tom.")
    (item,) = outbox(site, "reply")
    assert (item.recipient, item.payload["text"]) == ("jana@acme.example", "Pracujeme na tom.")


def test_a_note_goes_to_nobody_and_is_hidden_from_the_customer(site: Site) -> None:
    number = site.ticket()["number"]
    site.call("desk", "POST", f"tickets/{number}/comments", json={"text": "Zase ta karta.", "internal": True})
    files = {"files": ("schema.txt", b"internal", "text/plain")}
    answer = site.call("desk", "POST", f"tickets/{number}/attachments", files=files, data={"internal": "true"})
    file_id = answer.json()["attachments"][0]["id"]
    assert outbox(site, "reply") == []
    seen = site.call("jana", "GET", f"tickets/{number}").json()
    assert (len(seen["comments"]), seen["attachments"]) == (1, [])
    assert [event["kind"] for event in seen["events"]] == ["created", "comment"]
    assert site.call("jana", "GET", f"tickets/{number}/attachments/{file_id}").status_code == 404
    assert site.call("desk", "GET", f"tickets/{number}/attachments/{file_id}").content == b"internal"
    answer = site.call("jana", "POST", f"tickets/{number}/comments", json={"text": "x", "internal": True})
    assert problem(answer) == (409, "step-refused", "not-for-actor")


def test_a_customers_answer_comes_in_like_a_mail(site: Site) -> None:
    ticket = site.ticket()
    put(site, "desk", ticket, "status", {"status": "more-info"})
    answer = site.call("jana", "POST", f"tickets/{ticket['number']}/comments", json={"text": "Ve druhém patře."})
    seen = answer.json()
    assert (answer.status_code, seen["number"], seen["status"]) == (201, ticket["number"], "in-progress")
    entries = site.call("desk", "GET", "ledger", params={"ticket": ticket["number"]}).json()["items"]
    assert len(entries) == 2


def test_an_answer_after_the_reopen_window_opens_a_linked_ticket(site: Site) -> None:
    ticket = put(site, "desk", site.ticket(), "status", CLOSING).json()
    site.clock.move(days=15)
    answer = site.call("jana", "POST", f"tickets/{ticket['number']}/comments", json={"text": "Zase nejde."})
    assert answer.json()["number"] != ticket["number"]
    assert answer.headers["location"] == f"/api/v1/tickets/{answer.json()['number']}"


@pytest.mark.parametrize("who", ["desk", "jana"])
def test_a_comment_sent_twice_with_its_key_is_said_once(site: Site, who: str) -> None:
    number = site.ticket()["number"]
    path, key = f"tickets/{number}/comments", {"Idempotency-Key": "c1"}
    answers = [site.call(who, "POST", path, json={"text": "Ahoj"}, headers=key) for _ in range(2)]
    assert [len(answer.json()["comments"]) for answer in answers] == [2, 2]
    answer = site.call(who, "POST", path, json={"text": "Nazdar"}, headers=key)
    assert problem(answer) == (422, "idempotency-key-reused", None)


@pytest.mark.parametrize("who", ["desk", "jana"])
def test_a_comment_can_insist_on_the_version_it_answers(site: Site, who: str) -> None:
    number = site.ticket()["number"]
    path = f"tickets/{number}/comments"
    answer = site.call(who, "POST", path, json={"text": "Ahoj"}, headers={"If-Match": '"2"'})
    assert problem(answer) == (412, "version-outdated", None)
    assert site.call(who, "POST", path, json={"text": "Ahoj"}, headers={"If-Match": '"1"'}).status_code == 201


@pytest.mark.parametrize("who", ["desk", "jana"])
def test_files_are_added_with_a_comment(site: Site, who: str) -> None:
    number = site.ticket()["number"]
    files = [("files", ("a.pdf", b"%PDF", "application/pdf")), ("files", (r"C:\x\b.txt", b"b" * 70_000, "text/html"))]
    path, key = f"tickets/{number}/attachments", {"Idempotency-Key": "f1"}
    first, again = (
        site.call(who, "POST", path, files=files, data={"text": "Dvě přílohy"}, headers=key) for _ in range(2)
    )
    assert first.status_code == 201, first.text
    assert first.json()["attachments"] == again.json()["attachments"]
    pdf, html = first.json()["attachments"]
    assert (pdf["filename"], html["filename"], html["size"]) == ("a.pdf", "b.txt", 70_000)
    answer = site.call("jana", "GET", f"tickets/{number}/attachments/{html['id']}")
    assert (answer.content, answer.headers["content-type"]) == (b"b" * 70_000, "application/octet-stream")


def test_a_file_is_saved_and_never_shown(site: Site) -> None:
    number = site.ticket()["number"]
    files = {"files": ('zlý";\r\nX: y.svg', b"<svg onload=alert(1)>", "image/svg+xml")}
    made = site.call("jana", "POST", f"tickets/{number}/attachments", files=files).json()
    answer = site.call("jana", "GET", f"tickets/{number}/attachments/{made['attachments'][0]['id']}")
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    assert "x" not in {name.lower() for name in answer.headers}
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]


def test_a_technician_acts_as_a_technician_and_an_admin_as_an_admin(site: Site) -> None:
    number = site.ticket()["number"]
    secret = site.token(frozenset({Scope.TICKETS_READ, Scope.TICKETS_WRITE}))
    site.headers["technician"] = {"Authorization": f"Bearer {secret}"}
    answer = site.call("technician", "POST", f"tickets/{number}/comments", json={"text": "Ahoj"})
    assert answer.json()["comments"][-1]["actor"] == {
        "kind": "technician",
        "name": "Test",
        "channel": "web",
        "id": None,
    }
