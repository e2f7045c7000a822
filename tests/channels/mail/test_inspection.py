"""`intake inspect mail --json`: the schema, a line per file."""

import hashlib
import json
from pathlib import Path

from channels.mail.inspection import inspect_files, inspect_json

KEYS = [
    "file", "author", "author_problem", "to", "cc", "reply_to", "subject", "date", "message_id", "in_reply_to",
    "references", "text", "reply", "elided", "html", "attachments", "automatic", "bounce", "defects",
]  # fmt: skip


def test_the_schema() -> None:
    octets = (
        b"From: =?utf-8?Q?Jan_Nov=C3=A1k?= <jan@firma.cz>\nTo: helpdesk@desk.example, <>\nSubject: x\n"
        b"Date: Sun, 22 Nov 2026 09:00:00 +0100\nMessage-ID: <1@x>\nContent-Type: multipart/mixed; boundary=b\n\n"
        b"--b\nContent-Type: text/html\n\n<p>hello\n--b\nContent-Type: application/pdf; name=a.pdf\n\n%PDF-1\n--b--\n"
    )
    found = inspect_json("x.eml", octets)
    assert list(found) == KEYS
    assert found["author"] == {"address": "jan@firma.cz", "name": "Jan Novák"}
    assert found["author_problem"] is None
    assert found["to"] == ["helpdesk@desk.example"]
    assert found["date"] == "2026-11-22T09:00:00+01:00"
    assert (found["text"], found["reply"], found["elided"], found["html"]) == ("hello", "hello", "", "<p>hello</p>")
    assert found["attachments"] == [
        {
            "filename": "a.pdf",
            "content_type": "application/pdf",
            "size": 6,
            "sha256": hashlib.sha256(b"%PDF-1").hexdigest(),
            "inline": False,
            "content_id": None,
        }
    ]
    assert found["automatic"]["kind"] == "none"
    assert found["bounce"] is None
    assert found["defects"] == []


def test_every_file_is_a_line_also_one_that_cannot_be_read(tmp_path: Path) -> None:
    good = tmp_path / "good.eml"
    good.write_bytes("From: a@b.cz\nSubject: č\u2028\n\nx".encode())
    lines = list(inspect_files([good, tmp_path / "missing.eml", good]))
    assert all("\n" not in line for line in lines)
    objects = [json.loads(line) for line in lines]
    assert [found["file"] for found in objects] == [str(good), str(tmp_path / "missing.eml"), str(good)]
    assert objects[0]["author"] == {"address": "a@b.cz", "name": ""}
    assert objects[1]["defects"][0] == "unreadable-file"
    assert [list(found) for found in objects] == [KEYS] * 3
