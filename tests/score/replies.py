"""Scores reply extraction: the new text must be exact, with white space folded.

`python -m tests.score.replies CORPUS`. Knows how each set states what it expects; changes nothing.
"""

import email
import json
import sys
from collections.abc import Callable, Iterable
from email.message import Message
from pathlib import Path

from resiliparse.extract.html2text import extract_plain_text

from channels.mail.reply import ReplyParts, split_reply
from tests.score import Row, count

OWN_CASES = Path(__file__).parent.parent / "data" / "replies"
MORE_LABELS = {"iphone_signature": "This is not the signature you're looking for."}


def folded(text: str) -> str:
    """The text with every run of white space as one space."""
    return " ".join(text.split())


def read_bodies(message: Message) -> tuple[str, str | None]:
    """The text and the HTML of a message, simply: the first of each, decoded."""
    found: dict[str, str] = {}
    for part in message.walk():
        subtype = part.get_content_type()
        if subtype in {"text/plain", "text/html"} and subtype not in found and not part.get_filename():
            octets = part.get_payload(decode=True)
            assert isinstance(octets, bytes)
            try:
                found[subtype] = octets.decode(part.get_content_charset() or "utf-8", "replace")
            except LookupError:
                found[subtype] = octets.decode("utf-8", "replace")
    html = found.get("text/html")
    if "text/plain" in found:
        return found["text/plain"], html
    return (str(extract_plain_text(html)) if html else ""), html


def _split(path: Path) -> ReplyParts:
    text, html = read_bodies(email.message_from_bytes(path.read_bytes()))
    return split_reply(text, html)


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
        parts = _split(path)
        got = f"{parts.reply}\n{parts.signature}" if with_signature and label.exists() else parts.reply
        yield path.stem, folded(got) == folded(wanted)


def _discourse(folder: Path) -> Iterable[tuple[str, bool]]:
    expected = json.loads((folder / "expect.json").read_text(encoding="utf-8"))["reply"]
    for name, wanted in expected.items():
        yield name, folded(_split(folder / f"{name}.eml").reply) == folded(wanted)


def score(corpus: Path) -> list[Row]:
    """The reply rows of the table, and our own Czech and Slovak cases."""
    replies = corpus / "replies"
    return [
        count("replies/text", 30, _texts(replies / "text", _same_reply)),
        count("replies/text, elided too", 30, _texts(replies / "text", _same_parts)),
        count("replies/talon", 10, _talon(replies / "talon", with_signature=False)),
        count("replies/talon, signature put back", 12, _talon(replies / "talon", with_signature=True)),
        count("replies/discourse", 17, _discourse(replies / "discourse")),
        count("replies/czech", 6, _texts(replies / "czech", _same_reply)),
        count("replies, own", None, _texts(OWN_CASES, _same_reply)),
    ]


if __name__ == "__main__":
    for row in score(Path(sys.argv[1])):
        print(f"{row.name:40} {row.good}/{row.total}  {' '.join(row.missed)}")
