"""A webhook's whole way over a real database: the answer, and what is on record afterwards. On both engines."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authz.phone.number import CallerKind, read_number
from authz.phone.trust import TrustRules
from channels.phone.attestation import Attestations
from channels.phone.dialects.native import Native
from channels.phone.event import RejectAs
from channels.phone.gateway import Endpoint, PhoneGateway
from channels.phone.hook import EndpointSecrets
from channels.phone.judgement import EndpointRules
from store.callers import StoreCallers
from tests.authz.phone.test_passport import CALLED, CLAIMS, ROOT, token
from tests.channels.phone.calling import KNOWN, PBX, RANG, STRANGER, after
from tests.channels.phone.contract import hook
from tests.channels.phone.desk import SIGNER, SWITCHBOARD, Desk, set_up
from tests.channels.phone.test_attestation import Web
from tests.store.world import world


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    with world(database_url) as small:
        yield set_up(small)


def tell(
    desk: Desk,
    *,
    now: datetime = RANG,
    rules: EndpointRules = PBX,
    attestations: Attestations | None = None,
    **said: Any,
) -> tuple[int, dict[str, Any]]:
    """Post an event in the native dialect; returns the status and the answer once all of it is on record."""
    event = {"event": "new", "call_id": "1", "from": KNOWN} | said
    request = hook(json.dumps(event).encode(), content_type="application/json", authorization="Bearer word")
    endpoint = Endpoint(
        dialect=Native(), secrets=EndpointSecrets(bearer=("word",)), rules=rules, attestations=attestations
    )

    async def run() -> tuple[int, dict[str, Any]]:
        gateway = PhoneGateway(
            {"pbx": endpoint},
            StoreCallers(desk.engine),
            desk.writer,
            SIGNER,
            clock=lambda: now,
            ticket_url=lambda number: f"https://desk.example/tickets/{number}",
        )
        answer = await gateway.handle(request)
        await gateway.settled()
        return answer.status, json.loads(answer.body)

    return asyncio.run(run())


def test_an_authorized_caller_is_let_in_and_on_record(desk: Desk) -> None:
    status, said = tell(desk)
    assert (status, said["action"], said["customer"], said["contact"]) == (200, "allow", "Acme", "Jana Nováková")
    assert (desk.call().verdict, desk.call().caller_e164) == ("accept", KNOWN)


def test_the_answer_says_what_the_operator_chose(desk: Desk) -> None:
    rules = replace(PBX, reject_as=RejectAs.BUSY, forward_to="sip:desk@pbx.example")
    assert tell(desk, rules=rules)[1]["forward_to"] == "sip:desk@pbx.example"
    refused = tell(desk, rules=rules, call_id="2", **{"from": STRANGER})[1]
    assert (refused["action"], refused["as"]) == ("reject", "busy")
    assert "forward_to" not in refused


def test_a_trusted_endpoint_believes_what_is_asserted_and_another_does_not(desk: Desk) -> None:
    spoofed = {"from": "anonymous", "asserted": KNOWN}
    assert tell(desk, **spoofed)[1]["action"] == "reject"
    trusting = replace(PBX, trust=TrustRules(asserted=True))
    assert tell(desk, rules=trusting, call_id="2", **spoofed)[1]["action"] == "allow"


def test_a_passport_is_checked_before_the_answer(desk: Desk) -> None:
    strict = replace(PBX, trust=TrustRules(presented=False))
    attestations = Attestations((ROOT.certificate,), frozenset({"cert.example"}), Web())
    claims = CLAIMS | {"iat": int(RANG.timestamp()), "orig": {"tn": KNOWN[1:]}}
    said = {"to": CALLED, "rules": strict, "attestations": attestations}
    assert tell(desk, passport=token(claims), **said)[1]["action"] == "allow"
    other = token(claims | {"orig": {"tn": STRANGER[1:]}})
    assert tell(desk, call_id="2", passport=other, **said)[1]["reason"] == "caller-not-genuine"
    assert tell(desk, call_id="3", **said)[1]["reason"] == "caller-not-genuine"
    assert [line.verdict for line in desk.calls()] == ["reject", "reject", "accept"]


def test_open_tickets_come_with_the_answer(desk: Desk) -> None:
    tell(desk)
    tell(desk, now=after(60), event="ended", cause="no-answer")
    desk.look(after(100))
    (page,) = desk.tickets()
    number = page.line.ticket.number
    said = tell(desk, now=after(200), call_id="2")[1]
    assert (said["tickets"], said["ticket_url"]) == ([number], f"https://desk.example/tickets/{number}")


def test_an_outgoing_call_is_acknowledged_and_not_decided(desk: Desk) -> None:
    assert tell(desk, direction="out", to=KNOWN, **{"from": "100"}) == (200, {})
    assert (desk.call().reason, desk.call().customer_id) == ("outgoing-call", desk.customer_id)


def test_a_pbx_whose_clock_is_ahead_starts_no_clock_in_the_future(desk: Desk) -> None:
    tell(desk, at=(RANG + timedelta(days=365)).isoformat())
    assert desk.call().started_at == RANG
    tell(desk, call_id="2", at=(RANG - timedelta(minutes=1)).isoformat())
    assert desk.call("2").started_at == RANG - timedelta(minutes=1)


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "x" * 5000, "\0" * 300], ids=["nul", "surrogate", "long", "nuls"])
def test_texts_that_no_database_keeps_do_not_make_the_pbx_come_again(desk: Desk, text: str) -> None:
    said = {"call_id": text, "to": text, "agent": text, "queue": text, "digits": text, "event_id": text}
    for event in ("new", "answered", "dtmf", "ended"):
        assert tell(desk, event=event, **said)[0] == 200
    (line,) = desk.calls()
    assert (line.verdict, line.state) == ("accept", "ended")


def test_two_long_call_ids_are_two_calls(desk: Desk) -> None:
    for last in "ab":
        tell(desk, call_id="x" * 3000 + last)
    assert len(list(desk.calls())) == 2


_PIECES = (
    "+420",
    "420",
    "00420",
    "777123456",
    "777 123 456",
    "211151600",
    "211151655",
    "sip:",
    "tel:",
    "@pbx",
    ";",
    "anonymous",
)
_HOSTILE = st.one_of(
    st.text(max_size=40),
    st.lists(
        st.one_of(st.sampled_from(_PIECES), st.text("0123456789+*#()-. ,;:xX\0\u0660\uff11\u200b", max_size=6)),
        max_size=6,
    ).map("".join),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(presented=_HOSTILE)
def test_whoever_is_let_in_is_listed_as_exactly_that_number(desk: Desk, presented: str) -> None:
    said = tell(desk, **{"from": presented}, call_id=presented + "|")[1]
    read = read_number(presented)
    if said["action"] == "allow":
        assert read.kind is CallerKind.E164
        assert read.e164 == said["caller_id"]
        assert read.e164 == KNOWN or SWITCHBOARD[0] <= read.e164 <= SWITCHBOARD[1]


@pytest.mark.parametrize(("language", "says"), [("cs", "není mezi oprávněnými"), ("en", "is not authorized")])
def test_a_refusal_is_told_in_the_endpoints_language(desk: Desk, language: str, says: str) -> None:
    _, said = tell(desk, rules=replace(PBX, language=language), **{"from": STRANGER})
    assert says in said["text"]
