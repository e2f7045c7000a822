"""The timers role: looks at what is due, every few seconds, for as long as it runs. Any number of nodes may do so.

There is no schedule in memory that a restart could lose: what is due is a row, and it is claimed in the transaction
that does the work (see `intake.timers`).
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial

import structlog

from intake.app import App, now
from intake.letters.notices import NOBODY, StaffAddresses
from intake.ports import Transaction, Writer
from intake.timers import fire_timers

log = structlog.get_logger(__name__)

_LOOK_SECONDS = 5.0
_AT_ONCE = 100
# A ticket that cannot be worked on must not keep the others waiting.
_SET_ASIDE = timedelta(hours=1)


@asynccontextmanager
async def keep_time(app: App) -> AsyncIterator[None]:
    """Fire timers until the context ends."""
    mail = app.settings.mail
    staff = StaffAddresses(
        warnings=mail.warnings_to, breaches=mail.breaches_to, language=mail.quarantine_digest_language
    )
    task = asyncio.create_task(_watch(app.writer, now, staff))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _watch(writer: Writer, clock: Callable[[], datetime], staff: StaffAddresses) -> None:
    while True:
        try:
            while await look_once(writer, clock(), staff) == _AT_ONCE:
                continue
        except Exception as error:  # noqa: BLE001 - what is due is still there; looked at again soon
            log.error("cannot look at timers", error=str(error))
        await asyncio.sleep(_LOOK_SECONDS)


async def look_once(writer: Writer, at: datetime, staff: StaffAddresses = NOBODY) -> int:
    """Do what is due at `at` (aware UTC), up to a batch; returns how many tickets were looked at."""
    due, ended = await asyncio.wrap_future(writer.submit(partial(_what_is_due, at=at)))
    for ticket_id in due:
        try:
            work = partial(fire_timers, ticket_id=ticket_id, at=at, staff=staff)
            fired = await asyncio.wrap_future(writer.submit(work))
        except Exception as error:  # noqa: BLE001 - one ticket's trouble is not the others'
            log.error("cannot fire timers", ticket=ticket_id, error=str(error))
            later = at + _SET_ASIDE
            await asyncio.wrap_future(writer.submit(partial(_set_aside, ticket_id=ticket_id, at=later)))
            continue
        for timer in fired:
            log.info("timer fired", ticket=ticket_id, timer=timer.mark)
    if ended:
        await asyncio.wrap_future(writer.submit(partial(_end_contacts, at=at)))
    return len(due)


def _what_is_due(tx: Transaction, at: datetime) -> tuple[Sequence[int], bool]:
    return tx.timers.due(at, _AT_ONCE), bool(tx.timers.ended_contacts(at, 1))


def _set_aside(tx: Transaction, ticket_id: int, at: datetime) -> None:
    tx.timers.look_again(ticket_id, at)


def _end_contacts(tx: Transaction, at: datetime) -> None:
    for contact in tx.timers.ended_contacts(at, _AT_ONCE):
        if tx.timers.end_contact(contact, at):
            log.info("validity of a contact ended", contact=contact.id)
