"""The versions of the wordings as rows. See `intake.letters.wordings`."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from intake.letters.templates import MailTemplate, Wording
from intake.letters.wordings import in_force
from intake.outgoing import OutboxKind
from intake.tickets.model import Actor
from store.conflicts import conflicts
from store.rows import actor_values
from store.tables import audit, mail_templates


class StoreWordings:
    """On a connection that is inside a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def current(self, kind: OutboxKind, language: str) -> MailTemplate:
        found = self._connection.execute(newest(kind, language).limit(1)).first()
        return in_force(kind, language, 0, None) if found is None else read_template(found)

    def add_version(
        self, kind: OutboxKind, language: str, version: int, wording: Wording | None, *, by: Actor, at: datetime
    ) -> MailTemplate:
        before = self.current(kind, language)
        words = {"subject": wording.subject, "text": wording.text} if wording is not None else {}
        row = {"kind": kind, "language": language, "version": version, "at": at, "by": by.name[:200], **words}
        with conflicts():
            self._connection.execute(insert(mail_templates), row)
        line = {
            "at": at,
            **actor_values(by),
            "entity": "mail-template",
            "entity_id": f"{kind}/{language}",
            "action": "changed" if wording is not None else "reset",
            "before": {"version": before.version, **_shown(before.wording)},
            "after": {"version": version, **words},
        }
        self._connection.execute(insert(audit), line)
        return self.current(kind, language)


def newest(kind: OutboxKind, language: str) -> Any:
    """The versions of one template, newest first."""
    chosen = (mail_templates.c.kind == kind, mail_templates.c.language == language)
    return select(mail_templates).where(*chosen).order_by(mail_templates.c.version.desc())


def read_template(row: Row[Any]) -> MailTemplate:
    """A version as the template in force after it."""
    wording = None if row.text is None else Wording(subject=row.subject, text=row.text)
    kind = OutboxKind(row.kind)
    return in_force(kind, row.language, row.version, wording, changed_at=row.at, changed_by=row.by)


def _shown(wording: Wording) -> dict[str, str]:
    return {"subject": wording.subject, "text": wording.text}
