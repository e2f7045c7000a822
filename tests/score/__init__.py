"""Scores on the corpora: one module a corpus, each with `score(corpus) -> list[Row]`."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table. good of total; floor: what a test holds it to; missed: the names that are wrong."""

    name: str
    good: int
    total: int
    floor: int
    missed: tuple[str, ...] = ()


def count(name: str, floor: int | None, cases: Iterable[tuple[str, bool]]) -> Row:
    """Count which cases are right; floor None: all of them must be."""
    results = list(cases)
    missed = tuple(case for case, right in results if not right)
    good, total = len(results) - len(missed), len(results)
    return Row(name=name, good=good, total=total, floor=total if floor is None else floor, missed=missed)
