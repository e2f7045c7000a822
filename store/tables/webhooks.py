"""Who is told of events, the events, and what became of telling them."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, text

from store.columns import Json, UtcDateTime
from store.tables.base import Id, metadata, reference

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", Id, primary_key=True),
    Column("url", String(2000), nullable=False),
    Column("types", Json, nullable=False),
    # Set: only events of this customer.
    reference("customer_id", "customers.id", nullable=True),
    Column("note", String(200), nullable=False, server_default=""),
    Column("sealed_secret", String(255), nullable=False),
    # The one before, which signs as well until then.
    Column("old_sealed_secret", String(255)),
    Column("old_secret_until", UtcDateTime),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("created_at", UtcDateTime, nullable=False),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("failing_since", UtcDateTime),
    Column("quiet_until", UtcDateTime),
    Column("disabled_why", String(400)),
)

webhook_events = Table(
    "webhook_events",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("type", String(32), nullable=False),
    Column("at", UtcDateTime, nullable=False, index=True),
    reference("customer_id", "customers.id", nullable=True, index=False),
    Column("data", Json, nullable=False),
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("webhook_id", Id, ForeignKey("webhooks.id"), primary_key=True),
    Column("event_id", Id, ForeignKey("webhook_events.id"), primary_key=True, index=True),
    Column("state", String(10), nullable=False),  # pending, done, dead
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", UtcDateTime),
    Column("done_at", UtcDateTime),
    Column("status", Integer),
    Column("error", Text),
    Index("ix_webhook_deliveries_due", "state", "next_attempt_at"),
)
