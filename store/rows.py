"""Between the core's values and the rows of `store.tables`, both ways. Nothing else."""

from dataclasses import fields
from datetime import datetime
from typing import Any

from authz.decision import Reason, Verdict
from authz.identity import Channel
from intake.ledger import Held, HeldState, LedgerEntry
from intake.outgoing import OutboxItem, OutboxKind, OutboxState
from intake.submission import AutomaticKind
from intake.terms import Category, Evaluation, Status
from intake.tickets.model import (
    Actor,
    ActorKind,
    Comment,
    EventKind,
    Offer,
    StoredAttachment,
    Ticket,
    TicketEvent,
)

Values = dict[str, Any]
# A row of Core, or a record of `store.prepared`.
AnyRow = Any


def ledger_values(entry: LedgerEntry) -> Values:
    return {
        "id": entry.id,
        "channel": entry.channel,
        "account": entry.account,
        "received_at": entry.received_at,
        "source_key": entry.source_key,
        "content_key": entry.content_key,
        "peer": entry.peer,
        "reverse_path": _cut(entry.reverse_path, 320),
        "identity": _cut(entry.identity, 320),
        "subject": _cut(entry.subject, 255),
        "message_id": _cut(entry.message_id, 998),
        "verdict": entry.verdict,
        "reason": entry.reason,
        "detail": entry.detail,
        "evidence": entry.evidence,
        "blob": entry.blob,
        "size": entry.size,
        "customer_id": entry.customer_id,
        "contact_id": entry.contact_id,
        "ticket_id": entry.ticket_id,
        "duplicate_of": entry.duplicate_of,
        "trace_id": entry.trace_id,
    }


def read_ledger_entry(row: AnyRow) -> LedgerEntry:
    values = {field.name: getattr(row, field.name) for field in fields(LedgerEntry)}
    values |= {
        "channel": Channel(row.channel),
        "verdict": Verdict(row.verdict),
        "reason": Reason(row.reason),
    }
    return LedgerEntry(**values)


def held_values(held: Held) -> Values:
    return {
        "id": held.id,
        "state": held.state,
        "held_at": held.held_at,
        "decided_at": held.decided_at,
        "decided_by": held.decided_by,
        "note": held.note,
        "ticket_id": held.ticket_id,
    }


def read_held(row: AnyRow) -> Held:
    values = row._asdict()  # noqa: SLF001 - a public name of both kinds of row
    return Held(**(values | {"state": HeldState(row.state)}))


def ticket_values(ticket: Ticket) -> Values:
    return {
        "id": ticket.id,
        "number": ticket.number,
        "customer_id": ticket.customer_id,
        "contact_id": ticket.contact_id,
        "subject": ticket.subject[:255],
        "category": ticket.category,
        "status": ticket.status,
        "channel": ticket.channel,
        "received_at": ticket.received_at,
        "since": ticket.since,
        "updated_at": ticket.updated_at,
        "closed_at": ticket.closed_at,
        "temporary_fix_at": ticket.temporary_fix_at,
        "attention": ticket.attention,
        "version": ticket.version,
        "solution": ticket.solution,
        "evaluation": list(ticket.evaluation),
        "offer": offer_json(ticket.offer),
        "related_id": ticket.related_id,
        "assignee_id": ticket.assignee_id,
        "reply_to": ticket.reply_to,
        "wording": ticket.wording,
        "archived": ticket.archived,
        "response_deadline": ticket.response_deadline,
        "fix_deadline": ticket.fix_deadline,
        "next_deadline": ticket.next_deadline,
        "timer_at": ticket.timer_at,
    }


def read_ticket(row: AnyRow) -> Ticket:
    return Ticket(
        id=row.id,
        number=row.number,
        customer_id=row.customer_id,
        contact_id=row.contact_id,
        subject=row.subject,
        category=Category(row.category),
        status=Status(row.status),
        channel=Channel(row.channel),
        received_at=row.received_at,
        since=row.since,
        updated_at=row.updated_at,
        closed_at=row.closed_at,
        temporary_fix_at=row.temporary_fix_at,
        attention=bool(row.attention),
        version=row.version,
        solution=row.solution,
        evaluation=tuple(Evaluation(flag) for flag in row.evaluation or ()),
        offer=read_offer(row.offer),
        related_id=row.related_id,
        assignee_id=row.assignee_id,
        reply_to=row.reply_to,
        wording=row.wording,
        archived=bool(row.archived),
        response_deadline=row.response_deadline,
        fix_deadline=row.fix_deadline,
        next_deadline=row.next_deadline,
        timer_at=row.timer_at,
    )


def offer_json(offer: Offer | None) -> Values | None:
    if offer is None:
        return None
    return {
        "text": offer.text,
        "made_at": offer.made_at.isoformat(),
        "accepted_at": offer.accepted_at.isoformat() if offer.accepted_at else None,
        "accepted_by": offer.accepted_by,
        "order_number": offer.order_number,
        "declined_at": offer.declined_at.isoformat() if offer.declined_at else None,
    }


def read_offer(value: Values | None) -> Offer | None:
    if value is None:
        return None
    instants = {
        name: datetime.fromisoformat(value[name]) if value[name] else None
        for name in ("made_at", "accepted_at", "declined_at")
    }
    return Offer(**(value | instants))


def event_values(event: TicketEvent) -> Values:
    return {
        "id": event.id,
        "ticket_id": event.ticket_id,
        "at": event.at,
        **actor_values(event.actor),
        "kind": event.kind,
        "before": event.before,
        "after": event.after,
        "detail": event.detail,
    }


def read_event(row: AnyRow) -> TicketEvent:
    return TicketEvent(
        id=row.id,
        ticket_id=row.ticket_id,
        at=row.at,
        actor=read_actor(row),
        kind=EventKind(row.kind),
        before=row.before,
        after=row.after,
        detail=row.detail or {},
    )


def comment_values(comment: Comment) -> Values:
    return {
        "id": comment.id,
        "ticket_id": comment.ticket_id,
        "at": comment.at,
        **actor_values(comment.actor),
        "internal": comment.internal,
        "text": comment.text,
        "elided": comment.elided,
        "html": comment.html,
        "automatic": comment.automatic,
        "ledger_id": comment.ledger_id,
    }


def read_comment(row: AnyRow) -> Comment:
    return Comment(
        id=row.id,
        ticket_id=row.ticket_id,
        at=row.at,
        actor=read_actor(row),
        text=row.text,
        elided=row.elided,
        html=row.html,
        internal=bool(row.internal),
        automatic=AutomaticKind(row.automatic),
        ledger_id=row.ledger_id,
    )


def actor_values(actor: Actor) -> Values:
    return {
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "actor_name": actor.name[:200],
        "channel": actor.channel,
    }


def read_actor(row: AnyRow) -> Actor:
    return Actor(kind=ActorKind(row.actor_kind), name=row.actor_name, channel=Channel(row.channel), id=row.actor_id)


def attachment_values(attachment: StoredAttachment) -> Values:
    return {
        "id": attachment.id,
        "ticket_id": attachment.ticket_id,
        "comment_id": attachment.comment_id,
        "filename": attachment.filename[:255],
        "content_type": attachment.content_type[:127],
        "size": attachment.size,
        "sha256": attachment.sha256,
        "inline": attachment.inline,
        "content_id": _cut(attachment.content_id, 255),
        "blob": attachment.blob,
        "part": attachment.part,
        "detected_type": _cut(attachment.detected_type, 127),
        "withheld": _cut(attachment.withheld, 40),
    }


def read_attachment(row: AnyRow) -> StoredAttachment:
    return StoredAttachment(**row._asdict())  # noqa: SLF001 - a public name of both kinds of row


def outbox_values(item: OutboxItem) -> Values:
    return {
        "id": item.id,
        "kind": item.kind,
        "ticket_id": item.ticket_id,
        "recipient": item.recipient,
        "message_id": item.message_id,
        "payload": item.payload,
        "state": item.state,
        "created_at": item.created_at,
        "attempts": item.attempts,
        "next_attempt_at": item.next_attempt_at,
        "sent_at": item.sent_at,
        "last_error": item.last_error,
    }


def read_outbox_item(row: AnyRow) -> OutboxItem:
    values = row._asdict()  # noqa: SLF001 - a public name of both kinds of row
    return OutboxItem(**(values | {"kind": OutboxKind(row.kind), "state": OutboxState(row.state)}))


def _cut(value: str | None, limit: int) -> str | None:
    return None if value is None else value[:limit]
