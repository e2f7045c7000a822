"""What callers prove themselves by: PINs, how often they were guessed at, and codes of numbers."""

from sqlalchemy import Column, ForeignKey, Integer, String, Table, Text

from store.columns import UtcDateTime
from store.tables.base import Id, metadata, reference

pins = Table(
    "pins",
    metadata,
    Column("contact_id", Id, ForeignKey("contacts.id"), primary_key=True, autoincrement=False),
    Column("pin_hash", String(64), nullable=False),  # keyed HMAC, hex
    Column("set_at", UtcDateTime, nullable=False),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("locked_until", UtcDateTime),
)

# By E.164, or by endpoint for callers who show no number.
pin_attempts = Table(
    "pin_attempts",
    metadata,
    Column("caller", String(120), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("locked_until", UtcDateTime),
    Column("last_at", UtcDateTime, nullable=False, index=True),
)

# Codes that prove a number by a call back: of a number to be listed, or of the caller of one call.
number_codes = Table(
    "number_codes",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("e164", String(16), nullable=False, index=True),
    reference("customer_id", "customers.id"),
    reference("contact_id", "contacts.id", nullable=True, index=False),
    Column("call_id", Id, index=True),
    Column("code_hash", String(64), nullable=False),  # keyed HMAC, hex
    Column("requested_at", UtcDateTime, nullable=False),
    Column("requested_by", String(200), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("confirmed_at", UtcDateTime),
)

# Recordings to be fetched and put to their call's ticket.
recordings = Table(
    "recordings",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("call", Id, ForeignKey("calls.id"), nullable=False, index=True),
    Column("endpoint", String(100), nullable=False),
    Column("provider", String(40), nullable=False),
    Column("url", Text, nullable=False),
    Column("announced_at", UtcDateTime, nullable=False),
    Column("state", String(10), nullable=False),  # pending, kept, failed
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", UtcDateTime, index=True),
    Column("last_error", String(500)),
)
