"""Leaves → attachments: their names, sizes, digests, and what is packed inside them.

Owns naming and unpacking. The octets of an attachment stay in the stored message; only what was unpacked (TNEF,
uuencode) brings its own.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from channels.mail.charsets import decode_charset
from channels.mail.filetype import extension_for, type_for_name
from channels.mail.limits import LIMITS
from channels.mail.mime import Part, Structure
from channels.mail.tnef import TnefError, read_tnef
from channels.mail.transfer import UuFile, decode_range
from intake.files.types import EXECUTABLE_TYPES, is_mute, real_type, sniff_type
from intake.submission import Attachment

_CONTENT_REFERENCE: Final = re.compile(r"""cid:([^"'\s>)]{1,400})""", re.IGNORECASE)
# Path separators, controls, and the marks that turn the direction of writing (an .exe that reads as .txt).
_UNSAFE_IN_NAME: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")
_NAME_LIMIT: Final = 200
_TNEF_TYPES: Final = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})


def read_attachments(
    structure: Structure, parts: Sequence[Part], html: str | None, defects: list[str]
) -> tuple[list[Attachment], str, str | None]:
    """List the attachments of `parts`.

    html: the message's, for the images it shows. defects: gets slugs appended. Returns the attachments, and the text
    and HTML that a TNEF container held instead of the message.
    """
    shown = set(_CONTENT_REFERENCE.findall(html)) if html and parts else set()
    found: list[Attachment] = []
    text, tnef_html = "", None
    for part in parts:
        octets, defect = decode_range(structure.octets, part.start, part.end, part.encoding)
        if defect:
            defects.append(defect)
        if _is_tnef(part, octets):
            try:
                container = read_tnef(octets[: LIMITS.tnef])
            except TnefError:
                defects.append("tnef-unreadable")
            else:
                text, tnef_html = text or container.text, tnef_html or container.html
                found.extend(describe_unpacked(name, content) for name, content in container.files)
                if container.files or container.text or container.html:
                    continue
        found.append(_describe(part, octets, shown, len(found) + 1, defects))
    return found, text, tnef_html


def _is_tnef(part: Part, octets: bytes) -> bool:
    return part.content_type in _TNEF_TYPES or sniff_type(octets) in _TNEF_TYPES


def _describe(part: Part, octets: bytes, shown: set[str], place: int, defects: list[str]) -> Attachment:
    given = part.disposition_parameters.get("filename") or part.parameters.get("name") or ""
    filename = clean_filename(given) or _invent_name(part, place)
    detected = real_type(part.content_type, octets)
    if detected in EXECUTABLE_TYPES and not is_mute(part.content_type):
        defects.append("attachment-mislabelled")
    return Attachment(
        filename=filename,
        content_type=part.content_type,
        size=len(octets),
        sha256=hashlib.sha256(octets).hexdigest(),
        inline=bool(part.content_id) and part.content_id in shown,
        content_id=part.content_id or None,
        part=part.number,
        detected_type=detected,
    )


def describe_unpacked(name: str, content: bytes) -> Attachment:
    """Describe a file that was packed inside another part; it brings its octets."""
    filename = clean_filename(name) or "attachment.bin"
    content_type = type_for_name(filename) or sniff_type(content) or "application/octet-stream"
    return Attachment(
        filename=filename,
        content_type=content_type,
        detected_type=real_type(content_type, content),
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
    )


def unpacked_files(files: Iterable[UuFile]) -> Iterator[Attachment]:
    """Describe the files uuencoded into the text."""
    for file in files:
        yield describe_unpacked(decode_charset(file.name, None)[0], file.content)


def clean_filename(name: str) -> str:
    """Make a file name that is only a name: no path, no control or direction marks, at most 200 characters."""
    name = _UNSAFE_IN_NAME.sub("", name).replace("\\", "/").rpartition("/")[2].strip(" '\"")
    if name in {".", ".."}:
        return ""
    if len(name) > _NAME_LIMIT:
        stem, dot, extension = name.rpartition(".")
        name = f"{stem[: _NAME_LIMIT - 20]}{dot}{extension[:19]}" if dot else name[:_NAME_LIMIT]
    return name


def _invent_name(part: Part, place: int) -> str:
    main, _, sub = part.content_type.partition("/")
    stem = {"image": "image", "audio": "audio", "video": "video", "text": "text", "message": "message"}.get(
        main, "file"
    )
    if sub == "delivery-status":
        stem = "delivery-status"
    return f"{stem}-{place}{extension_for(part.content_type)}"
