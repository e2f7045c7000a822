"""Nouns after numbers, in Czech and English: 1 den, 2 dny, 5 dní. Pure.

Sentences are written with the form for many; `agree` puts the noun into the form its number asks for.
"""

import re
from collections.abc import Mapping

# The form for many: those for one and for a few (2 to 4).
_CZECH: Mapping[str, tuple[str, str]] = {
    "dní": ("den", "dny"),
    "dnech": ("dni", "dnech"),
    "hodin": ("hodina", "hodiny"),
    "minut": ("minuta", "minuty"),
    "znaků": ("znak", "znaky"),
    "číslic": ("číslice", "číslice"),
    "čísel": ("číslo", "čísla"),
    "souborů": ("soubor", "soubory"),
    "pohledů": ("pohled", "pohledy"),
    "požadavků": ("požadavek", "požadavky"),
    "tiketů": ("tiket", "tikety"),
}
_ENGLISH: Mapping[str, tuple[str, str]] = {
    f"{one}s": (one, f"{one}s")
    for one in ("day", "hour", "minute", "character", "digit", "number", "file", "view", "request", "ticket")
}
_NOUNS = {"cs": _CZECH, "en": _ENGLISH}
_FEW = range(2, 5)


def agree(text: str, language: str) -> str:
    """The text with each noun after a whole number in its right form. language: "cs" or "en"."""
    nouns = _NOUNS[language]
    return re.sub(
        rf"(?<![\d.,])(\d{{1,9}}) ({'|'.join(nouns)})\b", lambda found: f"{found[1]} {_form(found, nouns)}", text
    )


def _form(found: re.Match[str], nouns: Mapping[str, tuple[str, str]]) -> str:
    number, many = int(found[1]), found[2]
    one, few = nouns[many]
    return one if number == 1 else few if number in _FEW else many
