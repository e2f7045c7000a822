"""HTML of a mail as it may stand among the words of one of our pages: its structure, not its looks.

Owns what is kept. It was made harmless when it came in (`channels.mail.sanitize`); here it loses what a page of ours
has no place for: styles, which the page's policy forbids, headings, which would break the page's own, and images that
are not files of the same message.
"""

import re
from collections.abc import Mapping

import nh3
from markupsafe import Markup

_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "code", "dd", "del", "div", "dl", "dt", "em", "hr", "i", "img",
    "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "samp", "small", "span", "strong", "sub", "sup", "table",
    "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul", "var",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href"},
    "img": {"src", "alt"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "ol": {"start"},
    "*": {"lang", "dir"},
}
_HEADING = re.compile(r"<(/?)h[1-6]\b[^>]*>")
_IMAGE = re.compile(r"<img\b[^>]*>")
_SOURCE = re.compile(r'src="cid:([^"]*)"')
_ALT = re.compile(r'alt="([^"]*)"')


def page_html(html: str, images: Mapping[str, str]) -> Markup:
    """The HTML for a page. html: a comment's, sanitized. images: the addresses of its images by Content-ID."""

    def image(found: re.Match[str]) -> str:
        source, alt = _SOURCE.search(found[0]), _ALT.search(found[0])
        words = alt[1] if alt is not None else ""
        address = images.get(source[1].strip("<>")) if source is not None else None
        return f'<img src="{address}" alt="{words}">' if address is not None else words

    cleaned = nh3.clean(
        _HEADING.sub(r"<\1p>", html),
        tags=_TAGS,
        attributes={name: set(allowed) for name, allowed in _ATTRIBUTES.items()},
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        link_rel="noopener noreferrer nofollow",
    )
    return Markup(_IMAGE.sub(image, cleaned))  # noqa: S704 - the sanitizer's own output, images by our addresses
