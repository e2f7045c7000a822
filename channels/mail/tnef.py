"""winmail.dat → the files and the text inside. [MS-OXTNEF].

Owns a bounded reader of the few attributes that matter: each octet is looked at once, counts are checked against
what is left. Must not follow containers within containers.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from channels.mail.charsets import decode_charset

_SIGNATURE: Final = 0x223E9F78
_ATTRIBUTES: Final = 10_000
_PROPERTIES: Final = 5_000

_MESSAGE_LEVEL: Final = 1
_ATTACH_REND_DATA: Final = 0x9002
_ATTACH_TITLE: Final = 0x8010
_ATTACH_DATA: Final = 0x800F
_ATTACHMENT: Final = 0x9005
_BODY: Final = 0x800C
_MAPI_PROPERTIES: Final = 0x9003
_OEM_CODEPAGE: Final = 0x9007

_PR_BODY: Final = 0x1000
_PR_BODY_HTML: Final = 0x1013
_PR_ATTACH_DATA: Final = 0x3701
_PR_ATTACH_FILENAME: Final = 0x3704
_PR_ATTACH_LONG_FILENAME: Final = 0x3707
_PR_INTERNET_CODEPAGE: Final = 0x3FDE

_FIXED_SIZES: Final = {
    0x0002: 4, 0x0003: 4, 0x0004: 4, 0x000A: 4, 0x000B: 4, 0x0005: 8, 0x0006: 8, 0x0007: 8, 0x0014: 8, 0x0040: 8,
    0x0048: 16,
}  # fmt: skip
_STRING8: Final = 0x001E
_UNICODE: Final = 0x001F
_VARIABLE: Final = frozenset({0x000D, _STRING8, _UNICODE, 0x0102})
_MULTIPLE: Final = 0x1000
_INT: Final = 0x0003
_NAMED: Final = 0x8000


class TnefError(Exception):
    """The octets are no TNEF, or are cut off before anything useful."""


@dataclass(slots=True)
class Tnef:
    """What a container holds. files: (name, octets) in order."""

    text: str = ""
    html: str | None = None
    files: list[tuple[str, bytes]] = field(default_factory=list)


@dataclass(slots=True)
class _File:
    title: str = ""
    long_name: str = ""
    content: bytes = b""


def read_tnef(octets: bytes) -> Tnef:
    """Read a container; what is cut off at its end is left out. Raises TnefError when it is none."""
    if len(octets) < 6 or struct.unpack_from("<I", octets)[0] != _SIGNATURE:
        raise TnefError("no TNEF signature")
    charset = "cp1252"
    tnef = Tnef()
    files: list[_File] = []
    for level, name, data in _attributes(octets):
        if name == _OEM_CODEPAGE and len(data) >= 4:
            charset = f"cp{struct.unpack_from('<I', data)[0]}"
        elif name == _ATTACH_REND_DATA:
            files.append(_File())
        elif level == _MESSAGE_LEVEL:
            if name == _BODY:
                tnef.text = tnef.text or _text(data, charset)
            elif name == _MAPI_PROPERTIES:
                _read_message(data, charset, tnef)
        elif files:
            _read_file(name, data, charset, files[-1])
    tnef.files = [(file.long_name or file.title, file.content) for file in files if file.content]
    return tnef


def _attributes(octets: bytes) -> Iterator[tuple[int, int, bytes]]:
    position = 6
    for _ in range(_ATTRIBUTES):
        if position + 9 > len(octets):
            return
        level, name, _, length = struct.unpack_from("<BHHI", octets, position)
        start = position + 9
        if length > len(octets) - start:
            return
        yield level, name, octets[start : start + length]
        position = start + length + 2  # a check sum follows


def _read_message(data: bytes, charset: str, tnef: Tnef) -> None:
    html: bytes | None = None
    for kind, name, value in _properties(data):
        if name == _PR_BODY and kind in {_STRING8, _UNICODE}:
            tnef.text = _string(kind, value, charset)
        elif name == _PR_BODY_HTML:
            html = value
        elif name == _PR_INTERNET_CODEPAGE and kind == _INT:
            charset = f"cp{struct.unpack('<I', value)[0]}"
    if html is not None:
        tnef.html = _text(html, "utf-8" if charset == "cp65001" else charset)


def _read_file(name: int, data: bytes, charset: str, file: _File) -> None:
    if name == _ATTACH_TITLE:
        file.title = _text(data, charset)
    elif name == _ATTACH_DATA:
        file.content = data
    elif name == _ATTACHMENT:
        for kind, property_name, value in _properties(data):
            if property_name == _PR_ATTACH_LONG_FILENAME:
                file.long_name = _string(kind, value, charset)
            elif property_name == _PR_ATTACH_FILENAME:
                file.title = file.title or _string(kind, value, charset)
            elif property_name == _PR_ATTACH_DATA and not file.content:
                file.content = value


def _properties(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield (type, id, first value) of a property list. [MS-OXTNEF] §2.1.3.4."""
    try:
        (count,) = struct.unpack_from("<I", data)
        position = 4
        for _ in range(min(count, _PROPERTIES)):
            kind, name = struct.unpack_from("<HH", data, position)
            position += 4
            if name >= _NAMED:
                position = _skip_property_name(data, position)
            values = 1
            if kind & _MULTIPLE or kind in _VARIABLE:
                (values,) = struct.unpack_from("<I", data, position)
                position += 4
            kind &= ~_MULTIPLE
            if values > _PROPERTIES:
                return
            first = b""
            for number in range(values):
                value, position = _value(data, position, kind)
                first = first if number else value
            yield kind, name, first
    except struct.error:
        return


def _skip_property_name(data: bytes, position: int) -> int:
    (kind,) = struct.unpack_from("<I", data, position + 16)
    if kind == 0:
        return position + 24
    length: int = struct.unpack_from("<I", data, position + 20)[0]
    return position + 24 + length + (-length % 4)


def _value(data: bytes, position: int, kind: int) -> tuple[bytes, int]:
    if kind in _VARIABLE:
        (length,) = struct.unpack_from("<I", data, position)
        position += 4
        padded = length + (-length % 4)
    elif kind in _FIXED_SIZES:
        length = padded = _FIXED_SIZES[kind]
    else:
        raise struct.error("unknown property type")
    if position + length > len(data):
        raise struct.error("cut off")
    return data[position : position + length], position + padded


def _string(kind: int, value: bytes, charset: str) -> str:
    return _text(value, "utf-16-le" if kind == _UNICODE else charset)


def _text(value: bytes, charset: str) -> str:
    return decode_charset(value, charset)[0].partition("\0")[0].replace("\r\n", "\n")
