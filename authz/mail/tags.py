"""Tag lists: the `name=value; name=value` of DKIM signatures, key records and ARC fields. RFC 6376 §3.2.

Owns their syntax. Must not know what a tag means.
"""

import base64
import binascii
import re
from collections.abc import Mapping

MAX_TAG_LIST = 16 * 1024  # octets

_NAME = re.compile(rb"[A-Za-z][A-Za-z0-9_]*")
_FWS = b" \t\r\n"
_LABELS = re.compile(
    rb"(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
    rb"(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*"
)


def parse_tags(octets: bytes) -> dict[bytes, bytes] | None:
    """Return the tags of a list in order, values stripped, or None when it is malformed or names a tag twice."""
    if len(octets) > MAX_TAG_LIST:
        return None
    parts = octets.split(b";")
    if not parts[-1].strip(_FWS):
        parts.pop()
    tags: dict[bytes, bytes] = {}
    for part in parts:
        name, equals, value = part.partition(b"=")
        name = name.strip(_FWS)
        if not equals or name in tags or not _NAME.fullmatch(name):
            return None
        tags[name] = value.strip(_FWS)
    return tags


def decode_base64(value: bytes) -> bytes | None:
    """Return the octets of a base64 value that may be folded, or None when it is no base64."""
    try:
        return base64.b64decode(value.translate(None, _FWS), validate=True)
    except (binascii.Error, ValueError):
        return None


def read_names(value: bytes) -> list[bytes]:
    """Return the items of a colon-separated list, lower-case, stripped."""
    return [item.strip(_FWS).lower() for item in value.split(b":")]


def read_number(tags: Mapping[bytes, bytes], name: bytes) -> int | None:
    """Return the decimal value of a tag; -1 when it is there but is no number of at most 12 digits."""
    value = tags.get(name)
    if value is None:
        return None
    return int(value) if value.isdigit() and len(value) <= 12 else -1


def read_host(value: bytes | None) -> str | None:
    """Return a d= or s= value as lower-case text, or None when it is no sequence of DNS labels.

    Anything else (NUL, quotes, spaces) has been used to make a verifier ask for another name than the one it reports.
    """
    if value is None or not _LABELS.fullmatch(value):
        return None
    return value.decode("ascii").lower()
