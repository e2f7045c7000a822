"""The kinds of text the API takes."""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints

LONGEST_TEXT = 100_000


def _line(value: str) -> str:
    if not value.isprintable():
        raise ValueError("must be one line without control characters")
    return value


def _body(value: str) -> str:
    if "\0" in value:
        raise ValueError("must not hold the character NUL")
    return value


# A name, a subject, a label: one line.
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255), AfterValidator(_line)]
ShortLine = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(_line)]

# What somebody writes: paragraphs.
Words = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_TEXT), AfterValidator(_body)
]
OptionalWords = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_TEXT), AfterValidator(_body)]
