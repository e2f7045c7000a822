"""Who takes part in a ticket beside its contact, and the rules by which requests get their category."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, text

from store.columns import UtcDateTime
from store.tables.base import Id, metadata, reference

participants = Table(
    "participants",
    metadata,
    Column("ticket_id", Id, ForeignKey("tickets.id"), primary_key=True),
    # The folded addr-spec.
    Column("address_key", String(320), primary_key=True),
    Column("address", String(320), nullable=False),
    reference("contact_id", "contacts.id", nullable=True, index=False),
    Column("part", String(10), nullable=False),
    Column("joined_at", UtcDateTime, nullable=False),
)

category_rules = Table(
    "category_rules",
    metadata,
    Column("id", Id, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("kind", String(12), nullable=False),
    Column("pattern", String(200), nullable=False),
    reference("customer_id", "customers.id", nullable=True),
    Column("category", String(8)),
    Column("priority", Boolean, nullable=False, server_default=text("false")),
    Column("template", String(60)),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("note", String(200), nullable=False, server_default=""),
    Index("ix_category_rules_order", "position", "id"),
)
