"""A mail that passes another mail on: whose it was, and what it said.

Reads forwards as attachments (message/rfc822) and inline, as the usual clients write them. What a forward says of its
author is what its sender says: no proof of anything. Where it names no single author, it names none.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from channels.mail.addresses import read_addresses
from channels.mail.inbound import InboundMail
from channels.mail.normalize import make_submission
from channels.mail.parse import extract_part, parse_mail
from channels.mail.reply import split_reply
from channels.mail.reply_banners import is_banner
from channels.mail.reply_lines import MAX_LINES, Line, classify, field_roles, fold
from intake.submission import Attachment, Forward, Submission

_ATTACHED: Final = frozenset({"message/rfc822", "message/global"})
_ADDRESS: Final = re.compile(r"[^\s<>()\[\],;:\"'@|*]{1,64}@[^\s<>()\[\],;:\"'@|*]{1,255}")
_REPLIED: Final = re.compile(r"\s*(?:re|odp|aw|antw|odpověď)\s*(?:\[\d+\])?\s*:", re.IGNORECASE)
_FORWARDED: Final = re.compile(
    r"forward|p[řr]e?pos[ií]?[ie]?lan|p[řr]eposlan|prepos|p[řr]edan|odovzdan|weitergeleitet|przekaz", re.IGNORECASE
)
_QUOTED: Final = re.compile(r"^ {0,3}> ?")
# The rest of a field that was wrapped stands on so many lines.
_WRAPPED: Final = 2
_BELOW_BANNER: Final = 2


def looks_forwarded(mail: InboundMail) -> bool:
    """Whether it is worth reading as a forward; cheap, and wrong now and then."""
    if any(file.content_type in _ATTACHED for file in mail.attachments):
        return True
    return _header_start(_lines(mail.text)) is not None


def read_forward(mail: InboundMail, octets: bytes, own_addresses: frozenset[str]) -> Forward | None:
    """What the mail passes on; None when it passes nothing on.

    octets: the mail's own. The inline form is looked for first: an attached message beside it is an attachment of it.
    A forward of several messages, or of one that names no single author, has no author.
    """
    inline = _read_inline(mail)
    if inline is not None:
        return inline
    attached = [file for file in mail.attachments if file.content_type in _ATTACHED and file.part is not None]
    if not attached or mail.bounce is not None:
        return None
    if len(attached) > 1:
        return Forward(author=None, author_name="", how="attached", note=mail.reply, submission=_as_it_is(mail))
    return _read_attached(mail, octets, attached[0], own_addresses)


def _read_attached(mail: InboundMail, octets: bytes, file: Attachment, own_addresses: frozenset[str]) -> Forward | None:
    original = extract_part(octets, file.part or 0)
    inner = parse_mail(original, own_addresses=own_addresses)
    submission = make_submission(inner, own_addresses=own_addresses)
    files = tuple(_own_content(original, each) for each in submission.attachments)
    others = tuple(each for each in mail.attachments if each is not file)
    return Forward(
        author=inner.author.address if inner.author is not None else None,
        author_name=inner.author.name if inner.author is not None else "",
        how="attached",
        note=mail.text.strip(),
        # Nobody authenticated its names: they lead nowhere but to what the same customer sent before.
        submission=replace(
            submission,
            attachments=(*others, *files),
            references=_with_own_id(submission),
            reply_token=None,
            copied=(),
        ),
    )


def _own_content(original: bytes, file: Attachment) -> Attachment:
    """A file of the original, with its octets: its place there means nothing in the mail that was received."""
    if file.part is None:
        return file
    return replace(file, part=None, content=extract_part(original, file.part))


def _with_own_id(submission: Submission) -> tuple[str, ...]:
    own = (submission.message_id,) if submission.message_id is not None else ()
    return (*own, *submission.references)


def _read_inline(mail: InboundMail) -> Forward | None:
    lines = _lines(mail.text)
    start = _header_start(lines)
    if start is None:
        return None
    banner_above = any(_FORWARDED.search(line) for line in lines[max(0, start - 3) : start] if _is_banner(line))
    if _REPLIED.match(mail.subject) and not banner_above:
        return None
    fields, end = _read_fields(lines, start)
    body = "\n".join(lines[end:]).strip("\n")
    parts = split_reply(body)
    author, name = _one_author(fields.get("from", ""))
    subject = fields.get("subject") or mail.subject
    return Forward(
        author=author,
        author_name=name,
        how="inline",
        note=_note(lines[:start]),
        submission=replace(
            _as_it_is(mail),
            subject=subject,
            text=body,
            reply=parts.reply,
            elided=parts.elided,
            author_name=name or None,
        ),
    )


def _as_it_is(mail: InboundMail) -> Submission:
    """The forward's own files under nobody's name: a thread of the one who forwards is not the customer's."""
    submission = make_submission(mail)
    return replace(submission, html=None, message_id=None, references=(), copied=(), category=submission.category)


def _lines(text: str) -> list[str]:
    return text.split("\n", MAX_LINES)[:MAX_LINES]


def _header_start(lines: Sequence[str]) -> int | None:
    """The first line of the first repeated header, which may be quoted."""
    bare = [_QUOTED.sub("", line) for line in lines]
    kinds = classify(list(bare))
    below_banner = 0
    for number, kind in enumerate(kinds):
        roles = field_roles(fold(bare[number])) if kind is not Line.EMPTY else None
        # Below a banner clients mix languages: "Od: …", "Subject: …".
        if roles and (kind is Line.EMBEDDED or (below_banner and "from" in roles.values())):
            return number
        if kind is Line.EMBEDDED and not roles:
            below_banner = _BELOW_BANNER
        elif kind is not Line.EMPTY and below_banner:
            below_banner -= 1
    return None


def _read_fields(lines: Sequence[str], start: int) -> tuple[dict[str, str], int]:
    """The fields of a repeated header by their role, and the line below them."""
    found: dict[str, str] = {}
    last: str | None = None
    wrapped = 0
    for number in range(start, len(lines)):
        line = fold(_QUOTED.sub("", lines[number]))
        roles = field_roles(line)
        if roles:
            last, wrapped = next(iter(roles.values())), 0
            found.setdefault(last, line.partition(":")[2].strip(" *_"))
        elif not line or last is None or wrapped >= _WRAPPED:
            return found, number
        else:
            wrapped += 1
            found[last] = f"{found[last]} {line}".strip()
    return found, len(lines)


def _one_author(value: str) -> tuple[str | None, str]:
    """The address in a From of a forward, when it is exactly one, and the name beside it."""
    found = {address.lower().rstrip("."): address.rstrip(".") for address in _ADDRESS.findall(_plain(value))}
    if len(found) != 1:
        return None, ""
    mailboxes, _ = read_addresses(_plain(value), 2)
    name = mailboxes[0].name if mailboxes and mailboxes[0].address else value.partition("<")[0].partition("[")[0]
    return next(iter(found.values())), name.strip(" \"'")


def _plain(value: str) -> str:
    """Outlook writes `Jan [mailto:jan@firma.cz]`, some clients `<mailto:…>` beside the address."""
    return re.sub(r"mailto:", "", value, flags=re.IGNORECASE).replace("[", "<").replace("]", ">")


def _note(above: Sequence[str]) -> str:
    """What the one who forwards wrote above it, without the banner."""
    kept = [line for line in above if not _is_banner(line)]
    return split_reply("\n".join(kept).strip()).reply.strip() if any(line.strip() for line in kept) else ""


def _is_banner(line: str) -> bool:
    folded = fold(_QUOTED.sub("", line))
    return bool(folded) and is_banner(folded)
