"""How people prove who they are on the site, besides their password, and log-ins that are half done."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, LargeBinary, String, Table, text

from store.columns import Json, UtcDateTime
from store.tables.base import Id, index_of_set, metadata, reference

totp_keys = Table(
    "totp_keys",
    metadata,
    Column("id", Id, primary_key=True),
    Column("contact_id", Id, ForeignKey("contacts.id"), unique=True),
    Column("user_id", Id, ForeignKey("users.id"), unique=True),
    Column("sealed", String(255), nullable=False),
    # The time step of the last code taken: no code is taken twice.
    Column("last_step", BigInteger, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("code_hash", String(64), primary_key=True),  # SHA-256, hex, of the person and the code
    reference("contact_id", "contacts.id", nullable=True),
    reference("user_id", "users.id", nullable=True),
)

passkeys = Table(
    "passkeys",
    metadata,
    Column("id", Id, primary_key=True),
    reference("contact_id", "contacts.id", nullable=True),
    reference("user_id", "users.id", nullable=True),
    Column("credential_id", String(1400), nullable=False, unique=True),  # base64url of at most 1023 octets
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("name", String(100), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
)

# Whoever has the secret may go on with what was begun, once: the second step of a log-in, a link sent by mail, …
login_steps = Table(
    "login_steps",
    metadata,
    Column("kept", String(64), primary_key=True),  # SHA-256, hex, of the purpose and the secret
    Column("purpose", String(20), nullable=False),
    Column("contact_id", Id, ForeignKey("contacts.id")),
    Column("user_id", Id, ForeignKey("users.id")),
    Column("data", Json, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    index_of_set("ix_login_steps_contact", "contact_id"),
    index_of_set("ix_login_steps_user", "user_id"),
)

oidc_providers = Table(
    "oidc_providers",
    metadata,
    Column("id", Id, primary_key=True),
    reference("customer_id", "customers.id"),
    Column("slug", String(60), nullable=False, unique=True),
    Column("name", String(100), nullable=False),
    Column("issuer", String(500), nullable=False),
    Column("client_id", String(200), nullable=False),
    Column("sealed_secret", String(1000)),
    Column("create_contacts", Boolean, nullable=False, server_default=text("false")),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("created_at", UtcDateTime, nullable=False),
)

# The mail domains whose people are sent to a provider.
oidc_domains = Table(
    "oidc_domains",
    metadata,
    Column("domain", String(255), primary_key=True),
    reference("provider_id", "oidc_providers.id"),
)

# Whom a provider's subject was found to be; it stays the same when the address changes.
oidc_subjects = Table(
    "oidc_subjects",
    metadata,
    Column("provider_id", Id, ForeignKey("oidc_providers.id"), primary_key=True, autoincrement=False),
    Column("subject", String(255), primary_key=True),
    reference("contact_id", "contacts.id"),
    Column("created_at", UtcDateTime, nullable=False),
)
