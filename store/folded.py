"""Names as people look for them: "novak" finds "Novák", on both databases. See `intake.tickets.words.fold_words`.

SQLite folds by a function of ours. PostgreSQL takes letters apart as Unicode does, drops the marks, and translates the
Latin letters that Unicode does not take apart; each name is folded once, whatever the number of words.
"""

import unicodedata
from typing import Any

from sqlalchemy import Boolean, ColumnElement, String, false, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from intake.tickets.words import fold_words

SQLITE_FUNCTION = "fold_name"

# Latin letters beyond ASCII: Latin-1, Latin Extended-A and -B.
_LETTERS = range(0xC0, 0x250)
_MARKS = "".join(map(chr, range(0x300, 0x370)))


class Folded(FunctionElement[str]):
    """A text without case and diacritics."""

    type = String()
    inherit_cache = True
    name = "folded"


class _HasAll(FunctionElement[bool]):
    """Whether the first text is like each of the patterns after it."""

    type = Boolean()
    inherit_cache = True
    name = "has_all"


def fold_text(text: str | None) -> str | None:
    """What SQLite folds by."""
    return None if text is None else " ".join(fold_words(text))


def is_named(text: str, *names: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether every word that was typed is part of one of the names; nothing is, where no word was."""
    words = fold_words(text, 10)
    if not words:
        return false()
    first, *rest = (Folded(name) for name in names)
    joined: ColumnElement[str] = first
    for each in rest:
        joined = joined + " " + each
    # Words are letters and digits, so there is nothing in them that LIKE would read otherwise.
    return _HasAll(joined, *(literal(f"%{word}%") for word in words))


def _translation() -> tuple[str, str]:
    letters, plain = [], []
    for code in _LETTERS:
        base = fold_text(chr(code)) or ""
        if unicodedata.normalize("NFD", chr(code)) != chr(code):
            continue
        if len(base) == 1 and base.isascii() and unicodedata.category(chr(code)).startswith("L"):
            letters.append(chr(code))
            plain.append(base)
    return "".join(letters), "".join(plain)


_FROM, _TO = _translation()


@compiles(Folded, "sqlite")
def _on_sqlite(element: Folded, compiler: Any, **more: Any) -> str:
    return f"{SQLITE_FUNCTION}({compiler.process(element.clauses, **more)})"


@compiles(Folded, "postgresql")
def _on_postgresql(element: Folded, compiler: Any, **more: Any) -> str:
    apart = f"normalize({compiler.process(element.clauses, **more)}, NFD)"
    # Letters without a counterpart, which the marks at the end are, are dropped.
    return f"lower(translate({apart}, '{_FROM}{_MARKS}', '{_TO}'))"


@compiles(_HasAll, "sqlite")
def _all_on_sqlite(element: _HasAll, compiler: Any, **more: Any) -> str:
    name, *patterns = element.clauses
    likes = (f"{compiler.process(name, **more)} LIKE {compiler.process(each, **more)}" for each in patterns)
    return f"({' AND '.join(likes)})"


@compiles(_HasAll, "postgresql")
def _all_on_postgresql(element: _HasAll, compiler: Any, **more: Any) -> str:
    name, *patterns = (compiler.process(each, **more) for each in element.clauses)
    return f"({name} LIKE ALL (ARRAY[{', '.join(patterns)}]))"
