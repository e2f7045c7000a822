"""Address lists for showing: To, Cc, Reply-To → `Mailbox` values. RFC 5322 §3.4, §4.4.

Owns a tolerant reading, one scan from left to right. Must never decide who wrote a message: that is
`authz.mail.author`, which refuses what is merely guessed here.
"""

import re
from typing import Final

from channels.mail.inbound import Mailbox
from channels.mail.words import decode_words

_TOKEN: Final = re.compile(r'[",;:<>()]|[^",;:<>()]+')
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]+")
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_COMMENT_MARK: Final = re.compile(r"\\.|[()]", re.DOTALL)
_BARE: Final = re.compile(r"[^\s<>@]+@[^\s<>@]+")


def read_addresses(value: str, limit: int) -> tuple[tuple[Mailbox, ...], bool]:
    """Read an address list (header text, words not decoded). Returns at most `limit` mailboxes, and whether more came.

    Groups are flattened. `<>` gives an address of "". A name without an address is kept: somebody reads it.
    """
    scanner = _Scanner(value)
    found: list[Mailbox] = []
    while (mailbox := scanner.next()) is not _END:
        if mailbox is None:
            continue
        if len(found) >= limit:
            return tuple(found), True
        found.append(mailbox)
    return tuple(found), False


_END: Final = Mailbox(address="", name="\0")


class _Scanner:
    """Reads one mailbox after another; each call consumes at least one character, nothing is read twice."""

    def __init__(self, value: str) -> None:
        self.value = value
        self.position = 0

    def next(self) -> Mailbox | None:
        """Return the next mailbox, None for an empty place in the list, `_END` at its end."""
        if self.position >= len(self.value):
            return _END
        phrase: list[str] = []
        comments: list[str] = []
        address: str | None = None
        quoted = False
        while self.position < len(self.value):
            mark = self._take()
            if mark == '"':
                quoted = quoted or not phrase
                phrase.append(self._take_quoted())
            elif mark == "(":
                comments.append(self._take_comment())
            elif mark == "<":
                address = self._take_angle()
            elif mark == ":":
                phrase.clear()  # the name of a group
                comments.clear()
            elif mark in {",", ";"}:
                break
            elif mark not in {">", ")"}:
                phrase.append(mark)
        return _make_mailbox(phrase, quoted, comments, address)

    def _take(self) -> str:
        match = _TOKEN.match(self.value, self.position)
        if match is None:  # every character is in one of the two alternatives
            self.position = len(self.value)
            return ""
        self.position = match.end()
        return match.group()

    def _take_quoted(self) -> str:
        start = position = self.position
        while (end := self.value.find('"', position)) >= 0:
            backslashes = end - start - len(self.value[start:end].rstrip("\\"))
            if backslashes % 2 == 0:
                self.position = end + 1
                return _ESCAPED.sub(r"\1", self.value[start:end])
            position = end + 1
        self.position = len(self.value)
        return self.value[start:]

    def _take_comment(self) -> str:
        """Read a comment, nested ones included. RFC 5322 §3.2.2."""
        start, depth = self.position, 1
        for mark in _COMMENT_MARK.finditer(self.value, start):
            depth += {"(": 1, ")": -1}.get(mark.group(), 0)
            if depth == 0:
                self.position = mark.end()
                return self.value[start : mark.start()]
        self.position = len(self.value)
        return self.value[start:]

    def _take_angle(self) -> str:
        end = self.value.find(">", self.position)
        comma = self.value.find(",", self.position)
        if end < 0:
            end = comma if comma >= 0 else len(self.value)
        inner = self.value[self.position : end]
        self.position = end + 1 if self.value[end : end + 1] == ">" else end
        if inner.startswith("@"):  # RFC 5322 §4.4: an obsolete route
            inner = inner.rpartition(":")[2]
        return "".join(inner.split()) if '"' not in inner else inner.strip()


def _make_mailbox(phrase: list[str], quoted: bool, comments: list[str], address: str | None) -> Mailbox | None:
    raw = "".join(phrase).strip()
    if address is None:
        if bare := _BARE.fullmatch(raw.strip("'")):
            address, raw = bare.group(), ""
        elif quoted and len(phrase) == 2 and phrase[1].startswith("@"):  # RFC 5321 §4.1.2: a quoted local part
            address, raw = f'"{phrase[0]}"{phrase[1].strip()}', ""
    name = clean_text(decode_words(raw))
    if comments:  # the old form of a display name, or an addition to one
        comment = clean_text(decode_words(comments[0]))
        name = f"{name} ({comment})" if name and comment else name or comment
    if address is None:
        return Mailbox(address="", name=name) if name else None
    return Mailbox(address=_CONTROL.sub("", address), name=name)


def clean_text(text: str) -> str:
    """Make one line of header text: control characters and runs of white space become one space."""
    return " ".join(_CONTROL.sub(" ", text).split())
