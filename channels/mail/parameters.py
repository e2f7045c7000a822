"""Values with parameters: Content-Type and Content-Disposition. RFC 2045 §5.1, RFC 2183, RFC 2231.

Owns the tolerant reading of `value; name=value; …`, continuations and encoded values, also where senders mix the
two encodings of file names. Must not judge what a parameter means.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_to_bytes

from channels.mail.charsets import decode_charset
from channels.mail.limits import LIMITS
from channels.mail.words import decode_octets, decode_words

_SEPARATORS: Final = re.compile(r"[;\s]*")
_NAME: Final = re.compile(r"([^\s=;\"]+)\s*=\s*")
_NEXT_NAME: Final = re.compile(r"\s[^\s=;\"]+\s?=")
_COMMENT: Final = re.compile(r"\s?\([^()]*\)$")
_EXTENDED: Final = re.compile(r"([A-Za-z0-9_.:-]*)'([A-Za-z0-9-]*)'(.*)", re.DOTALL)
_SEGMENT: Final = re.compile(r"([^*]+)(?:\*(\d{1,4}))?(\*)?")


@dataclass(frozen=True, slots=True)
class Parametrized:
    """value: the part before the parameters, lower case. parameters: names lower case, values decoded."""

    value: str
    parameters: dict[str, str] = field(default_factory=dict)


_EMPTY: Final = Parametrized("")


def read_parametrized(raw: bytes, fallback: str | None = None) -> Parametrized:
    """Read an unfolded field value. fallback: the charset for 8-bit octets that are not UTF-8."""
    if not raw:
        return _EMPTY
    if len(raw) < 200 and raw.isascii() and b"oundary" not in raw and b"name" not in raw:
        return _read_common(raw)
    return _read(decode_octets(raw, fallback))


@lru_cache(maxsize=512)
def _read_common(raw: bytes) -> Parametrized:
    return _read(raw.decode("ascii"))


def _read(text: str) -> Parametrized:
    if len(text) > 1000:
        text = re.sub(r"\s+", " ", text)
    end = re.search(r"[;\s]", text)
    head = text[: end.start()] if end else text
    value = "" if "=" in head else head.strip("\"' ").lower()
    position = 0 if "=" in head else len(head)
    pairs: list[tuple[str, str]] = []
    while len(pairs) < LIMITS.parameters:
        if separators := _SEPARATORS.match(text, position):
            position = separators.end()
        name = _NAME.match(text, position)
        if name is None:
            # Not a parameter: a comment, or a name without a value. Read on behind the next semicolon.
            semicolon = text.find(";", position)
            if semicolon < 0:
                break
            position = semicolon + 1
            continue
        content, position = _read_value(text, name.end())
        pairs.append((name.group(1).lower(), content))
    return Parametrized(value, _join_segments(pairs))


def _read_value(text: str, start: int) -> tuple[str, int]:
    if text[start : start + 1] == '"':
        end = start + 1
        while (end := text.find('"', end)) > 0 and _is_escaped(text, end):
            end += 1
        if end < 0:
            end = len(text)
        # A backslash escapes a quote or itself; before anything else it is part of a Windows path.
        return re.sub(r'\\(["\\])', r"\1", text[start + 1 : end]), end + 1
    semicolon = text.find(";", start)
    end = len(text) if semicolon < 0 else semicolon
    if following := _NEXT_NAME.search(text, start, end):  # a forgotten semicolon
        end = following.start()
    return _COMMENT.sub("", text[start:end].strip()), end


def _is_escaped(text: str, position: int) -> bool:
    backslashes = 0
    while text[position - 1 - backslashes] == "\\":
        backslashes += 1
    return backslashes % 2 == 1


def _join_segments(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Bring `name`, `name*`, `name*0`, `name*0*` together. RFC 2231 §3, §4; the encoded form wins over the plain."""
    plain: dict[str, str] = {}
    segmented: dict[str, dict[int, tuple[str, bool]]] = {}
    for name, content in pairs:
        match = _SEGMENT.fullmatch(name)
        if "*" not in name or match is None:
            plain.setdefault(name, content)
            continue
        base, number, encoded = match.group(1), match.group(2), match.group(3) is not None
        segmented.setdefault(base, {}).setdefault(int(number or 0), (content, encoded))
    joined = {name: decode_parameter(content) for name, content in plain.items()}
    for name, segments in segmented.items():
        joined[name] = _decode_segments([segments[number] for number in sorted(segments)])
    return joined


def decode_parameter(content: str) -> str:
    """Decode a plain parameter value that carries an encoding it should not: RFC 2047 words, or RFC 2231's form."""
    if "=?" in content:
        return decode_words(content)
    if "''" in content and "%" in content and (match := _EXTENDED.fullmatch(content)) and match.group(1):
        return decode_charset(unquote_to_bytes(match.group(3)), match.group(1))[0]
    return content


def _decode_segments(segments: list[tuple[str, bool]]) -> str:
    first, first_encoded = segments[0]
    charset = ""
    if first_encoded and (match := _EXTENDED.fullmatch(first)):
        charset, first = match.group(1), match.group(3)
    if not any(encoded for _, encoded in segments):
        return decode_parameter("".join(content for content, _ in segments))
    if first_encoded and "=?" in first:
        return decode_words("".join((first, *(content for content, _ in segments[1:]))))
    octets = b"".join(
        unquote_to_bytes(content) if encoded else content.encode("utf-8", "replace")
        for content, encoded in ((first, first_encoded), *segments[1:])
    )
    return decode_charset(octets, charset)[0]
