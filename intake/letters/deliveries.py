"""What became of our own mail, as far as the ticket is concerned: who has to look, and what the history says.

Owns the tie of a delivery report to the mail it is about. A report changes no status and is nobody's comment.
RFC 3464, RFC 3461
"""

from dataclasses import replace
from datetime import datetime

from authz.identity import Channel
from intake.letters.correspondence import ReportAction, StoredReport
from intake.outgoing import OutboxItem
from intake.ports import Signer, Transaction
from intake.submission import DeliveryReport, Submission
from intake.tickets.model import Actor, ActorKind, EventKind, TicketEvent

POST = Actor(kind=ActorKind.SYSTEM, name="mail", channel=Channel.MAIL)
_LONGEST = 1000


def find_reported(tx: Transaction, submission: Submission, signer: Signer) -> OutboxItem | None:
    """The mail of ours a delivery report is about.

    The Message-ID of what came back names it, by our signature; else the signed address the report was sent to names
    the ticket, and the recipient the mail. Without one of our signatures nobody's word is taken.
    """
    report = submission.report
    if report is None:
        return None
    for message_id in (report.original_message_id, *submission.references):
        named = signer.mail_named(message_id) if message_id is not None else None
        item = tx.correspondence.sent(named[1]) if named is not None else None
        if item is not None:
            return item
    replied = signer.replied_ticket(submission)
    return None if replied is None else tx.correspondence.sent_last(replied, report.recipient)


def file_report(tx: Transaction, item: OutboxItem, report: DeliveryReport, *, at: datetime, ledger_id: int) -> None:
    """Keep what a report says; one that the mail was given up calls for somebody. at: aware UTC."""
    action = ReportAction(report.action)
    status = (report.status or "")[:20] or None
    diagnostic = (report.diagnostic or "")[:_LONGEST]
    tx.correspondence.add_report(
        StoredReport(
            id=tx.new_id(),
            outbox_id=item.id,
            at=at,
            action=action,
            permanent=report.permanent,
            status=status,
            diagnostic=diagnostic,
            ledger_id=ledger_id,
        )
    )
    if action is ReportAction.FAILED:
        note_undelivered(tx, item, "bounced", " ".join(each for each in (status, diagnostic) if each), at)


def note_undelivered(tx: Transaction, item: OutboxItem, what: str, why: str, at: datetime) -> None:
    """Write into the ticket that a mail did not arrive, and call for somebody. what: bounced, failed or stopped."""
    ticket = tx.ticket(item.ticket_id) if item.ticket_id is not None else None
    if ticket is None:
        return
    detail = {"mail": item.id, "kind": item.kind.value, "recipient": item.recipient, "why": why[:_LONGEST]}
    event = TicketEvent(
        id=tx.new_id(),
        ticket_id=ticket.id,
        at=max(at, ticket.updated_at),
        actor=POST,
        kind=EventKind.DELIVERY,
        after=what,
        detail=detail,
    )
    tx.add_event(event)
    tx.update_ticket(replace(ticket, updated_at=max(at, ticket.updated_at), attention=True, version=ticket.version + 1))
