"""Which octets are a picture that a page may show. By the octets themselves: a sender may call anything a picture."""

_MAGIC = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}


def picture_kind(octets: bytes) -> str | None:
    """The media type of a picture; None for everything else. No SVG: it can hold scripts."""
    for magic, kind in _MAGIC.items():
        if octets.startswith(magic):
            return kind
    return "image/webp" if octets[:4] == b"RIFF" and octets[8:12] == b"WEBP" else None
