"""Calls and their events as rows. See `intake.phone.calls.CallLog`."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from authz.decision import Reason, Verdict
from intake.phone.calls import CallRecord, KeptEvent, OpenTicketLine, Recording, RecordingState
from intake.terms import Status
from intake.webhooks.events import tell_call_event
from store.conflicts import conflicts
from store.prepared import Prepared, Record, prepare_insert, prepare_insert_or_keep
from store.tables import call_events, calls, recordings, tickets
from store.webhooks import Announcer

_LATEST = Prepared(
    select(calls)
    .where(calls.c.endpoint == bindparam("endpoint_name"), calls.c.call_id == bindparam("peer_id"))
    .order_by(calls.c.opened_at.desc())
    .limit(1)
    .with_for_update()
)
_BY_ID = Prepared(select(calls).where(calls.c.id == bindparam("record")).with_for_update())
_EVENTS = Prepared(select(call_events).where(call_events.c.call == bindparam("record")).order_by(call_events.c.at))
_ADD = prepare_insert(calls)
_FIELDS = tuple(field.name for field in fields(CallRecord))
_KEEP_EVENT = prepare_insert_or_keep(call_events)


class StoreCalls:
    """The call log on one connection. Commit and rollback are the writer's."""

    def __init__(self, connection: Connection, announcer: Announcer | None = None) -> None:
        self._connection = connection
        self._announcer = announcer

    def latest(self, endpoint: str, call_id: str) -> CallRecord | None:
        row = _LATEST.first(self._connection, {"endpoint_name": endpoint, "peer_id": call_id})
        return None if row is None else _record(row)

    def get(self, record_id: int) -> CallRecord | None:
        row = _BY_ID.first(self._connection, {"record": record_id})
        return None if row is None else _record(row)

    def events(self, record_id: int) -> Sequence[KeptEvent]:
        found = _EVENTS.all(self._connection, {"record": record_id})
        return [KeptEvent(key=row.key, at=row.at, kind=row.kind, data=row.data) for row in found]

    def add(self, record: CallRecord) -> None:
        with conflicts():
            _ADD.run(self._connection, _values(record))

    def update(self, record: CallRecord) -> None:
        self._connection.execute(update(calls).where(calls.c.id == record.id), _values(record))

    def add_event(self, record_id: int, event: KeptEvent) -> bool:
        values = {"key": event.key, "call": record_id, "at": event.at, "kind": event.kind, "data": event.data}
        is_new = _KEEP_EVENT.run(self._connection, values) == 1
        if is_new and self._announcer is not None and self._announcer.anybody:
            record = self.get(record_id)
            self._announcer.tell(None if record is None else tell_call_event(record, event))
        return is_new

    def due(self, at: datetime, limit: int) -> Sequence[int]:
        query = select(calls.c.id).where(calls.c.look_at <= at).order_by(calls.c.look_at).limit(limit)
        return self._connection.execute(query).scalars().all()

    def open_tickets(self, customer_id: int, limit: int) -> Sequence[OpenTicketLine]:
        last_call = (
            select(func.max(calls.c.started_at))
            .where(calls.c.ticket_id == tickets.c.id)
            .correlate(tickets)
            .scalar_subquery()
        )
        caller = (
            select(calls.c.caller_e164)
            .where(calls.c.ticket_id == tickets.c.id)
            .order_by(calls.c.started_at.desc())
            .limit(1)
            .correlate(tickets)
            .scalar_subquery()
        )
        query = (
            select(tickets.c.id, tickets.c.number, caller.label("caller"), last_call.label("last_call"))
            .where(tickets.c.customer_id == customer_id, tickets.c.status != Status.CLOSED)
            .order_by(tickets.c.id.desc())
            .limit(limit)
        )
        return [
            OpenTicketLine(id=row.id, number=row.number, caller_e164=row.caller, last_call_at=row.last_call)
            for row in self._connection.execute(query)
        ]

    def add_recording(self, recording: Recording) -> None:
        self._connection.execute(insert(recordings).values(asdict(recording)))

    def claim_recordings(self, at: datetime, until: datetime, limit: int) -> Sequence[Recording]:
        due = (
            select(recordings.c.id)
            .where(recordings.c.next_attempt_at <= at)
            .order_by(recordings.c.next_attempt_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        ids = self._connection.execute(due).scalars().all()
        if not ids:
            return ()
        chosen = recordings.c.id.in_(ids)
        self._connection.execute(
            update(recordings).where(chosen).values(attempts=recordings.c.attempts + 1, next_attempt_at=until)
        )
        found = self._connection.execute(select(recordings).where(chosen).order_by(recordings.c.id))
        return [_recording(row) for row in found]

    def recording(self, recording_id: int) -> Recording | None:
        query = select(recordings).where(recordings.c.id == recording_id).with_for_update()
        row = self._connection.execute(query).first()
        return None if row is None else _recording(row)

    def update_recording(self, recording: Recording) -> None:
        values = asdict(recording)
        self._connection.execute(update(recordings).where(recordings.c.id == recording.id).values(values))


def _recording(row: Record) -> Recording:
    values = row._asdict()  # noqa: SLF001 - a public name of rows
    return Recording(**(values | {"state": RecordingState(row.state)}))


def _values(record: CallRecord) -> dict[str, Any]:
    """Field by field: `dataclasses.asdict` copies deeply, which costs more than the insert."""
    return {name: getattr(record, name) for name in _FIELDS}


def _record(row: Record) -> CallRecord:
    values = row._asdict()  # noqa: SLF001 - a public name of both kinds of row
    return CallRecord(**(values | {"verdict": Verdict(row.verdict), "reason": Reason(row.reason)}))
