"""API tokens: what one looks like, what is kept of it, what it may do. Must not look any up."""

import hashlib
import secrets
from dataclasses import dataclass, field
from enum import StrEnum

PREFIX = "intk_"


class Scope(StrEnum):
    """What a token may be allowed to do. A scope to write does not include the one to read."""

    TICKETS_READ = "tickets:read"
    TICKETS_WRITE = "tickets:write"
    PEOPLE_READ = "people:read"
    PEOPLE_WRITE = "people:write"
    QUARANTINE_READ = "quarantine:read"
    QUARANTINE_DECIDE = "quarantine:decide"
    LEDGER_READ = "ledger:read"  # the ledger and the calls
    AUDIT_READ = "audit:read"
    TOKENS_WRITE = "tokens:write"
    SERVICE_READ = "service:read"  # statements, remote access, maintenance
    SERVICE_WRITE = "service:write"
    TEMPLATES_READ = "templates:read"  # how our mail is worded
    TEMPLATES_WRITE = "templates:write"
    SCIM_WRITE = "scim:write"  # a customer's directory keeps its contacts; for a token of that customer only
    WEBHOOKS_WRITE = "webhooks:write"  # who is told of events


# A contact's token sees what is one customer's: its tickets, and what is agreed with it and owed. Everything else is
# about everybody.
CONTACT_SCOPES = frozenset({Scope.TICKETS_READ, Scope.TICKETS_WRITE, Scope.SERVICE_READ})

# Whoever may change who gets in, or hand out tokens, acts as an admin.
ADMIN_SCOPES = frozenset(
    {Scope.PEOPLE_WRITE, Scope.QUARANTINE_DECIDE, Scope.TOKENS_WRITE, Scope.TEMPLATES_WRITE, Scope.WEBHOOKS_WRITE}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """A token at the only moment its secret is known. kept: what goes into the database."""

    secret: str = field(repr=False)
    kept: str


def new_token() -> NewToken:
    """Make a token of 256 random bits."""
    secret = PREFIX + secrets.token_urlsafe(32)
    return NewToken(secret=secret, kept=keep_token(secret))


def keep_token(secret: str) -> str:
    """What is kept of a token: its SHA-256 in hex. Enough for a random secret, and can be looked up by an index."""
    return hashlib.sha256(secret.encode()).hexdigest()
