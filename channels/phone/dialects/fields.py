"""The fields of a webhook body, whichever way it is written: JSON, form or multipart.

Owns decoding. Values stay strings as sent; a field sent twice with different values is ambiguous and refused where one
value is needed. Must not know any dialect's names.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from python_multipart.exceptions import ParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from channels.phone.hook import Fault, HookRequest, Refusal

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MOST_FIELDS = 200
LARGEST_BODY = 1 << 20  # octets; a recording is fetched, never posted


@dataclass(frozen=True, slots=True)
class Fields:
    """Names and their values, in order of appearance. `user[]` and `user` are the same name."""

    values: Mapping[str, tuple[str, ...]]

    def every(self, name: str) -> tuple[str, ...]:
        """All non-blank values of a field."""
        return tuple(value for value in self.values.get(name, ()) if value.strip())

    def one(self, name: str) -> str | None:
        """The value of a field, None when absent or blank. Of several different ones, none."""
        values = self.values.get(name)
        if not values:
            return None
        if len(values) == 1:
            return values[0] if values[0].strip() else None
        found = set(self.every(name))
        return found.pop() if len(found) == 1 else None

    def raw(self, name: str) -> str | None:
        """As `one`, but a present blank value is kept: an empty caller ID is a withheld one."""
        values = self.values.get(name)
        if not values or len(values) == 1:
            return values[0] if values else None
        found = set(values)
        return found.pop() if len(found) == 1 else None

    def ambiguous(self, *names: str) -> Refusal | None:
        """A refusal when one of the fields was sent with different values."""
        for name in names:
            values = self.values.get(name, ())
            if len(values) > 1 and len(set(values)) > 1:
                return Refusal(fault=Fault.FIELD_AMBIGUOUS, detail=f"{name} was sent more than once")
        return None

    def missing(self, *names: str) -> Refusal | None:
        """A refusal when one of the fields is absent, blank or ambiguous."""
        ambiguous = self.ambiguous(*names)
        if ambiguous:
            return ambiguous
        for name in names:
            if self.one(name) is None:
                return Refusal(fault=Fault.FIELD_MISSING, detail=f"{name} is missing")
        return None


def read_fields(request: HookRequest) -> Fields | Refusal:
    """Decode a body by its media type; one that begins with a brace is JSON whatever its label says."""
    body = request.body
    if len(body) > LARGEST_BODY:
        return Refusal(fault=Fault.BODY_UNREADABLE, detail="the body is larger than any event")
    if request.content_type == "multipart/form-data":
        return _read_multipart(request)
    if request.content_type.endswith("json") or body[:64].lstrip().startswith(b"{"):
        read = read_json(body)
        return read if isinstance(read, Refusal) else fields_of_json(read)
    return read_form(body)


def read_form(body: bytes, *, plain_names: bool = True) -> Fields | Refusal:
    """Decode application/x-www-form-urlencoded. Octets that are not UTF-8 become U+FFFD, which no number matches.

    plain_names: take `[]` off names; False for a signature that covers them.
    """
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, errors="replace", max_num_fields=MOST_FIELDS
        )
    except ValueError:
        return Refusal(fault=Fault.BODY_UNREADABLE, detail="the form has too many fields")
    return _collect(pairs, plain_names=plain_names)


def read_json(body: bytes) -> dict[str, Any] | Refusal:
    """Decode a JSON object. RFC 8259 §8.1: UTF-8 only; RFC 8259 §4: a repeated name is refused."""
    try:
        read = json.loads(body.decode("utf-8"), object_pairs_hook=_unique)
    except (UnicodeDecodeError, ValueError, RecursionError):
        return Refusal(fault=Fault.BODY_UNREADABLE, detail="the body is not JSON in UTF-8 with unique names")
    if not isinstance(read, dict):
        return Refusal(fault=Fault.BODY_UNREADABLE, detail="the body is not a JSON object")
    return read


def fields_of_json(read: Mapping[str, Any]) -> Fields:
    """The strings, numbers and lists of them of a JSON object; deeper values are left out."""
    values: dict[str, tuple[str, ...]] = {}
    for name, value in read.items():
        items = value if isinstance(value, list) else [value]
        values[name.removesuffix("[]")] = tuple(text for text in (text_of(item) for item in items) if text is not None)
    return Fields(values)


def text_of(value: Any) -> str | None:
    """A JSON scalar as the text a form would have carried."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value)
    return value if isinstance(value, str) else None


def seconds(text: str | None) -> int | None:
    """A whole number of seconds; None for anything else, or more than three years."""
    return int(text) if text and len(text) < 9 and text.isascii() and text.isdigit() else None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError("repeated name")
    return read


def _collect(pairs: list[tuple[str, str]], *, plain_names: bool = True) -> Fields:
    values: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        plain = name.removesuffix("[]") if plain_names else name
        values[plain] = (*values.get(plain, ()), value)
    return Fields(values)


class _Parts:
    """Collects the fields of a multipart body from the parser's callbacks; files are left out."""

    def __init__(self) -> None:
        self.pairs: list[tuple[str, str]] = []
        self._header = [b"", b""]
        self._name: str | None = None
        self._data = b""

    def on_part_begin(self) -> None:
        self._name, self._data = None, b""

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header[0] += data[start:end]

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header[1] += data[start:end]

    def on_header_end(self) -> None:
        field, value = self._header
        self._header = [b"", b""]
        if field.lower() == b"content-disposition":
            _, options = parse_options_header(value)
            if b"name" in options and b"filename" not in options:
                self._name = options[b"name"].decode("utf-8", "replace")

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        self._data += data[start:end]

    def on_part_end(self) -> None:
        if self._name is not None:
            self.pairs.append((self._name, self._data.decode("utf-8", "replace")))


def _read_multipart(request: HookRequest) -> Fields | Refusal:
    """Decode multipart/form-data. RFC 7578 §4"""
    _, options = parse_options_header(request.header("content-type") or "")
    boundary = options.get(b"boundary")
    unreadable = Refusal(fault=Fault.BODY_UNREADABLE, detail="the multipart body is damaged")
    if not boundary:
        return unreadable
    parts = _Parts()
    callbacks: MultipartCallbacks = {
        "on_part_begin": parts.on_part_begin,
        "on_header_field": parts.on_header_field,
        "on_header_value": parts.on_header_value,
        "on_header_end": parts.on_header_end,
        "on_part_data": parts.on_part_data,
        "on_part_end": parts.on_part_end,
    }
    try:
        parser = MultipartParser(boundary, callbacks)
        parser.write(request.body)
        parser.finalize()
    except ParseError:
        return unreadable
    if len(parts.pairs) > MOST_FIELDS:
        return unreadable
    return _collect(parts.pairs)
