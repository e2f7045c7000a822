"""What a customer's own directory calls the contacts it keeps by SCIM."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Table, UniqueConstraint, text

from store.tables.base import Id, metadata, reference

scim_users = Table(
    "scim_users",
    metadata,
    Column("contact_id", Id, ForeignKey("contacts.id"), primary_key=True, autoincrement=False),
    reference("customer_id", "customers.id", index=False),
    Column("user_name", String(320), nullable=False),
    Column("user_name_key", String(320), nullable=False),
    Column("external_id", String(320)),
    # The directory deleted it: the contact stays, deactivated, and is found again by its name.
    Column("deleted", Boolean, nullable=False, server_default=text("false")),
    UniqueConstraint("customer_id", "user_name_key"),
    Index("ix_scim_users_external", "customer_id", "external_id"),
)
