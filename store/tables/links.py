"""How tickets of one customer belong together: merged into another, split off another, or simply related."""

from sqlalchemy import Column, ForeignKey, Index, String, Table

from store.tables.base import Id, metadata

ticket_links = Table(
    "ticket_links",
    metadata,
    Column("ticket_id", Id, ForeignKey("tickets.id"), primary_key=True),
    Column("kind", String(8), primary_key=True),
    # What it was merged into, split off, or is related to (then the smaller id stands first).
    Column("other_id", Id, ForeignKey("tickets.id"), primary_key=True),
    Index("ix_ticket_links_other", "other_id", "kind"),
)
