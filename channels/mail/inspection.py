"""What the service reads out of a message, as JSON: the schema behind `intake inspect mail --json`.

Owns the shape of that object. Shows the result of parsing and decides nothing.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from channels.mail.inbound import InboundMail, Mailbox
from channels.mail.parse import parse_mail


def inspect_json(path: Path | str, octets: bytes) -> dict[str, Any]:
    """Return the JSON object of one message. path: shown as "file"."""
    return {"file": str(path), **mail_as_json(parse_mail(octets))}


def inspect_files(paths: Iterable[Path]) -> Iterator[str]:
    """Yield one line of JSON per file. A file that cannot be opened is a line with "defects": ["unreadable-file"]."""
    for path in paths:
        try:
            octets = path.read_bytes()
        except OSError as error:
            unreadable = InboundMail(
                author=None, author_problem="author-missing", defects=("unreadable-file", error.strerror or "")
            )
            yield json.dumps({"file": str(path), **mail_as_json(unreadable)}, ensure_ascii=False)
            continue
        yield json.dumps(inspect_json(path, octets), ensure_ascii=False)


def mail_as_json(mail: InboundMail) -> dict[str, Any]:
    """Return the object without "file". Addresses are strings, dates RFC 3339 with the writer's offset."""
    return {
        "author": {"address": mail.author.address, "name": mail.author.name} if mail.author else None,
        "author_problem": mail.author_problem,
        "to": _addresses(mail.to),
        "cc": _addresses(mail.cc),
        "reply_to": _addresses(mail.reply_to),
        "subject": mail.subject,
        "date": mail.date.isoformat() if mail.date else None,
        "message_id": mail.message_id,
        "in_reply_to": list(mail.in_reply_to),
        "references": list(mail.references),
        "text": mail.text,
        "reply": mail.reply,
        "elided": mail.elided,
        "html": mail.html,
        "attachments": [
            {
                "filename": attachment.filename,
                "content_type": attachment.content_type,
                "size": attachment.size,
                "sha256": attachment.sha256,
                "inline": attachment.inline,
                "content_id": attachment.content_id,
            }
            for attachment in mail.attachments
        ],
        "automatic": {
            "kind": mail.automatic.kind.value,
            "may_answer": mail.automatic.may_answer,
            "why": mail.automatic.why,
        },
        "bounce": asdict(mail.bounce) if mail.bounce else None,
        "defects": list(mail.defects),
    }


def _addresses(mailboxes: tuple[Mailbox, ...]) -> list[str]:
    return [mailbox.address for mailbox in mailboxes if mailbox.address]
