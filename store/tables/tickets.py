"""Tickets, their append-only history, what was said in them and the Message-IDs they are found by."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Sequence, String, Table, Text, text

from store.columns import Json, UtcDateTime
from store.tables.base import Id, index_of_set, metadata, reference

# PostgreSQL counts without a lock; on SQLite, which has one writer, a row of `counters` does.
ticket_number = Sequence("ticket_number", start=1, metadata=metadata)

counters = Table(
    "counters",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

_OPEN = text("closed_at IS NULL")

tickets = Table(
    "tickets",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False, unique=True),
    reference("customer_id", "customers.id", index=False),
    reference("contact_id", "contacts.id", nullable=True),
    Column("subject", String(255), nullable=False),
    Column("category", String(8), nullable=False),
    Column("status", String(12), nullable=False),
    Column("channel", String(8), nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
    Column("temporary_fix_at", UtcDateTime),
    Column("attention", Boolean, nullable=False, server_default=text("false")),
    Column("version", Integer, nullable=False),
    Column("solution", Text),
    Column("evaluation", Json),
    Column("offer", Json),
    Column("related_id", Id),
    # Who of the service desk has it in hand.
    reference("assignee_id", "users.id", nullable=True, index=False),
    Column("reply_to", String(320)),
    # The set of wordings a rule chose for its letters.
    Column("wording", String(60)),
    # A cache of what the history and the contract say; `intake db verify-deadlines` proves it.
    Column("response_deadline", UtcDateTime),
    Column("fix_deadline", UtcDateTime),
    Column("next_deadline", UtcDateTime),
    # Out of an old archive: no part of the service level, never opened again.
    Column("archived", Boolean, nullable=False, server_default=text("false")),
    # When a timer of this ticket is to be looked at.
    Column("timer_at", UtcDateTime),
    Index("ix_tickets_queue", "status", "id"),
    Index("ix_tickets_customer", "customer_id", "id"),
    Index("ix_tickets_updated", "updated_at"),
    # A month's statement: what lived on into it, and what is still open.
    Index("ix_tickets_statement", "customer_id", "updated_at"),
    Index(
        "ix_tickets_open",
        "customer_id",
        postgresql_where=text("closed_at IS NULL"),
        sqlite_where=text("closed_at IS NULL"),
    ),
    # Open ones by whose they are, nobody's too.
    Index("ix_tickets_in_hand", "assignee_id", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
    Index("ix_tickets_attention", "id", sqlite_where=text("attention = 1"), postgresql_where=text("attention")),
    index_of_set("ix_tickets_deadline", "next_deadline", "id"),
    index_of_set("ix_tickets_timer", "timer_at"),
)

# Append only: the history every figure of the service level is derived from.
ticket_events = Table(
    "ticket_events",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("ticket_id", Id, ForeignKey("tickets.id"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor_kind", String(12), nullable=False),
    Column("actor_id", Id),
    Column("actor_name", String(200), nullable=False),
    Column("channel", String(8), nullable=False),
    Column("kind", String(24), nullable=False),
    Column("before", String(255)),
    Column("after", String(255)),
    Column("detail", Json),
    Index("ix_ticket_events_history", "ticket_id", "id"),
)

comments = Table(
    "comments",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("ticket_id", Id, ForeignKey("tickets.id"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor_kind", String(12), nullable=False),
    Column("actor_id", Id),
    Column("actor_name", String(200), nullable=False),
    Column("channel", String(8), nullable=False),
    Column("internal", Boolean, nullable=False),
    Column("text", Text, nullable=False),
    Column("elided", Text, nullable=False),
    Column("html", Text),
    Column("automatic", String(16), nullable=False),
    Column("ledger_id", Id),
    Index("ix_comments_ticket", "ticket_id", "id"),
)

attachments = Table(
    "attachments",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("ticket_id", Id, ForeignKey("tickets.id"), nullable=False, index=True),
    Column("comment_id", Id, ForeignKey("comments.id"), nullable=False, index=True),
    Column("filename", String(255), nullable=False),
    Column("content_type", String(127), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("inline", Boolean, nullable=False),
    Column("content_id", String(255)),
    # The bytes: a whole blob, or one MIME leaf of the raw message in that blob.
    Column("blob", String(64), ForeignKey("blobs.digest"), nullable=False, index=True),
    Column("part", Integer),
    # What its octets are, where that is not what its sender said.
    Column("detected_type", String(127)),
    # Why nobody is given it: the name of the rule.
    Column("withheld", String(40)),
)

# Message-IDs seen and sent, so that a reply finds its ticket.
message_ids = Table(
    "message_ids",
    metadata,
    Column("message_id", String(998), primary_key=True),
    Column("ticket_id", Id, ForeignKey("tickets.id"), primary_key=True, index=True),
    Column("base_subject", String(255), nullable=False),
    Column("ours", Boolean, nullable=False),
)
