"""Calls: lists of them, one with all its events and the decision, and those that go on right now."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Row, or_, select

from authz.decision import Reason, Verdict
from authz.identity import Channel, Claim, IdentityKind, Listing
from intake.phone.calls import KeptEvent
from intake.queries import CallFilter, CallLine, CallPage, Page, Window
from store.directory import find_listings
from store.queries.reading import Reading
from store.tables import call_events, calls, contacts, customers, ledger, tickets

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
        return CallPage(
            line=_call_line(row),
            detail=decided.detail if decided is not None else "",
            evidence=tuple(decided.evidence) if decided is not None else (),
            events=tuple(KeptEvent(key=each.key, at=each.at, kind=each.kind, data=each.data) for each in kept),
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
