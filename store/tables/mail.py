"""What became of our own mail, and how it is worded."""

from sqlalchemy import Boolean, Column, ForeignKey, Integer, String, Table, Text

from store.columns import UtcDateTime
from store.tables.base import Id, metadata

# Append only: a mail may be delayed first and fail later.
delivery_reports = Table(
    "delivery_reports",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("outbox_id", Id, ForeignKey("outbox.id"), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("action", String(10), nullable=False),  # RFC 3464 §2.3.3
    Column("permanent", Boolean, nullable=False),
    Column("status", String(20)),
    Column("diagnostic", Text, nullable=False),
    Column("ledger_id", Id),
)

# Every wording there was; the highest version counts. Without a text the one in code is in force again.
mail_templates = Table(
    "mail_templates",
    metadata,
    # A set of wordings that rules choose; "" is the usual one.
    Column("name", String(60), primary_key=True, server_default=""),
    Column("kind", String(24), primary_key=True),
    Column("language", String(8), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("subject", String(255)),
    Column("text", Text),
    Column("at", UtcDateTime, nullable=False),
    Column("by", String(200), nullable=False),
)
