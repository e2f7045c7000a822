"""What a contact is told when a ticket moves, and the service desk's own people when a deadline is near or missed.

Owns which step is told as what, and the rows of the outbox. How it is worded is `intake.letters.templates`, how it
becomes a mail is the mail channel's. Must not decide about the ticket.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from authz.decision import Verdict
from authz.evidence import Check, Evidence, Outcome, Proof
from authz.identity import Channel, Claim, IdentityKind
from authz.mail.address import address_key
from authz.policy import MAIL_RULES, decide
from intake.conversation.participants import find_colleague
from intake.letters.correspondence import Conversation
from intake.letters.promises import promised
from intake.outgoing import OutboxItem, OutboxKind
from intake.ports import ContactCard, Transaction
from intake.sla.contract import Terms
from intake.sla.schedule import Timer, TimerKind, acceptance_ends_at
from intake.terms import Status
from intake.tickets.model import ActorKind, Ticket
from intake.tickets.state import STAFF, Change

_STAFF_KINDS = {TimerKind.WARNING: OutboxKind.WARNING, TimerKind.BREACH: OutboxKind.BREACH}
_DEFAULTS = Terms(name="")
# Whoever has the one-click link answers as the contact: it is the contact's alone. RULE status-to-verify
_OF_THE_CONTACT = frozenset({"since"})
# Nobody claims to be anybody here: whether the address may still be used is all that is asked.
_OURS = Evidence((Check(proof=Proof.REPLY_ADDRESS, outcome=Outcome.PASS, binds=True, detail="our own mail"),))


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffAddresses:
    """Who of the service desk is told about deadlines, in which language. Empty: nobody."""

    warnings: tuple[str, ...] = ()
    breaches: tuple[str, ...] = ()
    language: str = "cs"


NOBODY = StaffAddresses()


def notice_of(change: Change) -> OutboxKind | None:
    """Which notice a step is told by. The contact's own step is not told back, except that it reopens or closes."""
    before, after = change.before.status, change.after.status
    by_contact = change.actor.kind is ActorKind.CONTACT
    if before is after:
        moved = change.before.category is not change.after.category
        return OutboxKind.CATEGORY if moved and not by_contact else None
    match before, after:
        case _, Status.MORE_INFO:
            return OutboxKind.MORE_INFO
        case _, Status.POSTPONED:
            return OutboxKind.POSTPONED
        case _, Status.TO_VERIFY:
            return OutboxKind.TO_VERIFY
        case _, Status.CLOSED:
            return OutboxKind.CLOSED
        case Status.CLOSED, Status.IN_PROGRESS:
            return OutboxKind.REOPENED
        case Status.NEW, Status.IN_PROGRESS:
            return OutboxKind.IN_PROGRESS
        case Status.TO_VERIFY, Status.IN_PROGRESS if not by_contact:
            return OutboxKind.REOPENED
    return None


def write_notice(
    tx: Transaction, ticket: Ticket, change: Change, words: str = "", files: Sequence[Mapping[str, str]] = ()
) -> bool:
    """Tell the contact about a step, in their language; returns whether anything is told.

    ticket: as it is after the step. words: what a technician says with it, such as the question. files: what goes
    with the words: name, type and blob of each.
    Nothing goes to a contact who may not be written to, nor where the request itself forbade an automatic answer.
    """
    kind = notice_of(change)
    conversation = None if kind is None else tx.correspondence.conversation(ticket.id)
    if kind is None or conversation is None or conversation.quiet:
        return False
    payload: dict[str, Any] = {
        "text": words or (_question(tx, ticket) if kind is OutboxKind.MORE_INFO else ""),
        "solution": ticket.solution or "",
        "evaluation": list(ticket.evaluation),
    }
    if files:
        payload["files"] = list(files)
    if kind is OutboxKind.CATEGORY:
        payload["category_before"] = change.before.category
        payload |= promised(ticket, tx.contract(ticket.customer_id), change.at)
    if kind is OutboxKind.TO_VERIFY:
        terms = tx.contract(ticket.customer_id).terms_at(ticket.since) or _DEFAULTS
        payload |= {
            "since": ticket.since.isoformat(),
            "until": acceptance_ends_at(terms, ticket.since).isoformat(),
        }
    return write_to_contact(tx, ticket, conversation, kind, at=change.at, payload=payload)


def write_to_contact(
    tx: Transaction,
    ticket: Ticket,
    conversation: Conversation,
    kind: OutboxKind,
    *,
    at: datetime,
    payload: dict[str, Any],
) -> bool:
    """Put a mail to the ticket's contact into the outbox, and one to each colleague who takes part. at: aware UTC.

    False when there is nobody to write to.
    """
    card = tx.contact_card(ticket.contact_id, at) if ticket.contact_id is not None else None
    recipient = ticket.reply_to if card is None else _address(tx, ticket, card, conversation, at)
    known: dict[str, Any] = {
        "in_reply_to": conversation.message_ids[-1] if conversation.message_ids else None,
        "references": list(conversation.message_ids),
        "number": ticket.number,
        "category": ticket.category,
        "status": ticket.status,
        "subject": ticket.subject,
        "wording": ticket.wording,
    } | payload
    if recipient is not None:
        _add(tx, kind, ticket.id, recipient, at=at, payload=known | _addressed(card))
    others = _colleagues(tx, ticket, recipient, at)
    for address, reader in others:
        shared = {name: value for name, value in known.items() if name not in _OF_THE_CONTACT}
        _add(tx, kind, ticket.id, address, at=at, payload=shared | _addressed(reader))
    return recipient is not None or bool(others)


def write_to_staff(tx: Transaction, ticket: Ticket, fired: Sequence[Timer], staff: StaffAddresses, at: datetime) -> int:
    """Tell the service desk's own people about the deadlines of a ticket; returns how many mails. RULE response-time"""
    count = 0
    for timer in fired:
        kind = _STAFF_KINDS.get(timer.kind)
        if kind is None or timer.clock is None:
            continue
        for recipient in staff.breaches if kind is OutboxKind.BREACH else staff.warnings:
            payload = {
                "number": ticket.number,
                "category": ticket.category,
                "status": ticket.status,
                "subject": ticket.subject,
                "language": staff.language,
                "clock": timer.clock.value,
                "due_at": timer.at.isoformat(),
                "fraction": None if timer.fraction is None else str(timer.fraction),
            }
            _add(tx, kind, ticket.id, recipient, at=at, payload=payload)
            count += 1
    return count


def _addressed(card: ContactCard | None) -> dict[str, Any]:
    """What a mail has of who reads it; without a card it is a company's address, with which nobody logs in."""
    if card is None:
        return {"name": "", "language": "cs", "account": False}
    return {"name": card.name, "language": card.language, "account": True}


def _colleagues(
    tx: Transaction, ticket: Ticket, recipient: str | None, at: datetime
) -> list[tuple[str, ContactCard | None]]:
    """Who takes part beside the contact and may still write for this customer: the lists are asked anew."""
    told = {address_key(recipient or "")}
    found: list[tuple[str, ContactCard | None]] = []
    for each in tx.participants.of(ticket.id):
        colleague = find_colleague(tx, ticket.customer_id, each.address, at)
        if colleague is None or colleague[0] in told:
            continue
        key, contact_id = colleague
        told.add(key)
        found.append((each.address, tx.contact_card(contact_id, at) if contact_id is not None else None))
    return found


def _address(
    tx: Transaction, ticket: Ticket, card: ContactCard, conversation: Conversation, at: datetime
) -> str | None:
    """Where the contact last wrote about this ticket from, if that is still theirs; else their first address."""
    last = conversation.wrote_from.get(ticket.contact_id or 0)
    if last is None or card.address in {None, last}:
        return card.address
    claim = Claim(channel=Channel.MAIL, kind=IdentityKind.ADDRESS, value=last, shown=last)
    decision = decide(claim, _OURS, tx.listings(claim), MAIL_RULES, at)
    theirs = decision.verdict is Verdict.ACCEPT and decision.contact_id == ticket.contact_id
    return last if theirs else card.address


def _question(tx: Transaction, ticket: Ticket) -> str:
    """What a technician last said to the customer, when nobody has answered it since."""
    said = tx.correspondence.last_said(ticket.id)
    return said.text if said is not None and said.actor.kind in STAFF else ""


def _add(
    tx: Transaction, kind: OutboxKind, ticket_id: int, recipient: str, *, at: datetime, payload: dict[str, Any]
) -> None:
    item = OutboxItem(
        id=tx.new_id(),
        kind=kind,
        ticket_id=ticket_id,
        recipient=recipient,
        message_id="",
        created_at=at,
        next_attempt_at=at,
        payload=payload,
    )
    tx.add_outbox_item(item)
