"""The live list of calls as server-sent events, for a screen that shows who is calling.

Owns what is told and how it is written. It asks the store again and again: any node may have answered the PBX.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from pydantic import TypeAdapter

from intake.api.services import ApiServices
from intake.queries import CallLine

# A call that ended at once is told all the same to who was listening when it rang.
RECENT = timedelta(minutes=2)
_POLL_SECONDS = 1.0
_SILENT_POLLS = 15

_LINE = TypeAdapter(CallLine)


def changed_calls(
    services: ApiServices, told: dict[int, CallLine], at: datetime, *, first: bool = False
) -> list[CallLine]:
    """The calls that are new or not as they were told; `told` is brought up to date. Blocking.

    at: aware UTC now. first: nobody was told anything yet, so only calls that go on are news.
    """
    going_on = [call_id for call_id, line in told.items() if line.ended_at is None]
    found = services.queries.live_calls(at - RECENT, going_on)
    changed = [line for line in found if told.get(line.id) != line and not (first and line.ended_at is not None)]
    # What ended and is no longer found cannot change any more for who is listening.
    kept = {line.id: line for line in found}
    told.clear()
    told.update(kept)
    return changed


async def stream_calls(services: ApiServices, told: dict[int, CallLine], first: list[CallLine]) -> AsyncIterator[str]:
    """The events as text, until the service stops or the listener goes away. first: what to begin with."""
    yield ": calls\nretry: 3000\n\n"
    for line in first:
        yield write_event(line)
    silent = 0
    while not services.closing.is_set():
        changed = await asyncio.to_thread(changed_calls, services, told, services.clock())
        for line in changed:
            yield write_event(line)
        silent = 0 if changed else silent + 1
        if silent >= _SILENT_POLLS:
            # Proxies close what says nothing.
            yield ": nothing new\n\n"
            silent = 0
        await _wait(services.closing, _POLL_SECONDS)


def write_event(line: CallLine) -> str:
    """One call as an event: its JSON has no line breaks. HTML Living Standard, "Server-sent events"."""
    return f"event: call\nid: {line.id}\ndata: {_LINE.dump_json(line).decode()}\n\n"


async def _wait(closing: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(closing.wait(), seconds)
    except TimeoutError:
        return
