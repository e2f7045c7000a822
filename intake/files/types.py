"""What a file is by its first octets, and whether that contradicts what its sender called it. Data and look-ups.

Owns the few signatures a service desk meets. It is evidence against a label, not a virus scanner.
"""

import io
import zipfile
from typing import Final

PROGRAM: Final = "application/vnd.microsoft.portable-executable"
_ZIP: Final = "application/zip"
_OLE: Final = "application/x-ole-storage"

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
    (0, b"PK\x03\x04", _ZIP),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _OLE),
    (0, b"{\\rtf", "application/rtf"),
    (0, b"MZ", PROGRAM),
    (0, b"\x7fELF", "application/x-executable"),
    (0, b"\xca\xfe\xba\xbe", "application/x-mach-binary"),
    (0, b"\xcf\xfa\xed\xfe", "application/x-mach-binary"),
    (0, b"L\0\0\0\x01\x14\x02\0", "application/x-ms-shortcut"),
    (0, b"#!", "text/x-shellscript"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"OggS", "audio/ogg"),
    (0, b"RIFF", "application/x-riff"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x78\x9f\x3e\x22", "application/ms-tnef"),
    (0, b"BEGIN:VCALENDAR", "text/calendar"),
    (0, b"BEGIN:VCARD", "text/vcard"),
)

# Words begin so as well; a real file of the kind has a zero among its first octets.
_ALSO_TEXT: Final = frozenset({b"MZ", b"BM", b"ID3", b"RIFF", b"OggS"})
_HEAD: Final = 64

# Files that run when opened, whatever they are called.
EXECUTABLE_TYPES: Final = frozenset(
    {
        PROGRAM,
        "application/x-executable",
        "application/x-mach-binary",
        "application/x-ms-shortcut",
        "text/x-shellscript",
    }
)
# Pictures every browser shows and none runs. SVG is not among them.
SHOWN_IMAGES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"})

# Labels that say nothing, and so cannot be contradicted.
_GENERIC: Final = frozenset(
    {"", "application/octet-stream", "application/force-download", "application/x-download", "application/unknown"}
)
# What may rightly be called something else: a document is a ZIP, a sound is RIFF, and so on.
_CONTAINERS: Final[dict[str, tuple[str, ...]]] = {
    _ZIP: (
        "openxmlformats",
        "opendocument",
        "zip",
        "java-archive",
        "macroenabled",
        "epub",
        "android",
        "kmz",
        "vnd.ms-",
    ),
    _OLE: ("msword", "ms-excel", "ms-powerpoint", "ms-outlook", "vnd.ms-", "visio", "msi", "ole", "x-msi", "cdfv2"),
    "application/x-riff": ("wav", "webp", "avi", "riff"),
    "application/gzip": ("gzip", "tgz", "compressed", "x-tar"),
    "video/mp4": ("mp4", "quicktime", "3gpp", "m4a", "heic", "heif", "avif"),
    "image/tiff": ("tif", "dng", "x-canon", "x-nikon"),
    "text/x-shellscript": ("script", "x-sh", "x-python", "x-perl", "text/plain", "javascript"),
    "application/ms-tnef": ("tnef",),
    "application/rtf": ("rtf", "msword"),
    "text/vcard": ("vcard", "text/directory", "text/plain"),
    "text/calendar": ("calendar", "/ics", "text/plain"),
    PROGRAM: ("msdownload", "dosexec", "portable-executable", "x-msdos-program", "x-exe"),
}
_ALIASES: Final = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/x-png": "image/png",
    "image/x-ms-bmp": "image/bmp",
    "application/x-pdf": "application/pdf",
    "application/x-rar-compressed": "application/vnd.rar",
    "application/x-rar": "application/vnd.rar",
    "audio/mp3": "audio/mpeg",
}
# The first member of a ZIP by which a kind of document is known.
_MEMBERS: Final = (
    ("word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("META-INF/MANIFEST.MF", "application/java-archive"),
)
_MOST_MEMBERS: Final = 200
# A directory of a ZIP beyond this is not read.
_MOST_ZIP: Final = 32 * 1024 * 1024


def sniff_type(octets: bytes) -> str | None:
    """Return the type the first octets give away, or None."""
    for offset, signature, content_type in _SIGNATURES:
        if octets.startswith(signature, offset):
            text = signature in _ALSO_TEXT and b"\0" not in octets[:_HEAD] and len(octets) >= _HEAD
            return None if text else content_type
    return None


def detect_type(octets: bytes) -> str | None:
    """The same, with documents that are ZIP files told apart. None when nothing gives it away."""
    seen = sniff_type(octets)
    if seen != _ZIP or len(octets) > _MOST_ZIP:
        return seen
    try:
        names = zipfile.ZipFile(io.BytesIO(octets)).namelist()[:_MOST_MEMBERS]
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, IndexError, OverflowError):
        return seen
    return next((kind for member, kind in _MEMBERS if any(name.startswith(member) for name in names)), seen)


def real_type(label: str, octets: bytes) -> str | None:
    """What a file is, where that is not what its label says: something else, or something where the label is mute."""
    seen = sniff_type(octets)
    said = _ALIASES.get(label.lower(), label.lower())
    if seen is None or said == seen:
        return None
    if said not in _GENERIC and any(word in said for word in _CONTAINERS.get(seen, ())):
        return None
    return detect_type(octets)


def is_mute(label: str) -> bool:
    """Whether a label says nothing of the content."""
    return label.lower() in _GENERIC
