"""What goes out, who does the work, and what is remembered of changes: outbox, audit, cursors, leases."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from store.columns import Json, UtcDateTime
from store.tables.base import Id, metadata

outbox = Table(
    "outbox",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("kind", String(24), nullable=False),
    Column("ticket_id", Id, index=True),
    Column("recipient", String(320), nullable=False),
    Column("message_id", String(255), nullable=False, index=True),
    Column("payload", Json, nullable=False),
    Column("state", String(10), nullable=False),  # pending, sent, failed, stopped
    Column("created_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", UtcDateTime),
    Column("sent_at", UtcDateTime),
    Column("last_error", Text),
    Index("ix_outbox_due", "state", "next_attempt_at"),
    # How many were written to somebody lately.
    Index("ix_outbox_recipient", "recipient", "created_at"),
)

# Changes of everything that is not a ticket: people, lists, settings, quarantine decisions.
audit = Table(
    "audit",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("actor_kind", String(12), nullable=False),
    Column("actor_id", Id),
    Column("actor_name", String(200), nullable=False),
    Column("channel", String(8), nullable=False),
    Column("entity", String(24), nullable=False),
    Column("entity_id", String(64), nullable=False),
    Column("action", String(24), nullable=False),
    Column("before", Json),
    Column("after", Json),
    Index("ix_audit_entity", "entity", "entity_id"),
)

mailbox_cursors = Table(
    "mailbox_cursors",
    metadata,
    Column("account", String(255), primary_key=True),
    Column("folder", String(255), primary_key=True),
    Column("uidvalidity", BigInteger, nullable=False),
    Column("uid", BigInteger, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("holder", String(100), nullable=False),
    Column("fencing_token", BigInteger, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("key", String(255), primary_key=True),
    Column("request_digest", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False, index=True),
)
