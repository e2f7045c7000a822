"""Calendar invitations → readable text. RFC 5545, RFC 5546.

Owns reading the first event of an object, for a mail that carries nothing else to read. Writes no labels, so that
it needs no language. Keeps no calendar.
"""

import re
from datetime import datetime
from typing import Final

from channels.mail.charsets import decode_charset

_OCTETS: Final = 64 * 1024
_FOLD: Final = re.compile(r"\r?\n[ \t]")
_LINE: Final = re.compile(r"([A-Za-z-]{1,60})((?:;[^:\"\n]*(?:\"[^\"\n]*\"[^:\"\n]*)*)?):(.*)")
_TIME_ZONE: Final = re.compile(r"TZID=\"?([^;:\"]{1,80})", re.IGNORECASE)
_COMMON_NAME: Final = re.compile(r"CN=(?:\"([^\"]{1,200})\"|([^;:\"]{1,200}))", re.IGNORECASE)
_ESCAPES: Final = {"\\n": "\n", "\\N": "\n", "\\,": ",", "\\;": ";", "\\\\": "\\"}
_ESCAPED: Final = re.compile(r"\\[nN,;\\]")


def describe_invitation(octets: bytes, charset: str | None) -> str:
    """Return subject, time, place, organizer and description of the first event, a line each; "" without one."""
    text = _FOLD.sub("", decode_charset(octets[:_OCTETS], charset or "utf-8")[0])
    begin = re.search(r"^BEGIN:V(?:EVENT|TO[D]O)\s*$", text, re.MULTILINE | re.IGNORECASE)
    if begin is None:
        return ""
    found: dict[str, tuple[str, str]] = {}
    for line in text[begin.end() :].splitlines():
        match = _LINE.match(line)
        if match is None:
            continue
        name = match.group(1).upper()
        if name in {"BEGIN", "END"}:  # an alarm within, or the end of the event
            break
        found.setdefault(name, (match.group(2), _ESCAPED.sub(lambda escape: _ESCAPES[escape[0]], match.group(3))))
    times = [_describe_time(*found[name]) for name in ("DTSTART", "DTEND") if name in found]
    lines = [
        found.get("SUMMARY", ("", ""))[1],
        " – ".join(times),
        found.get("LOCATION", ("", ""))[1],
        _describe_person(*found["ORGANIZER"]) if "ORGANIZER" in found else "",
    ]
    description = found.get("DESCRIPTION", ("", ""))[1].strip()
    return "\n".join([*(line.strip() for line in lines if line.strip()), *(["", description] if description else [])])


def _describe_time(parameters: str, value: str) -> str:
    value = value.strip()
    for form, shown in (
        ("%Y%m%dT%H%M%SZ", "%Y-%m-%d %H:%M UTC"),
        ("%Y%m%dT%H%M%S", "%Y-%m-%d %H:%M"),
        ("%Y%m%d", "%Y-%m-%d"),
    ):
        try:
            moment = datetime.strptime(value, form)  # noqa: DTZ007 - shown as written, with the zone's own name
        except ValueError:
            continue
        zone = _TIME_ZONE.search(parameters)
        return moment.strftime(shown) + (f" ({zone.group(1)})" if zone else "")
    return value


def _describe_person(parameters: str, value: str) -> str:
    address = re.sub(r"^mailto:", "", value.strip(), flags=re.IGNORECASE)
    name = _COMMON_NAME.search(parameters)
    return f"{name[1] or name[2]} <{address}>" if name else address
