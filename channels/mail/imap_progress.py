"""Which mails of a folder are settled, which wait for another try, and how far the cursor may move.

Owns that arithmetic only: no connection, no clock of its own.
"""

import random
from collections.abc import Iterable

from channels.mail.backoff import backoff_seconds


class MailboxProgress:
    """The mails above the cursor. Instants are seconds of any one steady clock."""

    def __init__(self, settled_through: int, *, retry_base: float, retry_most: float, chance: random.Random) -> None:
        self._through = settled_through
        self._examined = settled_through
        self._base = retry_base
        self._most = retry_most
        self._chance = chance
        self._open: set[int] = set()
        self._settled: set[int] = set()
        self._failures: dict[int, int] = {}
        self._due: dict[int, float] = {}

    @property
    def settled_through(self) -> int:
        """The highest UID below which, and with which, nothing is open: what the stored cursor may say."""
        return self._through

    @property
    def waiting(self) -> int:
        """How many mails wait for another try."""
        return len(self._due)

    def see(self, uids: Iterable[int], *, examined_through: int) -> None:
        """Take in what the folder holds above the cursor now.

        examined_through: no mail up to this UID can appear any more (UIDNEXT - 1 when the search was made).
        """
        present = {uid for uid in uids if uid > self._through}
        self._settled &= present
        self._open = present - self._settled
        for gone in self._due.keys() - self._open:
            del self._due[gone]
            del self._failures[gone]
        self._examined = max(self._examined, examined_through, *present)
        self._advance()

    def __contains__(self, uid: int) -> bool:
        """Whether the mail is still open."""
        return uid in self._open

    def due(self, now: float) -> list[int]:
        """Return the open mails whose turn it is, oldest first."""
        return sorted(uid for uid in self._open if self._due.get(uid, now) <= now)

    def next_due(self) -> float | None:
        """Return when the next waiting mail is due, or None."""
        return min(self._due.values(), default=None)

    def settle(self, uid: int) -> None:
        """This mail is done with: taken in or refused, and where it belongs."""
        self._open.discard(uid)
        self._due.pop(uid, None)
        self._failures.pop(uid, None)
        self._settled.add(uid)
        self._advance()

    def postpone(self, uid: int, now: float) -> None:
        """This mail could not be settled; its next turn comes later, and later each time."""
        failures = self._failures[uid] = self._failures.get(uid, 0) + 1
        self._due[uid] = now + backoff_seconds(failures, base=self._base, most=self._most, chance=self._chance)

    def _advance(self) -> None:
        self._through = max(self._through, min(self._open) - 1 if self._open else self._examined)
        self._settled = {uid for uid in self._settled if uid > self._through}
