"""Content-Transfer-Encoding → the octets that were sent. RFC 2045 §6.

Owns base64, quoted-printable and uuencode with the damage they meet on the way. Never raises: what is not what it
says it is comes back as it stands, with a defect.
"""

import binascii
import re
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from channels.mail.limits import LIMITS

_SPACE: Final = b" \t\r\n\x0b\x0c"
_ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_ALPHABET: Final = bytes(octet for octet in range(256) if octet not in _ALPHABET)
_SOFT_BREAK_WITH_SPACE: Final = re.compile(rb"=[ \t]+(\r?\n)")
_UU_BEGIN: Final = re.compile(rb"^begin(?:-base64)? [0-7]{3,4} ([^\r\n]{1,255})\r?\n", re.MULTILINE)
_WINDOW: Final = 256 * 2**10
_UU_LINE_LIMIT: Final = 62  # 45 octets are 60 characters, the length before them


@dataclass(frozen=True, slots=True, kw_only=True)
class UuFile:
    """A file uuencoded into a text. name: as written, octets. start, end: its place in that text."""

    name: bytes
    content: bytes
    start: int
    end: int


def decode_transfer(octets: bytes, encoding: str) -> tuple[bytes, str | None]:
    """Undo `encoding` (the field's value). Returns the octets and a defect slug or None.

    An unknown encoding is taken for none: 7bit, "8 bit" and invented ones all carry the octets themselves.
    """
    name = encoding.strip(" \t\"';").lower()
    if name == "base64":
        return decode_base64(octets)
    if name in {"quoted-printable", "quotedprintable"}:
        return decode_quoted_printable(octets), None
    if name in {"x-uuencode", "x-uue", "uuencode", "uue"}:
        files = find_uuencoded(octets)
        return (files[0].content, None) if files else (octets, "uuencode-invalid")
    return octets, None


def decode_range(octets: bytes, start: int, end: int, encoding: str) -> tuple[bytes, str | None]:
    """The same for a part of a message, from `start` to `end`; a large file is not copied to be decoded."""
    if end - start > _WINDOW and encoding.strip(" \t\"';").lower() == "base64":
        decoded = _decode_in_windows(octets, start, end)
        if decoded is not None:
            return decoded, None
    return decode_transfer(octets[start:end], encoding)


def _decode_in_windows(octets: bytes, start: int, end: int) -> bytes | None:
    """Base64 without a fault, a window at a time; None when there is one."""
    decoded = BytesIO()
    rest = b""
    for place in range(start, end, _WINDOW):
        compact = rest + octets[place : min(place + _WINDOW, end)].translate(None, _SPACE)
        whole = len(compact) if place + _WINDOW >= end else len(compact) // 4 * 4
        rest = compact[whole:]
        try:
            piece = binascii.a2b_base64(compact[:whole], strict_mode=True)
        except binascii.Error:
            return None
        if len(piece) * 4 != whole * 3 and place + _WINDOW < end:
            return None  # padding in the middle
        decoded.write(piece)
    return decoded.getvalue()


def decode_quoted_printable(octets: bytes) -> bytes:
    """RFC 2045 §6.7, and white space put after a soft line break on the way."""
    if b"= " in octets or b"=\t" in octets:
        octets = _SOFT_BREAK_WITH_SPACE.sub(rb"=\1", octets)
    return binascii.a2b_qp(octets)


def decode_base64(octets: bytes) -> tuple[bytes, str | None]:
    """RFC 2045 §6.8, where characters outside the alphabet are to be ignored – but a text that is mostly such is none.

    Padding ends the data; what follows it is read on when it is base64 too (encoders that pad every line) and
    dropped when it is not (a footer some list put below).
    """
    compact = octets.translate(None, _SPACE)
    try:
        return binascii.a2b_base64(compact, strict_mode=True), None
    except binascii.Error:
        pass
    if not compact:
        return b"", None
    first, *others = compact.split(b"=")
    strange = len(first) - len(first.translate(None, _NOT_ALPHABET))
    if strange * 20 > len(first):
        return octets, "base64-invalid"
    decoded = [_decode_run(first)]
    last = len(others) - 1
    for index, run in enumerate(others):
        unpadded = index == last and len(run) % 4
        if run.translate(None, _NOT_ALPHABET) != run or len(run) % 4 == 1 or unpadded:
            break
        decoded.append(binascii.a2b_base64(run + b"=" * (-len(run) % 4)))
    return b"".join(decoded), "base64-damaged"


def _decode_run(run: bytes) -> bytes:
    run = run.translate(None, _NOT_ALPHABET)
    if len(run) % 4 == 1:
        run = run[:-1]
    return binascii.a2b_base64(run + b"=" * (-len(run) % 4))


def find_uuencoded(octets: bytes, limit: int = LIMITS.parts) -> list[UuFile]:
    """Find at most `limit` files uuencoded in a text; a block without its end, or with a line that is none, is left
    as text.
    """
    files: list[UuFile] = []
    position = 0
    while len(files) < limit and (begin := _UU_BEGIN.search(octets, position)):
        found = _read_uuencoded(octets, begin)
        if found is None:
            position = begin.end()
            continue
        files.append(found)
        position = found.end
    return files


def _read_uuencoded(octets: bytes, begin: re.Match[bytes]) -> UuFile | None:
    content = bytearray()
    position = begin.end()
    while position < len(octets):
        newline = octets.find(b"\n", position)
        stop = len(octets) if newline < 0 else newline
        line = octets[position:stop].rstrip(b"\r")
        position = stop + 1
        if line == b"end":
            return UuFile(name=begin.group(1).strip(), content=bytes(content), start=begin.start(), end=position)
        if not line.strip(b" `"):
            continue
        if not 0x20 < line[0] <= 0x60 or len(line) > _UU_LINE_LIMIT:
            return None
        try:
            content += _decode_uu_line(line)
        except binascii.Error:
            return None
    return None


def _decode_uu_line(line: bytes) -> bytes:
    length = (line[0] - 0x20) & 0x3F
    needed = 1 + (length + 2) // 3 * 4
    # Trailing spaces are zeros that some transport cut off; characters beyond the length are a check sum.
    return binascii.a2b_uu(line[:needed].ljust(needed))
