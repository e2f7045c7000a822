"""Files that hold something to read – nested messages, invitations, plain texts – as text for people.

Owns which kinds can be read so. Must not run, render or follow anything.
"""

from typing import Final

from channels.mail.charsets import decode_charset
from channels.mail.content import plain_text
from channels.mail.invitation import describe_invitation
from channels.mail.parse import parse_mail

_MESSAGES: Final = frozenset({"message/rfc822", "message/global"})
_INVITATIONS: Final = frozenset({"text/calendar", "application/ics"})
_LONGEST: Final = 200_000


def read_file(octets: bytes, content_type: str) -> str | None:
    """What a file says, at most 200 000 characters; None for a kind nobody can read."""
    kind = content_type.lower()
    if kind in _MESSAGES:
        return _message(octets)[:_LONGEST]
    if kind in _INVITATIONS:
        return describe_invitation(octets, None)[:_LONGEST] or None
    if kind.startswith("text/") and kind != "text/html":
        return plain_text(decode_charset(octets[: 4 * _LONGEST], None)[0])[:_LONGEST]
    if kind.startswith("message/"):
        return plain_text(decode_charset(octets[: 4 * _LONGEST], None)[0])[:_LONGEST]
    return None


def _message(octets: bytes) -> str:
    """Its author, recipients, date and subject as a mail shows them, its text, and the names of its files."""
    mail = parse_mail(octets)
    people = ", ".join(each.address or each.name for each in (*mail.to, *mail.cc))
    author = f"{mail.author.name} <{mail.author.address}>".strip() if mail.author is not None else ""
    lines = [
        f"{name}: {value}"
        for name, value in (
            ("From", author),
            ("To", people),
            ("Date", mail.date.isoformat(" ", "minutes") if mail.date is not None else ""),
            ("Subject", mail.subject),
            ("Files", ", ".join(file.filename for file in mail.attachments)),
        )
        if value
    ]
    return "\n".join([*lines, "", mail.text]).strip("\n")
