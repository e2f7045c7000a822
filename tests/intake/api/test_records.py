"""The quarantine, the ledger, the calls and the audit trail over the API."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import insert

from authz.evidence import Check, Evidence, Outcome, Proof
from authz.identity import Channel, Claim, IdentityKind
from authz.policy import MAIL_RULES
from intake.ports import Receipt
from intake.receive import Inbound
from intake.submission import RawInbound
from store import tables as t
from tests.intake.api.conftest import Site
from tests.store.world import AT

MAIL = (
    b"From: Jana <%s>\r\nTo: helpdesk@intake.example\r\nSubject: Nejde fronta\r\nMessage-ID: <1@acme.example>\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
    b"--x\r\nContent-Type: text/plain\r\n\r\nNikdo se nedovola.\r\n"
    b"--x\r\nContent-Type: text/csv; name=calls.csv\r\nContent-Disposition: attachment; filename=calls.csv\r\n\r\n"
    b"a;b\r\n--x--\r\n"
)


def receive(
    site: Site, address: str = "jana@acme.example", outcome: Outcome = Outcome.FAIL, key: str = "m1"
) -> Receipt:
    """A mail comes in; by default one that its author's domain did not sign."""
    octets = MAIL % address.encode()
    check = Check(proof=Proof.DKIM, outcome=outcome, binds=True, detail="altered on the way")
    inbound = Inbound(
        raw=RawInbound(
            channel=Channel.MAIL,
            account="helpdesk@intake.example",
            source_key=key,
            received_at=AT,
            octets=octets,
            peer="192.0.2.1",
        ),
        claim=Claim(channel=Channel.MAIL, kind=IdentityKind.ADDRESS, value=address, shown=address),
        evidence=Evidence((check,)),
        submission=site.services.rereader.read(octets),
        rules=MAIL_RULES,
    )
    return asyncio.run(site.services.receiver.receive(inbound))


def slug(answer: Any) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["type"].rpartition("/")[2]


def test_a_held_mail_is_shown_with_its_evidence_and_released_into_its_ticket(site: Site) -> None:
    held = receive(site).ledger_id
    (line,) = site.call("desk", "GET", "quarantine").json()["items"]
    assert (line["id"], line["reason"], line["identity"]) == (held, "author-unverified", "jana@acme.example")
    page = site.call("desk", "GET", f"quarantine/{held}").json()
    assert page["evidence"][0]["detail"] == "altered on the way"
    assert page["preview"] == {
        "subject": "Nejde fronta",
        "text": "Nikdo se nedovola.",
        "html": None,
        "attachments": ["calls.csv"],
    }
    raw = site.call("desk", "GET", f"quarantine/{held}/raw")
    assert (raw.content, raw.headers["x-content-type-options"]) == (MAIL % b"jana@acme.example", "nosniff")

    answer = site.call("desk", "POST", f"quarantine/{held}/release", json={"note": "telefonicky ověřeno"})
    assert answer.status_code == 200, answer.text
    ticket = site.call("jana", "GET", f"tickets/{answer.json()['ticket']}").json()
    assert (ticket["subject"], ticket["channel"]) == ("Nejde fronta", "mail")
    (attachment,) = ticket["attachments"]
    path = f"tickets/{ticket['number']}/attachments/{attachment['id']}"
    assert site.call("jana", "GET", path).content.strip() == b"a;b"
    assert site.call("desk", "GET", f"ledger/{held}").json()["ticket"] == ticket["number"]

    assert site.call("desk", "GET", "quarantine").json()["items"] == []
    (line,) = site.call("desk", "GET", "quarantine", params={"state": "released"}).json()["items"]
    assert (line["ticket"], line["note"], line["decided_by"]) == (ticket["number"], "telefonicky ověřeno", "Test")
    (audit,) = site.call("desk", "GET", "audit", params={"entity": "quarantine"}).json()["items"]
    assert (audit["entity_id"], audit["action"]) == (str(held), "released")
    answer = site.call("desk", "POST", f"quarantine/{held}/release", json={})
    assert (slug(answer), "already" in answer.json()["detail"]) == ((409, "quarantine-decision"), True)


def test_a_held_mail_is_rejected_once(site: Site) -> None:
    held = receive(site).ledger_id
    assert site.call("desk", "POST", f"quarantine/{held}/reject", json={"note": "podvrh"}).status_code == 204
    assert slug(site.call("desk", "POST", f"quarantine/{held}/reject", json={})) == (409, "quarantine-decision")
    assert site.call("desk", "GET", f"quarantine/{held}").json()["state"] == "rejected"


def test_a_release_says_whose_request_it_is(site: Site) -> None:
    held = receive(site).ledger_id
    path = f"quarantine/{held}/release"
    acme, karel = site.world.acme.id, site.world.karel.id
    assert slug(site.call("desk", "POST", path, json={"customer_id": 4711})) == (422, "invalid")
    assert slug(site.call("desk", "POST", path, json={"contact_id": 4711})) == (409, "quarantine-decision")
    answer = site.call("desk", "POST", path, json={"customer_id": acme, "contact_id": karel})
    assert slug(answer) == (409, "quarantine-decision")
    number = site.call("desk", "POST", path, json={"contact_id": karel}).json()["ticket"]
    assert site.call("desk", "GET", f"tickets/{number}").json()["customer"]["name"] == "Globex"


@pytest.mark.parametrize("path", ["quarantine/4711", "quarantine/4711/raw", "ledger/4711", "calls/4711"])
def test_what_is_not_there_is_not_found(quiet_site: Site, path: str) -> None:
    assert slug(quiet_site.call("desk", "GET", path)) == (404, "not-found")


@pytest.mark.parametrize("decision", ["release", "reject"])
def test_nobody_decides_what_is_not_there(quiet_site: Site, decision: str) -> None:
    assert slug(quiet_site.call("desk", "POST", f"quarantine/4711/{decision}", json={})) == (404, "not-found")


def test_the_ledger_says_what_happened_to_my_mail(site: Site) -> None:
    refused = receive(site, "nobody@else.example", key="m1")
    held = receive(site, key="m2")
    taken = receive(site, outcome=Outcome.PASS, key="m3")
    again = receive(site, outcome=Outcome.PASS, key="m4")
    assert again.duplicate
    cases: list[tuple[dict[str, Any], set[str]]] = [
        ({"message_id": "<1@acme.example>"}, {"author-unknown", "author-unverified", "authorized", "duplicate"}),
        ({"message_id": "1@acme.example", "verdict": "hold"}, {"author-unverified"}),
        ({"identity": "Jana@ACME.example"}, {"author-unverified", "authorized", "duplicate"}),
        ({"reason": "author-unknown"}, {"author-unknown"}),
        ({"ticket": taken.ticket_number}, {"authorized", "duplicate"}),
        ({"customer_id": site.world.globex.id}, set()),
        ({"received_from": "2026-11-23T09:00:01Z"}, set()),
        ({"received_until": "2026-11-23T09:00:00Z"}, set()),
        ({"received_from": "2026-11-23T10:00:00+01:00", "channel": "mail"}, {"duplicate"}),
        ({"channel": "phone"}, set()),
    ]
    for params, reasons in cases:
        found = site.call("desk", "GET", "ledger", params=params).json()["items"]
        assert {entry["reason"] for entry in found} >= reasons, params
        assert bool(found) == bool(reasons), params
    entry = site.call("desk", "GET", f"ledger/{refused.ledger_id}").json()
    assert (entry["verdict"], entry["peer"], entry["ticket"]) == ("reject", "192.0.2.1", None)
    assert site.call("desk", "GET", f"ledger/{held.ledger_id}").json()["evidence"][0]["proof"] == "dkim"


def test_calls_are_listed_and_read(site: Site) -> None:
    row = {
        "endpoint": "pbx",
        "direction": "in",
        "state": "ringing",
        "caller_shown": "224 123 456",
        "verdict": "accept",
        "reason": "authorized",
        "opened_at": AT,
        "started_at": AT,
    }
    first = row | {"id": 1, "call_id": "a", "caller_e164": "+420224123456", "customer_id": site.world.acme.id}
    second = row | {"id": 2, "call_id": "b", "caller_e164": None, "customer_id": None}
    with site.world.engine.begin() as connection:
        connection.execute(insert(t.calls), [first, second])
    assert [call["id"] for call in site.call("desk", "GET", "calls").json()["items"]] == [2, 1]
    for params, expected in (
        ({"number": "+420224123456"}, [1]),
        ({"customer_id": site.world.acme.id}, [1]),
        ({"endpoint": "other"}, []),
        ({"started_from": "2026-11-23T09:00:00Z"}, [2, 1]),
        ({"started_until": "2026-11-23T09:00:00Z"}, []),
    ):
        found = site.call("desk", "GET", "calls", params=params).json()["items"]
        assert [call["id"] for call in found] == expected, params
    assert site.call("desk", "GET", "calls/1").json()["caller_e164"] == "+420224123456"
