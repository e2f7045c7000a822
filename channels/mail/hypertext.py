"""HTML → readable text, one scan from left to right in linear time.

Owns the lines: what starts one, what leaves one blank, how a quotation shows. Reply extraction reads what it makes, so
it keeps the line structure a mail program shows. Must not build a tree (nesting is the attacker's choice) and needs
no valid HTML.
"""

import re
from html import unescape
from typing import Final

from channels.mail.limits import LIMITS
from channels.mail.markup import scan_html

_SPACES: Final = re.compile(r"[ \t\r\n\f]+")
_INVISIBLE: Final = re.compile("[\u200b\u200c\ufeff\u00ad\0]+")

_LINE_ELEMENTS: Final = frozenset(
    {
        "address", "article", "aside", "body", "caption", "center", "dd", "details", "dir", "div", "dt", "figcaption",
        "figure", "footer", "form", "header", "html", "legend", "main", "nav", "section", "summary", "table",
        "tbody", "tfoot", "thead", "tr",
    }
)  # fmt: skip
_PARAGRAPHS: Final = frozenset({"dl", "fieldset", "h1", "h2", "h3", "h4", "h5", "h6", "menu", "ol", "p", "pre", "ul"})
_RULE: Final = "_" * 32  # as Outlook writes it into plain text, where it stands between an answer and what it quotes
_QUOTE_DEPTH: Final = 30
_LIST_DEPTH: Final = 8
_BLANK_LINES: Final = 2


def text_from_html(html: str) -> str:
    """Return the text of `html` as a mail program would show it, quotations marked with "> "."""
    writer = _Writer()
    scan_html(html, writer.text, writer.tag, lambda: writer.size < LIMITS.text)
    return writer.finish()


class _Writer:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line: list[str] = []
        self.size = 0
        self.quotes: list[bool] = []  # of each open blockquote: is it a quotation?
        self.quote_depth = 0
        self.lists: list[int] = []  # of each open list: the next number, -1 for bullets
        self.preformatted = 0
        self.blank_wanted = False
        self.item_begun = False  # the line holds a list item's mark and nothing else
        self.flat_paragraph = False

    def finish(self) -> str:
        """Return what was written."""
        if self.line:
            self._break_line()
        return _tidy(self.lines)

    def text(self, raw: str) -> None:
        """Take a run of text."""
        text = unescape(raw) if "&" in raw else raw
        self.size += len(text)
        if self.preformatted:
            first, *others = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
            self._put(first)
            for other in others:
                self._break_line()
                self._put(other)
            return
        text = _SPACES.sub(" ", text)
        if not self.line or self.line[-1].endswith(" "):
            text = text.lstrip(" ")
        self._put(text)

    def _put(self, text: str) -> None:
        if not text:
            return
        if self.blank_wanted:
            if self.lines:
                self.lines.append(self._prefix().rstrip())
            self.blank_wanted = False
        self.item_begun = False
        self.line.append(text)

    def tag(self, closing: bool, name: str, attributes: str) -> None:
        """Take a tag."""
        if name == "br":
            self._break_line()
        elif name in _LINE_ELEMENTS:
            self._end_line()
        elif name in {"td", "th"}:
            if not closing and self.line:
                self._put("\t")
        elif name == "blockquote":
            self._quote(closing, attributes)
        elif name == "li":
            self.item_begun = False
            self._end_line()
            if not closing:
                self._item()
        elif name in _PARAGRAPHS:
            self._paragraph(closing, name, attributes)
        elif name == "hr":
            self._end_line()
            self._put(_RULE)
            self._end_line()

    def _paragraph(self, closing: bool, name: str, attributes: str) -> None:
        self._end_line()
        if name == "p":
            if not closing:
                self.flat_paragraph = "Mso" in attributes or "margin:0" in attributes.replace(" ", "")
            if self.flat_paragraph or self.item_begun:
                return  # Word's paragraphs are lines
        if name in {"ul", "ol", "menu"}:
            if closing:
                self.lists[-1:] = []
            else:
                self.lists.append(1 if name == "ol" else -1)
            if len(self.lists) > 1 - closing:
                return  # no blank line around a list within a list
        if name == "pre":
            self.preformatted = max(0, self.preformatted + (-1 if closing else 1))
        self.blank_wanted = bool(self.lines)

    def _item(self) -> None:
        indent = "  " * min(len(self.lists) - 1, _LIST_DEPTH)
        if self.lists and self.lists[-1] > 0:
            self._put(f"{indent}{self.lists[-1]}. ")
            self.lists[-1] += 1
        else:
            self._put(f"{indent}- ")
        self.item_begun = True

    def _quote(self, closing: bool, attributes: str) -> None:
        self._end_line()
        if closing:
            if self.quotes and self.quotes.pop():
                self.quote_depth -= 1
        else:
            # Gmail and Apple Mail indent with the same element, without a border.
            flat = attributes.replace(" ", "").lower()
            is_quotation = not ("border:none" in flat or "border:0" in flat or "indent-blockquote" in flat)
            self.quotes.append(is_quotation)
            self.quote_depth += is_quotation
        self.blank_wanted = False

    def _prefix(self) -> str:
        depth = min(self.quote_depth, _QUOTE_DEPTH)
        return ">" * depth + " " if depth else ""

    def _end_line(self) -> None:
        if self.line and not self.item_begun:
            self._break_line()

    def _break_line(self) -> None:
        content = _INVISIBLE.sub("", "".join(self.line).replace("\xa0", " "))
        self.line.clear()
        if content != "-- ":  # RFC 3676 §4.3: the space belongs to the signature's delimiter
            content = content.rstrip()
        if self.blank_wanted and not content:
            self.blank_wanted = False
        self.lines.append(self._prefix() + content if content else self._prefix().rstrip())
        self.size += 1


def _tidy(lines: list[str]) -> str:
    out: list[str] = []
    blank = _BLANK_LINES
    for line in lines:
        blank = 0 if line.strip("> ") else blank + 1
        if blank <= _BLANK_LINES or line:
            out.append(line)
    while out and not out[-1]:
        out.pop()
    return "\n".join(out)
