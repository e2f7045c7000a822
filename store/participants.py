"""Participants as rows. See `intake.conversation.participants.Participants`."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, delete, select

from intake.conversation.participants import Part, Participant
from store.prepared import Prepared, Record, prepare_insert_or_keep
from store.tables import participants

OF_TICKET = (
    select(participants)
    .where(participants.c.ticket_id == bindparam("ticket"))
    .order_by(participants.c.joined_at, participants.c.address_key)
)
_OF = Prepared(OF_TICKET)
_KEEP = prepare_insert_or_keep(participants)


class StoreParticipants:
    """On a connection that is inside a transaction. Commit and rollback are the writer's."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, ticket_id: int) -> Sequence[Participant]:
        return tuple(map(read_participant, _OF.all(self._connection, {"ticket": ticket_id})))

    def add(self, participant: Participant) -> bool:
        values = {
            "ticket_id": participant.ticket_id,
            "address_key": participant.key,
            "address": participant.address[:320],
            "contact_id": participant.contact_id,
            "part": participant.part,
            "joined_at": participant.joined_at,
        }
        return _KEEP.run(self._connection, values) == 1

    def remove(self, ticket_id: int, key: str) -> bool:
        gone = delete(participants).where(participants.c.ticket_id == ticket_id, participants.c.address_key == key)
        return self._connection.execute(gone).rowcount == 1


def read_participant(row: Record) -> Participant:
    """A row as its value."""
    return Participant(
        ticket_id=row.ticket_id,
        key=row.address_key,
        address=row.address,
        contact_id=row.contact_id,
        part=Part(row.part),
        joined_at=row.joined_at,
    )
