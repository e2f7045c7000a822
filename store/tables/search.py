"""Which tickets the full-text index does not have as they are now. The index itself is made by `store.search`."""

from sqlalchemy import Column, Table

from store.tables.base import Id, metadata

# One row for each thing said: a writer never waits for another's row, and none is taken out before it was indexed.
search_queue = Table(
    "search_queue",
    metadata,
    Column("id", Id, primary_key=True),
    Column("ticket_id", Id, nullable=False, index=True),
)
