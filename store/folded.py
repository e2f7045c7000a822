"""Names as people look for them: "novak" finds "Novák", on both databases. See `intake.tickets.words.fold_words`.

SQLite folds by a function of ours, PostgreSQL by translating letters; what Unicode does not take apart beyond Latin
letters with marks stays as it is there.
"""

import unicodedata
from typing import Any

from sqlalchemy import ColumnElement, String, and_, false
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from intake.tickets.words import fold_words

SQLITE_FUNCTION = "fold_name"

# Latin letters beyond ASCII: Latin-1, Latin Extended-A and -B, Latin Extended Additional.
_LETTERS = (*range(0xC0, 0x250), *range(0x1E00, 0x1F00))


class Folded(FunctionElement[str]):
    """A text without case and diacritics."""

    type = String()
    inherit_cache = True
    name = "folded"


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
    return and_(*(joined.contains(word, autoescape=True) for word in words))


def _translation() -> tuple[str, str]:
    letters, plain = [], []
    for code in _LETTERS:
        base = fold_text(chr(code)) or ""
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
    return f"lower(translate({compiler.process(element.clauses, **more)}, '{_FROM}', '{_TO}'))"
