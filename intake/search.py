"""Keeping the full-text index of the tickets, as a Protocol.

What is said is searchable with its commit: until it is indexed, a search reads it where it lies.
"""

from typing import Protocol


class SearchIndex(Protocol):
    """The index, on the caller's transaction."""

    def mark(self, ticket_id: int) -> None:
        """The ticket's texts were changed; `Transaction.add_comment` marks by itself."""
        ...

    def index_some(self, most: int) -> int:
        """Bring up to `most` marked tickets into the index; returns how many. None while another node does it."""
        ...
