"""Reads from the HTML of a mail which lines of its text are quoted: where clients leave a structure, it is surer
than the look of the lines.

Owns the marks of the clients and the way from HTML back to lines of text. Decides nothing about what is new, and
shows nothing of the HTML to anybody: it is read unsanitized.
"""

import re
from html import unescape

from channels.mail.markup import scan_html
from channels.mail.reply_lines import MAX_LINES, Line

# Elements that hold a quotation, an attribution or a signature, by the client that writes them.
_MARKED: tuple[tuple[re.Pattern[str], Line], ...] = (
    # Gmail, Apple Mail, Thunderbird, Seznam: blockquote; Yahoo, Proton, Tuta, Zoho, Outlook for Mac, Spark: div
    (re.compile(r"blockquote .*(?:type=cite|gmail_quote|[\" ]cite=|data-email|protonmail|yahoo|tutanota)"), Line.QUOTE),
    (
        re.compile(
            r"\w+ .*(?:\byahoo_quoted|\bprotonmail_quote|tutanota_quote|\bzmail_extra\b|olk_src_body_section|"
            r"\bmessagereplysection|\bqt\b.*blockquote)"
        ),
        Line.QUOTE,
    ),
    # Thunderbird, Gmail, Roundcube
    (re.compile(r"\w+ .*(?:moz-cite-prefix|\bgmail_attr\b|id=reply-intro)"), Line.ATTRIBUTION),
    # Gmail, Thunderbird, Outlook on the web and mobile, Apple Mail, Proton
    (
        re.compile(
            r"\w+ .*(?:\bgmail_signature\b|\bmoz-signature\b|id=signature\b|ms-outlook-mobile-signature|"
            r"applemailsignature|protonmail_signature_block(?!-empty))"
        ),
        Line.SIGNATURE,
    ),
)
# From these to the end it is another's mail: Outlook (web, Windows, mobile), Hotmail, Zimbra.
_REST = re.compile(
    r"\w+ .*(?:id=divrplyfwdmsg|id=zwchr|data-marker=__divider__|id=stopspelling|"
    r"mail-editor-reference-message-container|ms-outlook-mobile-reference-message)"
)
# Word draws a line above the repeated header; a writer may draw one as well, so a field must follow.
_LINE_ABOVE = re.compile(
    r"div .*border-top: ?(?:solid #(?:e1e1e1|b5c4df)|1(?:\.0)?p[tx] solid "
    r"(?:#(?:e1e1e1|b5c4df)|rgb\((?:181, ?196, ?223|225, ?225, ?225)\)))"
)
_FIELD_WITHIN = 120
# One of these stands in the attributes of every element named above.
_HINTS = (
    "cite", "quote", "rplyfwdmsg", "zwchr", "__divider__", "stopspelling", "reference-message", "olk_src",
    "zmail_extra", "messagereplysection", "border-top", "signature", "reply-intro", "data-email", "gmail_attr",
)  # fmt: skip
_QUOTES = re.compile(r"[\"']|\s+")
_WORD = re.compile(r"\w+")
_ONLY_IN_TEXT = re.compile(r"<?(?:https?:|mailto:)\S{1,2000}|\[(?:cid|image): ?[^\]\s]{1,200}\]", re.IGNORECASE)
_ATTRIBUTES = 2000

# How far a word of the text is looked for in the HTML, how often; then the two are taken for different texts.
_REACH = 40
_SEARCHES = 3000


def mark_lines(html: str, lines: list[str]) -> list[Line | None] | None:
    """What the structure of `html` says of each of `lines`; None for a line it says nothing of.

    html: the same mail's HTML. Returns None when no client left a structure in it. Linear in the length of both.
    """
    if not _has_hint(html):
        return None
    reader = _Reader()
    scan_html(html, reader.text, reader.tag)
    reader.drop_line_without_field()
    if not any(reader.marks):
        return None
    return _align(reader.words, reader.marks, lines)


def _has_hint(markup: str) -> bool:
    folded = markup.lower()
    return any(hint in folded for hint in _HINTS)


class _Reader:
    """Collects the words of the HTML with the mark of the element they stand in."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.marks: list[Line | None] = []
        self.mark: Line | None = None
        self.element = ""  # the marked element that is open, and how many of its name are
        self.depth = 0
        self.line_above: int | None = None  # the word at which Word's line was seen
        self.below_line = ""

    def text(self, raw: str) -> None:
        text = unescape(raw) if "&" in raw else raw
        if self.line_above is not None and len(self.below_line) < _FIELD_WITHIN:
            self.below_line += text[:_FIELD_WITHIN]
        words = _WORD.findall(_ONLY_IN_TEXT.sub(" ", text).lower())
        self.words += words
        self.marks += [self.mark] * len(words)

    def tag(self, closing: bool, name: str, attributes: str) -> None:
        if self.mark is not None:
            if name == self.element:
                self.depth += -1 if closing else 1
                if self.depth == 0:
                    self.mark = None
            return
        if closing or not attributes or not _has_hint(attributes):
            return
        flat = f"{name} {_QUOTES.sub(lambda sign: ' ' if sign[0].isspace() else '', attributes[:_ATTRIBUTES]).lower()}"
        if _REST.match(flat):
            self._open(Line.EMBEDDED, "")
        elif _LINE_ABOVE.match(flat):
            self.line_above = len(self.words)
            self._open(Line.EMBEDDED, "")
        elif mark := next((mark for pattern, mark in _MARKED if pattern.match(flat)), None):
            self._open(mark, name)

    def _open(self, mark: Line, element: str) -> None:
        self.mark, self.element, self.depth = mark, element, 1

    def drop_line_without_field(self) -> None:
        """Take back what a drawn line marked when no header field stands below it."""
        if self.line_above is not None and ":" not in self.below_line[:_FIELD_WITHIN]:
            self.marks[self.line_above :] = [None] * (len(self.marks) - self.line_above)


def _align(words: list[str], marks: list[Line | None], lines: list[str]) -> list[Line | None]:
    """Carry the marks of the HTML's words over to the lines of the text, by the most votes of a line's words.

    Both tell the same in the same order, except for links and marks; a word that is missing on one side is passed.
    """
    result: list[Line | None] = []
    position, searches = 0, _SEARCHES
    for line in lines[:MAX_LINES]:
        votes: dict[Line | None, int] = {}
        said = _WORD.findall(_ONLY_IN_TEXT.sub(" ", line).lower())
        for number, word in enumerate(said):
            if position >= len(words) or words[position] != word:
                if not searches:
                    continue
                searches -= 1
                following = said[number + 1] if number + 1 < len(said) else None
                found = _find(words, word, following, position)
                if found is None:
                    continue
                position = found
            votes[marks[position]] = votes.get(marks[position], 0) + 1
            position += 1
        result.append(max(votes, key=lambda mark: votes[mark]) if votes else None)
    result += [None] * (len(lines) - len(result))
    return _only_first_embedded(result)


def _find(words: list[str], word: str, following: str | None, start: int) -> int | None:
    """Where the word, and the one after it, come next in the HTML."""
    end = min(start + _REACH, len(words))
    for place in range(start, end):
        if words[place] == word and (following is None or words[place + 1 : place + 2] == [following]):
            return place
    return None


def _only_first_embedded(marks: list[Line | None]) -> list[Line | None]:
    """One line opens the embedded mail; how those below it look is their own business."""
    seen = False
    for number, mark in enumerate(marks):
        if mark is Line.EMBEDDED:
            marks[number] = None if seen else mark
            seen = True
    return marks
