"""The part of the outbox role that posts events: joins the sender with the settings, and runs it."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import structlog

from authz.people.sealing import Sealer
from intake.app import App, allowed_networks, now, signing_secrets
from intake.letters.alerts import write_alert
from intake.webhooks.endpoint import Poster
from intake.webhooks.model import Webhook
from intake.webhooks.sender import WebhookSender
from store.webhook_queue import StoreDeliveries

log = structlog.get_logger(__name__)

_GRACE_SECONDS = 5.0
_FORGET_SECONDS = 3600.0


@asynccontextmanager
async def post_webhooks(app: App) -> AsyncIterator[None]:
    """Post events until the context ends. Raises SettingsError for a network that is none."""
    queue = StoreDeliveries(app.engine)
    sender = build_sender(app, queue)
    thread = threading.Thread(target=sender.run, name="webhooks", daemon=True)
    thread.start()
    forgetting = asyncio.create_task(_forget(queue, timedelta(days=app.settings.webhooks.keep_days)))
    try:
        yield
    finally:
        forgetting.cancel()
        await asyncio.gather(forgetting, return_exceptions=True)
        sender.stop()
        await asyncio.to_thread(thread.join, _GRACE_SECONDS)


def build_sender(app: App, queue: StoreDeliveries) -> WebhookSender:
    """Join the sender."""
    settings = app.settings.webhooks

    def told(hook: Webhook, why: str, at: datetime) -> None:
        log.error("webhook switched off", webhook=hook.id, why=why)
        text = f"Webhook {hook.id} ({hook.url}) byl vypnut / was switched off: {why}"
        write_alert(app, f"webhook {hook.id}", [text], frozenset({"webhook-disabled"}), at)

    def enrich(kind: str, data: dict[str, Any]) -> dict[str, Any]:
        return _with_content(app, data) if settings.content != "none" and kind.startswith("ticket.") else data

    return WebhookSender(
        queue,
        Poster(allowed=allowed_networks(settings.allowed_networks, "webhooks"), seconds=settings.timeout_seconds),
        Sealer(signing_secrets(app.settings)),
        clock=now,
        disable_after=timedelta(hours=settings.disable_after_hours),
        told=told,
        count=app.posts.count,
        enrich=enrich,
    )


def _with_content(app: App, data: dict[str, Any]) -> dict[str, Any]:
    page = app.queries.ticket_page(data["ticket"], now())
    if page is None:
        return data
    more = {"subject": page.line.ticket.subject}
    said = next((each for each in page.comments if each.id == data.get("comment_id")), None)
    if said is not None and app.settings.webhooks.content == "text":
        more["text"] = said.text
    return data | more


async def _forget(queue: StoreDeliveries, keep: timedelta) -> None:
    while True:
        try:
            while await asyncio.to_thread(queue.forget, now() - keep):
                continue
        except Exception as error:  # noqa: BLE001 - it is tried again later
            log.error("cannot forget old events", error=str(error))
        await asyncio.sleep(_FORGET_SECONDS)
