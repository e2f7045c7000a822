"""Fetches callers' messages: takes what is due, fetches it in a thread, and files it. Any number of nodes may do so."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

import structlog

from channels.phone.call_tickets import Moment
from channels.phone.gateway import Endpoint
from channels.phone.recording_filing import give_up_or_wait, keep_recording, wants_fetching
from channels.phone.recordings import RecordingRules, fetch_recording
from intake.app import App, now
from intake.outgoing_http import OutgoingError
from intake.phone.calls import Recording, RecordingState
from intake.ports import Transaction

log = structlog.get_logger(__name__)

_LOOK_SECONDS = 5.0
_AT_ONCE = 4
# Longer than fetching can take: another node may try it then.
_OURS = timedelta(minutes=5)


@asynccontextmanager
async def keep_recordings(app: App, endpoints: Mapping[str, Endpoint]) -> AsyncIterator[None]:
    """Fetch what is announced, until the context ends."""
    task = asyncio.create_task(_watch(app, endpoints))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def fetch_due(app: App, endpoints: Mapping[str, Endpoint]) -> int:
    """Fetch the recordings whose time has come, and file them; returns how many were looked at."""
    due = await asyncio.wrap_future(app.writer.submit(_claim))
    await asyncio.gather(*(_fetch(app, endpoints, each) for each in due))
    return len(due)


async def _watch(app: App, endpoints: Mapping[str, Endpoint]) -> None:
    while True:
        try:
            await fetch_due(app, endpoints)
        except Exception as error:  # noqa: BLE001 - the rows are still there; looked at again soon
            log.error("cannot look at recordings", error=str(error))
        await asyncio.sleep(_LOOK_SECONDS)


def _claim(tx: Transaction) -> list[Recording]:
    at = now()
    claimed = tx.calls.claim_recordings(at, at + _OURS, _AT_ONCE)
    return [each for each in claimed if wants_fetching(tx, each, at)]


async def _fetch(app: App, endpoints: Mapping[str, Endpoint], recording: Recording) -> None:
    endpoint = endpoints.get(recording.endpoint)
    rules = endpoint.rules.recordings if endpoint is not None else None
    keys = endpoint.secrets.keys if endpoint is not None else ()
    try:
        sound = await asyncio.to_thread(
            fetch_recording, recording.url, recording.provider, rules or RecordingRules(), keys
        )
    except OutgoingError as error:
        await _fail(app, recording, error)
        return
    blob = await asyncio.to_thread(app.blobs.prepare, sound.octets)
    moment = Moment(app.signer, now())
    work = partial(keep_recording, recording_id=recording.id, sound=sound, blob=blob, moment=moment)
    await asyncio.wrap_future(app.writer.submit(work))


async def _fail(app: App, recording: Recording, error: OutgoingError) -> None:
    work = partial(give_up_or_wait, recording_id=recording.id, error=str(error), permanent=error.permanent, at=now())
    left = await asyncio.wrap_future(app.writer.submit(work))
    say = log.error if left is None or left.state is RecordingState.FAILED else log.warning
    say("a recording cannot be fetched", endpoint=recording.endpoint, recording=recording.id, error=str(error))
