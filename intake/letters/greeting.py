"""One greeting in a letter: ours gives way where the technician's own words begin with one. Pure."""

import re

_GREETING = re.compile(
    r"\W*(?:dobr[ýé] (?:den|ráno|odpoledne|večer|poledne)|hezký den|příjemný den|ahoj|zdravím|vážen[áíý]\w*|milá|milý"
    r"|hello|hi|dear|good (?:morning|afternoon|evening|day))\b",
    re.IGNORECASE,
)
_OURS = re.compile(r"[^\n,!]{2,40}[,!]\s*", re.IGNORECASE)


def begins_with_greeting(text: str) -> bool:
    """Whether somebody's words begin with a greeting, in Czech or English."""
    return _GREETING.match(text) is not None


def is_greeting(paragraph: str) -> bool:
    """Whether a paragraph of a letter is a greeting and nothing else: "Dobrý den,"."""
    return _OURS.fullmatch(paragraph) is not None and begins_with_greeting(paragraph)


def capitalized(text: str) -> str:
    """The text with a capital first letter, for what followed a greeting and now begins the letter."""
    return text[:1].upper() + text[1:]
