"""Which leaves are the message's text, and which are attachments. RFC 8621 §4.1.4.

Owns that sorting and nothing else: it looks at types, dispositions and places, never at content.
"""

from dataclasses import dataclass, field, replace
from typing import Final

from channels.mail.mime import Part

_TEXT_TYPES: Final = frozenset({"text/plain", "text/html"})
_MEDIA: Final = ("image/", "audio/", "video/")


@dataclass(slots=True)
class Bodies:
    """text: leaves to read when plain text is preferred; html: when HTML is. Each may hold the other's type, and
    media shown between texts. attachments: all that is not shown as text, in order.
    """

    text: list[Part] = field(default_factory=list)
    html: list[Part] = field(default_factory=list)
    attachments: list[Part] = field(default_factory=list)


def sort_leaves(root: Part) -> Bodies:
    """Sort the leaves of a message. The tree's depth is capped by its reader, so recursion is safe."""
    bodies = Bodies()
    into = _Into(text=bodies.text, html=bodies.html, attachments=bodies.attachments)
    _sort((root,), "mixed", into, in_alternative=False)
    return bodies


@dataclass(slots=True)
class _Into:
    """Where a multipart's leaves go. text or html is None where an alternative has only the other."""

    text: list[Part] | None
    html: list[Part] | None
    attachments: list[Part]


def _subtype(part: Part) -> str:
    return part.content_type.partition("/")[2]


def _sort(parts: tuple[Part, ...], multipart: str, into: _Into, *, in_alternative: bool) -> None:
    """The algorithm of RFC 8621 §4.1.4, where an inline medium is both shown and attached."""
    into = replace(into)  # what is closed for one multipart stays open for those around it
    text_before = len(into.text) if into.text is not None else 0
    html_before = len(into.html) if into.html is not None else 0
    for place, part in enumerate(parts):
        if part.is_multipart:
            subtype = _subtype(part)
            _sort(part.children, subtype, into, in_alternative=in_alternative or subtype == "alternative")
        elif not _is_shown(part, place, multipart):
            into.attachments.append(part)
        elif multipart == "alternative":
            target = {"text/plain": into.text, "text/html": into.html}.get(part.content_type, into.attachments)
            if target is not None:
                target.append(part)
        else:
            if in_alternative and part.content_type == "text/plain":
                into.html = None
            elif in_alternative and part.content_type == "text/html":
                into.text = None
            _show(part, into)
    if multipart == "alternative":
        _fill_missing(into, text_before, html_before)


def _fill_missing(into: _Into, text_before: int, html_before: int) -> None:
    """Let the only form an alternative has stand for the other."""
    if into.text is None or into.html is None:
        return
    if len(into.text) == text_before:
        into.text.extend(into.html[html_before:])
    elif len(into.html) == html_before:
        into.html.extend(into.text[text_before:])


def _show(part: Part, into: _Into) -> None:
    if into.text is not None:
        into.text.append(part)
    if into.html is not None:
        into.html.append(part)
    if part.content_type.startswith(_MEDIA):
        into.attachments.append(part)


def _is_shown(part: Part, place: int, multipart: str) -> bool:
    is_medium = part.content_type.startswith(_MEDIA)
    if part.disposition == "attachment" or not (is_medium or part.content_type in _TEXT_TYPES):
        return False
    if place == 0:
        return True
    return multipart != "related" and (is_medium or not has_name(part))


def has_name(part: Part) -> bool:
    """Whether the writer gave the part a file name."""
    return bool(part.disposition_parameters.get("filename") or part.parameters.get("name"))
