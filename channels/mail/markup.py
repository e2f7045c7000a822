"""HTML → a run of texts and tags, one scan from left to right in linear time.

Owns where a tag begins and ends and what is skipped whole. Builds no tree and needs no valid HTML; what its readers
make of the run is theirs.
"""

import re
from collections.abc import Callable
from typing import Final

# A tag with quoted attribute values; a "<" that opens none is text. Possessive: nothing is tried twice.
_TAG: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]*+)((?:[^<>=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+'|))*+)>")

# Their content is not shown as text.
_SKIPPED: Final = frozenset(
    {"applet", "iframe", "math", "noembed", "noframes", "object", "script", "select", "style", "svg", "template",
     "textarea", "title", "xmp"}
)  # fmt: skip
_CLOSING: Final = {name: re.compile(rf"</{name}\s*>", re.IGNORECASE) for name in _SKIPPED}


def scan_html(
    html: str, on_text: Callable[[str], None], on_tag: Callable[[bool, str, str], None], go_on: Callable[[], bool]
) -> None:
    """Call `on_text(text)` with each run of text (entities as they stand, a bare "<" possible) and
    `on_tag(closing, name, attributes)` for each tag (name lower case, attributes as they stand), in order, while
    `go_on()` says so. Comments, declarations and elements without readable content are left out.
    """
    unclosed: set[str] = set()  # what is never closed from here on: it is not looked for again
    position = 0
    while (start := html.find("<", position)) >= 0:
        if start > position:
            on_text(html[position:start])
        if not go_on():
            return
        tag = _TAG.match(html, start)
        if tag is None:
            position = _skip_declaration(html, start, unclosed, on_text)
            continue
        position = tag.end()
        closing, name, attributes = tag.groups()
        name = name.lower()
        if name in _SKIPPED:
            if not closing and name not in unclosed:
                position = _skip_element(html, name, position, unclosed)
        else:
            on_tag(closing != "", name, attributes)
    on_text(html[position:])


def _skip_declaration(html: str, start: int, unclosed: set[str], on_text: Callable[[str], None]) -> int:
    second = html[start + 1 : start + 2]
    if second not in {"!", "?", "/"}:
        on_text("<")
        return start + 1
    opening, closing = ("<!--", "-->") if html.startswith("<!--", start) else ("<" + second, ">")
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
