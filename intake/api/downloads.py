"""Files for download, with headers under which nothing in them can act in a browser."""

import re
from urllib.parse import quote

from fastapi import Response

# RFC 6838 §4.2
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9][\w!#$&^.+-]{0,126}/[A-Za-z0-9][\w!#$&^.+-]{0,126}", re.ASCII)
_NOT_PLAIN = re.compile(r"[^ !#$&+.0-9A-Z^_`a-z{}~()\[\]-]")


def download(filename: str, content_type: str, octets: bytes, sha256: str) -> Response:
    """Answer with a file somebody sent us: always saved, never shown. sha256: of the octets, the ETag."""
    known = _MEDIA_TYPE.fullmatch(content_type)
    return Response(
        octets,
        media_type=content_type
        if known and not content_type.lower().startswith("text/")
        else "application/octet-stream",
        headers={
            "Content-Disposition": content_disposition(filename),
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "private, no-cache",
            "ETag": f'"{sha256}"',
        },
    )


def content_disposition(filename: str) -> str:
    """The header that saves a file under its name. RFC 6266 §4, RFC 8187 §3.2"""
    name = "".join(char if char.isprintable() else "_" for char in filename).replace("/", "_").replace("\\", "_")
    plain = _NOT_PLAIN.sub("_", name) or "file"
    exact = quote(name.encode("utf-8", "replace"), safe="")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}"
