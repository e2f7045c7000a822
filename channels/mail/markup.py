"""HTML → a run of texts and tags, one scan from left to right in linear time.

Owns where a tag begins and ends and what is skipped whole. Builds no tree and needs no valid HTML; what its readers
make of the run is theirs.
"""

import re
from collections.abc import Callable
from typing import Final

from channels.mail.limits import LIMITS

# A tag with quoted attribute values, or how a declaration begins; any other "<" is text. A tag that breaks off
# matches too, without its end. Possessive: nothing is tried twice.
_MARK: Final = re.compile(r"<(?:(/?)([a-zA-Z][a-zA-Z0-9:]*+)((?:[^<>=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+'|))*+)(>?)|[!?/])")
_REREAD: Final = 4  # times the length
_ANY_TAG: Final = re.compile(r"<[^<>]*+>")
_UNCLOSED: Final = re.compile(r"<!--|<[!?/]")

# Their content is not shown as text.
_SKIPPED: Final = frozenset(
    {"applet", "iframe", "math", "noembed", "noframes", "object", "script", "select", "style", "svg", "template",
     "textarea", "title", "xmp"}
)  # fmt: skip
_CLOSING: Final = {name: re.compile(rf"</{name}\s*>", re.IGNORECASE) for name in _SKIPPED}


def has_markup(html: str) -> bool:
    """Whether it holds a tag or a declaration; if not, it is a text that was only labelled as HTML."""
    return _MARK.search(html) is not None


def scan_html(
    html: str,
    on_text: Callable[[str], None],
    on_tag: Callable[[bool, str, str], None],
    go_on: Callable[[], bool] | None = None,
) -> bool:
    """Call `on_text(text)` with each run of text (entities as they stand, a bare "<" possible) and
    `on_tag(closing, name, attributes)` for each tag (name lower case, attributes as they stand), in order, while
    `go_on()`, if given, says so. Comments, declarations and elements without readable content are left out.

    Returns False when there were more tags than anybody writes: what lies beyond was told as one run of text.
    """
    left = LIMITS.html_tags
    unclosed: set[str] = set()  # what is never closed from here on: it is not looked for again
    text = position = 0  # where the text begins that is not told yet; where to look on
    last = html.rfind(">") + 1  # no tag ends behind it
    patience = _REREAD * len(html)
    while mark := _MARK.search(html, position, last):
        start, position = mark.span()
        closing, name, attributes, end = mark.groups()
        if name is not None and not closing and not end:
            # A quote is missing; what it took in holds tags. Each may lack its quote too, so this has an end.
            if patience > 0:
                patience -= position - start
                position = start + 1
            continue
        if start > text:
            on_text(html[text:start])
        if go_on is not None and not go_on():
            return True
        left -= 1
        if left < 0:
            on_text(_ANY_TAG.sub(" ", html[start:]))
            return False
        if name is None or not end:
            position = _skip_declaration(html, start, unclosed)
        elif (name := name.lower()) not in _SKIPPED:
            on_tag(closing != "", name, attributes)
        elif not closing and name not in unclosed:
            position = _skip_element(html, name, position, unclosed)
        text = position
    on_text(_UNCLOSED.sub("", html[text:]))
    return True


def _skip_declaration(html: str, start: int, unclosed: set[str]) -> int:
    opening, closing = ("<!--", "-->") if html.startswith("<!--", start) else (html[start : start + 2], ">")
    if closing not in unclosed:
        end = html.find(closing, start + len(opening))
        if end >= 0:
            return end + len(closing)
        unclosed.add(closing)
    return start + len(opening)


def _skip_element(html: str, name: str, start: int, unclosed: set[str]) -> int:
    if end := _CLOSING[name].search(html, start):
        return end.end()
    unclosed.add(name)
    return start
