"""Ids that need no round trip: time-ordered numbers below 2**53, so that every JSON reader keeps them exact."""

import secrets
import threading
import time

_EPOCH_MS = 1_767_225_600_000  # 2026-01-01T00:00:00Z
_LOW_BITS = 13


class IdSource:
    """Hands out increasing ids: milliseconds since 2026, then 13 bits that start anywhere in each millisecond.

    Two processes can draw the same id in the same millisecond, rarely; the primary key refuses the second row and
    the writer files that request again with fresh ids.
    """

    def __init__(self) -> None:
        self._last = 0
        self._lock = threading.Lock()

    def new(self) -> int:
        """Return an id greater than all ids this source gave before."""
        now = (time.time_ns() // 1_000_000 - _EPOCH_MS) << _LOW_BITS
        with self._lock:
            if now > self._last:
                # Half of the range stays free for the ids that follow within this millisecond.
                self._last = now | secrets.randbits(_LOW_BITS - 1)
            else:
                self._last += 1
            return self._last
