"""A PIN as the second factor, over a real database: asked for, keyed, guessed at, and never kept. On both engines."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from authz.phone.pin import FREE_ATTEMPTS, FREE_ATTEMPTS_OF_NUMBER, TRIES_PER_CALL, PinKeys
from authz.phone.trust import TrustRules
from authz.policy import PHONE_RULES, PinUse
from channels.phone.dialects.native import Native
from channels.phone.dialects.zammad import Zammad
from channels.phone.gateway import ASKED_AT_MOST, Endpoint, PhoneGateway
from channels.phone.hook import EndpointSecrets
from channels.phone.judgement import EndpointRules, Stranger
from intake.administration import InvalidEntryError, UnknownEntryError
from intake.contact_lists.number_codes import request_code
from intake.people import CustomerData
from intake.phone.pins import set_pin
from store.callers import StoreCallers
from store.tables import audit, calls, metadata, number_codes, pin_attempts, pins
from tests.channels.phone.calling import KNOWN, PBX, RANG, STRANGER, after
from tests.channels.phone.contract import hook
from tests.channels.phone.desk import KARELS, SIGNER, SWITCHBOARD, Desk, set_up
from tests.store.world import ADMIN, World, world

KEYS = PinKeys((b"a secret of tests",))
PIN = "4711"
ALWAYS = replace(PBX, decision=replace(PHONE_RULES, ask_pin=PinUse.ALWAYS))
OPEN_TO_PINS = replace(PBX, withheld=Stranger.ASK_PIN, unknown=Stranger.ASK_PIN)
NUMBER_IS_NO_PROOF = replace(
    PBX, trust=TrustRules(presented=False), decision=replace(PHONE_RULES, ask_pin=PinUse.UNPROVED)
)


@pytest.fixture
def small(database_url: str) -> Iterator[World]:
    with world(database_url) as made:
        yield made


@pytest.fixture
def desk(small: World) -> Desk:
    made = set_up(small)
    small.do(lambda tx: set_pin(tx, KEYS, small.jana.id, PIN, by=ADMIN, at=RANG))
    return made


def tell(
    desk: Desk, *, rules: EndpointRules = ALWAYS, now: datetime = RANG, speaks: Any = None, **said: Any
) -> dict[str, Any]:
    """Post an event; returns the answer once all of it is on record."""
    event = {"event": "new", "call_id": "1", "from": KNOWN} | said
    request = hook(json.dumps(event).encode(), content_type="application/json", authorization="Bearer word")
    endpoint = Endpoint(dialect=speaks or Native(), secrets=EndpointSecrets(bearer=("word",)), rules=rules)

    async def run() -> dict[str, Any]:
        gateway = PhoneGateway(
            {"pbx": endpoint},
            StoreCallers(desk.engine),
            desk.writer,
            SIGNER,
            clock=lambda: now,
            ticket_url=lambda number: f"https://desk.example/tickets/{number}",
            pins=KEYS,
        )
        answer = await gateway.handle(request)
        await gateway.settled()
        read: dict[str, Any] = json.loads(answer.body)
        return read

    return asyncio.run(run())


def key(desk: Desk, digits: str, *, call: str = "1", at: float = 5, rules: EndpointRules = ALWAYS, **said: Any) -> Any:
    """The caller keys digits; returns what the PBX is told to do."""
    return tell(desk, rules=rules, now=after(at), event="dtmf", call_id=call, digits=digits, **said)["action"]


def everything(desk: Desk) -> str:
    """All rows of all tables as text."""
    with desk.engine.connect() as connection:
        names = [table.name for table in metadata.sorted_tables]
        rows = [connection.execute(text(f"SELECT * FROM {name}")).all() for name in names]  # noqa: S608
    return repr(rows)


def test_the_right_pin_lets_in_and_is_the_evidence(desk: Desk) -> None:
    asked = tell(desk)
    assert (asked["action"], asked["reason"], asked["with_contact"]) == ("ask-pin", "pin-needed", False)
    assert (desk.call().verdict, desk.call().state) == ("retry", "ringing")
    assert key(desk, f"{PIN}#") == "allow"
    line = desk.call()
    assert (line.verdict, line.reason, line.contact_name) == ("accept", "authorized", "Jana Nováková")
    page = desk.queries.call(line.id)
    assert page is not None
    assert [(check["proof"], check["outcome"]) for check in page.evidence] == [("pin", "pass"), ("presented", "pass")]
    assert "the PIN of contact" in page.detail


def test_the_digits_are_kept_nowhere(desk: Desk) -> None:
    tell(desk)
    for digits in ("902468", f"{desk.contact_id}*813579", PIN):
        key(desk, digits)
    kept = everything(desk)
    assert not any(digits in kept for digits in ("902468", "813579", f"'{PIN}'", f'"{PIN}"'))


def test_a_wrong_pin_is_asked_for_again_and_then_turned_away(desk: Desk) -> None:
    tell(desk)
    answers = [key(desk, f"90{each}") + key(desk, f"902{each}") for each in range(TRIES_PER_CALL)]
    assert answers == ["ask-pinask-pin"] * (TRIES_PER_CALL - 1) + ["ask-pinreject"]
    assert (desk.call().verdict, desk.call().reason, desk.call().state) == ("reject", "pin-wrong", "ended")
    assert key(desk, PIN) == "reject"


def test_a_repeated_entry_counts_once_and_is_answered_the_same(desk: Desk) -> None:
    tell(desk)
    assert [key(desk, "9021") for _ in range(TRIES_PER_CALL + 2)] == ["ask-pin"] * (TRIES_PER_CALL + 2)
    assert [key(desk, PIN) for _ in range(3)] == ["allow"] * 3
    assert len([each for each in desk.said() if each[0] == "accept"]) == 1


def test_nobody_is_asked_for_ever(desk: Desk) -> None:
    tell(desk)
    assert key(desk, "1", at=ASKED_AT_MOST.total_seconds() + 1) == "reject"


def test_guessing_locks_the_contact_over_calls_and_numbers(desk: Desk) -> None:
    for call in range(FREE_ATTEMPTS):
        tell(desk, call_id=str(call), rules=OPEN_TO_PINS, **{"from": f"+42060300000{call}"})
        key(desk, f"{desk.contact_id}*90{call}1", call=str(call), rules=OPEN_TO_PINS)
    tell(desk, call_id="late")
    assert key(desk, PIN, call="late") == "reject"
    assert desk.call("late").reason == "pin-locked"
    tell(desk, call_id="later", now=after(1000))
    assert key(desk, PIN, call="later", at=1000) == "allow"


def test_guessing_locks_the_number_over_contacts(desk: Desk) -> None:
    for call in range(FREE_ATTEMPTS_OF_NUMBER):
        tell(desk, call_id=str(call), rules=OPEN_TO_PINS, **{"from": STRANGER})
        key(desk, f"{call + 1000}*9021", call=str(call), rules=OPEN_TO_PINS)
    tell(desk, call_id="late", rules=OPEN_TO_PINS, **{"from": STRANGER})
    assert key(desk, f"{desk.contact_id}*{PIN}", call="late", rules=OPEN_TO_PINS) == "reject"
    assert desk.call("late").reason == "pin-locked"
    tell(desk, call_id="own")
    assert key(desk, PIN, call="own") == "allow"


def test_a_new_pin_opens_at_once(desk: Desk, small: World) -> None:
    for call in range(FREE_ATTEMPTS):
        tell(desk, call_id=str(call))
        key(desk, "9021", call=str(call))
    small.do(lambda tx: set_pin(tx, KEYS, small.jana.id, "8246", by=ADMIN, at=after(1)))
    tell(desk, call_id="late")
    assert key(desk, PIN, call="late") == "ask-pin"
    assert key(desk, "8246", call="late") == "allow"


def test_a_customer_can_want_it_of_its_callers(desk: Desk, small: World) -> None:
    assert tell(desk, rules=PBX, call_id="before")["action"] == "allow"
    wants = CustomerData(name="Acme", ask_pin=True)
    small.do(lambda tx: tx.people.change_customer(small.acme.id, wants, by=ADMIN, at=RANG))
    assert tell(desk, rules=PBX, call_id="1")["action"] == "ask-pin"
    assert tell(desk, rules=PBX, call_id="2", **{"from": KARELS})["action"] == "allow"


def test_only_numbers_nothing_proves_need_one_when_so_chosen(desk: Desk) -> None:
    trusted = replace(NUMBER_IS_NO_PROOF, trust=TrustRules(presented=False, asserted=True))
    assert tell(desk, rules=NUMBER_IS_NO_PROOF)["action"] == "ask-pin"
    assert key(desk, PIN, rules=NUMBER_IS_NO_PROOF) == "allow"
    assert tell(desk, rules=trusted, call_id="2", asserted=KNOWN)["action"] == "allow"


@pytest.mark.parametrize("presented", ["anonymous", STRANGER, "12345"])
def test_a_contact_gets_in_from_any_telephone(desk: Desk, presented: str) -> None:
    asked = tell(desk, rules=OPEN_TO_PINS, **{"from": presented})
    assert (asked["action"], asked["with_contact"]) == ("ask-pin", True)
    assert key(desk, PIN, rules=OPEN_TO_PINS) == "ask-pin"
    assert key(desk, f"{desk.contact_id}*{PIN}#", rules=OPEN_TO_PINS) == "allow"
    assert desk.call().contact_name == "Jana Nováková"


def test_from_the_switchboard_the_person_is_asked_for(desk: Desk) -> None:
    asked = tell(desk, **{"from": SWITCHBOARD[0]})
    assert (asked["action"], asked["with_contact"]) == ("ask-pin", True)
    assert key(desk, f"{desk.contact_id}*{PIN}") == "allow"


def test_a_pin_does_not_let_in_who_may_no_longer_call(desk: Desk, small: World) -> None:
    tell(desk)
    gone = CustomerData(name="Acme", active=False)
    small.do(lambda tx: tx.people.change_customer(small.acme.id, gone, by=ADMIN, at=RANG))
    assert key(desk, PIN) == "reject"
    assert desk.call().reason == "customer-inactive"


def test_a_failed_attestation_is_not_made_good_by_a_pin(desk: Desk) -> None:
    assert tell(desk, verstat="TN-Validation-Failed-A")["action"] == "reject"
    assert tell(desk, event="dtmf", digits=PIN) == {}
    assert desk.call().verdict == "reject"


def test_a_pbx_that_cannot_ask_keeps_the_caller_out(desk: Desk, small: World) -> None:
    wants = CustomerData(name="Acme", ask_pin=True)
    small.do(lambda tx: tx.people.change_customer(small.acme.id, wants, by=ADMIN, at=RANG))
    said = {"event": "newCall", "direction": "in", "callId": "1", "to": "1"}
    assert tell(desk, rules=PBX, speaks=Zammad(), **said)["action"] == "reject"


def test_a_caller_who_hangs_up_instead_makes_no_ticket(desk: Desk) -> None:
    tell(desk)
    tell(desk, event="ended", now=after(30), cause="cancelled")
    assert (desk.call().state, desk.call().verdict) == ("ended", "retry")
    assert desk.look(after(60), ALWAYS) == 0
    assert desk.tickets() == []


def test_a_missed_call_after_the_pin_is_called_back(desk: Desk) -> None:
    tell(desk)
    key(desk, PIN)
    tell(desk, event="ended", now=after(30), cause="no-answer")
    desk.look(after(60), ALWAYS)
    (page,) = desk.tickets()
    assert page.line.ticket.received_at == RANG


def test_an_entry_whose_call_was_never_announced_is_tried_all_the_same(desk: Desk) -> None:
    assert key(desk, PIN) == "allow"
    assert PIN not in everything(desk).replace(KNOWN, "")


def test_digits_keyed_later_are_a_category_again(desk: Desk) -> None:
    tell(desk)
    key(desk, PIN)
    assert tell(desk, event="dtmf", digits="1", event_id="menu") == {}
    tell(desk, event="ended", now=after(30), cause="no-answer")
    desk.look(after(60), ALWAYS)
    assert desk.tickets()[0].line.ticket.category == "A"


def test_setting_a_pin_is_audited_without_it_and_easy_ones_are_refused(desk: Desk, small: World) -> None:
    made = small.do(lambda tx: set_pin(tx, KEYS, small.karel.id, None, by=ADMIN, at=RANG))
    assert made is not None
    with desk.engine.connect() as connection:
        lines = connection.execute(select(audit).where(audit.c.entity == "pin")).all()
        kept = connection.execute(select(pins.c.pin_hash).where(pins.c.contact_id == small.karel.id)).scalar_one()
    assert [(line.action, line.actor_name) for line in lines] == [("added", "Alena"), ("added", "Alena")]
    assert made not in kept
    with pytest.raises(InvalidEntryError):
        small.do(lambda tx: set_pin(tx, KEYS, small.karel.id, "1234", by=ADMIN, at=RANG))
    with pytest.raises(UnknownEntryError):
        small.do(lambda tx: set_pin(tx, KEYS, 9999, None, by=ADMIN, at=RANG))
    small.do(lambda tx: tx.phone_proofs.remove_pin(small.karel.id, by=ADMIN, at=RANG))
    with pytest.raises(UnknownEntryError):
        small.do(lambda tx: tx.phone_proofs.remove_pin(small.karel.id, by=ADMIN, at=RANG))


def test_strangers_can_be_sent_to_the_fallback(desk: Desk) -> None:
    rules = replace(PBX, withheld=Stranger.FORWARD, fallback_to="+420211000000")
    said = tell(desk, rules=rules, **{"from": "anonymous"})
    assert (said["action"], said["forward_to"], "customer" in said) == ("divert", "+420211000000", False)
    assert (desk.call().verdict, desk.call().cause) == ("reject", "forwarded")
    assert tell(desk, rules=rules, call_id="2", **{"from": STRANGER})["action"] == "reject"
    assert desk.look(after(timedelta(hours=2).total_seconds()), rules) == 0
    with desk.engine.connect() as connection:
        assert connection.execute(select(calls.c.customer_id)).scalars().all() == [None, None]


def test_old_attempts_and_codes_are_forgotten_and_locks_are_not(desk: Desk, small: World) -> None:
    tell(desk)
    key(desk, "9021")
    small.do(lambda tx: request_code(tx, KEYS, STRANGER, customer_id=small.acme.id, by=ADMIN, at=RANG))
    small.do(lambda tx: tx.phone_proofs.forget(RANG))
    assert [count_rows(desk, table) for table in (pin_attempts, number_codes)] == [1, 1]
    small.do(lambda tx: tx.phone_proofs.forget(RANG + timedelta(days=2)))
    assert [count_rows(desk, table) for table in (pin_attempts, number_codes)] == [0, 0]


def count_rows(desk: Desk, table: Any) -> int:
    with desk.engine.connect() as connection:
        return len(connection.execute(select(table)).all())
