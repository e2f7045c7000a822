"""How our mail is worded: the form of a template, what may stand in it, and how it is filled. Pure.

A template is text with `{placeholders}` and nothing else: no conditions, no attributes, no formats, so that whoever
writes one can read nothing and make nothing hang. Paragraphs are separated by blank lines; one in which a placeholder
has nothing to say is left out. `{{` and `}}` stand for braces.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from intake.letters.greeting import begins_with_greeting, capitalized, is_greeting
from intake.outgoing import NOTICES, OutboxKind
from intake.tickets.model import Actor

LANGUAGES = ("cs", "en")
# The set of wordings of all mail for which no rule chose another.
USUAL = ""
MOST_SUBJECT = 200
MOST_TEXT = 20_000

_TOKEN = re.compile(r"\{\{|\}\}|\{([A-Za-z_]{1,40})\}|[{}]")
_NAME = re.compile(r"[^\W_][\w .-]{0,59}")
_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")

_ANYWHERE = frozenset({"number", "subject", "service", "category", "status", "ticket_url"})
_PROMISED = frozenset({"response_due", "fix_due"})
_CONTACT = _ANYWHERE | {"name"}
_DEADLINE = _ANYWHERE | {"clock", "due", "used"}
# What can be put into the text of each kind.
PLACEHOLDERS: dict[OutboxKind, frozenset[str]] = {
    OutboxKind.ACKNOWLEDGEMENT: _CONTACT | _PROMISED,
    OutboxKind.REPLY: _CONTACT | {"author", "text", "files"},
    OutboxKind.IN_PROGRESS: _CONTACT | {"text"},
    OutboxKind.MORE_INFO: _CONTACT | {"text"},
    OutboxKind.POSTPONED: _CONTACT | {"text"},
    OutboxKind.TO_VERIFY: _CONTACT | {"text", "solution", "accept_link", "reject_link", "until"},
    OutboxKind.CLOSED: _CONTACT | {"text", "solution", "evaluation"},
    OutboxKind.REOPENED: _CONTACT | {"text"},
    OutboxKind.CATEGORY: _CONTACT | _PROMISED | {"category_before"},
    OutboxKind.WARNING: _DEADLINE,
    OutboxKind.BREACH: _DEADLINE,
}
# What must stand in the text, because the mail would be of no use without it. RULE status-to-verify
REQUIRED: dict[OutboxKind, frozenset[str]] = {
    OutboxKind.REPLY: frozenset({"text"}),
    OutboxKind.TO_VERIFY: frozenset({"accept_link", "reject_link"}),
    OutboxKind.MORE_INFO: frozenset({"text"}),
    OutboxKind.CLOSED: frozenset({"solution"}),
}
# A subject is one line, the same all the thread long: what changes from mail to mail would tear it apart.
IN_SUBJECT = frozenset({"number", "subject", "service"})
LINKS = frozenset({"accept_link", "reject_link", "ticket_url"})
KINDS = tuple(PLACEHOLDERS)


class Wordings(Protocol):
    """The wordings as rows, inside a transaction. All instants are aware UTC."""

    def current(self, kind: OutboxKind, language: str, name: str = USUAL) -> "MailTemplate":
        """The one in force; what a set does not word itself has the usual words."""
        ...

    def add_version(self, template: "MailTemplate", wording: "Wording | None", *, by: Actor, at: datetime) -> None:
        """Put a wording in force after `template`, audited; None goes back to the usual one, or the one in code.

        Raises ConflictError when there is a newer version.
        """
        ...


class TemplateError(ValueError):
    """A template that cannot be used. problems: what to change, a sentence each."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """A subject and a text with placeholders."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MailTemplate:
    """The wording of one kind of mail in one language, in force now.

    name: of the set it belongs to, which rules choose. version: 0 is one that nobody changed. own: somebody's own
    words, not the usual ones.
    changed_at: aware UTC.
    """

    kind: OutboxKind
    language: str
    wording: Wording
    name: str = USUAL
    version: int = 0
    own: bool = False
    changed_at: datetime | None = None
    changed_by: str | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text of a line. link: whether it is a URL to click."""

    text: str
    link: bool = False


Line = tuple[Piece, ...]
Paragraph = tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A template with its values: the subject as one line, the paragraphs by line and piece."""

    subject: str
    paragraphs: tuple[Paragraph, ...] = field(default=())


def kind_of(name: str) -> OutboxKind:
    """The kind with this name. Raises TemplateError for one that has no template."""
    if name not in KINDS:
        raise TemplateError((f"There is no template {name!r}; there are: {', '.join(KINDS)}.",))
    return OutboxKind(name)


def language_of(name: str) -> str:
    """The language with this name. Raises TemplateError for one we do not write in."""
    if name not in LANGUAGES:
        raise TemplateError((f"There is no language {name!r}; there are: {', '.join(LANGUAGES)}.",))
    return name


def set_name_of(name: str) -> str:
    """The name of a set of wordings; an empty one is the usual set. Raises TemplateError for one it cannot have."""
    stripped = name.strip()
    if stripped and not _NAME.fullmatch(stripped):
        raise TemplateError(("A set of wordings is named by letters, digits, spaces, dots and dashes, at most 60.",))
    return stripped


def check_wording(kind: OutboxKind, wording: Wording) -> None:
    """Raise TemplateError with all that is wrong with a wording."""
    problems = [
        *_problems("subject", wording.subject, MOST_SUBJECT, IN_SUBJECT),
        *_problems("text", wording.text, MOST_TEXT, PLACEHOLDERS[kind]),
    ]
    if "\n" in wording.subject or "\r" in wording.subject:
        problems.append("The subject must be a single line.")
    in_subject, in_text = names_in(wording.subject), names_in(wording.text)
    if "number" not in in_subject:
        problems.append("The subject needs {number}: people find the ticket by it.")
    if kind in NOTICES | {OutboxKind.ACKNOWLEDGEMENT, OutboxKind.REPLY} and "subject" not in in_subject:
        problems.append("The subject needs {subject}: mail clients would tear the conversation apart without it.")
    problems += [f"The text needs {{{name}}}." for name in sorted(REQUIRED.get(kind, frozenset()) - in_text)]
    if problems:
        raise TemplateError(tuple(problems))


def names_in(text: str) -> frozenset[str]:
    """The names of all placeholders in a text."""
    return frozenset(found[1] for found in _TOKEN.finditer(text) if found[1] is not None)


def fill(wording: Wording, values: Mapping[str, str]) -> Filled:
    """Put the values in. A name without a value says nothing; a value is never read as a template.

    Where the technician's words begin with a greeting, ours is left out: nobody is greeted twice in one letter.
    """
    text = wording.text.replace("\r\n", "\n").replace("\r", "\n").strip()
    parts = _BLANK_LINES.split(text)
    if len(parts) > 1 and is_greeting(parts[0]) and begins_with_greeting(values.get("text", "")):
        parts = [capitalized(parts[1]), *parts[2:]]
    paragraphs = (_fill_paragraph(part, values) for part in parts)
    subject = "".join(piece.text for piece in _pieces(wording.subject, values))
    return Filled(subject=" ".join(subject.split()), paragraphs=tuple(each for each in paragraphs if each))


def _problems(where: str, text: str, most: int, allowed: frozenset[str]) -> list[str]:
    problems = []
    if not text.strip():
        problems.append(f"The {where} is empty.")
    if len(text) > most:
        problems.append(f"The {where} has more than {most} characters.")
    for found in _TOKEN.finditer(text[:MOST_TEXT]):
        name = found[1]
        if name is None and found[0] in "{}":
            line = text.count("\n", 0, found.start()) + 1
            problems.append(f"The {where} has a single {found[0]} in line {line}; write {found[0] * 2} for a brace.")
        elif name is not None and name not in allowed:
            problems.append(f"The {where} has {{{name}}}, which is none of: {', '.join(sorted(allowed))}.")
    return list(dict.fromkeys(problems))


def _fill_paragraph(text: str, values: Mapping[str, str]) -> Paragraph:
    names = names_in(text)
    if names and not all(values.get(name, "").strip() for name in names):
        return ()
    return tuple(tuple(_pieces(line, values)) for line in text.split("\n"))


def _pieces(line: str, values: Mapping[str, str]) -> list[Piece]:
    pieces, place = [], 0
    for found in _TOKEN.finditer(line):
        pieces.append(Piece(line[place : found.start()]))
        name = found[1]
        pieces.append(Piece(found[0][0]) if name is None else Piece(values.get(name, ""), link=name in LINKS))
        place = found.end()
    pieces.append(Piece(line[place:]))
    return [piece for piece in pieces if piece.text]
