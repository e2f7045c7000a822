"""What a letter says, in its two forms: text and HTML of the same words. Pure; nothing in a value becomes markup."""

from html import escape

from intake.letters.templates import Filled, Line, Paragraph, Piece

_MOST_IN_LINE = 200


def write_text(words: Filled, signature: str) -> str:
    """The plain text, with the signature below the delimiter. RFC 3676 §4.3"""
    paragraphs = ["\n".join(_plain(line) for line in paragraph) for paragraph in words.paragraphs]
    return "\n\n".join([*paragraphs, f"-- \n{_printable(signature)}"]) + "\n"


def write_page(words: Filled, signature: str, language: str) -> str:
    """The same as a page without scripts, styles or anything loaded from elsewhere."""
    paragraphs = "\n".join(_marked_up(paragraph) for paragraph in words.paragraphs)
    end = _break_lines(_printable(signature))
    head = f'<!doctype html>\n<html lang="{language}">\n<meta charset="utf-8">\n<body>\n'
    return f"{head}{paragraphs}\n<hr>\n<p>{end}</p>\n</body>\n</html>\n"


def one_line(text: str) -> str:
    """Strip what could end a header line, and what terminals and readers misuse; at most 200 characters."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())[:_MOST_IN_LINE].strip()


def _plain(line: Line) -> str:
    return _printable("".join(piece.text for piece in line)).rstrip()


def _marked_up(paragraph: Paragraph) -> str:
    return "<p>" + "<br>\n".join(_marked_up_line(line) for line in paragraph) + "</p>"


def _marked_up_line(line: Line) -> str:
    """A line that ends in a link has its words clickable: "Accept: https://…"."""
    *words, last = line or (Piece(""),)
    label = "".join(piece.text for piece in words).strip()
    if last.link and label.endswith(":") and not any(piece.link for piece in words):
        return f'<a href="{escape(last.text)}">{escape(_printable(label[:-1]))}</a>'
    return "".join(_marked_up_piece(piece) for piece in line)


def _marked_up_piece(piece: Piece) -> str:
    shown = _break_lines(_printable(piece.text))
    return f'<a href="{escape(piece.text)}">{shown}</a>' if piece.link else shown


def _break_lines(text: str) -> str:
    return escape(text).replace("\n", "<br>\n")


def _printable(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join("".join(each for each in line if each.isprintable() or each == "\t") for line in lines)
