"""Every table, as data. Rows are written by `store.transaction` and `store.people`, read by `store.queries`.

Rows of the hot path bring their own id (`store.ids`), so that one request's rows need no round trip for keys;
the lists of people use the database's own counting.
"""

from store.tables.base import Id, metadata, reference
from store.tables.console import presences, queue_views, reply_drafts, snippets
from store.tables.conversation import category_rules, participants
from store.tables.inbound import blobs, call_events, calls, ledger, quarantine
from store.tables.links import ticket_links
from store.tables.mail import delivery_reports, mail_templates
from store.tables.people import (
    addresses,
    api_tokens,
    contacts,
    contracts,
    customers,
    login_failures,
    number_ranges,
    numbers,
    sessions,
    users,
)
from store.tables.phone import number_codes, pin_attempts, pins, recordings
from store.tables.portal import asked_letters, drafts, list_changes, list_rules
from store.tables.scim import scim_users
from store.tables.search import search_queue
from store.tables.service import (
    access_profiles,
    closed_months,
    maintenance_windows,
    site_calendar,
    time_entries,
    timer_marks,
)
from store.tables.signing import (
    login_steps,
    oidc_domains,
    oidc_providers,
    oidc_subjects,
    passkeys,
    recovery_codes,
    totp_keys,
)
from store.tables.tickets import attachments, comments, counters, message_ids, ticket_events, ticket_number, tickets
from store.tables.webhooks import webhook_deliveries, webhook_events, webhooks
from store.tables.work import audit, idempotency_keys, leases, mailbox_cursors, outbox

__all__ = [
    "Id",
    "access_profiles",
    "addresses",
    "api_tokens",
    "asked_letters",
    "attachments",
    "audit",
    "blobs",
    "call_events",
    "calls",
    "category_rules",
    "closed_months",
    "comments",
    "contacts",
    "contracts",
    "counters",
    "customers",
    "delivery_reports",
    "drafts",
    "idempotency_keys",
    "leases",
    "ledger",
    "list_changes",
    "list_rules",
    "login_failures",
    "login_steps",
    "mail_templates",
    "mailbox_cursors",
    "maintenance_windows",
    "message_ids",
    "metadata",
    "number_codes",
    "number_ranges",
    "numbers",
    "oidc_domains",
    "oidc_providers",
    "oidc_subjects",
    "outbox",
    "participants",
    "passkeys",
    "pin_attempts",
    "pins",
    "presences",
    "quarantine",
    "queue_views",
    "recordings",
    "recovery_codes",
    "reference",
    "reply_drafts",
    "scim_users",
    "search_queue",
    "sessions",
    "site_calendar",
    "snippets",
    "ticket_events",
    "ticket_links",
    "ticket_number",
    "tickets",
    "time_entries",
    "timer_marks",
    "totp_keys",
    "users",
    "webhook_deliveries",
    "webhook_events",
    "webhooks",
]
