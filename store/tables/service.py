"""The service promise: work, access, maintenance, timers, closed months."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, text

from store.columns import Json, UtcDateTime
from store.tables.base import Id, metadata, reference

time_entries = Table(
    "time_entries",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    reference("ticket_id", "tickets.id"),
    # The ticket's, so that a month's work is found by one index.
    reference("customer_id", "customers.id", index=False),
    Column("at", UtcDateTime, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("flag", String(24), nullable=False),
    Column("actor_kind", String(12), nullable=False),
    Column("actor_id", Id),
    Column("actor_name", String(200), nullable=False),
    Column("channel", String(8), nullable=False),
    Column("note", Text, nullable=False),
    Column("noted_at", UtcDateTime, nullable=False),
    # Never deleted: what was withdrawn stays to be seen.
    Column("withdrawn_at", UtcDateTime),
    Column("withdrawn_by", String(200)),
    Index("ix_time_entries_month", "customer_id", "at"),
)

access_profiles = Table(
    "access_profiles",
    metadata,
    Column("id", Id, primary_key=True),
    reference("customer_id", "customers.id"),
    Column("name", String(200), nullable=False),
    Column("method", String(24), nullable=False),
    Column("windows_only", Boolean, nullable=False, server_default=text("false")),
    Column("remote_desktop", Boolean, nullable=False, server_default=text("false")),
    Column("valid_from", UtcDateTime),
    Column("valid_until", UtcDateTime),
)

maintenance_windows = Table(
    "maintenance_windows",
    metadata,
    Column("id", Id, primary_key=True),
    reference("customer_id", "customers.id"),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("note", String(500), nullable=False, server_default=""),
)

# One row, so that whether the days changed is seen at a glance. Closed for everybody whose calendar has holidays.
site_calendar = Table(
    "site_calendar",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("days", Json, nullable=False),  # [{"day": "2026-12-31", "name": "…"}], in order
    Column("digest", String(64), nullable=False),  # SHA-256 of the days, hex
)

# Each timer fires once: whoever adds its row does the work, in the same transaction.
timer_marks = Table(
    "timer_marks",
    metadata,
    Column("subject", String(12), primary_key=True),  # ticket, contact
    Column("subject_id", Id, primary_key=True, autoincrement=False),
    Column("mark", String(80), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)

# Revision 0 is the closing; a correction is a further revision and leaves the earlier ones as they are.
closed_months = Table(
    "closed_months",
    metadata,
    Column("customer_id", Id, ForeignKey("customers.id"), primary_key=True, autoincrement=False),
    Column("month", String(7), primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("document", Text, nullable=False),  # canonical JSON
    Column("digest", String(64), nullable=False),  # SHA-256 of the document, hex
    Column("summary", Json, nullable=False),
    Column("closed_at", UtcDateTime, nullable=False),
    Column("actor_kind", String(12), nullable=False),
    Column("actor_id", Id),
    Column("actor_name", String(200), nullable=False),
    Column("channel", String(8), nullable=False),
    Column("note", Text, nullable=False),
)
