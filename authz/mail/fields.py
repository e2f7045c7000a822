"""A raw message as header fields and a body, split once, in linear time, in one way for all who look at it.

Owns where the header ends and where a field does. Must not decode or interpret a field's value.
"""

from dataclasses import dataclass
from typing import NamedTuple

MAX_HEADER = 512 * 1024  # octets; real headers are below 100 kB
MAX_FIELDS = 2000


class Field(NamedTuple):
    """One header field.

    name: lower-case, without trailing white space. raw: the whole field with its folds, without the final CRLF.
    value: what follows the colon, unchanged.
    """

    name: bytes
    raw: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class RawMessage:
    """A message with CRLF line ends. fields: top to bottom. by_name: the same, grouped, top to bottom."""

    fields: tuple[Field, ...]
    by_name: dict[bytes, list[Field]]
    body: bytes

    def values(self, name: bytes) -> list[bytes]:
        """The raw values of all fields called `name` (lower-case), top to bottom."""
        return [field.value for field in self.by_name.get(name, ())]


def header_length(octets: bytes) -> int | None:
    """Return how many octets the header takes, its last line end included, the empty line excluded.

    The header ends at the first empty line, however its line ends are spelled; without one, all is header.
    Returns None when it is longer than MAX_HEADER. RFC 5322 §2.1.
    """
    if octets.startswith((b"\r\n", b"\n")):
        return 0
    limit = MAX_HEADER + 3
    crlf = octets.find(b"\n\r\n", 0, limit)
    lf = octets.find(b"\n\n", 0, limit if crlf < 0 else crlf)
    end = crlf if lf < 0 else lf
    if end >= 0:
        return end + 1
    return len(octets) if len(octets) <= MAX_HEADER else None


def split_message(octets: bytes) -> RawMessage | None:
    """Split `octets` into fields and body, every line end as CRLF.

    Lines that are no field and continue none are left out. Returns None when the header exceeds the limits.
    RFC 5322 §2.2.
    """
    if octets.count(b"\n") != octets.count(b"\r\n"):
        octets = octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    end = header_length(octets)
    if end is None:
        return None
    lines = octets[:end].split(b"\r\n")
    if len(lines) > MAX_HEADER // 16:
        return None
    fields = []
    by_name: dict[bytes, list[Field]] = {}
    at, count = 0, len(lines)
    while at < count:
        first = at
        at += 1
        while at < count and lines[at][:1] in {b" ", b"\t"}:
            at += 1
        raw = lines[first] if at == first + 1 else b"\r\n".join(lines[first:at])
        name, colon, value = raw.partition(b":")
        name = name.rstrip(b" \t").lower()
        if not colon or not name or b"\r\n" in name or b" " in name:
            continue
        field = Field(name, raw, value)
        fields.append(field)
        by_name.setdefault(name, []).append(field)
    if len(fields) > MAX_FIELDS:
        return None
    return RawMessage(tuple(fields), by_name, octets[end + 2 :])
