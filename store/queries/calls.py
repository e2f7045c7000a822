"""Calls: lists of them, one with all its events and the decision, and those that go on right now."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, or_, select

from authz.decision import Reason, Verdict
from authz.identity import Channel, Claim, IdentityKind, Listing
from intake.phone.calls import KeptEvent, RecordingState
from intake.queries import CallFilter, CallLine, CallPage, CallRecording, Page, Window
from store.directory import find_listings
from store.queries.reading import Reading
from store.tables import attachments, call_events, calls, comments, contacts, customers, ledger, recordings, tickets

_CALLS = (
    select(
        calls,
        tickets.c.number.label("ticket_number"),
        customers.c.name.label("customer_name"),
        contacts.c.name.label("contact_name"),
    )
    .outerjoin(tickets, tickets.c.id == calls.c.ticket_id)
    .outerjoin(customers, customers.c.id == calls.c.customer_id)
    .outerjoin(contacts, contacts.c.id == calls.c.contact_id)
)
_MOST_LIVE = 500


class CallQueries(Reading):
    """See `intake.queries.Queries`."""

    def calls(self, wanted: CallFilter, window: Window) -> Page[CallLine]:
        pairs = (
            (calls.c.caller_e164, wanted.caller),
            (calls.c.customer_id, wanted.customer_id),
            (calls.c.contact_id, wanted.contact_id),
            (calls.c.endpoint, wanted.endpoint),
        )
        conditions = [column == value for column, value in pairs if value is not None]
        if wanted.started_from is not None:
            conditions.append(calls.c.started_at >= wanted.started_from)
        if wanted.started_until is not None:
            conditions.append(calls.c.started_at < wanted.started_until)
        return self._newest_first(_CALLS.where(*conditions), calls.c.id, window, _call_line)

    def call(self, call_id: int) -> CallPage | None:
        with self._engine.connect() as connection:
            row = connection.execute(_CALLS.where(calls.c.id == call_id)).first()
            if row is None:
                return None
            kept = connection.execute(
                select(call_events).where(call_events.c.call == call_id).order_by(call_events.c.at, call_events.c.key)
            ).all()
            # The event that opened the call has the ledger's entry about it under its own key, a later decision under
            # the key of the PIN or code it was made on: the last one counts.
            keys = [f"phone:{each.key}{of}" for each in kept for of in ("", "/pin")]
            keys.append(f"phone:{call_id}/call-back")
            decided = connection.execute(
                select(ledger.c.detail, ledger.c.evidence)
                .where(ledger.c.source_key.in_(keys))
                .order_by(ledger.c.id.desc())
                .limit(1)
            ).first()
            recorded = _recordings(connection, call_id)
        return CallPage(
            line=_call_line(row),
            detail=decided.detail if decided is not None else "",
            evidence=tuple(decided.evidence) if decided is not None else (),
            events=tuple(KeptEvent(key=each.key, at=each.at, kind=each.kind, data=each.data) for each in kept),
            recordings=recorded,
        )

    def listings_of(self, number: str) -> tuple[Listing, ...]:
        claim = Claim(channel=Channel.PHONE, kind=IdentityKind.NUMBER, value=number, shown=number)
        with self._engine.connect() as connection:
            return find_listings(connection, claim)

    def live_calls(self, since: datetime, known: Collection[int]) -> tuple[CallLine, ...]:
        going_on = or_(calls.c.look_at.is_not(None), calls.c.started_at >= since, calls.c.id.in_(known))
        query = _CALLS.where(going_on).order_by(calls.c.id.desc()).limit(_MOST_LIVE)
        with self._engine.connect() as connection:
            found = connection.execute(query).all()
        return tuple(_call_line(row) for row in reversed(found))


def _recordings(connection: Connection, call_id: int) -> tuple[CallRecording, ...]:
    """The call's recordings with their files; a file is found by the ledger's entry about it."""
    rows = connection.execute(select(recordings).where(recordings.c.call == call_id).order_by(recordings.c.id)).all()
    if not rows:
        return ()
    keys = {row.id: f"phone:{call_id}/recording/{row.id}" for row in rows}
    files = {
        row.source_key: row._asdict()  # noqa: SLF001 - a public name of rows
        for row in connection.execute(
            select(
                ledger.c.source_key,
                attachments.c.id.label("attachment_id"),
                attachments.c.filename,
                attachments.c.content_type,
                attachments.c.size,
            )
            .join(attachments, attachments.c.ticket_id == ledger.c.ticket_id)
            .join(comments, and_(comments.c.id == attachments.c.comment_id, comments.c.ledger_id == ledger.c.id))
            .where(ledger.c.source_key.in_(keys.values()))
        )
    }
    return tuple(
        CallRecording(
            id=row.id,
            announced_at=row.announced_at,
            state=RecordingState(row.state),
            last_error=row.last_error,
            **{name: value for name, value in files.get(keys[row.id], {}).items() if name != "source_key"},
        )
        for row in rows
    )


def _call_line(row: Row[Any]) -> CallLine:
    return CallLine(
        id=row.id,
        endpoint=row.endpoint,
        call_id=row.call_id,
        direction=row.direction,
        state=row.state,
        caller_shown=row.caller_shown,
        caller_e164=row.caller_e164,
        called_number=row.called_number,
        agent=row.agent,
        started_at=row.started_at,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
        cause=row.cause,
        verdict=Verdict(row.verdict),
        reason=Reason(row.reason),
        customer_id=row.customer_id,
        customer_name=row.customer_name,
        contact_id=row.contact_id,
        contact_name=row.contact_name,
        ticket_number=row.ticket_number,
    )
