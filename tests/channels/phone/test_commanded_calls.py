"""A call through a provider that takes commands, from its signed webhook to what it is told. On both engines."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from authz.phone.pin import PinKeys
from authz.policy import PHONE_RULES, PinUse
from channels.phone.commands import BearerApi, CommandSender
from channels.phone.dialects.telnyx import Telnyx
from channels.phone.gateway import Endpoint, PhoneGateway
from channels.phone.judgement import EndpointRules, Stranger
from intake.phone.pins import set_pin
from store.callers import StoreCallers
from tests.channels.phone.calling import KNOWN, PBX, STRANGER
from tests.channels.phone.contract import KEY, NOW
from tests.channels.phone.desk import SIGNER, Desk, set_up
from tests.channels.phone.test_telnyx import TestTelnyx as Telnyxes
from tests.channels.phone.test_telnyx import report
from tests.servers.web import Page, Web, serve
from tests.store.world import ADMIN, world

KEYS = PinKeys((b"a secret of tests",))
RULES = replace(PBX, forward_to="+420211000000", decision=replace(PHONE_RULES, ask_pin=PinUse.ALWAYS))


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    with world(database_url) as small:
        made = set_up(small)
        small.do(lambda tx: set_pin(tx, KEYS, small.jana.id, "4711", by=ADMIN, at=NOW))
        yield made


@pytest.fixture
def web() -> Iterator[Web]:
    with serve(Page(body=b"{}")) as running:
        yield running


def tell(desk: Desk, web: Web, *bodies: bytes, rules: EndpointRules = RULES) -> list[tuple[str, Any]]:
    """Post signed reports one after the other; returns the commands that were sent."""
    web.heard.clear()

    async def run() -> None:
        endpoint = Endpoint(
            dialect=Telnyx(),
            secrets=Telnyxes().secrets(KEY),
            rules=rules,
            commands=CommandSender(BearerApi(base=web.url, key="word")),
        )
        gateway = PhoneGateway(
            {"pbx": endpoint},
            StoreCallers(desk.engine),
            desk.writer,
            SIGNER,
            clock=lambda: NOW,
            ticket_url=str,
            pins=KEYS,
        )
        for body in bodies:
            assert (await gateway.handle(Telnyxes().sign(body))).status == 200
            await gateway.settled()

    asyncio.run(run())
    return [(each.path.rpartition("/")[2], json.loads(each.body)) for each in web.heard]


def rings(number: str = KNOWN) -> bytes:
    return report("call.initiated", **{"from": number, "to": "+420211151600"})


def test_a_stranger_is_rejected_by_command(desk: Desk, web: Web) -> None:
    ((verb, said),) = tell(desk, web, rings(STRANGER))
    assert (verb, said["cause"]) == ("reject", "CALL_REJECTED")


def test_a_pin_is_gathered_and_the_call_transferred(desk: Desk, web: Web) -> None:
    keyed = report("call.gather.ended", "g1", digits="4711")
    sent = tell(desk, web, rings(), keyed)
    assert [verb for verb, _ in sent] == ["answer", "gather_using_speak", "transfer"]
    assert (sent[1][1]["maximum_digits"], sent[2][1]["to"]) == (8, "+420211000000")
    assert desk.call("s1").verdict == "accept"


def test_a_wrong_pin_is_asked_for_again_and_the_third_ends_the_call(desk: Desk, web: Web) -> None:
    keyed = [report("call.gather.ended", f"g{each}", digits=f"902{each}") for each in range(3)]
    verbs = [verb for verb, _ in tell(desk, web, rings(), *keyed)]
    assert verbs == ["answer", "gather_using_speak", "gather_using_speak", "gather_using_speak", "hangup"]


def test_a_repeated_webhook_repeats_its_command_under_the_same_id(desk: Desk, web: Web) -> None:
    first, again = tell(desk, web, rings(STRANGER), rings(STRANGER))
    assert first == again


def test_a_caller_nobody_knows_is_sent_to_the_fallback(desk: Desk, web: Web) -> None:
    rules = replace(RULES, unknown=Stranger.FORWARD, fallback_to="+420999")
    ((verb, said),) = tell(desk, web, rings(STRANGER), rules=rules)
    assert (verb, said["to"]) == ("transfer", "+420999")
    assert desk.call("s1").verdict == "reject"
