"""Held requests as people look at them: why, in words, and what they say without anything active."""

import asyncio

from authz.evidence import Check, Evidence, Outcome, Proof
from authz.identity import Channel, Claim, IdentityKind
from authz.policy import MAIL_RULES
from intake.receive import Inbound
from intake.submission import RawInbound
from tests.intake.api.conftest import Site
from tests.store.world import AT

ACTIVE = (
    b"From: Jana <jana@acme.example>\r\nSubject: Nejde fronta\r\nContent-Type: text/html\r\n\r\n"
    b"<p onclick=steal()>Nikdo se <b>nedovola</b>.</p><script>steal()</script>"
    b'<img src="https://track.example/1.png"><iframe src="https://evil.example"></iframe>'
    b'<a href="javascript:steal()">x</a><form action="https://evil.example"><input name=a></form>\r\n'
)


def hold(site: Site) -> int:
    detail = "signed by mailer.example, which is not the author's domain acme.example"
    check = Check(proof=Proof.DKIM, outcome=Outcome.PASS, binds=False, detail=detail)
    address = "jana@acme.example"
    raw = RawInbound(channel=Channel.MAIL, account="helpdesk", source_key="m1", received_at=AT, octets=ACTIVE)
    inbound = Inbound(
        raw=raw,
        claim=Claim(channel=Channel.MAIL, kind=IdentityKind.ADDRESS, value=address, shown=address),
        evidence=Evidence((check,)),
        submission=site.services.rereader.read(ACTIVE),
        rules=MAIL_RULES,
    )
    return asyncio.run(site.services.receiver.receive(inbound)).ledger_id


def test_the_evidence_and_what_would_help_are_said_in_words(site: Site) -> None:
    page = site.call("desk", "GET", f"quarantine/{hold(site)}").json()
    reason, check = page["words"]
    assert reason == "The author's domain did not prove that it sent this message (SPF or DKIM, aligned)."
    assert check.startswith("DKIM signature – passed, but does not speak for the author: signed by mailer.example")
    assert page["advice"][0].startswith("Whoever sends for acme.example must sign with a key of acme.example")


def test_the_preview_has_nothing_active_and_loads_nothing(site: Site) -> None:
    html = site.call("desk", "GET", f"quarantine/{hold(site)}").json()["preview"]["html"]
    assert "<b>nedovola</b>" in html
    for active in ("script", "onclick", "javascript", "iframe", "<form", "<input", ' src="http', "steal"):
        assert active not in html


def test_what_is_authorized_already_is_not_authorized_again(site: Site) -> None:
    answer = site.call("desk", "POST", f"quarantine/{hold(site)}/release", json={"authorize": True})
    assert answer.status_code == 409, answer.text
    assert "authorized already" in answer.json()["detail"]
