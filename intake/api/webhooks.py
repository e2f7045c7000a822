"""Webhooks: who is told of events, what became of telling them, and telling them again."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, BaseModel, Field

from intake.api.access import WebhookKeeper
from intake.api.lists import LARGEST_ID, EntryId, Listed, WantedWindow, listed
from intake.api.problems import documented
from intake.api.services import ApiServices, Services
from intake.api.texts import ShortLine
from intake.api.ticket_schemas import Sent, Shown
from intake.ports import Transaction
from intake.webhooks.events import EventType
from intake.webhooks.model import SECRET_CONTEXT, Delivery, DeliveryState, Replay, Webhook, WebhookData
from intake.webhooks.sender import new_secret

router = APIRouter(prefix="/api/v1/webhooks", tags=["webhooks"])

T = TypeVar("T")

_OLD_SECRET_HOURS = 24


class SentWebhook(Sent):
    """What somebody wants to be told of. types: empty for everything."""

    url: str = Field(min_length=1, max_length=2000)
    types: list[EventType] = Field(default_factory=list, max_length=len(EventType))
    customer_id: Annotated[int | None, Field(ge=1, le=LARGEST_ID)] = None
    note: ShortLine = ""
    active: bool = True

    def data(self) -> WebhookData:
        """The same as the core takes it."""
        return WebhookData(**self.model_dump(exclude={"types"}), types=frozenset(self.types))


class SentRotation(Sent):
    """How long the secret before signs as well."""

    old_secret_hours: int = Field(_OLD_SECRET_HOURS, ge=0, le=24 * 30)


class SentReplay(Sent):
    """Which events are to be posted once more. only_dead: those that were given up, else also those taken before."""

    since: AwareDatetime
    until: AwareDatetime | None = None
    only_dead: bool = True


class ShownWebhook(Shown):
    """A subscription. disabled_why: set when it was switched off for failing too long."""

    id: int
    url: str
    types: list[EventType]
    customer_id: int | None
    note: str
    active: bool
    created_at: datetime
    failures: int
    failing_since: datetime | None
    disabled_why: str | None


class GivenWebhook(BaseModel):
    """A subscription with its secret, at the only moment that is shown."""

    webhook: ShownWebhook
    secret: str = Field(description="whsec_…: what the signatures are checked with")


class ShownDelivery(Shown):
    """One event for this subscription. message_id: its webhook-id."""

    event_id: int
    message_id: str
    type: EventType
    at: datetime
    data: dict[str, Any]
    state: DeliveryState
    attempts: int
    next_attempt_at: datetime | None
    done_at: datetime | None
    status: int | None = Field(description="HTTP status of the last answer; null when there was none")
    error: str | None


class Replayed(BaseModel):
    """How many events will be posted once more."""

    replayed: int


@router.get("", responses=documented())
def list_webhooks(services: Services, caller: WebhookKeeper, window: WantedWindow) -> Listed[ShownWebhook]:
    """Subscriptions, oldest first, without their secrets."""
    return listed(services.queries.webhooks(window), _shown)


@router.post("", status_code=201, responses=documented("not-found"))
async def add_webhook(services: Services, caller: WebhookKeeper, sent: SentWebhook, response: Response) -> GivenWebhook:
    """Subscribe. The secret is in this answer only."""
    secret, at = new_secret(), services.clock()
    sealed = services.sealer.seal(secret, SECRET_CONTEXT)
    made = await _do(services, lambda tx: tx.webhooks.add(sent.data(), sealed=sealed, by=caller.actor, at=at))
    response.headers["Location"] = f"/api/v1/webhooks/{made.id}"
    response.headers["Cache-Control"] = "no-store"
    return GivenWebhook(webhook=_shown(made), secret=secret)


@router.put("/{webhook_id}", responses=documented("not-found"))
async def change_webhook(
    services: Services, caller: WebhookKeeper, webhook_id: EntryId, sent: SentWebhook
) -> ShownWebhook:
    """Change a subscription, or switch it off or on."""
    at = services.clock()
    return _shown(await _do(services, lambda tx: tx.webhooks.change(webhook_id, sent.data(), by=caller.actor, at=at)))


@router.delete("/{webhook_id}", status_code=204, responses=documented("not-found"))
async def remove_webhook(services: Services, caller: WebhookKeeper, webhook_id: EntryId) -> None:
    """Unsubscribe; what was not posted yet is not."""
    at = services.clock()
    await _do(services, lambda tx: tx.webhooks.remove(webhook_id, by=caller.actor, at=at))


@router.post("/{webhook_id}/secret", responses=documented("not-found"))
async def rotate_secret(
    services: Services, caller: WebhookKeeper, webhook_id: EntryId, sent: SentRotation, response: Response
) -> GivenWebhook:
    """Give it another secret. For some hours both sign, so that no event is refused meanwhile."""
    secret, at = new_secret(), services.clock()
    sealed, until = services.sealer.seal(secret, SECRET_CONTEXT), at + timedelta(hours=sent.old_secret_hours)
    hook = await _do(
        services, lambda tx: tx.webhooks.rotate(webhook_id, sealed=sealed, until=until, by=caller.actor, at=at)
    )
    response.headers["Cache-Control"] = "no-store"
    return GivenWebhook(webhook=_shown(hook), secret=secret)


@router.get("/{webhook_id}/deliveries", responses=documented("not-found"))
async def list_deliveries(
    *,
    services: Services,
    caller: WebhookKeeper,
    webhook_id: EntryId,
    window: WantedWindow,
    state: Annotated[DeliveryState | None, Query(description="pending, done, dead")] = None,
) -> Listed[ShownDelivery]:
    """What became of the events, the newest first."""
    await _do(services, lambda tx: tx.webhooks.webhook(webhook_id))
    page = await asyncio.to_thread(services.queries.webhook_deliveries, webhook_id, state, window)
    return listed(page, _shown_delivery)


@router.post("/{webhook_id}/replay", responses=documented("not-found"))
async def replay(services: Services, caller: WebhookKeeper, webhook_id: EntryId, sent: SentReplay) -> Replayed:
    """Post events once more, with their old ids."""
    at, wanted = services.clock(), Replay(since=sent.since, until=sent.until, only_dead=sent.only_dead)
    count = await _do(services, lambda tx: tx.webhooks.replay(webhook_id, wanted, by=caller.actor, at=at))
    return Replayed(replayed=count)


def _shown(hook: Webhook) -> ShownWebhook:
    return ShownWebhook.model_validate(hook)


def _shown_delivery(delivery: Delivery) -> ShownDelivery:
    return ShownDelivery.model_validate(delivery)


async def _do(services: ApiServices, work: Callable[[Transaction], T]) -> T:
    return await asyncio.wrap_future(services.writer.submit(work))
