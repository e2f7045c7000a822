"""The names mail gives to types, and back. Data and two look-ups; what the octets are: `intake.files.types`."""

import mimetypes
from typing import Final

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


def extension_for(content_type: str) -> str:
    """Return the usual extension, with its dot; ".bin" when the type has none."""
    return _EXTENSIONS.get(content_type, ".bin")


def type_for_name(filename: str) -> str | None:
    """Return the type a file name promises, or None."""
    extension = "." + filename.rpartition(".")[2].lower()
    return _TYPES.get(extension) or mimetypes.types_map.get(extension)
