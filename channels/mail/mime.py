"""Octets → the tree of parts. RFC 2046 §5.1.

Owns where each part begins and ends; a part is offsets into the message, so its octets are always the ones that came.
Works in one pass, without recursion, in time linear in the size. Must not decode a body or judge what a part is for.
"""

import re
from dataclasses import dataclass, replace
from typing import Final

from channels.mail.fields import Field, last_value, read_header
from channels.mail.limits import LIMITS
from channels.mail.parameters import read_parametrized

_NEAR_MISSES: Final = 10_000  # lines that begin like a delimiter and are none, before we stop looking
_LINE_REST: Final = 200
_TYPE: Final = re.compile(r"[a-z0-9!#$&^_.+-]{1,127}/[a-z0-9!#$&^_.+-]{1,127}")  # RFC 6838 §4.2
_NOT_IN_ID: Final = re.compile(r"[\x00-\x20\x7f<>]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One entity of the message. RFC 2045 §2.4.

    content_type: lower case "type/subtype", the default where none is given. parameters, disposition_parameters:
    decoded. content_id: without brackets. start, end: its body in the message's octets. number: among the leaves,
    depth first from 0; -1 for a multipart.
    """

    content_type: str
    parameters: dict[str, str]
    disposition: str
    disposition_parameters: dict[str, str]
    encoding: str
    content_id: str
    fields: tuple[Field, ...]
    start: int
    end: int = -1
    number: int = -1
    children: tuple["Part", ...] = ()

    def placed(self, end: int, *, number: int = -1, children: tuple["Part", ...] = ()) -> "Part":
        """Return the part with its end, and its number or children, known."""
        return Part(
            content_type=self.content_type,
            parameters=self.parameters,
            disposition=self.disposition,
            disposition_parameters=self.disposition_parameters,
            encoding=self.encoding,
            content_id=self.content_id,
            fields=self.fields,
            start=self.start,
            end=end,
            number=number,
            children=children,
        )

    @property
    def is_multipart(self) -> bool:
        """Whether it holds parts instead of a body."""
        return self.number < 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """A message taken apart. octets: what the offsets point into. defects: slugs of what was wrong with it."""

    octets: bytes
    root: Part
    leaves: tuple[Part, ...]
    defects: tuple[str, ...]

    def body(self, part: Part) -> bytes:
        """Return the octets of a part's body as they came, transfer encoding included."""
        return self.octets[part.start : part.end]


def read_structure(octets: bytes) -> Structure:
    """Take a message apart. Reads any octets."""
    if b"\n" not in octets and b"\r" in octets:
        octets = octets.replace(b"\r", b"\n")  # a file of an old Mac; one octet each, so offsets stay
    reader = _Reader(octets)
    position: int | None = 0
    while position is not None:
        position = reader.read_entity(position)
    assert reader.root is not None  # noqa: S101 - the reader ends only when the root is closed
    return Structure(
        octets=octets, root=reader.root, leaves=tuple(reader.leaves), defects=tuple(dict.fromkeys(reader.defects))
    )


class _Level:
    """An open multipart and where its next delimiter line stands."""

    __slots__ = ("children", "closing", "head", "line_end", "line_start", "marker", "misses", "octets")

    def __init__(self, octets: bytes, head: Part, boundary: str) -> None:
        self.octets = octets
        self.head = head
        self.marker = b"--" + boundary.encode("utf-8", "surrogateescape")
        self.children: list[Part] = []
        self.misses = 0
        self.line_start = -1
        self.line_end = 0
        self.closing = False

    def seek(self, position: int) -> int:
        """Find the first delimiter line at or after `position`; its start, or past the end when there is none."""
        if self.line_start >= position:
            return self.line_start
        octets, marker = self.octets, self.marker
        found = octets.find(marker, position)
        while found >= 0 and self.misses < _NEAR_MISSES:
            if found == 0 or octets[found - 1] == 0x0A:
                behind = found + len(marker)
                newline = octets.find(b"\n", behind, behind + _LINE_REST)
                stop = newline if newline >= 0 else min(len(octets), behind + _LINE_REST)
                rest = octets[behind:stop].rstrip(b" \t\r")
                if rest in {b"", b"--"}:  # RFC 2046 §5.1.1: only white space may follow on the line
                    self.line_start, self.line_end, self.closing = found, min(stop + 1, len(octets)), rest != b""
                    return found
            self.misses += 1
            found = octets.find(marker, found + len(marker))
        self.line_start = self.line_end = len(octets) + 1
        return self.line_start


class _Reader:
    def __init__(self, octets: bytes) -> None:
        self.octets = octets
        self.content_end = len(octets.rstrip()) if octets[-1:].isspace() else len(octets)
        self.levels: list[_Level] = []
        self.leaves: list[Part] = []
        self.defects: list[str] = []
        self.root: Part | None = None

    def read_entity(self, position: int) -> int | None:
        """Read the entity at `position`, opening it when it is a multipart. Returns where the next begins, if any."""
        _, limit = self._next_delimiter(position)
        head = self._read_head(position, min(limit, len(self.octets)))
        if not head.content_type.startswith("multipart/"):
            return self._close_leaf(head)
        boundary = head.parameters.get("boundary", "").rstrip()
        if not boundary or len(self.levels) >= LIMITS.depth:
            self.defects.append("multipart-without-boundary" if not boundary else "multipart-too-deep")
            return self._close_leaf(replace(head, content_type="text/plain") if not boundary else head)
        self.levels.append(_Level(self.octets, head, boundary))
        index, start = self._next_delimiter(head.start)
        if index != len(self.levels) - 1:  # no part before it ends: what it holds is shown as text
            self.levels.pop()
            self.defects.append("multipart-without-parts")
            return self._close_leaf(replace(head, content_type="text/plain"))
        return self._go_on(index, start)

    def _read_head(self, position: int, limit: int) -> Part:
        top = not self.levels
        header = read_header(self.octets, position, limit, top=top)
        fields = header.fields
        self.defects.extend(header.defects)
        raw_type = last_value(fields, "content-type")
        typed = read_parametrized(raw_type)
        charset = typed.parameters.get("charset")
        if charset and not raw_type.isascii():
            typed = read_parametrized(raw_type, charset)
        disposed = read_parametrized(last_value(fields, "content-disposition"), charset)
        return Part(
            content_type=self._valid_type(typed.value),
            parameters=typed.parameters,
            disposition=disposed.value,
            disposition_parameters=disposed.parameters,
            encoding=last_value(fields, "content-transfer-encoding").decode("ascii", "replace"),
            content_id=_NOT_IN_ID.sub("", last_value(fields, "content-id").decode("ascii", "replace")),
            fields=fields,
            start=header.end,
        )

    def _valid_type(self, content_type: str) -> str:
        if _TYPE.fullmatch(content_type):
            return content_type
        if content_type in {"application", "image", "audio", "video"}:
            return "application/octet-stream"
        in_digest = bool(self.levels) and self.levels[-1].head.content_type == "multipart/digest"
        return "message/rfc822" if in_digest and not content_type else "text/plain"  # RFC 2046 §5.1.5

    def _next_delimiter(self, position: int) -> tuple[int, int]:
        """Return the level (-1: none) and the start of the nearest delimiter line; the innermost wins a tie."""
        index, start = -1, len(self.octets) + 1
        for number in range(len(self.levels) - 1, -1, -1):
            found = self.levels[number].seek(position)
            if found < start:
                index, start = number, found
        return index, start

    def _close_leaf(self, head: Part) -> int | None:
        if len(self.leaves) >= LIMITS.parts - 1:
            self.defects.append("too-many-parts")
            index, start = -1, len(self.octets) + 1
        else:
            index, start = self._next_delimiter(head.start)
        end = len(self.octets)
        if index >= 0:  # RFC 2046 §5.1.1: the line break before the delimiter belongs to it
            end = start - (2 if self.octets[start - 2 : start] == b"\r\n" else 1)
        if self.levels and index != len(self.levels) - 1:
            end = self._find_glued_delimiter(head.start, end)
        leaf = head.placed(max(end, head.start), number=len(self.leaves))
        self.leaves.append(leaf)
        self._attach(leaf)
        return self._go_on(index, start)

    def _find_glued_delimiter(self, start: int, end: int) -> int:
        """Find a close delimiter that stands behind the last line instead of below it."""
        marker = self.levels[-1].marker + b"--"
        found = self.octets.rfind(marker, start, end)
        return found if found >= 0 and not self.octets[found + len(marker) : end].strip() else end

    def _go_on(self, index: int, start: int) -> int | None:
        """Close what the delimiter closes. Returns where the next part begins, None at the end of the message."""
        while index >= 0:
            while len(self.levels) - 1 > index:
                self.defects.append("multipart-unclosed")
                self._close_level(start)
            level = self.levels[index]
            if not level.closing and level.line_end < self.content_end:
                return level.line_end
            self._close_level(start)
            index, start = self._next_delimiter(level.line_end)
        while self.levels:
            self.defects.append("multipart-unclosed")
            self._close_level(len(self.octets))
        return None

    def _close_level(self, end: int) -> None:
        level = self.levels.pop()
        self._attach(level.head.placed(end, children=tuple(level.children)))

    def _attach(self, part: Part) -> None:
        if self.levels:
            self.levels[-1].children.append(part)
        else:
            self.root = part
