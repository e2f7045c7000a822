"""Contacts as files over the API: looked at first, done once, only by those who may."""

from typing import Any

from authz.people.tokens import Scope
from tests.intake.api.conftest import Site

CSV = {"Content-Type": "text/csv"}


def send(site: Site, what: str, text: str, **asked: Any) -> Any:
    path = f"customers/{site.world.acme.id}/contacts/{what}"
    return site.call("desk", "POST", path, content=text.encode(), headers=CSV, params=asked)


def test_a_plan_is_looked_at_and_then_done_as_it_was_or_not_at_all(site: Site) -> None:
    text = "Jméno;E-maily;Správce\nEva Nová;eva@acme.example;ano\n"
    plan = send(site, "import-plan", text, complete=True).json()
    assert [(each["change"], each["name"], each["line"]) for each in plan["changes"]] == [
        ("add", "Eva Nová", 2),
        ("deactivate", "Jana Nováková", None),
    ]
    stale = send(site, "import", text, complete=True, plan="0" * 64)
    assert (stale.status_code, stale.json()["type"]) == (409, "/api/v1/problems/conflict")
    done = send(site, "import", text, complete=True, plan=plan["digest"])
    assert (done.status_code, done.json()) == (200, {"changed": 2})
    assert send(site, "import", text, complete=True).json() == {"changed": 0}
    assert site.call("jana", "GET", "tickets").status_code == 403, "out everywhere at once"


def test_lines_that_cannot_be_taken_are_named(site: Site) -> None:
    text = "Jméno;E-maily\nEva;nic\n"
    assert send(site, "import-plan", text).json()["errors"][0]["line"] == 2
    answer = send(site, "import", text)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "line 2")
    taken = send(site, "import", "Jméno;E-maily\nEva;karel@globex.example\n")
    assert (taken.status_code, "Line 2" in taken.json()["detail"]) == (409, True)


def test_the_files_are_what_the_list_says(site: Site) -> None:
    base = f"customers/{site.world.acme.id}"
    sheet = site.call("desk", "GET", f"{base}/contacts.csv", params={"excel": True, "language": "en"})
    assert sheet.headers["content-type"] == "text/csv; charset=utf-8"
    assert sheet.content.startswith(b"\xef\xbb\xbfID;Name;")
    cards = site.call("desk", "GET", f"{base}/contacts.vcf")
    assert cards.headers["content-type"] == "text/vcard; charset=utf-8"
    assert "FN:Jana Nováková\r\n" in cards.text
    assert site.call("desk", "GET", "customers/4711/contacts.csv").status_code == 404
    assert site.call("desk", "POST", "customers/4711/contacts/import", content=b"").status_code == 404


def test_only_who_keeps_the_lists_imports(site: Site) -> None:
    base = f"customers/{site.world.acme.id}"
    reader = {"Authorization": f"Bearer {site.token(frozenset({Scope.PEOPLE_READ}))}"}
    assert site.call("nobody", "POST", f"{base}/contacts/import-plan", headers=reader).status_code == 200
    assert site.call("nobody", "POST", f"{base}/contacts/import", headers=reader).status_code == 403
    for path in ("contacts.csv", "contacts.vcf"):
        assert site.call("jana", "GET", f"{base}/{path}").status_code == 403
