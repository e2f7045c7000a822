"""How a file somebody sent us is given out: always saved, never shown, so that nothing in it can act in a browser."""

import re
from urllib.parse import quote

from intake.files.shown_html import image_type
from intake.ports import Blobs, Rereader
from intake.tickets.model import StoredAttachment

# RFC 6838 §4.2
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9][\w!#$&^.+-]{0,126}/[A-Za-z0-9][\w!#$&^.+-]{0,126}", re.ASCII)
_NOT_PLAIN = re.compile(r"[^ !#$&+.0-9A-Z^_`a-z{}~()\[\]-]")


class WithheldError(KeyError):
    """The file is there, but given to nobody until somebody decides so."""


def read_octets(attachment: StoredAttachment, blobs: Blobs, rereader: Rereader) -> bytes:
    """The file's octets, from its own blob or out of the message it came in. Blocking.

    Raises WithheldError for a file that is given to nobody, KeyError when the octets are not kept any more.
    """
    if attachment.withheld is not None:
        raise WithheldError(attachment.withheld)
    octets = blobs.read(attachment.blob)
    return octets if attachment.part is None else rereader.part(octets, attachment.part)


def download_headers(filename: str, content_type: str, sha256: str) -> dict[str, str]:
    """The headers to give a file out with. content_type: as its sender said. sha256: of the octets, for the ETag."""
    known = _MEDIA_TYPE.fullmatch(content_type) and not content_type.lower().startswith("text/")
    return {
        "Content-Type": content_type if known else "application/octet-stream",
        "Content-Disposition": content_disposition(filename),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, no-cache",
        "ETag": f'"{sha256}"',
    }


def image_headers(attachment: StoredAttachment) -> dict[str, str] | None:
    """The headers to show a picture with, in its place in a mail; None for what may only be saved."""
    kind = image_type(attachment)
    if kind is None:
        return None
    disposition = content_disposition(attachment.filename).replace("attachment", "inline", 1)
    saved = download_headers(attachment.filename, kind, attachment.sha256)
    return saved | {"Content-Type": kind, "Content-Disposition": disposition}


def content_disposition(filename: str) -> str:
    """The header that saves a file under its name. RFC 6266 §4, RFC 8187 §3.2."""
    name = "".join(char if char.isprintable() else "_" for char in filename).replace("/", "_").replace("\\", "_")
    plain = _NOT_PLAIN.sub("_", name) or "file"
    exact = quote(name.encode("utf-8", "replace"), safe="")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}"


def file_name(sent: str | None) -> str:
    """The name of an uploaded file without folders and control characters."""
    cleaned = "".join(char for char in sent or "" if char.isprintable()).replace("\\", "/").rpartition("/")[2]
    return cleaned[:255] or "file"
