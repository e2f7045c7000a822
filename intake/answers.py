"""Answers that were given before, so that a repeated POST with the same Idempotency-Key does nothing twice.

Owns the value and the Protocol; the answer is stored in the transaction that did the work.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenAnswer:
    """What was answered. key: the caller's identity and Idempotency-Key. request_digest: hex SHA-256 of the request.

    created_at: aware UTC.
    """

    key: str
    request_digest: str
    status: int
    body: str
    created_at: datetime


class Answers(Protocol):
    """The answers of the last day or so."""

    def given(self, key: str) -> GivenAnswer | None: ...

    def keep(self, answer: GivenAnswer) -> None:
        """Remember an answer. Raises ConflictError when the same key was answered at the same moment."""
        ...

    def forget(self, before: datetime) -> int:
        """Delete the answers given before an instant; returns how many."""
        ...
