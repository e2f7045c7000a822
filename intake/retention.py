"""What is kept only for so long, and the daily mail about what waits for a decision.

Owns the hours at which that happens. Every node may run it; the lease lets one do the work.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from authz.identity import Channel
from config.settings import MailSettings
from intake.app import App, now
from intake.drafts import DRAFT_DAYS
from intake.ledger import HeldState
from intake.letters.alerts import alert_of_ending_secrets
from intake.letters.asked import LETTERS_OVER
from intake.letters.customer_digest import write_customer_digests
from intake.outgoing import OutboxItem, OutboxKind
from intake.ports import Transaction
from intake.queries import HeldLine, Window
from intake.tickets.model import Actor, ActorKind
from store.quarantine import StoreRetention

log = structlog.get_logger(__name__)

_KEEPER = Actor(kind=ActorKind.SYSTEM, name="retention", channel=Channel.WEB)
_LEASE = "retention"
_LASTS = timedelta(minutes=10)
_LOOK_SECONDS = 60.0
_BATCH = 100
_ZONE = ZoneInfo("Europe/Prague")
# A file is prepared before its row is committed; this is longer than any commit may take.
_YOUNG_FILE = timedelta(days=1)
_ANSWERS_KEPT_FOR = timedelta(days=1)
_FAILURES_COUNT_FOR = timedelta(days=1)
_COLLECT_EVERY = timedelta(days=1)
_LISTED = 50


@asynccontextmanager
async def keep_retention(app: App) -> AsyncIterator[None]:
    """Delete what has been held for too long and write the digest, until the context ends."""
    task = asyncio.create_task(_watch(app))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _watch(app: App) -> None:
    collect_at = now() + timedelta(minutes=5)
    while True:
        at = now()
        try:
            if await asyncio.to_thread(app.leases.acquire, _LEASE, at=at, lasts=_LASTS) is not None:
                await asyncio.to_thread(delete_expired, app, at)
                await asyncio.to_thread(forget_what_is_over, app, at)
                await asyncio.to_thread(write_digest, app, at)
                await asyncio.to_thread(write_customer_digests, app, at)
                await asyncio.to_thread(alert_of_ending_secrets, app, at)
                if at >= collect_at:
                    collect_at = at + _COLLECT_EVERY
                    await asyncio.to_thread(app.blobs.collect, older_than=at - _YOUNG_FILE)
        except Exception as error:  # noqa: BLE001 - what is due is still there; looked at again soon
            log.error("cannot keep the quarantine in order", error=str(error))
        await asyncio.sleep(_LOOK_SECONDS)


def delete_expired(app: App, at: datetime) -> int:
    """Delete the requests whose retention has ended; returns how many. at: aware UTC. Blocking."""
    rows = StoreRetention(app.engine)
    before = at - timedelta(days=app.settings.mail.quarantine_days)
    deleted = 0
    while count := rows.delete_held(before=before, at=at, by=_KEEPER, limit=_BATCH):
        deleted += count
    if deleted:
        log.info("held requests deleted", count=deleted, held_before=before.isoformat())
    return deleted


def forget_what_is_over(app: App, at: datetime) -> None:
    """Delete sessions, repeated answers, drafts and what was counted, when they mean nothing any more. Blocking."""

    def work(tx: Transaction) -> None:
        tx.people.forget_sessions(at)
        tx.signing.forget_steps(at)
        tx.people.forget_login_failures(at - _FAILURES_COUNT_FOR)
        tx.answers.forget(at - _ANSWERS_KEPT_FOR)
        tx.asked.forget(at - LETTERS_OVER)
        tx.drafts.forget_old(at - timedelta(days=DRAFT_DAYS))

    app.writer.submit(work).result()


def write_digest(app: App, at: datetime) -> int:
    """Put the day's mail about the quarantine into the outbox, once, when its hour has come; returns how many.

    at: aware UTC. The Message-ID names the day and the recipient, so that no restart and no other node doubles it.
    Nothing is written when nothing waits. Blocking.
    """
    mail = app.settings.mail
    local = at.astimezone(_ZONE)
    if not mail.quarantine_digest_to or local.hour < mail.quarantine_digest_hour:
        return 0
    rows = StoreRetention(app.engine)
    wanted = [(address, _message_id(mail, index, local)) for index, address in enumerate(mail.quarantine_digest_to)]
    missing = [(address, message_id) for address, message_id in wanted if not rows.was_written(message_id)]
    waiting = sum(rows.count_held().values()) if missing else 0
    if not waiting:
        return 0
    lines = app.queries.quarantine(HeldState.HELD, Window(limit=_LISTED)).items
    payload = {
        "language": mail.quarantine_digest_language,
        "waiting": waiting,
        "lines": [_line(line) for line in lines],
        "days": mail.quarantine_days,
        "url": app.settings.public_url,
    }

    def work(tx: Transaction) -> None:
        for address, message_id in missing:
            tx.add_outbox_item(
                OutboxItem(
                    id=tx.new_id(),
                    kind=OutboxKind.QUARANTINE_DIGEST,
                    ticket_id=None,
                    recipient=address,
                    message_id=message_id,
                    created_at=at,
                    next_attempt_at=at,
                    payload=payload,
                )
            )

    app.writer.submit(work).result()
    return len(missing)


def _message_id(mail: MailSettings, index: int, local: datetime) -> str:
    domain = mail.addresses[0].rpartition("@")[2]
    return f"<quarantine-{local:%Y%m%d}-{index}@{domain}>"


def _line(line: HeldLine) -> dict[str, str | int]:
    since = line.held.held_at.astimezone(UTC).astimezone(_ZONE)
    return {
        "id": line.held.id,
        "since": f"{since:%d.%m. %H:%M}",
        "reason": line.entry.reason,
        "identity": line.entry.identity or "",
        "subject": line.entry.subject or "",
    }
