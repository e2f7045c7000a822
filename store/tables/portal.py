"""What customers keep and ask for on the site: drafts, changes of their lists that wait for something, and letters."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, text

from store.columns import Json, UtcDateTime
from store.tables.base import Id, metadata, reference

drafts = Table(
    "drafts",
    metadata,
    Column("contact_id", Id, ForeignKey("contacts.id"), primary_key=True, autoincrement=False),
    # The number of the ticket it answers; 0 for a new request.
    Column("about", BigInteger, primary_key=True, autoincrement=False),
    Column("subject", String(255), nullable=False),
    Column("text", Text, nullable=False),
    Column("category", String(8), nullable=False),
    Column("saved_at", UtcDateTime, nullable=False, index=True),
)

# How a customer's own admins keep its lists.
list_rules = Table(
    "list_rules",
    metadata,
    Column("customer_id", Id, ForeignKey("customers.id"), primary_key=True, autoincrement=False),
    Column("four_eyes", Boolean, nullable=False, server_default=text("false")),
)

list_changes = Table(
    "list_changes",
    metadata,
    Column("id", Id, primary_key=True),
    reference("customer_id", "customers.id", index=False),
    Column("entity", String(12), nullable=False),
    Column("action", String(8), nullable=False),
    Column("entry_id", Id),
    Column("data", Json, nullable=False),
    Column("before", Json),
    Column("state", String(10), nullable=False),
    Column("waits", Json, nullable=False),
    Column("proposed_at", UtcDateTime, nullable=False),
    Column("actor_kind", String(12), nullable=False),
    Column("actor_id", Id),
    Column("actor_name", String(200), nullable=False),
    Column("channel", String(8), nullable=False),
    Column("code_hash", String(64)),  # SHA-256, hex
    Column("code_expires_at", UtcDateTime),
    Column("code_failures", Integer, nullable=False, server_default="0"),
    Column("decided_at", UtcDateTime),
    Column("decided_by", String(200)),
    Column("note", String(500), nullable=False, server_default=""),
    Index("ix_list_changes_customer", "customer_id", "state", "id"),
)

# Letters that somebody asked for to an address, for as long as they count.
asked_letters = Table(
    "asked_letters",
    metadata,
    Column("id", Id, primary_key=True),
    Column("target", String(320), nullable=False),
    reference("customer_id", "customers.id", nullable=True, index=False),
    Column("asked_at", UtcDateTime, nullable=False, index=True),
    Index("ix_asked_letters_target", "target", "asked_at"),
    Index("ix_asked_letters_customer", "customer_id", "asked_at"),
)
