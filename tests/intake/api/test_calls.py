"""Calls over HTTP: the decision and its events, the live list, the agent's form, a number let in from a call."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from authz.people.tokens import Scope
from channels.phone.call_tickets import Moment
from channels.phone.event import CallEventKind, Cause
from channels.phone.filing import TicketCause
from channels.phone.recording_filing import keep_recording
from channels.phone.recordings import RecordingRules, Sound
from intake.api.call_stream import changed_calls, stream_calls
from intake.queries import CallLine
from tests.channels.phone.calling import KNOWN, STRANGER, after, answered, ended, event, new
from tests.channels.phone.desk import KARELS, SIGNER, Desk, filing, set_up
from tests.intake.api.conftest import Site
from tests.intake.api.test_problems import slug

EVERY = filing(when=frozenset(TicketCause))
FORM = {"subject": "Nejde tisk", "text": "Tiskárna v přízemí netiskne."}


@pytest.fixture
def desk(site: Site) -> Desk:
    return set_up(site.world)


def _id(desk: Desk, call: str = "1") -> int:
    return desk.call(call).id


def test_a_call_shows_its_decision_the_checks_and_every_event(site: Site, desk: Desk) -> None:
    desk.hear(new(called_number="+420211151600"), answered(), ended(cause=Cause.NORMAL))
    shown = site.call("desk", "GET", f"calls/{_id(desk)}").json()
    assert (shown["verdict"], shown["reason"]) == ("accept", "authorized")
    assert "Acme" in shown["detail"]
    assert [check["proof"] for check in shown["evidence"]] == ["presented"]
    assert [each["kind"] for each in shown["events"]] == ["new", "answered", "ended"]
    assert shown["events"][0]["data"]["presented"] == KNOWN
    assert (shown["customer_name"], shown["contact_name"]) == ("Acme", "Jana Nováková")


def test_the_decision_is_found_however_long_the_call_id_is(site: Site, desk: Desk) -> None:
    for last in "ab":
        desk.hear(new(call="x" * 250 + last, presented=STRANGER))
    for last in "ab":
        shown = site.call("desk", "GET", f"calls/{_id(desk, 'x' * 250 + last)}").json()
        assert STRANGER in shown["detail"]
        assert len(shown["events"]) == 1


# --- a refused number is let in ---


def test_a_refused_number_is_authorized_from_its_call(site: Site, desk: Desk) -> None:
    desk.hear(new(presented=STRANGER))
    path, whose = f"calls/{_id(desk)}/authorization", {"customer_id": desk.customer_id, "contact_id": desk.contact_id}
    answer = site.call("desk", "POST", path, json=whose | {"label": "mobil"})
    assert answer.status_code == 201, answer.text
    assert (answer.json()["number"], answer.json()["label"]) == (STRANGER, "mobil")
    assert answer.headers["Location"] == f"/api/v1/numbers/{answer.json()['id']}"
    desk.hear(new(call="2", presented=STRANGER))
    assert (desk.call("2").verdict, desk.call("2").contact_id) == ("accept", desk.contact_id)
    assert desk.call("1").verdict == "reject"


@pytest.mark.parametrize("presented", ["anonymous", "220", ""])
def test_there_is_nothing_to_authorize_in_a_call_without_a_number(site: Site, desk: Desk, presented: str) -> None:
    desk.hear(new(presented=presented))
    answer = site.call("desk", "POST", f"calls/{_id(desk)}/authorization", json={"customer_id": desk.customer_id})
    assert slug(answer) == (422, "invalid")


def test_who_may_not_change_the_lists_authorizes_no_number(site: Site, desk: Desk) -> None:
    desk.hear(new(presented=STRANGER))
    answer = site.call("jana", "POST", f"calls/{_id(desk)}/authorization", json={"customer_id": desk.customer_id})
    assert slug(answer) == (403, "scope-missing")


# --- the agent's form ---


def _file(site: Site, desk: Desk, call: str = "1", who: str = "desk", **form: Any) -> Any:
    key = form.pop("key", None)
    headers = {"Idempotency-Key": key} if key else {}
    return site.call(who, "POST", f"calls/{_id(desk, call)}/ticket", json=FORM | form, headers=headers)


def test_the_form_of_a_call_makes_a_ticket_whose_clock_runs_from_the_ring(site: Site, desk: Desk) -> None:
    """RULE channel-phone"""
    desk.hear(new(), answered())
    site.clock.move(minutes=5)
    answer = _file(site, desk, category="B")
    assert answer.status_code == 201, answer.text
    number = answer.json()["ticket_number"]
    assert answer.headers["Location"] == f"/api/v1/tickets/{number}"
    (page,) = desk.tickets()
    ticket = page.line.ticket
    assert (ticket.number, ticket.subject, ticket.category, ticket.channel) == (number, "Nejde tisk", "B", "phone")
    assert (ticket.received_at, ticket.contact_id) == (after(0), desk.contact_id)
    assert desk.call().ticket_number == number
    desk.hear(ended(cause=Cause.NORMAL), rules=EVERY)
    assert len(desk.tickets()) == 1


def test_a_form_sent_twice_with_its_key_is_one_ticket(site: Site, desk: Desk) -> None:
    desk.hear(new(), answered())
    assert [_file(site, desk, key="k").status_code for _ in range(2)] == [201, 201]
    (page,) = desk.tickets()
    assert len(page.comments) == 1


def test_the_form_of_a_call_that_has_a_ticket_adds_to_it(site: Site, desk: Desk) -> None:
    desk.hear(new(), answered(), rules=EVERY)
    (page,) = desk.tickets()
    assert _file(site, desk).json()["ticket_number"] == page.line.ticket.number
    (page,) = desk.tickets()
    assert len(page.comments) == 2


def test_the_form_names_who_of_the_company_called_and_which_ticket_it_is_about(site: Site, desk: Desk) -> None:
    number = site.ticket("jana")["number"]
    desk.hear(new(presented="+420211151611"), answered())
    assert desk.call().contact_id is None
    assert _file(site, desk, contact_id=desk.contact_id, ticket_number=number).json() == {"ticket_number": number}
    assert desk.call().contact_id == desk.contact_id


def test_a_form_cannot_mix_customers(site: Site, desk: Desk) -> None:
    theirs = site.ticket("karel")["number"]
    desk.hear(new(), answered())
    assert slug(_file(site, desk, ticket_number=theirs)) == (422, "invalid")
    assert slug(_file(site, desk, contact_id=site.world.karel.id)) == (422, "invalid")
    assert slug(_file(site, desk, contact_id=4711))[0] == 404
    assert [page.line.ticket.number for page in desk.tickets()] == [theirs]


def test_a_refused_call_has_no_form_and_a_customer_no_calls(site: Site, desk: Desk) -> None:
    desk.hear(new(presented=STRANGER), new(call="2"))
    assert slug(_file(site, desk)) == (403, "request-refused")
    assert slug(_file(site, desk, "2", who="jana")) == (404, "not-found")
    assert desk.tickets() == []


# --- the live list ---


def _listen(site: Site, desk: Desk, *told_by: Any) -> list[dict[str, Any]]:
    """What somebody hears who listens from now on, while these events are told one after the other."""

    async def run() -> list[str]:
        site.services.closing.clear()
        told: dict[int, CallLine] = {}
        first = changed_calls(site.services, told, site.services.clock(), first=True)

        async def listen() -> list[str]:
            return [text async for text in stream_calls(site.services, told, first)]

        task = asyncio.create_task(listen())
        for events in told_by:
            await asyncio.to_thread(desk.hear, *events)
            await asyncio.sleep(1.3)
        site.services.closing.set()
        return await asyncio.wait_for(task, 3)

    texts = [text for text in asyncio.run(run()) if text.startswith("event: call\n")]
    return [json.loads(text.split("data: ", 1)[1]) for text in texts]


def test_a_listener_hears_a_call_ring_be_answered_and_end(site: Site, desk: Desk) -> None:
    desk.hear(new(call="earlier", presented=KARELS))
    desk.hear(new(call="over", presented=STRANGER))
    heard = _listen(site, desk, [new()], [answered()], [ended(cause=Cause.NORMAL)], [new(call="2", presented=STRANGER)])
    assert [(each["call_id"], each["state"]) for each in heard] == [
        ("earlier", "ringing"),
        ("1", "ringing"),
        ("1", "answered"),
        ("1", "ended"),
        ("2", "ended"),
    ]
    assert heard[1]["contact_name"] == "Jana Nováková"
    assert (heard[4]["verdict"], heard[4]["reason"]) == ("reject", "caller-unknown")


def test_nobody_hears_of_calls_without_the_scope(site: Site) -> None:
    assert slug(site.call("jana", "GET", "calls/live")) == (403, "scope-missing")
    assert slug(site.call("nobody", "GET", "calls/live")) == (401, "unauthenticated")


def test_the_live_list_is_a_stream_that_no_proxy_keeps(site: Site) -> None:
    site.services.closing.set()
    answer = site.call("desk", "GET", "calls/live")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert (answer.headers["cache-control"], answer.headers["x-accel-buffering"]) == ("no-store", "no")
    assert answer.text.startswith(": calls\n")


# --- screen-pop ---


def test_the_screen_pop_says_who_it_is_and_what_is_open(site: Site, desk: Desk) -> None:
    made = site.ticket("jana", subject="Nefunguje fax")
    desk.hear(new(call="0"), ended(cause=Cause.NORMAL, call="0"))
    desk.hear(new())
    shown = site.call("desk", "GET", f"calls/{_id(desk)}/screen-pop").json()
    (customer,) = shown["customers"]
    assert (customer["name"], customer["active"], customer["contract"]) == ("Acme", True, None)
    assert customer["people"] == [{"id": desk.contact_id, "name": "Jana Nováková"}]
    assert [each["ticket"]["number"] for each in shown["open_tickets"]] == [made["number"]]
    assert [each["call_id"] for each in shown["last_calls"]] == ["0"]
    by_number = site.call("desk", "GET", "calls/screen-pop?number=777123456").json()
    assert (by_number["number"], by_number["call"], len(by_number["last_calls"])) == (KNOWN, None, 2)


def test_the_screen_pop_of_a_stranger_shows_nobody_elses_things(site: Site, desk: Desk) -> None:
    site.ticket("jana")
    for number in (STRANGER, "anonymous"):
        shown = site.call("desk", "GET", "calls/screen-pop", params={"number": number}).json()
        assert (shown["customers"], shown["open_tickets"], shown["last_calls"]) == ([], [], [])
    desk.hear(new(presented=KARELS))
    shown = site.call("desk", "GET", f"calls/{_id(desk)}/screen-pop").json()
    assert ([each["name"] for each in shown["customers"]], shown["open_tickets"]) == (["Globex"], [])


@pytest.mark.parametrize("who", ["jana", "nobody"])
def test_contacts_see_no_screen_pop(site: Site, desk: Desk, who: str) -> None:
    desk.hear(new())
    for path in (f"calls/{_id(desk)}/screen-pop", "calls/screen-pop?number=777123456"):
        assert site.call(who, "GET", path).status_code in {401, 403}
    assert site.call("desk", "GET", "calls/77/screen-pop").status_code == 404


# --- what the caller left ---


def _leave_message(site: Site, desk: Desk) -> tuple[int, int]:
    """A message that was fetched; returns the ids of the call and of the recording."""
    rules = replace(filing(), recordings=RecordingRules(hosts=("pbx.example",)))
    message = event(CallEventKind.VOICEMAIL, 40, recording_url="https://pbx.example/1.wav", event_id="m1")
    desk.hear(new(), ended(30, cause=Cause.VOICEMAIL), message, rules=rules)
    desk.look(after(60), rules)
    (row,) = site.call("desk", "GET", f"calls/{_id(desk)}").json()["recordings"]
    assert (row["state"], row["attachment_id"]) == ("pending", None)
    sound = Sound(octets=b"RIFF....", content_type="audio/x-wav", ending="wav")
    blob = site.services.blobs.prepare(sound.octets)
    moment = Moment(SIGNER, after(70))
    assert desk.writer.submit(lambda tx: keep_recording(tx, row["id"], sound, blob, moment)).result(10)
    return _id(desk), row["id"]


def test_a_message_is_listed_with_its_call_and_saved_as_a_file(site: Site, desk: Desk) -> None:
    call, recording = _leave_message(site, desk)
    (row,) = site.call("desk", "GET", f"calls/{call}").json()["recordings"]
    assert (row["state"], row["content_type"], row["size"]) == ("kept", "audio/x-wav", 8)
    answer = site.call("desk", "GET", f"calls/{call}/recordings/{recording}")
    assert answer.content == b"RIFF...."
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_message_is_given_to_nobody_else_and_by_no_other_call(site: Site, desk: Desk) -> None:
    call, recording = _leave_message(site, desk)
    desk.hear(new(call="2", presented=STRANGER))
    assert site.call("jana", "GET", f"calls/{call}/recordings/{recording}").status_code == 404
    assert site.call("nobody", "GET", f"calls/{call}/recordings/{recording}").status_code == 401
    for path in (f"calls/{_id(desk, '2')}/recordings/{recording}", f"calls/{call}/recordings/{recording + 1}"):
        assert site.call("desk", "GET", path).status_code == 404
    bare = {"Authorization": f"Bearer {site.token(frozenset({Scope.LEDGER_READ}))}"}
    assert site.http.get(f"/api/v1/calls/{call}/recordings/{recording}", headers=bare).status_code == 403
