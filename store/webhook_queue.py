"""Deliveries as a queue, and lists of them. See `intake.webhooks.model.DeliveryQueue` and `WebhookQueries`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Row, and_, delete, exists, func, or_, select, update

from authz.identity import Channel
from intake.queries import Page, Window
from intake.tickets.model import Actor, ActorKind
from intake.webhooks.events import EventType
from intake.webhooks.model import Backlog, Delivery, DeliveryState, Due, Webhook
from store.engine import reading
from store.queries.reading import Reading
from store.tables import webhook_deliveries, webhook_events, webhooks
from store.webhooks import disable, read_webhook

_SENDER = Actor(kind=ActorKind.SYSTEM, name="webhooks", channel=Channel.WEB)
_DELIVERIES = select(webhook_deliveries, webhook_events.c.type, webhook_events.c.at, webhook_events.c.data).join(
    webhook_events, webhook_events.c.id == webhook_deliveries.c.event_id
)


class StoreDeliveries:
    """Claims and settles deliveries, each in a short transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reading = reading(engine)

    def claim(self, *, limit: int, at: datetime, until: datetime) -> Sequence[Due]:
        due = (
            select(webhook_deliveries.c.webhook_id, webhook_deliveries.c.event_id)
            .join(webhooks, webhooks.c.id == webhook_deliveries.c.webhook_id)
            .where(
                webhook_deliveries.c.state == DeliveryState.PENDING,
                webhook_deliveries.c.next_attempt_at <= at,
                webhooks.c.active,
                or_(webhooks.c.quiet_until.is_(None), webhooks.c.quiet_until <= at),
            )
            .order_by(webhook_deliveries.c.next_attempt_at, webhook_deliveries.c.event_id)
            .limit(limit)
        )
        # Most looks find nothing, and that must not keep a writer waiting.
        with self._reading.connect() as connection:
            if connection.execute(due.limit(1)).first() is None:
                return ()
        with self._engine.begin() as connection:
            locked = due.with_for_update(skip_locked=True, of=webhook_deliveries)
            keys = [tuple(row) for row in connection.execute(locked)]
            if not keys:
                return ()
            chosen = or_(*(_is(webhook_id, event_id) for webhook_id, event_id in keys))
            claimed = {"attempts": webhook_deliveries.c.attempts + 1, "next_attempt_at": until}
            connection.execute(update(webhook_deliveries).where(chosen).values(claimed))
            found = connection.execute(
                _DELIVERIES.add_columns(
                    webhooks.c.url, webhooks.c.sealed_secret, webhooks.c.old_sealed_secret, webhooks.c.old_secret_until
                )
                .join(webhooks, webhooks.c.id == webhook_deliveries.c.webhook_id)
                .where(chosen)
                .order_by(webhook_deliveries.c.event_id)
            ).all()
        return tuple(_due(row, at) for row in found)

    def settle(self, due: Due, *, status: int | None, at: datetime) -> None:
        done = {"state": DeliveryState.DONE, "next_attempt_at": None, "done_at": at, "status": status, "error": None}
        well = {"failures": 0, "failing_since": None, "quiet_until": None}
        with self._engine.begin() as connection:
            connection.execute(update(webhook_deliveries).where(_of(due)).values(done))
            was_failing = (webhooks.c.id == due.delivery.webhook_id) & (webhooks.c.failures > 0)
            connection.execute(update(webhooks).where(was_failing).values(well))

    def put_off(
        self, due: Due, *, status: int | None, error: str, at: datetime, again: datetime | None, quiet: datetime
    ) -> Webhook:
        state = DeliveryState.DEAD if again is None else DeliveryState.PENDING
        values = {"state": state, "next_attempt_at": again, "status": status, "error": error[:2000]}
        hook = webhooks.c.id == due.delivery.webhook_id
        with self._engine.begin() as connection:
            # Another sender may have delivered it meanwhile.
            waits = webhook_deliveries.c.state == DeliveryState.PENDING
            connection.execute(update(webhook_deliveries).where(_of(due), waits).values(values))
            since = webhooks.c.failing_since.is_(None)
            connection.execute(update(webhooks).where(hook, since).values(failing_since=at))
            failed = {"failures": webhooks.c.failures + 1, "quiet_until": quiet}
            connection.execute(update(webhooks).where(hook).values(failed))
            return read_webhook(connection.execute(select(webhooks).where(hook)).one())

    def disable(self, webhook_id: int, *, why: str, at: datetime) -> None:
        with self._engine.begin() as connection:
            disable(connection, webhook_id, why, _SENDER, at)

    def backlogs(self) -> Sequence[Backlog]:
        waits = webhook_deliveries.c.state == DeliveryState.PENDING
        query = (
            select(
                webhooks.c.id,
                func.count().filter(waits).label("pending"),
                func.count().filter(webhook_deliveries.c.state == DeliveryState.DEAD).label("dead"),
                func.min(webhook_events.c.at).filter(waits).label("oldest"),
            )
            .outerjoin(
                webhook_deliveries,
                (webhook_deliveries.c.webhook_id == webhooks.c.id)
                & webhook_deliveries.c.state.in_((DeliveryState.PENDING, DeliveryState.DEAD)),
            )
            .outerjoin(webhook_events, webhook_events.c.id == webhook_deliveries.c.event_id)
            .where(webhooks.c.active)
            .group_by(webhooks.c.id)
        )
        with self._reading.connect() as connection:
            found = connection.execute(query).all()
        return tuple(Backlog(webhook_id=row.id, pending=row.pending, dead=row.dead, oldest=row.oldest) for row in found)

    def forget(self, before: datetime) -> int:
        waits = exists().where(
            webhook_deliveries.c.event_id == webhook_events.c.id, webhook_deliveries.c.state == DeliveryState.PENDING
        )
        with self._engine.begin() as connection:
            old = list(
                connection.execute(select(webhook_events.c.id).where(webhook_events.c.at < before, ~waits).limit(1000))
                .scalars()
                .all()
            )
            connection.execute(delete(webhook_deliveries).where(webhook_deliveries.c.event_id.in_(old)))
            connection.execute(delete(webhook_events).where(webhook_events.c.id.in_(old)))
        return len(old)


class WebhookQueries(Reading):
    """See `intake.webhooks.model.WebhookQueries`."""

    def webhooks(self, window: Window) -> Page[Webhook]:
        return self._oldest_first(select(webhooks), webhooks.c.id, window, read_webhook)

    def webhook_deliveries(self, webhook_id: int, state: DeliveryState | None, window: Window) -> Page[Delivery]:
        query = _DELIVERIES.where(webhook_deliveries.c.webhook_id == webhook_id)
        if state is not None:
            query = query.where(webhook_deliveries.c.state == state)
        return self._newest_first(query, webhook_deliveries.c.event_id, window, _delivery)


def _is(webhook_id: int, event_id: int) -> Any:
    return and_(webhook_deliveries.c.webhook_id == webhook_id, webhook_deliveries.c.event_id == event_id)


def _of(due: Due) -> Any:
    return _is(due.delivery.webhook_id, due.delivery.event_id)


def _due(row: Row[Any], at: datetime) -> Due:
    both = row.old_sealed_secret is not None and row.old_secret_until > at
    sealed = (row.sealed_secret, row.old_sealed_secret) if both else (row.sealed_secret,)
    return Due(delivery=_delivery(row), url=row.url, sealed=sealed)


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        webhook_id=row.webhook_id,
        event_id=row.event_id,
        type=EventType(row.type),
        at=row.at,
        data=row.data,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        next_attempt_at=row.next_attempt_at,
        done_at=row.done_at,
        status=row.status,
        error=row.error,
    )
