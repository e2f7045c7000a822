"""Every table, as data. Rows are written by `store.transaction` and `store.people`, read by `store.queries`.

Rows of the hot path bring their own id (`store.ids`), so that one request's rows need no round trip for keys;
the lists of people use the database's own counting.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Sequence,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from store.columns import Json, UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# BIGINT everywhere, but SQLite only auto-counts a column that is spelled INTEGER.
Id = BigInteger().with_variant(Integer(), "sqlite")


def reference(name: str, target: str, *, nullable: bool = False, index: bool = True) -> Column[int]:
    """A column that points to a row of another table."""
    return Column(name, Id, ForeignKey(target), nullable=nullable, index=index)


def _index_of_set(name: str, column: str, *others: str) -> Index:
    """An index of those rows in which the column is set."""
    is_set = text(f"{column} IS NOT NULL")
    return Index(name, column, *others, sqlite_where=is_set, postgresql_where=is_set)


# --- who may -----------------------------------------------------------------------------------------------

customers = Table(
    "customers",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("language", String(8), nullable=False, server_default="cs"),
    Column("valid_from", UtcDateTime),
    Column("valid_until", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
)

contracts = Table(
    "contracts",
    metadata,
    Column("id", Id, primary_key=True),
    reference("customer_id", "customers.id"),
    Column("name", String(200), nullable=False),
    Column("framework", Boolean, nullable=False, server_default=text("false")),
    Column("default_category", String(8), nullable=False, server_default="C"),
    Column("valid_from", UtcDateTime, nullable=False),
    Column("valid_until", UtcDateTime),
    Column("terms", Json, nullable=False),
    # Of all of the above: who holds a contract with these digests in memory need not read it again.
    Column("digest", String(64), nullable=False),
)

contacts = Table(
    "contacts",
    metadata,
    Column("id", Id, primary_key=True),
    reference("customer_id", "customers.id"),
    Column("name", String(200), nullable=False),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("language", String(8)),
    Column("may_mail", Boolean, nullable=False, server_default=text("true")),
    Column("may_phone", Boolean, nullable=False, server_default=text("true")),
    Column("may_web", Boolean, nullable=False, server_default=text("true")),
    Column("is_admin", Boolean, nullable=False, server_default=text("false")),
    Column("login", String(320), unique=True),
    Column("password_hash", String(255)),
    Column("valid_from", UtcDateTime),
    Column("valid_until", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    _index_of_set("ix_contacts_ending", "valid_until"),
)

addresses = Table(
    "addresses",
    metadata,
    Column("id", Id, primary_key=True),
    reference("customer_id", "customers.id"),
    reference("contact_id", "contacts.id", nullable=True),
    Column("address", String(320), nullable=False),
    # The folded addr-spec, or "@domain" for *@domain.
    Column("address_key", String(320), nullable=False, index=True),
    Column("valid_from", UtcDateTime),
    Column("valid_until", UtcDateTime),
    UniqueConstraint("customer_id", "contact_id", "address_key"),
)

numbers = Table(
    "numbers",
    metadata,
    Column("id", Id, primary_key=True),
    reference("customer_id", "customers.id"),
    reference("contact_id", "contacts.id", nullable=True),
    Column("e164", String(16), nullable=False, index=True),
    Column("label", String(100), nullable=False, server_default=""),
    Column("valid_from", UtcDateTime),
    Column("valid_until", UtcDateTime),
    UniqueConstraint("customer_id", "contact_id", "e164"),
)

# A DDI block as two numbers of equal length: E.164 digits compare as integers inside one length.
number_ranges = Table(
    "number_ranges",
    metadata,
    Column("id", Id, primary_key=True),
    reference("customer_id", "customers.id"),
    Column("digits", Integer, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("label", String(100), nullable=False, server_default=""),
    Column("valid_from", UtcDateTime),
    Column("valid_until", UtcDateTime),
    Index("ix_number_ranges_look_up", "digits", "first", "last"),
)

users = Table(
    "users",
    metadata,
    Column("id", Id, primary_key=True),
    Column("login", String(320), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("role", String(20), nullable=False),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("password_hash", String(255)),
    Column("created_at", UtcDateTime, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    reference("contact_id", "contacts.id", nullable=True),
    reference("user_id", "users.id", nullable=True),
    Column("csrf", String(64), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("scopes", Json, nullable=False),
    reference("contact_id", "contacts.id", nullable=True),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
)

login_failures = Table(
    "login_failures",
    metadata,
    Column("login", String(320), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
)

# --- what came in ------------------------------------------------------------------------------------------

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

# --- tickets -----------------------------------------------------------------------------------------------

# PostgreSQL counts without a lock; on SQLite, which has one writer, a row of `counters` does.
ticket_number = Sequence("ticket_number", start=1, metadata=metadata)

counters = Table(
    "counters",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

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
    Column("reply_to", String(320)),
    # A cache of what the history and the contract say; `intake db verify-deadlines` proves it.
    Column("response_deadline", UtcDateTime),
    Column("fix_deadline", UtcDateTime),
    Column("next_deadline", UtcDateTime),
    # When a timer of this ticket is to be looked at.
    Column("timer_at", UtcDateTime),
    Index("ix_tickets_queue", "status", "id"),
    Index("ix_tickets_customer", "customer_id", "id"),
    Index("ix_tickets_updated", "updated_at"),
    _index_of_set("ix_tickets_deadline", "next_deadline", "id"),
    _index_of_set("ix_tickets_timer", "timer_at"),
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

# --- what goes out and who does the work --------------------------------------------------------------------

outbox = Table(
    "outbox",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("kind", String(24), nullable=False),
    Column("ticket_id", Id, index=True),
    Column("recipient", String(320), nullable=False),
    Column("message_id", String(255), nullable=False, index=True),
    Column("payload", Json, nullable=False),
    Column("state", String(10), nullable=False),  # pending, sent, failed
    Column("created_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", UtcDateTime),
    Column("sent_at", UtcDateTime),
    Column("last_error", Text),
    Index("ix_outbox_due", "state", "next_attempt_at"),
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
