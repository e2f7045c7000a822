"""What a letter says, in its two forms: text and HTML of the same words. Pure; nothing in a value becomes markup.

How the HTML looks is `intake.letters.look`.
"""

from collections.abc import Sequence
from html import escape

from intake.letters import look
from intake.letters.templates import Filled, Line, Paragraph, Piece

_MOST_IN_LINE = 200


def write_text(words: Filled, signature: str) -> str:
    """The plain text, with the signature below the delimiter. RFC 3676 §4.3"""
    paragraphs = ["\n".join(_plain(line) for line in paragraph) for paragraph in words.paragraphs]
    return "\n\n".join([*paragraphs, f"-- \n{_printable(signature)}"]) + "\n"


def write_page(words: Filled, signature: str, language: str) -> str:
    """The same as a page without scripts or anything loaded from elsewhere, readable on light and on dark."""
    paragraphs = "\n".join(_marked_up(paragraph) for paragraph in words.paragraphs)
    return look.page(paragraphs, "<br>\n".join(map(escape, _printable(signature).split("\n"))), language)


def one_line(text: str) -> str:
    """Strip what could end a header line, and what terminals and readers misuse; at most 200 characters."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())[:_MOST_IN_LINE].strip()


def _plain(line: Line) -> str:
    return _printable("".join(piece.text for piece in line)).rstrip()


def _marked_up(paragraph: Paragraph) -> str:
    """Lines that end in a link, "Accept: https://…", are buttons; the first one of a paragraph is the main one."""
    labels = [_button_label(line) for line in paragraph]
    if paragraph and all(label is not None for label in labels):
        buttons = [
            (escape(line[-1].text), escape(_printable(label or "")))
            for line, label in zip(paragraph, labels, strict=True)
        ]
        return look.buttons(buttons)
    return look.paragraph(_fold_quotes([_marked_up_line(line) for line in paragraph]))


def _button_label(line: Line) -> str | None:
    *words, last = line or (Piece(""),)
    label = "".join(piece.text for piece in words).strip()
    if last.link and len(label) > 1 and label.endswith(":") and not any(piece.link for piece in words):
        return label[:-1]
    return None


def _marked_up_line(line: Line) -> str:
    return "".join(_marked_up_piece(piece) for piece in line)


def _marked_up_piece(piece: Piece) -> str:
    shown = escape(_printable(piece.text))
    return look.link(escape(piece.text), shown) if piece.link else shown


def _fold_quotes(lines: Sequence[str]) -> str:
    """The lines as HTML; those somebody quoted, "> …", as a quotation that readers fold."""
    out: list[str] = []
    quoted: list[str] = []
    for line in "\n".join(lines).split("\n"):
        if line.startswith("&gt;"):
            quoted.append(line.removeprefix("&gt;").removeprefix(" "))
            continue
        if quoted:
            out.append(look.quotation("<br>\n".join(quoted)))
            quoted = []
        out.append(f"{line}<br>")
    if quoted:
        out.append(look.quotation("<br>\n".join(quoted)))
    return "\n".join(out).removesuffix("<br>")


def _printable(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join("".join(each for each in line if each.isprintable() or each == "\t") for line in lines)
