"""The first schema"""

import sqlalchemy as sa
from alembic import op
import store.columns
from store.tables import Id

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.schema.CreateSequence(sa.Sequence("ticket_number", start=1)))
    op.create_table(
        "audit",
        sa.Column("id", Id, nullable=False),
        sa.Column("at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(length=12), nullable=False),
        sa.Column("actor_id", Id, nullable=True),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("entity", sa.String(length=24), nullable=False),
        sa.Column("entity_id", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=24), nullable=False),
        sa.Column("before", store.columns.Json, nullable=True),
        sa.Column("after", store.columns.Json, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_at"), ["at"], unique=False)
        batch_op.create_index("ix_audit_entity", ["entity", "entity_id"], unique=False)

    op.create_table(
        "blobs",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_blobs")),
    )
    op.create_table(
        "counters",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counters")),
    )
    op.create_table(
        "customers",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("language", sa.String(length=8), server_default="cs", nullable=False),
        sa.Column("ask_pin", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("valid_from", store.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("valid_until", store.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("created_at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
        sa.UniqueConstraint("name", name=op.f("uq_customers_name")),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("request_digest", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_idempotency_keys")),
    )
    with op.batch_alter_table("idempotency_keys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_idempotency_keys_created_at"), ["created_at"], unique=False)

    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("holder", sa.String(length=100), nullable=False),
        sa.Column("fencing_token", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "login_failures",
        sa.Column("login", sa.String(length=320), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("login", name=op.f("pk_login_failures")),
    )
    op.create_table(
        "mail_templates",
        sa.Column("name", sa.String(length=60), server_default="", nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("name", "kind", "language", "version", name=op.f("pk_mail_templates")),
    )
    op.create_table(
        "mailbox_cursors",
        sa.Column("account", sa.String(length=255), nullable=False),
        sa.Column("folder", sa.String(length=255), nullable=False),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account", "folder", name=op.f("pk_mailbox_cursors")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("ticket_id", Id, nullable=True),
        sa.Column("recipient", sa.String(length=320), nullable=False),
        sa.Column("message_id", sa.String(length=255), nullable=False),
        sa.Column("payload", store.columns.Json, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", store.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("sent_at", store.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_due", ["state", "next_attempt_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_message_id"), ["message_id"], unique=False)
        batch_op.create_index("ix_outbox_recipient", ["recipient", "created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_ticket_id"), ["ticket_id"], unique=False)

    op.create_table(
        "pin_attempts",
        sa.Column("caller", sa.String(length=120), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", store.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("last_at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("caller", name=op.f("pk_pin_attempts")),
    )
    with op.batch_alter_table("pin_attempts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pin_attempts_last_at"), ["last_at"], unique=False)

    op.create_table(
        "search_queue",
        sa.Column("id", Id, nullable=False),
        sa.Column("ticket_id", Id, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_queue")),
    )
    with op.batch_alter_table("search_queue", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_search_queue_ticket_id"), ["ticket_id"], unique=False)

    op.create_table(
        "site_calendar",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("days", store.columns.Json, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_calendar")),
    )
    op.create_table(
        "snippets",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snippets")),
        sa.UniqueConstraint("language", "name", name=op.f("uq_snippets_language_name")),
    )
    op.create_table(
        "timer_marks",
        sa.Column("subject", sa.String(length=12), nullable=False),
        sa.Column("subject_id", Id, autoincrement=False, nullable=False),
        sa.Column("mark", sa.String(length=80), nullable=False),
        sa.Column("at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject", "subject_id", "mark", name=op.f("pk_timer_marks")),
    )
    op.create_table(
        "users",
        sa.Column("id", Id, nullable=False),
        sa.Column("login", sa.String(length=320), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=8), server_default="cs", nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=True),
        sa.Column("created_at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("login", name=op.f("uq_users_login")),
    )
    op.create_table(
        "access_profiles",
        sa.Column("id", Id, nullable=False),
        sa.Column("customer_id", Id, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("method", sa.String(length=24), nullable=False),
        sa.Column("windows_only", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("remote_desktop", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("valid_from", store.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("valid_until", store.columns.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_access_profiles_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_profiles")),
    )
    with op.batch_alter_table("access_profiles", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_access_profiles_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "asked_letters",
        sa.Column("id", Id, nullable=False),
        sa.Column("target", sa.String(length=320), nullable=False),
        sa.Column("customer_id", Id, nullable=True),
        sa.Column("asked_at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_asked_letters_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asked_letters")),
    )
    with op.batch_alter_table("asked_letters", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_asked_letters_asked_at"), ["asked_at"], unique=False)
        batch_op.create_index("ix_asked_letters_customer", ["customer_id", "asked_at"], unique=False)
        batch_op.create_index("ix_asked_letters_target", ["target", "asked_at"], unique=False)

    op.create_table(
        "category_rules",
        sa.Column("id", Id, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("pattern", sa.String(length=200), nullable=False),
        sa.Column("customer_id", Id, nullable=True),
        sa.Column("category", sa.String(length=8), nullable=True),
        sa.Column("priority", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("template", sa.String(length=60), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("note", sa.String(length=200), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_category_rules_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category_rules")),
    )
    with op.batch_alter_table("category_rules", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_category_rules_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index("ix_category_rules_order", ["position", "id"], unique=False)

    op.create_table(
        "closed_months",
        sa.Column("customer_id", Id, autoincrement=False, nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("summary", store.columns.Json, nullable=False),
        sa.Column("closed_at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(length=12), nullable=False),
        sa.Column("actor_id", Id, nullable=True),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_closed_months_customer_id")),
        sa.PrimaryKeyConstraint("customer_id", "month", "revision", name=op.f("pk_closed_months")),
    )
    op.create_table(
        "contacts",
        sa.Column("id", Id, nullable=False),
        sa.Column("customer_id", Id, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("may_mail", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("may_phone", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("may_web", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("is_admin", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("login", sa.String(length=320), nullable=True),
        sa.Column("password_hash", sa.String(length=255), nullable=True),
        sa.Column("valid_from", store.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("valid_until", store.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("created_at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_contacts_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
        sa.UniqueConstraint("login", name=op.f("uq_contacts_login")),
    )
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contacts_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(
            "ix_contacts_ending",
            ["valid_until"],
            unique=False,
            sqlite_where=sa.text("valid_until IS NOT NULL"),
            postgresql_where=sa.text("valid_until IS NOT NULL"),
        )

    op.create_table(
        "contracts",
        sa.Column("id", Id, nullable=False),
        sa.Column("customer_id", Id, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("framework", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("default_category", sa.String(length=8), server_default="C", nullable=False),
        sa.Column("valid_from", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("valid_until", store.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("terms", store.columns.Json, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_contracts_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contracts")),
    )
    with op.batch_alter_table("contracts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contracts_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "delivery_reports",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("outbox_id", Id, nullable=False),
        sa.Column("at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("permanent", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=True),
        sa.Column("diagnostic", sa.Text(), nullable=False),
        sa.Column("ledger_id", Id, nullable=True),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_delivery_reports_outbox_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_reports")),
    )
    with op.batch_alter_table("delivery_reports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delivery_reports_outbox_id"), ["outbox_id"], unique=False)

    op.create_table(
        "list_changes",
        sa.Column("id", Id, nullable=False),
        sa.Column("customer_id", Id, nullable=False),
        sa.Column("entity", sa.String(length=12), nullable=False),
        sa.Column("action", sa.String(length=8), nullable=False),
        sa.Column("entry_id", Id, nullable=True),
        sa.Column("data", store.columns.Json, nullable=False),
        sa.Column("before", store.columns.Json, nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("waits", store.columns.Json, nullable=False),
        sa.Column("proposed_at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(length=12), nullable=False),
        sa.Column("actor_id", Id, nullable=True),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.Column("code_expires_at", store.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("code_failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("decided_at", store.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=200), nullable=True),
        sa.Column("note", sa.String(length=500), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_list_changes_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_changes")),
    )
    with op.batch_alter_table("list_changes", schema=None) as batch_op:
        batch_op.create_index("ix_list_changes_customer", ["customer_id", "state", "id"], unique=False)

    op.create_table(
        "list_rules",
        sa.Column("customer_id", Id, autoincrement=False, nullable=False),
        sa.Column("four_eyes", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_list_rules_customer_id")),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_list_rules")),
    )
    op.create_table(
        "maintenance_windows",
        sa.Column("id", Id, nullable=False),
        sa.Column("customer_id", Id, nullable=False),
        sa.Column("starts_at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ends_at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("note", sa.String(length=500), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_maintenance_windows_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_maintenance_windows")),
    )
    with op.batch_alter_table("maintenance_windows", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_maintenance_windows_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "number_ranges",
        sa.Column("id", Id, nullable=False),
        sa.Column("customer_id", Id, nullable=False),
        sa.Column("digits", sa.Integer(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("label", sa.String(length=100), server_default="", nullable=False),
        sa.Column("valid_from", store.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("valid_until", store.columns.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_number_ranges_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_ranges")),
    )
    with op.batch_alter_table("number_ranges", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_number_ranges_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index("ix_number_ranges_look_up", ["digits", "first", "last"], unique=False)

    op.create_table(
        "oidc_providers",
        sa.Column("id", Id, nullable=False),
        sa.Column("customer_id", Id, nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("issuer", sa.String(length=500), nullable=False),
        sa.Column("client_id", sa.String(length=200), nullable=False),
        sa.Column("sealed_secret", sa.String(length=1000), nullable=True),
        sa.Column("create_contacts", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_oidc_providers_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oidc_providers")),
        sa.UniqueConstraint("slug", name=op.f("uq_oidc_providers_slug")),
    )
    with op.batch_alter_table("oidc_providers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_oidc_providers_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "queue_views",
        sa.Column("id", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("query", sa.String(length=1000), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_queue_views_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue_views")),
        sa.UniqueConstraint("user_id", "name", name=op.f("uq_queue_views_user_id_name")),
    )
    op.create_table(
        "webhook_events",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("customer_id", Id, nullable=True),
        sa.Column("data", store.columns.Json, nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_webhook_events_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_events")),
    )
    with op.batch_alter_table("webhook_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_webhook_events_at"), ["at"], unique=False)

    op.create_table(
        "webhooks",
        sa.Column("id", Id, nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("types", store.columns.Json, nullable=False),
        sa.Column("customer_id", Id, nullable=True),
        sa.Column("note", sa.String(length=200), server_default="", nullable=False),
        sa.Column("sealed_secret", sa.String(length=255), nullable=False),
        sa.Column("old_sealed_secret", sa.String(length=255), nullable=True),
        sa.Column("old_secret_until", store.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failing_since", store.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("quiet_until", store.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("disabled_why", sa.String(length=400), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_webhooks_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
    )
    with op.batch_alter_table("webhooks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_webhooks_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "addresses",
        sa.Column("id", Id, nullable=False),
        sa.Column("customer_id", Id, nullable=False),
        sa.Column("contact_id", Id, nullable=True),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("address_key", sa.String(length=320), nullable=False),
        sa.Column("valid_from", store.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("valid_until", store.columns.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_addresses_contact_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_addresses_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_addresses")),
        sa.UniqueConstraint(
            "customer_id", "contact_id", "address_key", name=op.f("uq_addresses_customer_id_contact_id_address_key")
        ),
    )
    with op.batch_alter_table("addresses", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_addresses_address_key"), ["address_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_addresses_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_addresses_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "api_tokens",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("scopes", store.columns.Json, nullable=False),
        sa.Column("contact_id", Id, nullable=True),
        sa.Column("customer_id", Id, nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", store.columns.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_api_tokens_contact_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_api_tokens_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_tokens_token_hash")),
    )
    with op.batch_alter_table("api_tokens", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_tokens_contact_id"), ["contact_id"], unique=False)

    op.create_table(
        "calls",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("endpoint", sa.String(length=100), nullable=False),
        sa.Column("call_id", sa.String(length=255), nullable=False),
        sa.Column("opened_at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("caller_shown", sa.String(length=255), nullable=False),
        sa.Column("caller_e164", sa.String(length=16), nullable=True),
        sa.Column("called_number", sa.String(length=64), nullable=True),
        sa.Column("agent", sa.String(length=255), nullable=True),
        sa.Column("started_at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("answered_at", store.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_at", store.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("cause", sa.String(length=40), nullable=True),
        sa.Column("verdict", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("customer_id", Id, nullable=True),
        sa.Column("contact_id", Id, nullable=True),
        sa.Column("ticket_id", Id, nullable=True),
        sa.Column("look_at", store.columns.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_calls_contact_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_calls_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
        sa.UniqueConstraint("endpoint", "call_id", "opened_at", name=op.f("uq_calls_endpoint_call_id_opened_at")),
    )
    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_calls_caller_e164"), ["caller_e164"], unique=False)
        batch_op.create_index(batch_op.f("ix_calls_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_calls_look_at"), ["look_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_calls_started_at"), ["started_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_calls_ticket_id"), ["ticket_id"], unique=False)

    op.create_table(
        "drafts",
        sa.Column("contact_id", Id, autoincrement=False, nullable=False),
        sa.Column("about", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("category", sa.String(length=8), nullable=False),
        sa.Column("saved_at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_drafts_contact_id")),
        sa.PrimaryKeyConstraint("contact_id", "about", name=op.f("pk_drafts")),
    )
    with op.batch_alter_table("drafts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_drafts_saved_at"), ["saved_at"], unique=False)

    op.create_table(
        "ledger",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("account", sa.String(length=320), nullable=False),
        sa.Column("received_at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("source_key", sa.String(length=255), nullable=True),
        sa.Column("content_key", sa.String(length=64), nullable=True),
        sa.Column("peer", sa.String(length=255), nullable=True),
        sa.Column("reverse_path", sa.String(length=320), nullable=True),
        sa.Column("identity", sa.String(length=320), nullable=True),
        sa.Column("subject", sa.String(length=255), nullable=True),
        sa.Column("message_id", sa.String(length=998), nullable=True),
        sa.Column("verdict", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("evidence", store.columns.Json, nullable=False),
        sa.Column("blob", sa.String(length=64), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", Id, nullable=True),
        sa.Column("contact_id", Id, nullable=True),
        sa.Column("ticket_id", Id, nullable=True),
        sa.Column("duplicate_of", Id, nullable=True),
        sa.Column("trace_id", sa.String(length=32), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["blob"], ["blobs.digest"], name=op.f("fk_ledger_blob")),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_ledger_contact_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_ledger_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger")),
        sa.UniqueConstraint("content_key", name=op.f("uq_ledger_content_key")),
        sa.UniqueConstraint("source_key", name=op.f("uq_ledger_source_key")),
    )
    with op.batch_alter_table("ledger", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ledger_blob"), ["blob"], unique=False)
        batch_op.create_index(batch_op.f("ix_ledger_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_ledger_identity"), ["identity"], unique=False)
        batch_op.create_index(batch_op.f("ix_ledger_message_id"), ["message_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_ledger_reason"), ["reason"], unique=False)
        batch_op.create_index(batch_op.f("ix_ledger_received_at"), ["received_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_ledger_ticket_id"), ["ticket_id"], unique=False)

    op.create_table(
        "login_steps",
        sa.Column("kept", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("contact_id", Id, nullable=True),
        sa.Column("user_id", Id, nullable=True),
        sa.Column("data", store.columns.Json, nullable=False),
        sa.Column("expires_at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_login_steps_contact_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_login_steps_user_id")),
        sa.PrimaryKeyConstraint("kept", name=op.f("pk_login_steps")),
    )
    with op.batch_alter_table("login_steps", schema=None) as batch_op:
        batch_op.create_index(
            "ix_login_steps_contact",
            ["contact_id"],
            unique=False,
            sqlite_where=sa.text("contact_id IS NOT NULL"),
            postgresql_where=sa.text("contact_id IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_login_steps_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(
            "ix_login_steps_user",
            ["user_id"],
            unique=False,
            sqlite_where=sa.text("user_id IS NOT NULL"),
            postgresql_where=sa.text("user_id IS NOT NULL"),
        )

    op.create_table(
        "number_codes",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("e164", sa.String(length=16), nullable=False),
        sa.Column("customer_id", Id, nullable=False),
        sa.Column("contact_id", Id, nullable=True),
        sa.Column("call_id", Id, nullable=True),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("requested_at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("requested_by", sa.String(length=200), nullable=False),
        sa.Column("expires_at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("confirmed_at", store.columns.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_number_codes_contact_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_number_codes_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_codes")),
    )
    with op.batch_alter_table("number_codes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_number_codes_call_id"), ["call_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_number_codes_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_number_codes_e164"), ["e164"], unique=False)
        batch_op.create_index(batch_op.f("ix_number_codes_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "numbers",
        sa.Column("id", Id, nullable=False),
        sa.Column("customer_id", Id, nullable=False),
        sa.Column("contact_id", Id, nullable=True),
        sa.Column("e164", sa.String(length=16), nullable=False),
        sa.Column("label", sa.String(length=100), server_default="", nullable=False),
        sa.Column("valid_from", store.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("valid_until", store.columns.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_numbers_contact_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_numbers_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_numbers")),
        sa.UniqueConstraint("customer_id", "contact_id", "e164", name=op.f("uq_numbers_customer_id_contact_id_e164")),
    )
    with op.batch_alter_table("numbers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_numbers_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_numbers_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_numbers_e164"), ["e164"], unique=False)

    op.create_table(
        "oidc_domains",
        sa.Column("domain", sa.String(length=255), nullable=False),
        sa.Column("provider_id", Id, nullable=False),
        sa.ForeignKeyConstraint(["provider_id"], ["oidc_providers.id"], name=op.f("fk_oidc_domains_provider_id")),
        sa.PrimaryKeyConstraint("domain", name=op.f("pk_oidc_domains")),
    )
    with op.batch_alter_table("oidc_domains", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_oidc_domains_provider_id"), ["provider_id"], unique=False)

    op.create_table(
        "oidc_subjects",
        sa.Column("provider_id", Id, autoincrement=False, nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("contact_id", Id, nullable=False),
        sa.Column("created_at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_oidc_subjects_contact_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["oidc_providers.id"], name=op.f("fk_oidc_subjects_provider_id")),
        sa.PrimaryKeyConstraint("provider_id", "subject", name=op.f("pk_oidc_subjects")),
    )
    with op.batch_alter_table("oidc_subjects", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_oidc_subjects_contact_id"), ["contact_id"], unique=False)

    op.create_table(
        "passkeys",
        sa.Column("id", Id, nullable=False),
        sa.Column("contact_id", Id, nullable=True),
        sa.Column("user_id", Id, nullable=True),
        sa.Column("credential_id", sa.String(length=1400), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("created_at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("used_at", store.columns.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_passkeys_contact_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_passkeys_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkeys_credential_id")),
    )
    with op.batch_alter_table("passkeys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_passkeys_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_passkeys_user_id"), ["user_id"], unique=False)

    op.create_table(
        "pins",
        sa.Column("contact_id", Id, autoincrement=False, nullable=False),
        sa.Column("pin_hash", sa.String(length=64), nullable=False),
        sa.Column("set_at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("locked_until", store.columns.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_pins_contact_id")),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_pins")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("contact_id", Id, nullable=True),
        sa.Column("user_id", Id, nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_recovery_codes_contact_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_recovery_codes_user_id")),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_recovery_codes")),
    )
    with op.batch_alter_table("recovery_codes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recovery_codes_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_recovery_codes_user_id"), ["user_id"], unique=False)

    op.create_table(
        "scim_users",
        sa.Column("contact_id", Id, autoincrement=False, nullable=False),
        sa.Column("customer_id", Id, nullable=False),
        sa.Column("user_name", sa.String(length=320), nullable=False),
        sa.Column("user_name_key", sa.String(length=320), nullable=False),
        sa.Column("external_id", sa.String(length=320), nullable=True),
        sa.Column("deleted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_scim_users_contact_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_scim_users_customer_id")),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_scim_users")),
        sa.UniqueConstraint("customer_id", "user_name_key", name=op.f("uq_scim_users_customer_id_user_name_key")),
    )
    with op.batch_alter_table("scim_users", schema=None) as batch_op:
        batch_op.create_index("ix_scim_users_external", ["customer_id", "external_id"], unique=False)

    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("contact_id", Id, nullable=True),
        sa.Column("user_id", Id, nullable=True),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.Column("how", sa.String(length=20), nullable=False),
        sa.Column("peer", sa.String(length=45), nullable=False),
        sa.Column("agent", sa.String(length=80), nullable=False),
        sa.Column("created_at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("seen_at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_sessions_contact_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sessions_user_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sessions")),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sessions_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sessions_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_sessions_user_id"), ["user_id"], unique=False)

    op.create_table(
        "tickets",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", Id, nullable=False),
        sa.Column("contact_id", Id, nullable=True),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("category", sa.String(length=8), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("received_at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("since", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("closed_at", store.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("temporary_fix_at", store.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("attention", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("solution", sa.Text(), nullable=True),
        sa.Column("evaluation", store.columns.Json, nullable=True),
        sa.Column("offer", store.columns.Json, nullable=True),
        sa.Column("related_id", Id, nullable=True),
        sa.Column("assignee_id", Id, nullable=True),
        sa.Column("reply_to", sa.String(length=320), nullable=True),
        sa.Column("wording", sa.String(length=60), nullable=True),
        sa.Column("response_deadline", store.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("fix_deadline", store.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("next_deadline", store.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("archived", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("timer_at", store.columns.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["assignee_id"], ["users.id"], name=op.f("fk_tickets_assignee_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_tickets_contact_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_tickets_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
        sa.UniqueConstraint("number", name=op.f("uq_tickets_number")),
    )
    with op.batch_alter_table("tickets", schema=None) as batch_op:
        batch_op.create_index(
            "ix_tickets_attention",
            ["id"],
            unique=False,
            sqlite_where=sa.text("attention = 1"),
            postgresql_where=sa.text("attention"),
        )
        batch_op.create_index(batch_op.f("ix_tickets_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index("ix_tickets_customer", ["customer_id", "id"], unique=False)
        batch_op.create_index(
            "ix_tickets_deadline",
            ["next_deadline", "id"],
            unique=False,
            sqlite_where=sa.text("next_deadline IS NOT NULL"),
            postgresql_where=sa.text("next_deadline IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_tickets_in_hand",
            ["assignee_id", "id"],
            unique=False,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.create_index(
            "ix_tickets_open",
            ["customer_id"],
            unique=False,
            postgresql_where=sa.text("closed_at IS NULL"),
            sqlite_where=sa.text("closed_at IS NULL"),
        )
        batch_op.create_index("ix_tickets_queue", ["status", "id"], unique=False)
        batch_op.create_index("ix_tickets_statement", ["customer_id", "updated_at"], unique=False)
        batch_op.create_index(
            "ix_tickets_timer",
            ["timer_at"],
            unique=False,
            sqlite_where=sa.text("timer_at IS NOT NULL"),
            postgresql_where=sa.text("timer_at IS NOT NULL"),
        )
        batch_op.create_index("ix_tickets_updated", ["updated_at"], unique=False)

    op.create_table(
        "totp_keys",
        sa.Column("id", Id, nullable=False),
        sa.Column("contact_id", Id, nullable=True),
        sa.Column("user_id", Id, nullable=True),
        sa.Column("sealed", sa.String(length=255), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("created_at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_totp_keys_contact_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_totp_keys_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_totp_keys")),
        sa.UniqueConstraint("contact_id", name=op.f("uq_totp_keys_contact_id")),
        sa.UniqueConstraint("user_id", name=op.f("uq_totp_keys_user_id")),
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("webhook_id", Id, nullable=False),
        sa.Column("event_id", Id, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", store.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("done_at", store.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["webhook_events.id"], name=op.f("fk_webhook_deliveries_event_id")),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhooks.id"], name=op.f("fk_webhook_deliveries_webhook_id")),
        sa.PrimaryKeyConstraint("webhook_id", "event_id", name=op.f("pk_webhook_deliveries")),
    )
    with op.batch_alter_table("webhook_deliveries", schema=None) as batch_op:
        batch_op.create_index("ix_webhook_deliveries_due", ["state", "next_attempt_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_webhook_deliveries_event_id"), ["event_id"], unique=False)

    op.create_table(
        "call_events",
        sa.Column("key", sa.String(length=1000), nullable=False),
        sa.Column("call", Id, nullable=False),
        sa.Column("at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("data", store.columns.Json, nullable=False),
        sa.ForeignKeyConstraint(["call"], ["calls.id"], name=op.f("fk_call_events_call")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_call_events")),
    )
    with op.batch_alter_table("call_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_call_events_call"), ["call"], unique=False)

    op.create_table(
        "comments",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("ticket_id", Id, nullable=False),
        sa.Column("at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(length=12), nullable=False),
        sa.Column("actor_id", Id, nullable=True),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("internal", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("elided", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=True),
        sa.Column("automatic", sa.String(length=16), nullable=False),
        sa.Column("ledger_id", Id, nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_comments_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
    )
    with op.batch_alter_table("comments", schema=None) as batch_op:
        batch_op.create_index("ix_comments_ticket", ["ticket_id", "id"], unique=False)

    op.create_table(
        "message_ids",
        sa.Column("message_id", sa.String(length=998), nullable=False),
        sa.Column("ticket_id", Id, nullable=False),
        sa.Column("base_subject", sa.String(length=255), nullable=False),
        sa.Column("ours", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_message_ids_ticket_id")),
        sa.PrimaryKeyConstraint("message_id", "ticket_id", name=op.f("pk_message_ids")),
    )
    with op.batch_alter_table("message_ids", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_message_ids_ticket_id"), ["ticket_id"], unique=False)

    op.create_table(
        "participants",
        sa.Column("ticket_id", Id, nullable=False),
        sa.Column("address_key", sa.String(length=320), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("contact_id", Id, nullable=True),
        sa.Column("part", sa.String(length=10), nullable=False),
        sa.Column("joined_at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_participants_contact_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_participants_ticket_id")),
        sa.PrimaryKeyConstraint("ticket_id", "address_key", name=op.f("pk_participants")),
    )
    op.create_table(
        "presences",
        sa.Column("ticket_id", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("seen_at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_presences_ticket_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_presences_user_id")),
        sa.PrimaryKeyConstraint("ticket_id", "user_id", name=op.f("pk_presences")),
    )
    with op.batch_alter_table("presences", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_presences_seen_at"), ["seen_at"], unique=False)

    op.create_table(
        "quarantine",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("held_at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("decided_at", store.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=200), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("ticket_id", Id, nullable=True),
        sa.ForeignKeyConstraint(["id"], ["ledger.id"], name=op.f("fk_quarantine_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
    )
    with op.batch_alter_table("quarantine", schema=None) as batch_op:
        batch_op.create_index("ix_quarantine_queue", ["state", "held_at"], unique=False)

    op.create_table(
        "recordings",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("call", Id, nullable=False),
        sa.Column("endpoint", sa.String(length=100), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("announced_at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", store.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(["call"], ["calls.id"], name=op.f("fk_recordings_call")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recordings")),
    )
    with op.batch_alter_table("recordings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recordings_call"), ["call"], unique=False)
        batch_op.create_index(batch_op.f("ix_recordings_next_attempt_at"), ["next_attempt_at"], unique=False)

    op.create_table(
        "reply_drafts",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("ticket_id", Id, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("internal", sa.Boolean(), nullable=False),
        sa.Column("at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_reply_drafts_ticket_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_reply_drafts_user_id")),
        sa.PrimaryKeyConstraint("user_id", "ticket_id", name=op.f("pk_reply_drafts")),
    )
    with op.batch_alter_table("reply_drafts", schema=None) as batch_op:
        batch_op.create_index("ix_reply_drafts_ticket", ["ticket_id"], unique=False)

    op.create_table(
        "ticket_events",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("ticket_id", Id, nullable=False),
        sa.Column("at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(length=12), nullable=False),
        sa.Column("actor_id", Id, nullable=True),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("before", sa.String(length=255), nullable=True),
        sa.Column("after", sa.String(length=255), nullable=True),
        sa.Column("detail", store.columns.Json, nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_events_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_events")),
    )
    with op.batch_alter_table("ticket_events", schema=None) as batch_op:
        batch_op.create_index("ix_ticket_events_history", ["ticket_id", "id"], unique=False)

    op.create_table(
        "ticket_links",
        sa.Column("ticket_id", Id, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("other_id", Id, nullable=False),
        sa.ForeignKeyConstraint(["other_id"], ["tickets.id"], name=op.f("fk_ticket_links_other_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_links_ticket_id")),
        sa.PrimaryKeyConstraint("ticket_id", "kind", "other_id", name=op.f("pk_ticket_links")),
    )
    with op.batch_alter_table("ticket_links", schema=None) as batch_op:
        batch_op.create_index("ix_ticket_links_other", ["other_id", "kind"], unique=False)

    op.create_table(
        "time_entries",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("ticket_id", Id, nullable=False),
        sa.Column("customer_id", Id, nullable=False),
        sa.Column("at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("flag", sa.String(length=24), nullable=False),
        sa.Column("actor_kind", sa.String(length=12), nullable=False),
        sa.Column("actor_id", Id, nullable=True),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("noted_at", store.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", store.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_time_entries_customer_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_time_entries_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_time_entries")),
    )
    with op.batch_alter_table("time_entries", schema=None) as batch_op:
        batch_op.create_index("ix_time_entries_month", ["customer_id", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_time_entries_ticket_id"), ["ticket_id"], unique=False)

    op.create_table(
        "attachments",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("ticket_id", Id, nullable=False),
        sa.Column("comment_id", Id, nullable=False),
        sa.Column("filename", sa.String(length=255), nullable=False),
        sa.Column("content_type", sa.String(length=127), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("inline", sa.Boolean(), nullable=False),
        sa.Column("content_id", sa.String(length=255), nullable=True),
        sa.Column("blob", sa.String(length=64), nullable=False),
        sa.Column("part", sa.Integer(), nullable=True),
        sa.Column("detected_type", sa.String(length=127), nullable=True),
        sa.Column("withheld", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["blob"], ["blobs.digest"], name=op.f("fk_attachments_blob")),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name=op.f("fk_attachments_comment_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_attachments_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
    )
    with op.batch_alter_table("attachments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attachments_blob"), ["blob"], unique=False)
        batch_op.create_index(batch_op.f("ix_attachments_comment_id"), ["comment_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_attachments_ticket_id"), ["ticket_id"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("there is nothing before the first schema; restore a backup instead")
