"""The ticket a call asks for, filed like any other request. Inside a transaction.

Owns what such a ticket says and which one it joins. When a call asks for one is `channels.phone.filing`.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from authz.decision import Verdict
from authz.identity import Channel
from authz.phone.pin import PinKeys
from channels.phone.calls import Call, CallState
from channels.phone.filing import FilingRules, OpenTicket, TicketDue, choose_ticket, keyed_category, ticket_due
from channels.phone.summary import describe_call
from intake.filing import Request, file_request
from intake.ledger import LedgerEntry
from intake.phone.calls import CallRecord
from intake.ports import PreparedBlob, Signer, Transaction
from intake.submission import RawInbound, Submission
from intake.tickets.correlate import FollowUp, NewTicket

_TICKETS_LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class Moment:
    """What recording needs besides the event. at: aware UTC now. pins: checks PINs; None: nobody is asked for one."""

    signer: Signer
    at: datetime
    pins: PinKeys | None = None


def source_key(key: str) -> str:
    """The ledger's guard for a call's event or ticket."""
    return f"phone:{key}"


def due_ticket(record: CallRecord, call: Call, rules: FilingRules) -> TicketDue | None:
    """Which ticket the call asks for and has not got yet."""
    if record.ticket_id is not None or call.only_looked_up:
        return None
    return ticket_due(call, rules, authorized=record.verdict is Verdict.ACCEPT)


def file_if_due(tx: Transaction, record: CallRecord, call: Call, rules: FilingRules, moment: Moment) -> CallRecord:
    """File the ticket when its time has come; returns the record, with the ticket if there is one now."""
    due = due_ticket(record, call, rules)
    if due is None or due.not_before > moment.at or record.customer_id is None:
        return record
    request = _request(tx, record, record.customer_id, call, due)
    place = _choose_place(tx, record, record.customer_id, call, rules)
    entry_id = tx.new_id()
    ticket = file_request(tx, request, place, moment.signer, entry_id)
    tx.add_ledger_entry(
        LedgerEntry(
            id=entry_id,
            channel=Channel.PHONE,
            account=record.endpoint,
            received_at=due.clock_from,
            verdict=record.verdict,
            reason=record.reason,
            detail=f"{due.cause} call {record.call_id}"[:500],
            size=request.raw_blob.size,
            source_key=request.raw.source_key,
            identity=record.caller_e164,
            subject=request.submission.subject,
            blob=request.raw_blob.digest,
            customer_id=record.customer_id,
            contact_id=record.contact_id,
            ticket_id=ticket.id,
        )
    )
    # A call that goes on is looked at again: its end may never be told.
    return replace(record, ticket_id=ticket.id, look_at=None if call.state is CallState.ENDED else record.look_at)


def _request(tx: Transaction, record: CallRecord, customer_id: int, call: Call, due: TicketDue) -> Request:
    card = tx.contact_card(record.contact_id, due.clock_from) if record.contact_id is not None else None
    texts = describe_call(call, due.cause, caller=record.caller_shown, name=card.name if card else None)
    text = texts.get(card.language if card is not None else "cs", texts["cs"])
    octets = text.body.encode()
    return Request(
        raw=RawInbound(
            channel=Channel.PHONE,
            account=record.endpoint,
            source_key=source_key(f"{record.id}/ticket"),
            received_at=due.clock_from,
            octets=octets,
        ),
        submission=Submission(
            channel=Channel.PHONE,
            subject=text.subject,
            text=text.body,
            reply=text.body,
            category=keyed_category(call.digits),
        ),
        customer_id=customer_id,
        contact_id=record.contact_id,
        author=record.caller_e164 or record.caller_shown,
        author_verified=True,
        clock_at=due.clock_from,
        raw_blob=PreparedBlob.of(octets),
    )


def _choose_place(
    tx: Transaction, record: CallRecord, customer_id: int, call: Call, rules: FilingRules
) -> NewTicket | FollowUp:
    if record.caller_e164 is None:
        return NewTicket()
    candidates = [
        OpenTicket(
            number=line.number, customer_id=customer_id, caller_id=line.caller_e164, last_call_at=line.last_call_at
        )
        for line in tx.calls.open_tickets(customer_id, _TICKETS_LOOKED_AT)
    ]
    number = choose_ticket(call, record.caller_e164, customer_id, candidates, rules)
    ticket = tx.ticket_by_number(number) if number is not None else None
    return NewTicket() if ticket is None else FollowUp(ticket, "call")
