"""The sanitized HTML of a mail as a page shows it: pictures of the mail in their place, nothing from the net.

Pure. Takes only what `channels.mail.sanitize` made: plainly quoted attributes, known tags.
"""

import re
from collections.abc import Callable, Iterable
from html import escape, unescape

from intake.files.types import SHOWN_IMAGES
from intake.tickets.model import StoredAttachment

_CONTENT_ID = re.compile(r' src="cid:([^"]{0,1000})"', re.IGNORECASE)


def show_images(html: str, files: Iterable[StoredAttachment], url_of: Callable[[StoredAttachment], str]) -> str:
    """Put the addresses of the mail's own pictures where it refers to them.

    files: of the comment. url_of: where a file is shown with `intake.files.downloads.image_headers`. A reference to
    what is not there, is no picture or is withheld loses its address; the picture's text remains.
    """
    shown = {file.content_id: file for file in files if file.content_id and image_type(file) is not None}

    def place(found: re.Match[str]) -> str:
        file = shown.get(unescape(found[1]).strip("<>"))
        return "" if file is None else f' src="{escape(url_of(file))}"'

    return _CONTENT_ID.sub(place, html)


def image_type(file: StoredAttachment) -> str | None:
    """The type under which a file may be shown as a picture, None when it may only be saved."""
    kind = (file.detected_type or file.content_type).lower()
    kind = {"image/jpg": "image/jpeg", "image/pjpeg": "image/jpeg", "image/x-png": "image/png"}.get(kind, kind)
    return kind if kind in SHOWN_IMAGES and file.withheld is None else None
