"""What a search compares: text as words without case and diacritics, and a query as terms all of which must occur.

Pure. The indexes of both databases are filled with these words and asked for these terms, so they find the same.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_LONGEST_WORD = 64
_MOST_TERMS = 10
# Shorter beginnings belong to half of all words.
_SHORTEST_BEGINNING = 3

# Letters that Unicode does not decompose, though people type them without the stroke.
_PLAIN = {"ł": "l", "đ": "d", "ø": "o", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "þ": "th", "ð": "d"}
_STROKED = re.compile(f"[{''.join(_PLAIN)}]")
# The blocks of combining marks, and the points of Hebrew and Arabic.
_MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
_WORD = re.compile(r"[^\W_]+")
_QUOTED = re.compile(r'"([^"]*)"?')


@dataclass(frozen=True, slots=True)
class Term:
    """What must occur: these words one after the other; beginning: the last of them may be longer."""

    words: tuple[str, ...]
    beginning: bool = False


def fold_words(text: str, most: int | None = None) -> list[str]:
    """The text's words, folded: "Přihlášení!" is ["prihlaseni"]. most: how many at most."""
    return [word[:_LONGEST_WORD] for word in _WORD.findall(_fold(text))[:most]]


def read_terms(query: str) -> tuple[Term, ...]:
    """What somebody typed, as terms: "quoted words" stay together, other words of three letters or more are beginnings.

    Numbers and shorter words are meant whole. Never raises: what is no word is left out, and so are terms after ten.
    """
    terms: list[Term] = []
    rest = 0
    for quoted in _QUOTED.finditer(query):
        terms += _loose(query[rest : quoted.start()])
        words = tuple(fold_words(quoted[1], _MOST_TERMS))
        if words:
            terms.append(Term(words))
        rest = quoted.end()
    terms += _loose(query[rest:])
    return tuple(dict.fromkeys(terms))[:_MOST_TERMS]


def occur(terms: Iterable[Term], sections: Sequence[Sequence[str]]) -> bool:
    """Whether every term occurs in one of the sections of folded words."""
    return all(any(_occurs(term, words) for words in sections) for term in terms)


def _occurs(term: Term, words: Sequence[str]) -> bool:
    if term.beginning:
        return any(word.startswith(term.words[0]) for word in words)
    length = len(term.words)
    return any(tuple(words[at : at + length]) == term.words for at in range(len(words) - length + 1))


def _loose(text: str) -> list[Term]:
    # One word too many says that there are more than will be asked for.
    return [Term((word,), beginning=_is_beginning(word)) for word in fold_words(text, _MOST_TERMS)]


def _is_beginning(word: str) -> bool:
    return len(word) >= _SHORTEST_BEGINNING and not word.isdigit()


def _fold(text: str) -> str:
    if text.isascii():
        return text.lower()
    letters = _MARKS.sub("", unicodedata.normalize("NFKD", text.casefold()))
    # Folding once more: some letters only become foldable by the decomposition.
    return _STROKED.sub(lambda found: _PLAIN[found[0]], letters.casefold())
