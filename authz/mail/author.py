"""Who a message says wrote it: the one author, or the reason why there is none. Pure, linear in time.

Owns reading the From field from the raw octets. A message that two parsers could read differently has no author:
nothing is picked, nothing repaired. Must not look at Sender, Reply-To or the envelope.
"""

import base64
import binascii
import quopri
import re
from dataclasses import dataclass

from authz.mail.address import address_key
from authz.mail.fields import MAX_HEADER, header_length

MAX_FROM = 4096  # octets of the From field, folds included
AMBIGUOUS = "author-ambiguous"
MISSING = "author-missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """The one author. address: as written. name: for people only, may be empty or lie. key: see `address_key`."""

    address: str
    name: str
    key: str

    @property
    def domain(self) -> str:
        """The author's domain as lower-case A-labels."""
        return self.key.rpartition("@")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorResult:
    """Exactly one of `author` and `problem` is set. detail: one sentence for an admin."""

    author: Author | None = None
    problem: str | None = None
    detail: str = ""


# Positions stay as they are; letters are lowered, and whatever some parser takes for a line end becomes one.
_LOWERED = bytes.maketrans(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZ\x0b\x0c\x1c\x1d\x1e\x85", b"abcdefghijklmnopqrstuvwxyz\n\n\n\n\n\n"
)
# "From" as a field name in any spelling: white space, controls or 8-bit octets around it, or folded before the colon.
_FROM = re.compile(rb"\n([^!-~\n]*+)from([^!-~]*+):")
_CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")

_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\U0010ffff-]"
_LOCAL = rf"{_ATEXT}++(?:\.{_ATEXT}++)*+"
_HOST = r"[A-Za-z0-9\x80-\U0010ffff.-]++"
_COMMENT = r'\([^()<>@,:;"\\]*+\)'
_PHRASE = rf'(?:(?:{_ATEXT}|\.)++|"(?:[^"\\]++|\\.)*+"|{_COMMENT}|[ \t]++)*+'
# RFC 5322 §3.4, without routes, groups, domain literals, quoted local parts and comments inside an address.
_MAILBOX = re.compile(
    rf"[ \t]*+(?:(?P<phrase>{_PHRASE})<(?P<angle>{_LOCAL}@{_HOST})>"
    rf"|(?P<bare>{_LOCAL}@{_HOST})(?:[ \t]++<(?P<again>{_LOCAL}@{_HOST})>)?)"
    rf"[ \t]*+(?:(?P<comment>{_COMMENT})[ \t]*+)?"
)
_WORD = re.compile(rf'(?:{_ATEXT}|\.)++|"((?:[^"\\]++|\\.)*+)"|\(([^)]*+)\)')
_ENCODED = re.compile(r"=\?([A-Za-z0-9_.:-]{1,40})(?:\*[A-Za-z0-9-]{0,40})?\?([bBqQ])\?([^? \t]*+)\?=")
_BETWEEN_ENCODED = re.compile(r"(\?=)[ \t]++(?==\?)")


def extract_author(octets: bytes) -> AuthorResult:
    """Return the author of the raw message `octets`, or why it names none.

    Never raises. problem is "author-ambiguous" or "author-missing". RFC 5322 §3.6.2, RFC 6532 §3.2.
    """
    end = header_length(octets)
    if end is None:
        return _refuse(f"the header is longer than {MAX_HEADER} octets")
    head = octets[:end]
    if b"\0" in head or head.count(b"\r") != head.count(b"\r\n"):
        return _refuse("the header contains NUL or a bare CR, where parsers disagree about its lines")
    if head[:1] in {b" ", b"\t"}:
        return _refuse("the first line of the header is indented, parsers disagree about what it continues")
    marks = b"\n" + head.translate(_LOWERED)
    found = [match for match in _FROM.finditer(marks) if not _is_continuation(match, marks, head)]
    if not found:
        return AuthorResult(problem=MISSING, detail="there is no From field")
    if len(found) > 1:
        return _refuse(f"there are {len(found)} From fields")
    if found[0][1] or found[0][2] or (found[0].start() and head[found[0].start() - 1] != 0x0A):
        return _refuse("the name of the From field is not spelled plainly")
    return _read_value(head, found[0].end() - 1)


def _is_continuation(match: re.Match[bytes], marks: bytes, head: bytes) -> bool:
    """Whether the match is an indented line of another field, such as the list of names in a DKIM signature.

    An indented "From:" that bears an address counts: there are parsers that read it as a field.
    """
    indent = match[1]
    if not indent or indent.strip(b" \t") or head[match.start() - 1 : match.start()] != b"\n":
        return False
    line_end = marks.find(b"\n", match.end())
    return marks.find(b"@", match.end(), line_end if line_end >= 0 else len(marks)) < 0


def _read_value(head: bytes, start: int) -> AuthorResult:
    end = head.find(b"\n", start)
    while 0 <= end < len(head) - 1 and head[end + 1] in b" \t":
        end = head.find(b"\n", end + 1)
        if end - start > MAX_FROM:
            break
    value = head[start : end if end >= 0 else len(head)].rstrip(b"\r")
    if len(value) > MAX_FROM:
        return _refuse(f"the From field is longer than {MAX_FROM} octets")
    if b"\n" in value:
        if any(not line.strip() for line in value.split(b"\n")[1:]):
            return _refuse("the From field is folded around an empty line")
        value = value.replace(b"\r\n", b"").replace(b"\n", b"")
    if _CONTROL.search(value):
        return _refuse("the From field contains control characters")
    return _read_mailbox(_decode(value))


def _read_mailbox(text: str) -> AuthorResult:
    match = _MAILBOX.fullmatch(text)
    if match is None:
        return _explain_refusal(text)
    address = match["angle"] or match["bare"]
    again = match["again"]
    if again is not None and again.lower() != address.lower():
        return _refuse(f"two addresses stand in the From field: {address} and {again}")
    key = address_key(address)
    if key is None or "=?" in address:
        return _refuse(f"{address!r} is not a plain address")
    name = read_phrase(match["phrase"] or match["comment"] or "")
    return AuthorResult(author=Author(address=address, name=name, key=key))


def _explain_refusal(text: str) -> AuthorResult:
    stripped = text.strip()
    if not stripped or stripped == "<>":
        return AuthorResult(problem=MISSING, detail="the From field is empty")
    if "@" not in stripped:
        return AuthorResult(problem=MISSING, detail="the From field contains no address")
    if "," in stripped or stripped.count("@") > 1:
        return _refuse("the From field can be read as more than one address")
    if ":" in stripped or ";" in stripped:
        return _refuse("the From field is a group or a route, not one address")
    return _refuse("the From field is not one plain address with an optional name")


def read_phrase(phrase: str) -> str:
    """Return a display name as people read it: unquoted, encoded-words decoded. RFC 2047 §6.2; never raises."""
    words = []
    for match in _WORD.finditer(phrase):
        quoted, comment = match[1], match[2]
        if quoted is not None:
            words.append(re.sub(r"\\(.)", r"\1", quoted))
        else:
            words.append(comment if comment is not None else match[0])
    name = " ".join(words)
    if "=?" in name:
        name = _ENCODED.sub(_decode_word, _BETWEEN_ENCODED.sub(r"\1", name))
    return "".join(character for character in name if character.isprintable()).strip()


def _decode_word(match: re.Match[str]) -> str:
    """Decode one encoded-word; what cannot be decoded stays as written. RFC 2047 §2."""
    charset, encoding, content = match.groups()
    try:
        if encoding in "bB":
            octets = base64.b64decode(content + "=" * (-len(content) % 4))
        else:
            octets = quopri.decodestring(content.encode("ascii"), header=True)
        return octets.decode(charset, "replace")
    except (LookupError, ValueError, binascii.Error):
        return match[0]


def _decode(value: bytes) -> str:
    """Decode undeclared 8-bit octets. They can only be part of a name: an address outside UTF-8 finds no contact."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("cp1250", "replace")


def _refuse(detail: str) -> AuthorResult:
    return AuthorResult(problem=AMBIGUOUS, detail=detail)
