"""Timers as rows. See `intake.timer_log.TimerLog`."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from intake.timer_log import EndedContact
from store.prepared import Prepared, prepare_insert_or_keep
from store.tables import audit, contacts, sessions, tickets, timer_marks

_FIRED = Prepared(
    select(timer_marks.c.mark).where(
        timer_marks.c.subject == bindparam("subject_name"), timer_marks.c.subject_id == bindparam("ticket")
    )
)
_CLAIM = prepare_insert_or_keep(timer_marks)

_TICKET, _CONTACT = "ticket", "contact"


class StoreTimers:
    """On a connection that is inside a transaction. Commit and rollback are the writer's."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def fired(self, ticket_id: int) -> frozenset[str]:
        found = _FIRED.all(self._connection, {"subject_name": _TICKET, "ticket": ticket_id})
        return frozenset(row.mark for row in found)

    def claim(self, ticket_id: int, mark: str, at: datetime) -> bool:
        return self._claim(_TICKET, ticket_id, mark, at)

    def due(self, at: datetime, limit: int) -> Sequence[int]:
        query = select(tickets.c.id).where(tickets.c.timer_at <= at).order_by(tickets.c.timer_at).limit(limit)
        return self._connection.execute(query).scalars().all()

    def look_again(self, ticket_id: int, at: datetime | None) -> None:
        self._connection.execute(update(tickets).where(tickets.c.id == ticket_id), {"timer_at": at})

    def ended_contacts(self, at: datetime, limit: int) -> Sequence[EndedContact]:
        told = select(timer_marks.c.mark).where(
            timer_marks.c.subject == _CONTACT,
            timer_marks.c.subject_id == contacts.c.id,
            timer_marks.c.at >= contacts.c.valid_until,
        )
        query = (
            select(contacts.c.id, contacts.c.name, contacts.c.valid_until)
            .where(contacts.c.valid_until <= at, ~told.exists())
            .order_by(contacts.c.valid_until)
            .limit(limit)
        )
        found = self._connection.execute(query)
        return [EndedContact(id=row.id, name=row.name, ended_at=row.valid_until) for row in found]

    def end_contact(self, contact: EndedContact, at: datetime) -> bool:
        if not self._claim(_CONTACT, contact.id, f"ended {contact.ended_at.isoformat()}", at):
            return False
        self._connection.execute(delete(sessions).where(sessions.c.contact_id == contact.id))
        line = {
            "at": at,
            "actor_kind": "system",
            "actor_id": None,
            "actor_name": "timer",
            "channel": "web",
            "entity": "contact",
            "entity_id": str(contact.id),
            "action": "validity-ended",
            "after": {"name": contact.name, "valid_until": contact.ended_at.isoformat()},
        }
        self._connection.execute(insert(audit), line)
        return True

    def _claim(self, subject: str, subject_id: int, mark: str, at: datetime) -> bool:
        values = {"subject": subject, "subject_id": subject_id, "mark": mark, "at": at}
        return _CLAIM.run(self._connection, values) == 1
