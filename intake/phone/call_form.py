"""The agent's quick form: a call that was taken becomes a ticket, or joins one, by the same steps as every request.

Runs inside a transaction. Only authorized calls have a form: a refused caller's number is authorized first, by an
admin. RULE channel-phone.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from authz.decision import Verdict
from authz.identity import Channel
from intake.filing import Request, file_request
from intake.ledger import LedgerEntry
from intake.phone.calls import CallRecord
from intake.ports import PreparedBlob, Signer, Transaction
from intake.submission import RawInbound, Submission
from intake.terms import Category
from intake.tickets.correlate import FollowUp, NewTicket
from intake.tickets.model import Actor, Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class CallForm:
    """What the agent wrote down.

    contact_id: who called, when the number is a whole company's or somebody else's of that company.
    ticket_number: the ticket the call is about; None: the call's own, or a new one.
    """

    subject: str
    text: str
    category: Category | None = None
    contact_id: int | None = None
    ticket_number: int | None = None


class FormRefusal(StrEnum):
    """Why a form was not taken."""

    NO_SUCH_CALL = "there is no such call"
    NOT_AUTHORIZED = "the caller is not authorized; authorize the number first"
    FOREIGN_CONTACT = "the contact does not belong to the caller's customer"
    FOREIGN_TICKET = "the caller's customer has no such ticket"


def take_form(
    tx: Transaction, call_id: int, form: CallForm, *, by: Actor, at: datetime, signer: Signer
) -> Ticket | FormRefusal:
    """File the form of a call. by: the agent. at: aware UTC now; the clock runs from the ring, as for every call.

    Raises UnknownEntryError for a contact that does not exist.
    """
    record = tx.calls.get(call_id)
    if record is None:
        return FormRefusal.NO_SUCH_CALL
    if record.verdict is not Verdict.ACCEPT or record.customer_id is None:
        return FormRefusal.NOT_AUTHORIZED
    if form.contact_id is not None and tx.people.contact(form.contact_id).customer_id != record.customer_id:
        return FormRefusal.FOREIGN_CONTACT
    place = _place(tx, record, record.customer_id, form)
    if isinstance(place, FormRefusal):
        return place
    entry_id = tx.new_id()
    request = _request(record, record.customer_id, form, by, entry_id)
    ticket = file_request(tx, request, place, signer, entry_id)
    tx.add_ledger_entry(replace(_entry(entry_id, record, request, by, at), ticket_id=ticket.id))
    tx.calls.update(replace(record, ticket_id=ticket.id, contact_id=request.contact_id))
    return ticket


def _place(tx: Transaction, record: CallRecord, customer_id: int, form: CallForm) -> NewTicket | FollowUp | FormRefusal:
    if form.ticket_number is not None:
        ticket = tx.ticket_by_number(form.ticket_number)
        if ticket is None or ticket.customer_id != customer_id:
            return FormRefusal.FOREIGN_TICKET
        return FollowUp(ticket, "call")
    ticket = tx.ticket(record.ticket_id) if record.ticket_id is not None else None
    return NewTicket() if ticket is None else FollowUp(ticket, "call")


def _request(record: CallRecord, customer_id: int, form: CallForm, by: Actor, entry_id: int) -> Request:
    text = f"{form.text}\n\n({record.caller_shown}; {by.name})".strip()
    octets = text.encode()
    return Request(
        raw=RawInbound(
            channel=Channel.PHONE,
            account=record.endpoint,
            source_key=f"phone:{record.id}/form/{entry_id}",
            received_at=record.started_at,
            octets=octets,
        ),
        submission=Submission(
            channel=Channel.PHONE, subject=form.subject, text=text, reply=text, category=form.category
        ),
        customer_id=customer_id,
        contact_id=form.contact_id if form.contact_id is not None else record.contact_id,
        author=record.caller_e164 or record.caller_shown,
        author_verified=True,
        clock_at=record.started_at,
        raw_blob=PreparedBlob.of(octets),
    )


def _entry(entry_id: int, record: CallRecord, request: Request, by: Actor, at: datetime) -> LedgerEntry:
    return LedgerEntry(
        id=entry_id,
        channel=Channel.PHONE,
        account=record.endpoint,
        received_at=at,
        verdict=record.verdict,
        reason=record.reason,
        detail=f"call {record.call_id}, written down by {by.name}"[:500],
        size=request.raw_blob.size,
        source_key=request.raw.source_key,
        identity=record.caller_e164 or record.caller_shown,
        subject=request.submission.subject,
        blob=request.raw_blob.digest,
        customer_id=request.customer_id,
        contact_id=request.contact_id,
    )
