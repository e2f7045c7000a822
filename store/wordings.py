"""The versions of the wordings as rows. See `intake.letters.wordings`."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from intake.letters.templates import USUAL, MailTemplate, Wording
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

    def current(self, kind: OutboxKind, language: str, name: str = USUAL) -> MailTemplate:
        found = self._connection.execute(newest(kind, language, name).limit(1)).first()
        template = in_force(kind, language, 0, None, name=name) if found is None else read_template(found)
        return template if template.own or name == USUAL else usual_words(template, self.current(kind, language))

    def add_version(self, template: MailTemplate, wording: Wording | None, *, by: Actor, at: datetime) -> None:
        version = template.version + 1
        words = {"subject": wording.subject, "text": wording.text} if wording is not None else {}
        key = {"name": template.name, "kind": template.kind, "language": template.language}
        with conflicts():
            self._connection.execute(
                insert(mail_templates), {**key, "version": version, "at": at, "by": by.name[:200], **words}
            )
        named = "/".join(filter(None, (template.kind, template.language, template.name)))
        line = {
            "at": at,
            **actor_values(by),
            "entity": "mail-template",
            "entity_id": named,
            "action": "changed" if wording is not None else "reset",
            "before": {"version": template.version, **_shown(template.wording)},
            "after": {"version": version, **words},
        }
        self._connection.execute(insert(audit), line)


def newest(kind: OutboxKind, language: str, name: str = USUAL) -> Any:
    """The versions of one template, newest first."""
    table = mail_templates.c
    chosen = (table.name == name, table.kind == kind, table.language == language)
    return select(mail_templates).where(*chosen).order_by(table.version.desc())


def usual_words(template: MailTemplate, usual: MailTemplate) -> MailTemplate:
    """What a set does not word itself."""
    return replace(template, wording=usual.wording)


def read_template(row: Row[Any]) -> MailTemplate:
    """A version as the template in force after it."""
    wording = None if row.text is None else Wording(subject=row.subject, text=row.text)
    kind = OutboxKind(row.kind)
    return in_force(kind, row.language, row.version, wording, name=row.name, changed_at=row.at, changed_by=row.by)


def _shown(wording: Wording) -> dict[str, str]:
    return {"subject": wording.subject, "text": wording.text}
