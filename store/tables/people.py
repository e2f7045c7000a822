"""Who may: customers, contracts, contacts, what they are recognized by, users, sessions, tokens."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, UniqueConstraint, text

from store.columns import Json, UtcDateTime
from store.tables.base import Id, index_of_set, metadata, reference

customers = Table(
    "customers",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("language", String(8), nullable=False, server_default="cs"),
    # Whoever calls for it keys a PIN as well.
    Column("ask_pin", Boolean, nullable=False, server_default=text("false")),
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
    index_of_set("ix_contacts_ending", "valid_until"),
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
    Column("language", String(8), nullable=False, server_default="cs"),
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
    Column("how", String(20), nullable=False),
    Column("peer", String(45), nullable=False),
    Column("agent", String(80), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),  # now and then
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
    # Set: the token of this customer's directory.
    reference("customer_id", "customers.id", nullable=True, index=False),
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
