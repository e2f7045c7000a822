"""Old mail on disk, one message after another in the order of their dates: mbox files, Maildirs, folders of .eml.

Owns where a message begins and ends. Only places and dates are kept in memory, some hundred octets a message. What
cannot be opened is told and passed over.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_tz
from pathlib import Path
from typing import BinaryIO, Final

from channels.mail.limits import LIMITS
from channels.mail.stamps import read_date

_HEADER: Final = 64 * 1024
_DATE: Final = re.compile(rb"^Date:[ \t]*(.{6,100}?)\r?$", re.IGNORECASE | re.MULTILINE)
_RECEIVED: Final = re.compile(rb"^Received:(?:[^\n]|\n[ \t])*;\s*([^\n]{6,100})", re.IGNORECASE | re.MULTILINE)
# mboxrd: one ">" is added before every "From " that is text, also where some stand already.
_ESCAPED: Final = re.compile(rb"^>(>*From )", re.MULTILINE)
_SEPARATOR: Final = b"From "
_SINGLE: Final = frozenset({".eml", ".msg", ".mail", ".txt"})


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a message lies. at: seconds since the epoch it was written, 0 when nobody knows. size: -1 is the rest."""

    at: float
    path: Path
    offset: int = 0
    size: int = -1

    def __str__(self) -> str:
        return f"{self.path}" if self.size < 0 else f"{self.path} at {self.offset}"

    def read(self) -> bytes:
        """The message's octets. Raises OSError."""
        with self.path.open("rb") as file:
            file.seek(self.offset)
            octets = file.read(min(self.size, LIMITS.message + 1) if self.size >= 0 else LIMITS.message + 1)
        return octets if self.size < 0 else _without_separator(octets)

    @property
    def date(self) -> datetime | None:
        """When it was written, aware UTC."""
        return datetime.fromtimestamp(self.at, UTC) if self.at else None


@dataclass(slots=True)
class Found:
    """The messages of some paths. unreadable: what could not be opened, with why."""

    places: list[Place]
    unreadable: list[str]


def find_messages(paths: Iterable[Path]) -> Found:
    """Look for messages: files and folders of any of the three forms. Oldest first; undated ones in their place."""
    found = Found([], [])
    for path in paths:
        for file in _files(path, found):
            try:
                found.places += _messages(file)
            except (OSError, ValueError) as error:
                reason = error.strerror or str(error) if isinstance(error, OSError) else str(error)
                found.unreadable.append(f"{file}: {reason}")
    found.places.sort(key=lambda place: place.at)
    return found


def _files(path: Path, found: Found) -> Iterator[Path]:
    """The files that hold messages. A Maildir's are in `cur` and `new`, whatever they are called."""
    if not path.is_dir():
        if path.exists():
            yield path
        else:
            found.unreadable.append(f"{path}: there is no such file or folder")
        return
    for each in sorted(path.rglob("*")):
        if each.is_file() and (each.parent.name in {"cur", "new"} or _is_named(each)):
            yield each


def _is_named(path: Path) -> bool:
    return path.suffix.lower() in {*_SINGLE, ".mbox", ".mbx"} or path.name.lower() in {"mbox", "inbox", "sent"}


def _messages(path: Path) -> list[Place]:
    with path.open("rb") as file:
        if path.parent.name not in {"cur", "new"} and file.peek(5)[:5] == _SEPARATOR:
            return list(_split(path, file))
        head = file.read(_HEADER)
    if not head.strip():
        raise ValueError("it is empty")
    return [Place(_written_at(head), path)]


def _split(path: Path, file: BinaryIO) -> Iterator[Place]:
    """The messages of an mbox, by reading each line once. RFC 4155 §A."""
    start, position, head, blank = 0, 0, bytearray(), True
    for line in file:
        if blank and line.startswith(_SEPARATOR) and position:
            yield Place(_written_at(bytes(head)), path, start, position - start)
            start, head = position, bytearray()
        if len(head) < _HEADER:
            head += line[: _HEADER - len(head)]
        blank = line in {b"\n", b"\r\n"}
        position += len(line)
    yield Place(_written_at(bytes(head)), path, start, position - start)


def _without_separator(octets: bytes) -> bytes:
    rest = octets.partition(b"\n")[2] if octets.startswith(_SEPARATOR) else octets
    return _ESCAPED.sub(rb"\1", rest)


def _written_at(head: bytes) -> float:
    """By its Date, else by the newest Received, else by the line that divides an mbox."""
    header = re.split(rb"\r?\n\r?\n", head, maxsplit=1)[0]
    for pattern in (_DATE, _RECEIVED):
        if match := pattern.search(header):
            moment = read_date(match[1].decode("ascii", "replace"))
            if moment is not None and 1980 <= moment.year <= 2100:
                return moment.timestamp()
    if head.startswith(_SEPARATOR):
        words = head.partition(b"\n")[0].decode("ascii", "replace").split(maxsplit=2)
        fields = parsedate_tz(words[2]) if len(words) == 3 else None
        if fields is not None:
            try:
                return datetime(*fields[:6], tzinfo=UTC).timestamp()
            except ValueError:
                return 0.0
    return 0.0
