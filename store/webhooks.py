"""Subscriptions and events as rows, inside a transaction. See `intake.webhooks.model.WebhookAdmin`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, select, update

from intake.administration import InvalidEntryError
from intake.tickets.model import Actor
from intake.webhooks.endpoint import url_problem
from intake.webhooks.events import Event, EventType
from intake.webhooks.model import DeliveryState, Replay, Webhook, WebhookData
from store.entries import Entries, Values
from store.ids import IdSource
from store.people_rows import clean_text
from store.prepared import Prepared, Record, prepare_insert
from store.tables import customers, ledger, tickets, webhook_deliveries, webhook_events, webhooks

_ACTIVE = Prepared(select(webhooks.c.id, webhooks.c.types, webhooks.c.customer_id).where(webhooks.c.active))
_TICKET = Prepared(select(tickets.c.number, tickets.c.customer_id).where(tickets.c.id == bindparam("ticket")))
_ADD_EVENT = prepare_insert(webhook_events)
_ADD_DELIVERY = prepare_insert(webhook_deliveries)


class StoreWebhooks(Entries):
    """See `intake.webhooks.model.WebhookAdmin`. Commit and rollback are the writer's."""

    def webhook(self, webhook_id: int) -> Webhook:
        return read_webhook(self._row(webhooks, "webhook", webhook_id))

    def add(self, data: WebhookData, *, sealed: str, by: Actor, at: datetime) -> Webhook:
        values = self._values(data) | {"sealed_secret": sealed, "created_at": at, "failures": 0}
        return read_webhook(self._add(webhooks, "webhook", values, by=by, at=at))

    def change(self, webhook_id: int, data: WebhookData, *, by: Actor, at: datetime) -> Webhook:
        before = self._row(webhooks, "webhook", webhook_id)
        values = self._values(data)
        if data.active and (not before.active or data.url != before.url):
            values |= {"failures": 0, "failing_since": None, "quiet_until": None, "disabled_why": None}
        return read_webhook(self._change(webhooks, "webhook", before, values, by=by, at=at))

    def rotate(self, webhook_id: int, *, sealed: str, until: datetime, by: Actor, at: datetime) -> Webhook:
        before = self._row(webhooks, "webhook", webhook_id)
        values = {
            "sealed_secret": sealed,
            "old_sealed_secret": before.sealed_secret,
            "old_secret_until": until,
        }
        return read_webhook(self._change(webhooks, "webhook", before, values, by=by, at=at))

    def remove(self, webhook_id: int, *, by: Actor, at: datetime) -> None:
        self._row(webhooks, "webhook", webhook_id)
        self._connection.execute(delete(webhook_deliveries).where(webhook_deliveries.c.webhook_id == webhook_id))
        self._remove(webhooks, "webhook", webhook_id, by=by, at=at)

    def replay(self, webhook_id: int, wanted: Replay, *, by: Actor, at: datetime) -> int:
        hook = self._row(webhooks, "webhook", webhook_id)
        if not hook.active:
            raise InvalidEntryError("This webhook is switched off: switch it on first.", field="active")
        told = select(webhook_events.c.id).where(webhook_events.c.at >= wanted.since)
        if wanted.until is not None:
            told = told.where(webhook_events.c.at < wanted.until)
        chosen = [webhook_deliveries.c.webhook_id == webhook_id, webhook_deliveries.c.event_id.in_(told)]
        states = [DeliveryState.DEAD] if wanted.only_dead else [DeliveryState.DEAD, DeliveryState.DONE]
        again = {"state": DeliveryState.PENDING, "attempts": 0, "next_attempt_at": at, "done_at": None}
        statement = update(webhook_deliveries).where(*chosen, webhook_deliveries.c.state.in_(states)).values(again)
        count = self._connection.execute(statement).rowcount
        self._audit("webhook", webhook_id, "replayed", None, None, by=by, at=at)
        return count

    def _values(self, data: WebhookData) -> Values:
        problem = url_problem(data.url)
        if problem is not None:
            raise InvalidEntryError(problem, field="url")
        if data.customer_id is not None:
            self._row(customers, "customer", data.customer_id)
        return {
            "url": data.url,
            "types": sorted(data.types),
            "customer_id": data.customer_id,
            "note": clean_text("note", data.note, 200, may_be_empty=True),
            "active": data.active,
        }


class Announcer:
    """Writes events for whoever subscribed, in the transaction of what happened. Made anew for each unit of work."""

    def __init__(self, connection: Connection, ids: IdSource) -> None:
        self._connection = connection
        self._ids = ids
        self._active: Sequence[Record] | None = None

    @property
    def anybody(self) -> bool:
        """Whether anybody is told of anything; looked up once."""
        if self._active is None:
            self._active = _ACTIVE.all(self._connection, {})
        return bool(self._active)

    def ticket(self, ticket_id: int) -> tuple[int, int]:
        """The number and the customer's id of a ticket."""
        found = _TICKET.first(self._connection, {"ticket": ticket_id})
        if found is None:
            raise AssertionError("an event belongs to a ticket")
        return found.number, found.customer_id

    def held_entry(self, entry_id: int) -> Record:
        """Reason, channel and customer of what is held."""
        query = select(ledger.c.reason, ledger.c.channel, ledger.c.customer_id).where(ledger.c.id == entry_id)
        return self._connection.execute(query).one()

    def tell(self, event: Event | None) -> None:
        """Write the event and a delivery for each subscription that wants it."""
        if event is None or not self.anybody:
            return
        wanting = [row.id for row in self._active or () if _wants(row, event)]
        if not wanting:
            return
        event_id = self._ids.new()
        values = {"id": event_id, "type": event.type, "at": event.at, "customer_id": event.customer_id}
        _ADD_EVENT.run(self._connection, values | {"data": event.data})
        for webhook_id in wanting:
            delivery = {"webhook_id": webhook_id, "event_id": event_id, "state": DeliveryState.PENDING, "attempts": 0}
            empty = {"done_at": None, "status": None, "error": None}
            _ADD_DELIVERY.run(self._connection, delivery | empty | {"next_attempt_at": event.at})


def _wants(row: Record, event: Event) -> bool:
    if row.customer_id is not None and (event.internal or row.customer_id != event.customer_id):
        return False
    return not row.types or event.type in row.types


def read_webhook(row: Row[Any]) -> Webhook:
    """A row as its value."""
    return Webhook(
        id=row.id,
        url=row.url,
        types=frozenset(map(EventType, row.types)),
        customer_id=row.customer_id,
        note=row.note,
        active=bool(row.active),
        created_at=row.created_at,
        failures=row.failures,
        failing_since=row.failing_since,
        disabled_why=row.disabled_why,
    )


def disable(connection: Connection, webhook_id: int, why: str, by: Actor, at: datetime) -> None:
    """Switch a subscription off, with its line in the audit trail."""
    hooks = StoreWebhooks(connection)
    before = hooks._row(webhooks, "webhook", webhook_id)  # noqa: SLF001 - the same file
    values = {"active": False, "disabled_why": why[:400]}
    hooks._change(webhooks, "webhook", before, values, by=by, at=at)  # noqa: SLF001
