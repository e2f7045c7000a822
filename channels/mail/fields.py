"""Octets → header fields: where each begins and ends, unfolded, undecoded. RFC 5322 §2.2.

Owns the split of one header block, also a damaged one. Must not decode values or know what a field means.
"""

import re
from typing import Final, NamedTuple

from channels.mail.limits import LIMITS

_FOLD_ENDS: Final = re.compile(rb"\r?\n(?![ \t])")
_NAME: Final = re.compile(rb"[!-9;-~]+")


class Field(NamedTuple):
    """name: lower case. value: unfolded and stripped octets."""

    name: str
    value: bytes


class Header(NamedTuple):
    """A header block. end: where the body begins. defects: slugs."""

    fields: tuple[Field, ...]
    end: int
    defects: tuple[str, ...]


def read_header(octets: bytes, start: int, stop: int, *, top: bool) -> Header:
    """Split the header block at `start`; it ends at the first empty line, or at `stop`.

    A line that is no field and no continuation is skipped, so that one damaged line does not take Subject and From
    with it. When only such lines follow, the empty line is missing and the body begins there. top: the message's
    own header; in a part's, only Content- fields count as a sign that the header goes on.
    """
    if octets.startswith((b"\n", b"\r\n"), start, stop):
        return Header((), start + (1 if octets[start] == 0x0A else 2), ())
    block_end, body = _find_blank_line(octets, start, stop)
    defects: list[str] = []
    readable_end = block_end
    if block_end - start > LIMITS.header:
        readable_end = start + LIMITS.header
        defects.append("header-too-large")
    lines = _FOLD_ENDS.split(octets[start:readable_end])
    if len(lines) > LIMITS.fields:
        lines = lines[: LIMITS.fields]
        defects.append("header-too-large")
    fields: list[Field] = []
    for number, line in enumerate(lines):
        if field := _read_field(line, defects):
            fields.append(field)
        elif number == 0 and line.startswith(b"From "):
            continue  # the line an mbox file puts before each message
        elif fields and line and _is_open(fields[-1].value):
            defects.append("malformed-header-line")
            fields[-1] = Field(fields[-1].name, fields[-1].value + b" " + line.strip())
        elif line:
            defects.append("malformed-header-line")
            if _is_own_delimiter(line, fields) or not _goes_on(lines[number + 1 :], top=top):
                body = _find_line(octets, start, readable_end, number)
                break
    return Header(tuple(fields), body, tuple(dict.fromkeys(defects)))


def _find_blank_line(octets: bytes, start: int, stop: int) -> tuple[int, int]:
    """Return where the block ends and where the body begins."""
    crlf = octets.find(b"\n\r\n", start, stop)
    lf = octets.find(b"\n\n", start, crlf if crlf >= 0 else stop)
    if lf >= 0:
        return lf, lf + 2
    if crlf >= 0:
        return crlf, crlf + 3
    return stop, stop


def _read_field(line: bytes, defects: list[str]) -> Field | None:
    name, colon, value = line.partition(b":")
    name = name.rstrip(b" \t")  # RFC 5322 §4.5: obsolete syntax allows white space before the colon
    if not colon or not _NAME.fullmatch(name):
        return None
    if len(value) > LIMITS.field:
        value = value[: LIMITS.field]
        defects.append("field-too-long")
    if b"\n" in value:
        value = value.replace(b"\r\n", b"").replace(b"\n", b"")
    return Field(name.decode("ascii").lower(), value.strip())


def _is_open(value: bytes) -> bool:
    """Whether a value cannot end here, so that the next line continues it and only lost its indentation."""
    return value.endswith((b";", b",")) or value.count(b"<") > value.count(b">") or value.count(b'"') % 2 == 1


def _is_own_delimiter(line: bytes, fields: list[Field]) -> bool:
    """Whether a malformed line is the first delimiter of the multipart this header announces."""
    boundary = line.rstrip()[2:]
    return bool(boundary) and line.startswith(b"--") and boundary in last_value(fields, "content-type")


def _goes_on(lines: list[bytes], *, top: bool) -> bool:
    for line in lines:
        name, colon, _ = line.partition(b":")
        if colon and _NAME.fullmatch(name.rstrip(b" \t")) and (top or name[:8].lower() == b"content-"):
            return True
    return False


def _find_line(octets: bytes, start: int, stop: int, number: int) -> int:
    ends = (0, *(end.end() for end in _FOLD_ENDS.finditer(octets[start:stop])))
    return start + ends[number]


def last_value(fields: tuple[Field, ...] | list[Field], name: str) -> bytes:
    """Return the last value of `name` (lower case), or b"".

    The last, because what is added on the way stands above: it is the one its author wrote, and the one that a DKIM
    signature covers. RFC 6376 §5.4.2.
    """
    for field in reversed(fields):
        if field.name == name:
            return field.value
    return b""
