"""Scores parsing on the MIME corpus: every field of every message against the structure beside it.

`python -m tests.score.mime CORPUS`. Knows the oracle's format, and the rulings where we hold that it is wrong
(docs/mail-parsing.md argues each); changes nothing.
"""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from resiliparse.extract.html2text import extract_plain_text

from channels.mail.charsets import decode_charset
from channels.mail.inbound import InboundMail, Mailbox
from channels.mail.parse import extract_part, parse_mail
from intake.submission import Attachment
from tests.score import Row
from tests.score.mime_rulings import RULINGS

FIELDS = (
    "author", "to", "cc", "reply_to", "subject", "date", "message_id", "in_reply_to", "references", "text", "html",
    "attachments",
)  # fmt: skip
Json = Any


def folded(text: str) -> str:
    """The text with every run of white space as one space, without the characters no text keeps."""
    return " ".join(text.replace("\0", "").split())


def shown(html: str) -> str:
    """The text of HTML, by another program than ours."""
    return str(extract_plain_text(html, alt_texts=False))


def words(text: str) -> str:
    """Only the letters and digits: what two ways of making text from HTML must agree on."""
    return re.sub(r"[\W_]+", "", text)


class Oracle:
    """What the structure beside a message says."""

    def __init__(self, structure: Json) -> None:
        self.parts: list[Json] = structure["parts"]
        self.structure = structure

    def values(self, name: str, number: int = 0) -> list[Json]:
        return [header["value"] for header in self.parts[number]["headers"] if header["name"] == name]

    def mailboxes(self, name: str) -> list[tuple[str, str]]:
        found = []
        for value in self.values(name):
            address = value["Address"] if value != "Empty" else {"List": []}
            lists = [address["List"]] if "List" in address else [group["addresses"] for group in address["Group"]]
            found += [(one["address"] or "", one["name"] or "") for listed in lists for one in listed]
        return found

    def text_of(self, name: str) -> str:
        values = [value for value in self.values(name) if value != "Empty"]
        return values[-1]["Text"] if values else ""

    def ids(self, name: str) -> list[str]:
        found: list[str] = []
        for value in self.values(name):
            if value != "Empty":
                found += value["TextList"] if "TextList" in value else [value["Text"]]
        return [f"<{one}>" for one in found]

    def date(self) -> str | None:
        values = [value["DateTime"] for value in self.values("date") if value != "Empty"]
        if not values:
            return None
        last = values[-1]
        sign = "-" if last["tz_before_gmt"] else "+"
        return (
            f"{last['year']:04}-{last['month']:02}-{last['day']:02}T{last['hour']:02}:{last['minute']:02}:"
            f"{last['second']:02}{sign}{last['tz_hour']:02}:{last['tz_minute']:02}"
        )

    def bodies(self, name: str) -> list[tuple[str, str]]:
        """(kind, text) of the parts of a body; kind is Text or Html."""
        found = []
        for number in self.structure[name]:
            ((kind, content),) = self.parts[number]["body"].items()
            if kind in {"Text", "Html"}:
                found.append((kind, content))
        return found


def _mailboxes(mailboxes: tuple[Mailbox, ...]) -> list[tuple[str, str]]:
    return [(mailbox.address, mailbox.name) for mailbox in mailboxes]


def _author(oracle: Oracle) -> tuple[str, str] | None:
    found = oracle.mailboxes("from")
    return found[0] if len(found) == 1 and len(oracle.values("from")) == 1 and "@" in found[0][0] else None


def _same_text(oracle: Oracle, mail: InboundMail) -> bool:
    bodies = oracle.bodies("text_body")
    if any(kind == "Html" for kind, _ in bodies):
        expected = "".join(words(shown(text) if kind == "Html" else text) for kind, text in bodies)
        return words(mail.text) == expected
    return folded(mail.text) == folded("\n".join(text for _, text in bodies))


def _same_html(oracle: Oracle, mail: InboundMail) -> bool:
    bodies = oracle.bodies("html_body")
    if not any(kind == "Html" for kind, _ in bodies):
        return mail.html is None
    expected = "".join(words(shown(text) if kind == "Html" else text) for kind, text in bodies)
    return mail.html is not None and words(shown(mail.html)) == expected


def _parameter(oracle: Oracle, number: int, header: str, name: str) -> str | None:
    for value in reversed(oracle.values(header, number)):
        if value != "Empty":
            for attribute in value["ContentType"]["attributes"] or ():
                if attribute["name"] == name:
                    return str(attribute["value"])
    return None


def _same_attachment(oracle: Oracle, number: int, found: Attachment, octets: bytes) -> bool:
    named = _parameter(oracle, number, "content_disposition", "filename") or _parameter(
        oracle, number, "content_type", "name"
    )
    if named is not None and found.filename != named.rpartition("/")[2]:
        return False
    types = [value["ContentType"] for value in oracle.values("content_type", number) if value != "Empty"]
    if types and found.content_type != f"{types[-1]['c_type']}/{types[-1]['c_subtype'] or ''}".lower():
        return False
    ids = oracle.values("content_id", number)
    if (ids[-1]["Text"] if ids else None) != found.content_id:
        return False
    ((kind, body),) = oracle.parts[number]["body"].items()
    content = octets if found.part is None else extract_part(octets, found.part)
    if found.content is not None:
        content = found.content
    if kind == "Message":
        return not differences(Oracle(body), content, {})
    if kind in {"Text", "Html"}:
        charset = _parameter(oracle, number, "content_type", "charset")
        return folded(decode_charset(content, charset)[0]) == folded(body)
    return content == bytes(body) and found.size == len(body)


def _same_attachments(oracle: Oracle, mail: InboundMail, octets: bytes) -> bool:
    numbers = oracle.structure["attachments"]
    return len(numbers) == len(mail.attachments) and all(
        _same_attachment(oracle, number, found, octets) for number, found in zip(numbers, mail.attachments, strict=True)
    )


def differences(oracle: Oracle, octets: bytes, rulings: dict[str, Callable[[InboundMail], bool]]) -> list[str]:
    """The fields that are not as the oracle (or a ruling) says."""
    mail = parse_mail(octets)
    author = (mail.author.address, mail.author.name) if mail.author else None
    right = {
        "author": author == _author(oracle),
        "to": _mailboxes(mail.to) == oracle.mailboxes("to"),
        "cc": _mailboxes(mail.cc) == oracle.mailboxes("cc"),
        "reply_to": _mailboxes(mail.reply_to) == oracle.mailboxes("reply_to"),
        "subject": folded(mail.subject) == folded(oracle.text_of("subject")),
        "date": (mail.date.isoformat() if mail.date else None) == oracle.date(),
        "message_id": [mail.message_id] == (oracle.ids("message_id")[-1:] or [None]),
        "in_reply_to": list(mail.in_reply_to) == oracle.ids("in_reply_to"),
        "references": list(mail.references) == oracle.ids("references"),
        "text": _same_text(oracle, mail),
        "html": _same_html(oracle, mail),
        "attachments": _same_attachments(oracle, mail, octets),
    }
    return [name for name in FIELDS if not (rulings[name](mail) if name in rulings else right[name])]


def score(corpus: Path) -> list[Row]:
    """The rows of the table: against the bare oracle, and with the rulings."""
    cases = {f"{path.parent.name}/{path.stem}": path for path in sorted((corpus / "mime").glob("*/*.eml"))}
    bare: list[str] = []
    ruled: list[str] = []
    for name, path in cases.items():
        octets = path.read_bytes()
        oracle = Oracle(json.loads(path.with_suffix(".json").read_text(encoding="utf-8")))
        if wrong := differences(oracle, octets, {}):
            bare.append(f"{name}({','.join(wrong)})")
        if wrong := differences(oracle, octets, RULINGS.get(name, {})):
            ruled.append(f"{name}({','.join(wrong)})")
    total = len(cases)
    return [
        Row(name="mime, all fields", good=total - len(ruled), total=total, floor=104, missed=tuple(ruled)),
        Row(name="mime, without rulings", good=total - len(bare), total=total, floor=76, missed=tuple(bare)),
    ]


if __name__ == "__main__":
    for row in score(Path(sys.argv[1])):
        print(f"{row.name:40} {row.good}/{row.total}")
        for missed in row.missed:
            print("   ", missed)
