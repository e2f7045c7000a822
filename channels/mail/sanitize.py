"""HTML of a stranger → HTML that may stand in a page of ours.

Owns what is let through. Two steps: our scan writes the document anew with known tags and attributes, plainly quoted
and never nested too deep, because the sanitizer's tree builder can be exhausted by nesting alone; then the sanitizer
decides. Nothing is loaded from the net when the result is shown: remote images keep their address in
`data-remote-src` only.
"""

import re
from html import escape, unescape
from typing import Final

import nh3

from channels.mail.limits import LIMITS
from channels.mail.markup import has_markup, scan_html

_TAGS: Final = {
    "a", "abbr", "acronym", "address", "b", "big", "blockquote", "br", "caption", "center", "cite", "code", "col",
    "colgroup", "dd", "del", "dfn", "dir", "div", "dl", "dt", "em", "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr",
    "i", "img", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "samp", "small", "span", "strike", "strong",
    "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul", "var",
}  # fmt: skip
_COMMON: Final = {"align", "bgcolor", "color", "dir", "height", "lang", "style", "title", "valign", "width"}
_ATTRIBUTES: Final = {
    "*": _COMMON,
    "a": {"href"},
    "blockquote": {"type"},
    "col": {"span"},
    "colgroup": {"span"},
    "font": {"face", "size"},
    "img": {"alt", "border", "data-remote-src", "src"},
    "li": {"value"},
    "ol": {"start", "type"},
    "table": {"border", "cellpadding", "cellspacing"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
_STYLES: Final = {
    "background-color", "border", "border-bottom", "border-left", "border-right", "border-top", "color", "font-family",
    "font-size", "font-style", "font-weight", "line-height", "margin", "margin-bottom", "margin-left", "margin-right",
    "margin-top", "padding", "padding-bottom", "padding-left", "padding-right", "padding-top", "text-align",
    "text-decoration", "text-indent", "vertical-align", "white-space", "width",
}  # fmt: skip
_CLEANER: Final = nh3.Cleaner(
    tags=_TAGS,
    attributes=_ATTRIBUTES,
    filter_style_properties=_STYLES,
    url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
    link_rel="noopener noreferrer nofollow",
)

_ATTRIBUTE: Final = re.compile(r"([a-zA-Z-]++)\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'=<>`]++))")
_LINK: Final = re.compile(r"\s*(?:https?:|mailto:|tel:)", re.IGNORECASE)
_DATA_IMAGE: Final = re.compile(r"data:image/(?:png|jpeg|gif|webp|bmp);base64,[A-Za-z0-9+/=\s]*", re.IGNORECASE)
_VOID: Final = frozenset({"br", "col", "hr", "img"})
# They end where the next one begins, so that leaving out their end tag nests nothing.
_SELF_ENDING: Final = frozenset({"p", "li", "dt", "dd", "td", "th", "tr", "tbody", "thead", "tfoot", "colgroup"})
_CELLS: Final = frozenset({"td", "th", "caption"})
_TABLE_PARTS: Final = frozenset({"table", "tr", "tbody", "thead", "tfoot", "colgroup", "col"})
# A tree builder opens these again in every block until they are closed. HTML §13.2.4.3
_FORMATTING: Final = frozenset(
    {"a", "b", "big", "code", "em", "font", "i", "s", "small", "strike", "strong", "tt", "u"}
)
# The sanitizer takes quadratic time over a run of text that is full of "&". A comment, which it drops, divides one.
_RUN: Final = 10_000
_DIVIDER: Final = "<!---->"


def sanitize_html(html: str) -> tuple[str, str | None]:
    """Return harmless HTML and a defect slug or None. What lies beyond the caps on size and nesting is left out."""
    defect = "html-too-large" if len(html) > LIMITS.html else None
    html = html[: LIMITS.html]
    if not has_markup(html):
        return escape(unescape(html), quote=False).replace("\xa0", "&nbsp;").strip(), defect
    rewriter = _Rewriter()
    if not scan_html(html, rewriter.text, rewriter.tag):
        defect = defect or "html-too-many-tags"
    return _CLEANER.clean("".join(rewriter.out)).strip(), defect or rewriter.defect


class _Rewriter:
    def __init__(self) -> None:
        self.out: list[str] = []
        self.opened: dict[str, int] = {}
        self.depth = 0
        self.formatting = 0
        self.copies = 0
        self.run = 0  # characters of text since the last tag or divider
        self.in_cell: list[bool] = []  # of each open table: are we in one of its cells?
        self.defect: str | None = None

    def text(self, raw: str) -> None:
        """Take a run of text."""
        if self.in_cell and not self.in_cell[-1] and not raw.isspace():
            self._open_cell()
        self.run += len(raw)
        if self.run > _RUN:
            self._write_divided(unescape(raw))
        else:
            self.out.append(escape(unescape(raw), quote=False) if "&" in raw or "<" in raw else raw)

    def _write_divided(self, text: str) -> None:
        for start in range(0, len(text), _RUN):
            self.out += (_DIVIDER, escape(text[start : start + _RUN], quote=False))
        self.run = 0

    def _open_cell(self) -> None:
        """Give what stands in a table outside of its cells a cell; a tree builder would move it before the table,
        each time at the cost of all it has moved before.
        """
        self.out.append("<tr><td>")
        self.in_cell[-1] = True

    def tag(self, closing: bool, name: str, attributes: str) -> None:
        """Take a tag; write it when it is known and stands within the caps."""
        if name not in _TAGS:
            return
        if closing:
            self._close(name)
            return
        self._follow_table(name)
        self.copies += self.formatting
        if name not in _VOID and name not in _SELF_ENDING:
            formatting = name in _FORMATTING
            if self.depth >= LIMITS.html_depth or (formatting and self.copies > LIMITS.html_copies):
                self.defect = "html-too-deep"
                return
            self.opened[name] = self.opened.get(name, 0) + 1
            if name == "table":
                self.in_cell.append(False)
            self.depth += 1
            self.formatting += formatting
        self.run = 0
        self.out.append(f"<{name}{self._attributes(name, attributes)}>" if attributes else f"<{name}>")

    def _follow_table(self, name: str) -> None:
        if not self.in_cell:
            return
        if name in _CELLS:
            self.in_cell[-1] = True
        elif name in _TABLE_PARTS and not (name == "table" and self.in_cell[-1]):
            self.in_cell[-1] = False
        elif not self.in_cell[-1]:
            self._open_cell()

    def _close(self, name: str) -> None:
        if self.in_cell and name != "table" and (name in _CELLS or name in _TABLE_PARTS):
            self.in_cell[-1] = False
        if name not in _SELF_ENDING:
            count = self.opened.get(name, 0)
            if count == 0:
                return
            self.opened[name] = count - 1
            if name == "table":
                self.in_cell.pop()
            self.depth -= 1
            self.formatting -= name in _FORMATTING
        self.run = 0
        self.out.append(f"</{name}>")

    def _attributes(self, tag: str, raw: str) -> str:
        known: dict[str, str] = {}
        own = _ATTRIBUTES.get(tag, _COMMON)
        for name, double, single, bare in _ATTRIBUTE.findall(raw):
            attribute = name.lower()
            if attribute in known or (attribute not in _COMMON and attribute not in own):
                continue
            value = unescape(double or single or bare)
            if attribute == "src":
                attribute = _image_attribute(value)
            elif attribute == "data-remote-src" or (attribute == "href" and not _LINK.match(value)):
                continue
            elif attribute == "style" and "(" in value:
                value = ";".join(rule for rule in value.split(";") if "(" not in rule or "rgb" in rule)
            if attribute:
                known[attribute] = value
        return "".join([f' {name}="{escape(value)}"' for name, value in known.items()])


def _image_attribute(source: str) -> str:
    """Where an image's source may stand: shown from the message, named only when it is on the net, or nowhere."""
    folded = source.strip().lower()
    if folded.startswith("cid:") or (folded.startswith("data:") and _DATA_IMAGE.fullmatch(source.strip())):
        return "src"
    return "data-remote-src" if folded.startswith(("http:", "https:", "//")) else ""
