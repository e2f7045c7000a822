"""What a file is, by its first octets and by its name. Data and two look-ups.

Owns the few signatures a service desk meets. It is evidence against a label, not a virus scanner.
"""

import mimetypes
from typing import Final

_SIGNATURES: Final[tuple[tuple[int, bytes, str], ...]] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"BM", "image/bmp"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (8, b"WEBP", "image/webp"),
    (4, b"ftypheic", "image/heic"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (0, b"{\\rtf", "application/rtf"),
    (0, b"MZ", "application/vnd.microsoft.portable-executable"),
    (0, b"\x7fELF", "application/x-executable"),
    (0, b"#!", "text/x-shellscript"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"OggS", "audio/ogg"),
    (0, b"RIFF", "application/x-riff"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x78\x9f\x3e\x22", "application/ms-tnef"),
    (0, b"BEGIN:VCALENDAR", "text/calendar"),
    (0, b"BEGIN:VCARD", "text/vcard"),
)

# Files that run when opened, whatever they are called.
EXECUTABLE_TYPES: Final = frozenset(
    {"application/vnd.microsoft.portable-executable", "application/x-executable", "text/x-shellscript"}
)

# The names mail uses; Python's table depends on the machine's.
_EXTENSIONS: Final = {
    "application/gzip": ".gz",
    "application/ics": ".ics",
    "application/json": ".json",
    "application/msword": ".doc",
    "application/octet-stream": ".bin",
    "application/pdf": ".pdf",
    "application/pgp-signature": ".asc",
    "application/pkcs7-mime": ".p7m",
    "application/pkcs7-signature": ".p7s",
    "application/rtf": ".rtf",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.ms-powerpoint": ".ppt",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/x-pkcs7-signature": ".p7s",
    "application/xml": ".xml",
    "application/zip": ".zip",
    "audio/mpeg": ".mp3",
    "audio/wav": ".wav",
    "image/bmp": ".bmp",
    "image/gif": ".gif",
    "image/heic": ".heic",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/svg+xml": ".svg",
    "image/tiff": ".tif",
    "image/webp": ".webp",
    "message/delivery-status": ".txt",
    "message/disposition-notification": ".txt",
    "message/rfc822": ".eml",
    "message/global": ".eml",
    "text/calendar": ".ics",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/plain": ".txt",
    "text/rfc822-headers": ".txt",
    "text/vcard": ".vcf",
    "text/x-vcard": ".vcf",
    "video/mp4": ".mp4",
}
_TYPES: Final = {extension: content_type for content_type, extension in _EXTENSIONS.items()} | {
    ".eml": "message/rfc822",
    ".ics": "text/calendar",
    ".p7s": "application/pkcs7-signature",
    ".txt": "text/plain",
    ".vcf": "text/vcard",
}


def sniff_type(octets: bytes) -> str | None:
    """Return the type the first octets give away, or None."""
    for offset, signature, content_type in _SIGNATURES:
        if octets.startswith(signature, offset):
            return content_type
    return None


def extension_for(content_type: str) -> str:
    """Return the usual extension, with its dot; ".bin" when the type has none."""
    return _EXTENSIONS.get(content_type, ".bin")


def type_for_name(filename: str) -> str | None:
    """Return the type a file name promises, or None."""
    extension = "." + filename.rpartition(".")[2].lower()
    return _TYPES.get(extension) or mimetypes.types_map.get(extension)
