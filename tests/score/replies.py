"""Scores reply extraction: the new text must be exact, with white space folded.

`python -m tests.score.replies CORPUS`. Knows how each set states what it expects; changes nothing.
"""

import email
import json
import sys
from collections.abc import Callable, Iterable
from email.message import Message
from pathlib import Path

from channels.mail.parse import parse_mail
from channels.mail.reply import ReplyParts, split_reply
from tests.score import Row, count

OWN_CASES = Path(__file__).parent.parent / "data" / "replies"


def folded(text: str) -> str:
    """The text with every run of white space as one space."""
    return " ".join(text.split())


def read_bodies(message: Message) -> tuple[str, str | None]:
    """The first text and the first HTML of a simple message, decoded."""
    found: dict[str, str] = {}
    for part in message.walk():
        octets = part.get_payload(decode=True)
        if part.get_content_maintype() == "text" and isinstance(octets, bytes):
            found.setdefault(
                part.get_content_subtype(), octets.decode(part.get_content_charset() or "utf-8", "replace")
            )
    return found.get("plain", ""), found.get("html")


def _texts(folder: Path, accept: Callable[[Path, ReplyParts], bool]) -> Iterable[tuple[str, bool]]:
    for path in sorted(folder.glob("*.txt")):
        html = path.with_suffix(".html")
        parts = split_reply(
            path.read_text(encoding="utf-8"), html.read_text(encoding="utf-8") if html.exists() else None
        )
        yield path.stem, accept(path, parts)


def _same_reply(path: Path, parts: ReplyParts) -> bool:
    return folded(parts.reply) == folded(path.with_suffix(".reply").read_text(encoding="utf-8"))


def _same_parts(path: Path, parts: ReplyParts) -> bool:
    elided = path.with_suffix(".elided").read_text(encoding="utf-8")
    return _same_reply(path, parts) and folded(parts.elided) == folded(elided)


def _talon(folder: Path, *, with_signature: bool) -> Iterable[tuple[str, bool]]:
    """Talon's labels tell quotations only: a signature above the quotation counts as reply there, as elided here."""
    for path in sorted(folder.glob("*.eml")):
        label = path.with_name(f"{path.stem}_reply_text")
        wanted = label.read_text(encoding="utf-8") if label.exists() else "Hello"
        got = parse_mail(path.read_bytes()).reply
        if with_signature and label.exists():
            parts = split_reply(*read_bodies(email.message_from_bytes(path.read_bytes())))
            got = f"{parts.reply}\n{parts.signature}"
        yield path.stem, folded(got) == folded(wanted)


def _discourse(folder: Path) -> Iterable[tuple[str, bool]]:
    expected = json.loads((folder / "expect.json").read_text(encoding="utf-8"))["reply"]
    for name, wanted in expected.items():
        yield name, folded(parse_mail((folder / f"{name}.eml").read_bytes()).reply) == folded(wanted)


def score(corpus: Path) -> list[Row]:
    """The reply rows of the table, and our own Czech and Slovak cases."""
    replies = corpus / "replies"
    return [
        count("replies/text", 30, _texts(replies / "text", _same_reply)),
        count("replies/text, elided too", 30, _texts(replies / "text", _same_parts)),
        count("replies/talon", 10, _talon(replies / "talon", with_signature=False)),
        count("replies/talon, signature put back", 12, _talon(replies / "talon", with_signature=True)),
        count("replies/discourse", 18, _discourse(replies / "discourse")),
        count("replies/czech", 6, _texts(replies / "czech", _same_reply)),
        count("replies, own", None, _texts(OWN_CASES, _same_reply)),
    ]


if __name__ == "__main__":
    for row in score(Path(sys.argv[1])):
        print(f"{row.name:40} {row.good}/{row.total}  {' '.join(row.missed)}")
