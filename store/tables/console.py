"""What technicians keep for their work beside the tickets: views of the queue, snippets, drafts, who looks at what."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint, text

from store.columns import UtcDateTime
from store.tables.base import Id, metadata, reference

# A named set of filters of one user's queue.
queue_views = Table(
    "queue_views",
    metadata,
    Column("id", Id, primary_key=True),
    reference("user_id", "users.id", index=False),
    Column("name", String(60), nullable=False),
    Column("position", Integer, nullable=False),
    # The filters as the queue's address has them.
    Column("query", String(1000), nullable=False),
    UniqueConstraint("user_id", "name"),
)

# Passages that replies are put together from.
snippets = Table(
    "snippets",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(100), nullable=False),
    Column("language", String(8), nullable=False),
    Column("text", Text, nullable=False),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    UniqueConstraint("language", "name"),
)

# What somebody began to write in a ticket. One row a person and ticket; gone when it is sent.
reply_drafts = Table(
    "reply_drafts",
    metadata,
    Column("user_id", Id, ForeignKey("users.id"), primary_key=True),
    Column("ticket_id", Id, ForeignKey("tickets.id"), primary_key=True),
    Column("text", Text, nullable=False),
    Column("internal", Boolean, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_reply_drafts_ticket", "ticket_id"),
)

# Who has a ticket open in front of them, roughly.
presences = Table(
    "presences",
    metadata,
    Column("ticket_id", Id, ForeignKey("tickets.id"), primary_key=True),
    Column("user_id", Id, ForeignKey("users.id"), primary_key=True),
    Column("seen_at", UtcDateTime, nullable=False, index=True),
)
