"""Half-open spans of time as sets: union, overlap and difference.

Owns the set arithmetic of wall-clock spans. Knows nothing of opening hours.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From `start` until before `end`, aware UTC."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """Wall-clock time of the span."""
        return self.end - self.start


def union(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same time as apart, ordered spans: what two of them share counts once. Empty spans vanish."""
    merged: list[Span] = []
    for span in sorted(span for span in spans if span.start < span.end):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return tuple(merged)


def overlap(some: Iterable[Span], others: Iterable[Span]) -> tuple[Span, ...]:
    """The time that lies in both."""
    left, right = union(some), union(others)
    shared: list[Span] = []
    i = j = 0
    while i < len(left) and j < len(right):
        start, end = max(left[i].start, right[j].start), min(left[i].end, right[j].end)
        if start < end:
            shared.append(Span(start, end))
        if left[i].end < right[j].end:
            i += 1
        else:
            j += 1
    return tuple(shared)


def without(spans: Iterable[Span], removed: Iterable[Span]) -> tuple[Span, ...]:
    """The time of the first that does not lie in the second."""
    gone = union(removed)
    left: list[Span] = []
    for span in union(spans):
        start = span.start
        for hole in gone:
            if hole.end <= start or hole.start >= span.end:
                continue
            if start < hole.start:
                left.append(Span(start, hole.start))
            start = hole.end
        if start < span.end:
            left.append(Span(start, span.end))
    return tuple(left)


def total(spans: Iterable[Span]) -> timedelta:
    """The wall-clock time of spans that are apart."""
    return sum((span.length for span in spans), timedelta(0))
