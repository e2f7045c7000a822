"""The leaves that are a message's text → one readable text and one HTML document.

Owns decoding, joining and the choice between plain text and HTML. Must not sanitize or split the reply off.
"""

import re
from dataclasses import dataclass, field
from html import escape
from typing import Final

from channels.mail.bodies import Bodies
from channels.mail.charsets import decode_charset
from channels.mail.flowed import unflow
from channels.mail.hypertext import text_from_html
from channels.mail.limits import LIMITS
from channels.mail.mime import Part, Structure
from channels.mail.transfer import UuFile, decode_transfer, find_uuencoded

_META_CHARSET: Final = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_LINE_ENDS: Final = re.compile(r"\r+\n?")
_CONTROLS: Final = bytes({*range(0x20), 0x7F} - {0x09, 0x0A, 0x0D})
_META_REACH: Final = 4096


@dataclass(slots=True)
class Content:
    """text: readable, lines end with LF. html: as it came, joined; None without an HTML part. files: uuencoded into
    the text. defects: slugs.
    """

    text: str = ""
    html: str | None = None
    files: list[UuFile] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)


def read_content(structure: Structure, bodies: Bodies) -> Content:
    """Read the text of a message. Plain text is preferred, unless it is blank beside an HTML that is not."""
    content = Content()
    decoded: dict[int, str] = {}
    for part in (*bodies.text, *bodies.html):
        if part.number not in decoded and part.content_type.startswith("text/"):
            decoded[part.number] = _decode_leaf(structure, part, content)
    html_parts = [part for part in bodies.html if part.number in decoded]
    if any(part.content_type == "text/html" for part in html_parts):
        content.html = "\n".join(_as_html(part, decoded[part.number]) for part in html_parts)
    text = "\n".join(_as_text(part, decoded[part.number]) for part in bodies.text if part.number in decoded)
    if not text.strip() and content.html is not None and bodies.text != bodies.html:
        text = text_from_html(content.html)
    if len(text) > LIMITS.text:
        text = text[: LIMITS.text]
        content.defects.append("text-too-long")
    content.text = text.strip("\n")
    return content


def _decode_leaf(structure: Structure, part: Part, content: Content) -> str:
    octets, defect = decode_transfer(structure.body(part), part.encoding)
    if defect:
        content.defects.append(defect)
    charset = part.parameters.get("charset")
    if part.content_type == "text/html":
        if not charset and (meta := _META_CHARSET.search(octets[:_META_REACH])):
            charset = meta.group(1).decode("ascii")
    elif b"begin" in octets and (files := find_uuencoded(octets)):
        content.files.extend(files)
        octets = _without(octets, files)
    text, defect = decode_charset(octets, charset)
    if defect:
        content.defects.append(defect)
    text = plain_text(text)
    if part.content_type == "text/plain" and part.parameters.get("format", "").lower() == "flowed":
        text = unflow(text, delete_space=part.parameters.get("delsp", "").lower() == "yes")
    return text


def plain_text(text: str) -> str:
    """The text without control characters, its lines ended by LF."""
    return _without_controls(_with_plain_line_ends(text))


def _with_plain_line_ends(text: str) -> str:
    text = text.replace("\r\n", "\n")
    return _LINE_ENDS.sub("\n", text) if "\r" in text else text


def _without_controls(text: str) -> str:
    """By way of octets, which is ten times as fast: in UTF-8 an octet below 128 is the character."""
    octets = text.encode("utf-8", "surrogatepass").translate(None, _CONTROLS)
    return octets.decode("utf-8", "surrogatepass").replace("\ufeff", "")


def _without(octets: bytes, files: list[UuFile]) -> bytes:
    kept: list[bytes] = []
    position = 0
    for file in files:
        kept.append(octets[position : file.start])
        position = file.end
    kept.append(octets[position:])
    return b"".join(kept)


def _as_text(part: Part, decoded: str) -> str:
    return text_from_html(decoded) if part.content_type == "text/html" else decoded


def _as_html(part: Part, decoded: str) -> str:
    if part.content_type == "text/html":
        return decoded
    return f'<div style="white-space:pre-wrap">{escape(decoded, quote=False)}</div>' if decoded.strip() else ""
