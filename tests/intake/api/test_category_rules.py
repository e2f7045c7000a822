"""The rules for categories over the API, and what they do to a request that comes in."""

from typing import Any

import pytest

from authz.people.tokens import Scope
from tests.intake.api.conftest import Site

RULES = "/api/v1/category-rules"
KEEPER = frozenset({Scope.PEOPLE_READ, Scope.PEOPLE_WRITE, Scope.TICKETS_READ, Scope.TICKETS_WRITE, Scope.AUDIT_READ})
WORD: dict[str, Any] = {"kind": "subject", "pattern": "ústředn*", "category": "A", "priority": True, "note": "PBX"}


@pytest.fixture
def keeper(site: Site) -> dict[str, str]:
    return {"Authorization": f"Bearer {site.token(KEEPER)}"}


def test_a_rule_is_added_listed_changed_and_removed(site: Site, keeper: dict[str, str]) -> None:
    added = site.http.post(RULES, json=WORD, headers=keeper)
    assert added.status_code == 201, added.text
    rule = added.json()
    assert added.headers["Location"] == f"{RULES}/{rule['id']}"
    assert (rule["position"], rule["active"]) == (200, True)
    changed = site.http.patch(f"{RULES}/{rule['id']}", json={"category": "B", "position": 5}, headers=keeper)
    assert (changed.json()["category"], changed.json()["pattern"]) == ("B", "ústředn*")
    assert [each["id"] for each in site.http.get(RULES, headers=keeper).json()["items"]] == [rule["id"]]
    assert site.http.delete(f"{RULES}/{rule['id']}", headers=keeper).status_code == 204
    assert site.http.get(RULES, headers=keeper).json()["items"] == []
    audit = site.http.get("/api/v1/audit?entity=category%20rule", headers=keeper).json()["items"]
    assert [line["action"] for line in audit] == ["removed", "changed", "added"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"pattern": "*"}, "pattern"),
        ({"category": None, "priority": False}, "category"),
        ({"kind": "contact", "pattern": "Jana"}, "pattern"),
    ],
)
def test_a_rule_that_means_nothing_is_refused(
    site: Site, keeper: dict[str, str], change: dict[str, Any], field: str
) -> None:
    refused = site.http.post(RULES, json=WORD | change, headers=keeper)
    assert refused.status_code == 422
    assert field in refused.text


def test_a_request_gets_the_rules_category_and_its_history_says_why(site: Site, keeper: dict[str, str]) -> None:
    rule = site.http.post(RULES, json=WORD, headers=keeper).json()
    asked = {"subject": "Ústředna nejede", "text": "Nic.", "contact_id": site.world.jana.id}
    ticket = site.http.post("/api/v1/tickets", json=asked, headers=keeper).json()
    assert (ticket["category"], ticket["attention"]) == ("A", True)
    detail = ticket["events"][0]["detail"]
    assert detail["category_rule"] == rule["id"]
    assert detail["category_why"] == f"rule {rule['id']}: “ústředn*” in the subject"


def test_a_trial_says_which_rule_would_decide(site: Site, keeper: dict[str, str]) -> None:
    site.http.post(RULES, json=WORD, headers=keeper)
    tried = site.http.post(f"{RULES}/try", json={"subject": "ustredny"}, headers=keeper).json()
    assert (tried["category"], tried["rule"] is not None) == ("A", True)
    tried = site.http.post(f"{RULES}/try", json={"subject": "něco jiného"}, headers=keeper).json()
    assert tried == {
        "category": "C",
        "why": "the contract's default",
        "rule": None,
        "priority": None,
        "template": None,
        "template_why": None,
    }


def test_only_who_keeps_the_lists_keeps_the_rules(site: Site) -> None:
    reader = {"Authorization": f"Bearer {site.token(frozenset({Scope.PEOPLE_READ}))}"}
    assert site.http.get(RULES, headers=reader).status_code == 200
    assert site.http.post(RULES, json=WORD, headers=reader).status_code == 403
