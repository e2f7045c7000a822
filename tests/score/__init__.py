"""Scores on the corpora: one module a corpus, each with `score(corpus) -> list[Row]`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table. good of total; floor: what a test holds it to; missed: the names that are wrong."""

    name: str
    good: int
    total: int
    floor: int
    missed: tuple[str, ...] = ()
