"""A voicemail's recording, from the webhook to the file on its ticket: with the real store, over a real connection."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
import time_machine
from sqlalchemy import select

from channels.phone.dialects.native import Native
from channels.phone.event import CallEventKind, Cause
from channels.phone.gateway import Endpoint
from channels.phone.hook import EndpointSecrets
from channels.phone.judgement import EndpointRules
from channels.phone.recording_filing import FIRST_LOOK, TICKET_WITHIN
from channels.phone.recordings import RecordingRules
from intake.app import App
from intake.phone.recordings import fetch_due
from store.blobs import BlobStore
from store.tables import recordings
from tests.channels.phone.calling import KNOWN, RANG, STRANGER, after, answered, ended, event, new
from tests.channels.phone.desk import SIGNER, Desk, filing, set_up
from tests.servers.web import Page, Web, serve
from tests.store.world import world

WAV = b"RIFF\x24\x00\x00\x00WAVEfmt "


@dataclass
class Parts:
    """What of the application the fetching needs."""

    writer: Any
    blobs: Any
    signer: Any


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    with world(database_url) as small:
        yield set_up(small)


@pytest.fixture
def web() -> Iterator[Web]:
    with serve(Page(content_type="audio/wav", body=WAV)) as running:
        yield running


def rules(web: Web) -> EndpointRules:
    return replace(filing(), recordings=RecordingRules(hosts=(web.url,)))


def leave_message(desk: Desk, web: Web, **said: Any) -> None:
    """Somebody calls, nobody takes it, and the voicemail tells of a message."""
    message = event(CallEventKind.VOICEMAIL, 40, recording_url=f"{web.url}/m1.wav", event_id="m1", **said)
    desk.hear(new(**said), ended(30, cause=Cause.VOICEMAIL, **said), message, message, rules=rules(web))
    desk.look(after(60), rules(web))


def fetch(desk: Desk, web: Web, tmp_path: Path, *, seconds: float = 70) -> int:
    """What the fetcher does so long after the ring."""
    app = cast("App", Parts(writer=desk.writer, blobs=BlobStore(desk.engine, tmp_path / "blobs"), signer=SIGNER))
    endpoint = Endpoint(dialect=Native(), secrets=EndpointSecrets(), rules=rules(web))
    with time_machine.travel(after(seconds), tick=False):
        return asyncio.run(fetch_due(app, {"pbx": endpoint}))


def rows(desk: Desk) -> list[tuple[str, int, str | None]]:
    with desk.engine.connect() as connection:
        found = connection.execute(select(recordings).order_by(recordings.c.id)).all()
    return [(row.state, row.attempts, row.last_error) for row in found]


def test_the_message_hangs_on_its_ticket_once(desk: Desk, web: Web, tmp_path: Path) -> None:
    leave_message(desk, web)
    assert fetch(desk, web, tmp_path) == 1
    assert fetch(desk, web, tmp_path, seconds=4000) == 0
    (page,) = desk.tickets()
    (file,) = page.attachments
    assert (file.filename, file.content_type, file.size) == ("hlasova-zprava-20261123-090000.wav", "audio/x-wav", 16)
    assert rows(desk) == [("kept", 1, None)]
    assert len(web.heard) == 1


def test_what_is_not_there_yet_is_fetched_later(desk: Desk, web: Web, tmp_path: Path) -> None:
    good = web.answer
    web.answer = lambda _: Page(status=404)
    leave_message(desk, web)
    fetch(desk, web, tmp_path)
    assert rows(desk) == [("pending", 1, "answered 404")]
    web.answer = good
    assert fetch(desk, web, tmp_path, seconds=80) == 0
    assert fetch(desk, web, tmp_path, seconds=140) == 1
    assert rows(desk) == [("kept", 2, None)]


def test_after_many_attempts_it_is_given_up(desk: Desk, web: Web, tmp_path: Path) -> None:
    web.answer = lambda _: Page(status=503)
    leave_message(desk, web)
    at = 70.0
    for _ in range(20):
        fetch(desk, web, tmp_path, seconds=at)
        at += timedelta(hours=13).total_seconds()
    ((state, attempts, error),) = rows(desk)
    assert (state, attempts, error) == ("failed", 8, "answered 503")
    assert len(desk.tickets()) == 1


def test_a_refusal_for_good_is_not_tried_again(desk: Desk, web: Web, tmp_path: Path) -> None:
    web.answer = lambda _: Page(status=401)
    leave_message(desk, web)
    fetch(desk, web, tmp_path)
    assert rows(desk) == [("failed", 1, "answered 401")]


def test_a_recording_from_elsewhere_is_noted_and_never_asked_for(desk: Desk, web: Web, tmp_path: Path) -> None:
    message = event(CallEventKind.VOICEMAIL, 40, recording_url="http://169.254.169.254/latest")
    desk.hear(new(), ended(30, cause=Cause.VOICEMAIL), message, rules=rules(web))
    assert fetch(desk, web, tmp_path) == 0
    ((state, _, error),) = rows(desk)
    assert state == "failed"
    assert "recording_hosts" in (error or "")


def test_a_strangers_message_is_not_fetched(desk: Desk, web: Web, tmp_path: Path) -> None:
    leave_message(desk, web, presented=STRANGER)
    later = 40 + (TICKET_WITHIN + FIRST_LOOK).total_seconds()
    for seconds in (70.0, later + 20, later + 100):
        fetch(desk, web, tmp_path, seconds=seconds)
    assert web.heard == []
    assert rows(desk)[0][0] == "failed"


def test_conversations_are_not_fetched(desk: Desk, web: Web, tmp_path: Path) -> None:
    recording = event(CallEventKind.RECORDING, 61, recording_url=f"{web.url}/talk.wav", event_id="r1")
    desk.hear(new(), answered(), ended(), recording, rules=rules(web))
    assert (fetch(desk, web, tmp_path), rows(desk), web.heard) == (0, [], [])


def test_two_nodes_file_it_once(desk: Desk, web: Web, tmp_path: Path) -> None:
    leave_message(desk, web)
    app = cast("App", Parts(writer=desk.writer, blobs=BlobStore(desk.engine, tmp_path / "blobs"), signer=SIGNER))
    endpoint = Endpoint(dialect=Native(), secrets=EndpointSecrets(), rules=rules(web))

    async def both() -> list[int]:
        return list(await asyncio.gather(*(fetch_due(app, {"pbx": endpoint}) for _ in range(2))))

    with time_machine.travel(after(70), tick=False):
        assert sorted(asyncio.run(both())) == [0, 1]
    assert len(desk.tickets()[0].attachments) == 1
    assert KNOWN in desk.tickets()[0].line.ticket.subject
    assert desk.tickets()[0].line.ticket.received_at == RANG


def test_the_calls_page_names_the_recording_and_its_file(desk: Desk, web: Web, tmp_path: Path) -> None:
    leave_message(desk, web)
    call = desk.queries.call(desk.call().id)
    assert call is not None
    assert [(each.state, each.attachment_id) for each in call.recordings] == [("pending", None)]
    fetch(desk, web, tmp_path)
    call = desk.queries.call(desk.call().id)
    assert call is not None
    (kept,) = call.recordings
    (file,) = desk.tickets()[0].attachments
    assert (kept.state, kept.attachment_id, kept.filename, kept.size) == ("kept", file.id, file.filename, 16)
