"""What came in: raw octets, the ledger, the quarantine, calls and their events."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, String, Table, Text, UniqueConstraint

from store.columns import Json, UtcDateTime
from store.tables.base import Id, metadata, reference

blobs = Table(
    "blobs",
    metadata,
    Column("digest", String(64), primary_key=True),  # SHA-256, hex
    Column("size", BigInteger, nullable=False),
    Column("data", LargeBinary),  # NULL: the bytes lie in the blob directory
)

ledger = Table(
    "ledger",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("channel", String(8), nullable=False),
    Column("account", String(320), nullable=False),
    Column("received_at", UtcDateTime, nullable=False, index=True),
    # The guards are set only on rows that took the request in: a refused one may come again and be judged anew.
    Column("source_key", String(255), unique=True),
    Column("content_key", String(64), unique=True),
    Column("peer", String(255)),
    Column("reverse_path", String(320)),
    Column("identity", String(320), index=True),
    Column("subject", String(255)),
    Column("message_id", String(998), index=True),
    Column("verdict", String(8), nullable=False),
    Column("reason", String(40), nullable=False, index=True),
    Column("detail", Text, nullable=False),
    Column("evidence", Json, nullable=False),
    Column("blob", String(64), ForeignKey("blobs.digest"), index=True),
    Column("size", BigInteger, nullable=False),
    reference("customer_id", "customers.id", nullable=True),
    reference("contact_id", "contacts.id", nullable=True, index=False),
    Column("ticket_id", Id, index=True),
    Column("duplicate_of", Id),
    Column("trace_id", String(32), nullable=False, server_default=""),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", Id, ForeignKey("ledger.id"), primary_key=True, autoincrement=False),
    Column("state", String(10), nullable=False),  # held, released, rejected, deleted
    Column("held_at", UtcDateTime, nullable=False),
    Column("decided_at", UtcDateTime),
    Column("decided_by", String(200)),
    Column("note", Text),
    Column("ticket_id", Id),
    Index("ix_quarantine_queue", "state", "held_at"),
)

calls = Table(
    "calls",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("endpoint", String(100), nullable=False),
    Column("call_id", String(255), nullable=False),
    # Some PBXs use their call ids again; the first event's time tells the calls apart.
    Column("opened_at", UtcDateTime, nullable=False),
    Column("direction", String(3), nullable=False),
    Column("state", String(10), nullable=False),
    Column("caller_shown", String(255), nullable=False),
    Column("caller_e164", String(16), index=True),
    Column("called_number", String(64)),
    Column("agent", String(255)),
    Column("started_at", UtcDateTime, nullable=False, index=True),
    Column("answered_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("cause", String(40)),
    Column("verdict", String(8), nullable=False),
    Column("reason", String(40), nullable=False),
    reference("customer_id", "customers.id", nullable=True),
    reference("contact_id", "contacts.id", nullable=True, index=False),
    Column("ticket_id", Id, index=True),
    # When it may become a ticket, or must have ended: what the call keeper looks at.
    Column("look_at", UtcDateTime, index=True),
    UniqueConstraint("endpoint", "call_id", "opened_at"),
)

# The truth about a call: each event once, whatever order they came in.
call_events = Table(
    "call_events",
    metadata,
    Column("key", String(1000), primary_key=True),
    Column("call", Id, ForeignKey("calls.id"), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", String(12), nullable=False),
    Column("data", Json, nullable=False),
)
