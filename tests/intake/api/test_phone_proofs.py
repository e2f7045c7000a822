"""PINs, codes of numbers and call backs over the API: what is shown once, who may, and that guessing leads nowhere."""

from dataclasses import replace
from typing import Any

import pytest

from authz.phone.trust import TrustRules
from channels.phone.call_tickets import Moment
from channels.phone.event import CallEvent, CallEventKind
from channels.phone.judgement import Stranger
from channels.phone.recorder import record_event
from intake.contact_lists.number_codes import LASTS, MOST_FAILURES
from intake.letters.asked import DEFAULT_LIMITS
from tests.channels.phone.calling import KNOWN, PBX, RANG, STRANGER, event, new
from tests.channels.phone.desk import SIGNER, SWITCHBOARD, Desk, set_up
from tests.intake.api.conftest import Site
from tests.intake.api.test_problems import slug

UNTRUSTED = replace(PBX, trust=TrustRules(presented=False))
FORM = {"subject": "Nejde tisk"}


@pytest.fixture
def desk(site: Site) -> Desk:
    return set_up(site.world)


def refused_as(answer: Any) -> str:
    """The problem a request ended in."""
    return str(slug(answer)[1])


def other(code: str) -> str:
    """A code that is not this one."""
    return code[:-1] + str((int(code[-1]) + 1) % 10)


# --- PINs ---


def test_a_made_pin_is_shown_once_and_never_again(site: Site, desk: Desk) -> None:
    path = f"contacts/{desk.contact_id}/pin"
    assert site.call("desk", "GET", path).json()["set_at"] is None
    answer = site.call("desk", "PUT", path, json={})
    pin = answer.json()["pin"]
    assert (answer.status_code, answer.headers["Cache-Control"], len(pin)) == (200, "no-store", 6)
    state = site.call("desk", "GET", path)
    assert state.json()["set_at"] is not None
    assert pin not in state.text
    assert pin not in site.call("desk", "GET", "audit").text


def test_a_sent_pin_is_not_sent_back_and_an_easy_one_is_refused(site: Site, desk: Desk) -> None:
    path = f"contacts/{desk.contact_id}/pin"
    assert site.call("desk", "PUT", path, json={"pin": "4711"}).json()["pin"] is None
    refused = site.call("desk", "PUT", path, json={"pin": "1234"})
    assert refused_as(refused) == "invalid"
    assert site.call("desk", "DELETE", path).status_code == 204
    assert site.call("desk", "DELETE", path).status_code == 404
    assert site.call("desk", "PUT", "contacts/999/pin", json={}).status_code == 404


@pytest.mark.parametrize("who", ["jana", "nobody"])
def test_contacts_set_no_pins_and_ask_for_no_codes_here(site: Site, desk: Desk, who: str) -> None:
    refused = {401, 403, 404}
    assert site.call(who, "PUT", f"contacts/{desk.contact_id}/pin", json={}).status_code in refused
    wanted = {"number": STRANGER, "customer_id": desk.customer_id}
    assert site.call(who, "POST", "number-codes", json=wanted).status_code in refused
    desk.hear(new(), rules=UNTRUSTED)
    assert site.call(who, "POST", f"calls/{desk.call().id}/call-back").status_code in refused


# --- a new number ---


def ask(site: Site, desk: Desk, number: str = STRANGER) -> dict[str, Any]:
    wanted = {"number": number, "customer_id": desk.customer_id, "contact_id": desk.contact_id}
    answer = site.call("desk", "POST", "number-codes", json=wanted)
    assert answer.status_code == 201, answer.text
    given: dict[str, Any] = answer.json()
    return given


def confirm(site: Site, desk: Desk, code_id: int, code: str | None, customer_id: int | None = None) -> Any:
    sent = {"code": code, "customer_id": customer_id or desk.customer_id, "label": "mobil"}
    return site.call("desk", "POST", f"number-codes/{code_id}/confirmation", json=sent)


def test_the_right_code_lists_the_number_and_works_once(site: Site, desk: Desk) -> None:
    given = ask(site, desk, "777 999 888")
    assert given["number"] == STRANGER
    assert refused_as(confirm(site, desk, given["id"], other(given["code"]))) == "invalid"
    added = confirm(site, desk, given["id"], given["code"])
    assert (added.status_code, added.json()["number"], added.json()["contact_id"]) == (201, STRANGER, desk.contact_id)
    assert confirm(site, desk, given["id"], given["code"]).status_code != 201


def test_guessing_ends_a_code(site: Site, desk: Desk) -> None:
    given = ask(site, desk)
    for _ in range(MOST_FAILURES):
        confirm(site, desk, given["id"], other(given["code"]))
    assert refused_as(confirm(site, desk, given["id"], given["code"])) == "invalid"


def test_a_code_expires_and_a_new_one_replaces_it(site: Site, desk: Desk) -> None:
    first, second = ask(site, desk), ask(site, desk)
    assert refused_as(confirm(site, desk, first["id"], first["code"])) == "invalid"
    site.clock.move(seconds=LASTS.total_seconds())
    assert refused_as(confirm(site, desk, second["id"], second["code"])) == "invalid"


def test_codes_are_limited_by_number_and_by_customer(site: Site, desk: Desk) -> None:
    for _ in range(DEFAULT_LIMITS.codes_per_number):
        ask(site, desk)
    wanted = {"number": STRANGER, "customer_id": desk.customer_id}
    site.clock.move(minutes=15)
    refused = site.call("desk", "POST", "number-codes", json=wanted)
    assert (refused_as(refused), refused.status_code, refused.headers["retry-after"]) == ("too-often", 429, "2700")
    for each in range(DEFAULT_LIMITS.codes_per_customer - DEFAULT_LIMITS.codes_per_number):
        ask(site, desk, f"+4206030000{each:02}")
    assert (
        refused_as(site.call("desk", "POST", "number-codes", json=wanted | {"number": "+420603111222"})) == "too-often"
    )
    site.clock.move(hours=1, seconds=1)
    ask(site, desk)


def test_another_customers_code_is_not_found(site: Site, desk: Desk) -> None:
    given = ask(site, desk)
    assert confirm(site, desk, given["id"], given["code"], site.world.globex.id).status_code == 404


@pytest.mark.parametrize("number", ["112", "anonymous", "", "777123456;602000001"])
def test_only_numbers_that_can_be_called_get_a_code(site: Site, desk: Desk, number: str) -> None:
    wanted = {"number": number, "customer_id": desk.customer_id}
    assert refused_as(site.call("desk", "POST", "number-codes", json=wanted)) == "invalid"


def test_a_code_keyed_in_a_call_from_the_number_proves_it(site: Site, desk: Desk) -> None:
    given = ask(site, desk)
    assert refused_as(confirm(site, desk, given["id"], None)) == "invalid"
    key(site, desk, given["code"], presented="+420777000111", call="other")
    assert refused_as(confirm(site, desk, given["id"], None)) == "invalid"
    key(site, desk, given["code"], presented=STRANGER)
    assert confirm(site, desk, given["id"], None).status_code == 201


def test_a_code_keyed_where_a_shown_number_is_no_proof_proves_nothing(site: Site, desk: Desk) -> None:
    given = ask(site, desk)
    key(site, desk, given["code"], trust=TrustRules(presented=False), presented=STRANGER)
    assert refused_as(confirm(site, desk, given["id"], None)) == "invalid"


def key(site: Site, desk: Desk, digits: str, *, trust: TrustRules = PBX.trust, **said: Any) -> None:
    """Somebody calls where strangers are asked for a PIN, and keys digits."""
    rules = replace(PBX, unknown=Stranger.ASK_PIN, trust=trust)
    keyed = event(CallEventKind.DTMF, 5, digits=digits, **said)
    for each in (new(**said), keyed):
        hear_with_pins(site, each, rules)


def hear_with_pins(site: Site, told: CallEvent, rules: Any) -> None:
    moment = Moment(SIGNER, site.clock(), site.services.pins)
    site.world.do(lambda tx: record_event(tx, told, None, rules, moment))


# --- a call verified by calling back ---


def test_a_caller_who_was_called_back_is_let_in_with_that_evidence(site: Site, desk: Desk) -> None:
    desk.hear(new(), rules=UNTRUSTED)
    line = desk.call()
    assert line.reason == "caller-not-genuine"
    assert refused_as(site.call("desk", "POST", f"calls/{line.id}/ticket", json=FORM)) == "request-refused"
    given = site.call("desk", "POST", f"calls/{line.id}/call-back").json()
    assert given["number"] == KNOWN
    path = f"calls/{line.id}/call-back/{given['id']}"
    assert refused_as(site.call("desk", "POST", path, json={"code": other(given["code"])})) == "invalid"
    done = site.call("desk", "POST", path, json={"code": given["code"]})
    assert (done.json()["verdict"], done.json()["contact_id"]) == ("accept", desk.contact_id)
    shown = site.call("desk", "GET", f"calls/{line.id}").json()
    assert [check["proof"] for check in shown["evidence"]] == ["call-back"]
    assert "was called back by Test" in shown["detail"]
    assert site.call("desk", "POST", f"calls/{line.id}/ticket", json=FORM).status_code == 201


def test_the_switchboard_can_be_called_back_too(site: Site, desk: Desk) -> None:
    desk.hear(new(presented=SWITCHBOARD[0]), rules=UNTRUSTED)
    given = site.call("desk", "POST", f"calls/{desk.call().id}/call-back").json()
    path = f"calls/{desk.call().id}/call-back/{given['id']}"
    done = site.call("desk", "POST", path, json={"code": given["code"]}).json()
    assert (done["verdict"], done["customer_id"], done["contact_id"]) == ("accept", desk.customer_id, None)


def test_only_refused_calls_from_listed_numbers_are_called_back(site: Site, desk: Desk) -> None:
    desk.hear(new(call="in"))
    desk.hear(new(call="stranger", presented=STRANGER))
    desk.hear(new(call="hidden", presented="anonymous"))
    for call in ("in", "stranger", "hidden"):
        answer = site.call("desk", "POST", f"calls/{desk.call(call).id}/call-back")
        assert (call, refused_as(answer)) == (call, "request-refused")
    assert site.call("desk", "POST", "calls/77/call-back").status_code == 404


def test_a_code_of_another_call_verifies_nothing(site: Site, desk: Desk) -> None:
    desk.hear(new(call="a"), rules=UNTRUSTED)
    desk.hear(new(call="b"), rules=UNTRUSTED, at=RANG)
    given = site.call("desk", "POST", f"calls/{desk.call('a').id}/call-back").json()
    path = f"calls/{desk.call('b').id}/call-back/{given['id']}"
    assert refused_as(site.call("desk", "POST", path, json={"code": given["code"]})) == "invalid"
    assert desk.call("b").verdict == "reject"
    right = f"calls/{desk.call('a').id}/call-back/{given['id']}"
    done = site.call("desk", "POST", right, json={"code": given["code"]})
    assert done.status_code == 200, "asking with the wrong call does not use it up"


def test_a_call_back_takes_no_code_of_a_number_to_be_listed(site: Site, desk: Desk) -> None:
    desk.hear(new(), rules=UNTRUSTED)
    given = ask(site, desk)
    path = f"calls/{desk.call().id}/call-back/{given['id']}"
    assert refused_as(site.call("desk", "POST", path, json={"code": given["code"]})) == "invalid"
    assert refused_as(confirm(site, desk, given["id"], None)) == "invalid", "it is not marked as confirmed"
