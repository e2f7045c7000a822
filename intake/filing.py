"""Filing an accepted request: the ticket it opens or joins, and everything that hangs on it, in one transaction.

Owns the rows a request becomes. Does not decide who may: it is called with that settled.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from authz.identity import Channel
from intake.category_rules import find_category
from intake.conversation.forwarding import Forwarder
from intake.conversation.links import follow_merge
from intake.conversation.participants import join_people
from intake.house import House
from intake.letters.promises import promised
from intake.outgoing import OutboxItem, OutboxKind
from intake.ports import ContactCard, KnownMessage, PreparedBlob, Signer, Transaction
from intake.sla.contract import Contract
from intake.sla.schedule import deadlines_at_receipt
from intake.submission import AutomaticKind, RawInbound, Submission
from intake.terms import Status
from intake.tickets.categorize import without_marks
from intake.tickets.correlate import Candidate, FollowUp, NewTicket, base_subject, correlate
from intake.tickets.customer import Effect, on_customer_message
from intake.tickets.model import (
    Actor,
    ActorKind,
    Comment,
    EventKind,
    StoredAttachment,
    Ticket,
    TicketEvent,
)
from intake.tickets.record import lifecycle_state, record_change

_NO_SUBJECT = "(no subject)"
_MESSAGES_LOOKED_UP = 20
_REFERENCES_KEPT = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An authorized request, ready to be filed.

    author: how the request names its author, for a company entry without a person.
    author_verified: whether mail may be sent to that author at all.
    clock_at: when the clocks start, aware UTC: the receipt, or the release from quarantine.
    files: prepared blobs of the attachments that came with their bytes, in their order.
    forwarded_by: the technician who passed it on, on whose word alone it is this author's.
    house: what the operator laid down.
    """

    raw: RawInbound
    submission: Submission
    customer_id: int
    contact_id: int | None
    author: str
    author_verified: bool
    clock_at: datetime
    raw_blob: PreparedBlob
    files: tuple[PreparedBlob, ...] = ()
    forwarded_by: Forwarder | None = None
    house: House = field(default_factory=House)


def find_ticket(tx: Transaction, request: Request, signer: Signer) -> NewTicket | FollowUp:
    """Correlate the request: our signed names first, then Message-IDs we know with the same base subject."""
    return find_place(tx, request.submission, request.customer_id, signer)


def find_place(tx: Transaction, submission: Submission, customer_id: int, signer: Signer) -> NewTicket | FollowUp:
    """The same for what a customer's request says."""
    named = [Candidate(ticket_id=ticket_id, how="signed name") for ticket_id in signer.tickets_named(submission)]
    wanted = submission.references[:_MESSAGES_LOOKED_UP]
    # The newest message of the thread first: what continues a closed ticket belongs to its continuation.
    known = sorted(tx.known_messages(wanted), key=lambda message: wanted.index(message.message_id))
    referred = [
        Candidate(ticket_id=message.ticket_id, how="Message-ID", subject=None if message.ours else message.base_subject)
        for message in known
    ]
    place = correlate(
        submission, customer_id, named + referred, lambda ticket_id: follow_merge(tx, tx.ticket(ticket_id))
    )
    if isinstance(place, FollowUp) or submission.ticket_hint is None:
        return place
    # Anybody can write a number into a subject: it counts for nothing but the customer's own tickets.
    hinted = follow_merge(tx, tx.ticket_by_number(submission.ticket_hint))
    if hinted is None:
        return place
    hint = Candidate(ticket_id=hinted.id, how="subject tag")
    tagged = correlate(submission, customer_id, [hint], lambda _: hinted)
    return tagged if isinstance(tagged, FollowUp) or not place.note else place


def file_request(
    tx: Transaction, request: Request, place: NewTicket | FollowUp, signer: Signer, entry_id: int
) -> Ticket:
    """Write the request's rows; returns the ticket it opened or joined.

    entry_id: the id its ledger entry has or will have in this transaction.
    """
    tx.add_blob(request.raw_blob)
    for blob in request.files:
        tx.add_blob(blob)
    card = tx.contact_card(request.contact_id, request.clock_at) if request.contact_id is not None else None
    actor = _actor(request, card)
    if isinstance(place, FollowUp):
        joined = _join(tx, request, actor, place)
        if isinstance(joined, Ticket):
            keep_message(tx, request, actor, joined, entry_id, how=place.how)
            _let_join(tx, request, actor, joined)
            return joined
        place = joined
    contract = tx.contract(request.customer_id)
    ticket = _open(tx, request, actor, place, contract)
    keep_message(tx, request, actor, ticket, entry_id)
    _let_join(tx, request, actor, ticket)
    _acknowledge(tx, request, card, ticket, signer, promises=promised(ticket, contract, request.clock_at))
    return ticket


def _actor(request: Request, card: ContactCard | None) -> Actor:
    name = card.name if card is not None else request.author
    return Actor(kind=ActorKind.CONTACT, name=name, channel=request.raw.channel, id=request.contact_id)


def _join(tx: Transaction, request: Request, actor: Actor, place: FollowUp) -> Ticket | NewTicket:
    """Let the message have its effect on the ticket; too late for that, it opens a linked one."""
    ticket = place.ticket
    terms = tx.contract_terms(ticket.customer_id, request.clock_at)
    # Also what only calls itself generated: servers mark an out-of-office so. RFC 3834 §5
    machine = request.submission.automatic.kind not in {AutomaticKind.NONE, AutomaticKind.LIST}
    effect = on_customer_message(
        lifecycle_state(ticket, terms), actor=actor, at=request.clock_at, automatic=machine, limits=terms.limits
    )
    if ticket.archived and not machine:
        return NewTicket(note="the ticket is out of an archive", related_id=ticket.id)
    match effect.effect:
        case Effect.NEW_TICKET:
            return NewTicket(note=effect.why, related_id=ticket.id)
        case Effect.STEP if effect.change is not None:
            return record_change(tx, ticket, effect.change, attention=True)
    changed = replace(
        ticket,
        updated_at=max(request.clock_at, ticket.updated_at),
        attention=ticket.attention or not machine,
        version=ticket.version + 1,
    )
    tx.update_ticket(changed)
    return changed


def _open(tx: Transaction, request: Request, actor: Actor, place: NewTicket, contract: Contract) -> Ticket:
    submission = request.submission
    choice = find_category(
        tx,
        submission,
        customer_id=request.customer_id,
        contact_id=request.contact_id,
        recipients=(*request.raw.recipients, request.raw.account),
        standing=request.house.standing,
        at=request.clock_at,
    )
    category = choice.category
    ahead = deadlines_at_receipt(contract, request.clock_at, category)
    ticket = Ticket(
        id=tx.new_id(),
        number=tx.next_ticket_number(),
        customer_id=request.customer_id,
        contact_id=request.contact_id,
        # The mark is said by the category now; the ledger and the message keep the subject as it came.
        subject=without_marks(submission.subject, choice).strip()[:255] or _NO_SUBJECT,
        category=category,
        status=Status.NEW,  # RULE status-new
        channel=request.raw.channel,
        received_at=request.clock_at,
        since=request.clock_at,
        updated_at=request.clock_at,
        attention=choice.priority is not None,
        related_id=place.related_id,
        reply_to=_proved_address(request),
        wording=choice.template.template if choice.template is not None else None,
        response_deadline=ahead.response,
        fix_deadline=ahead.fix,
        next_deadline=ahead.next,
        timer_at=ahead.timer_at,
    )
    tx.add_ticket(ticket)
    detail: dict[str, str | int] = {"category": category, "account": request.raw.account, **choice.told()}
    if not submission.automatic.may_answer:
        detail["quiet"] = submission.automatic.why
    if place.note:
        detail["note"] = place.note
    if place.related_id is not None:
        detail["continues"] = place.related_id
    if request.forwarded_by is not None:
        detail |= {"forwarded_by": request.forwarded_by.name, "forwarded_by_user": request.forwarded_by.user_id}
    _note(tx, ticket, actor, request.clock_at, EventKind.CREATED, after=Status.NEW, detail=detail)
    return ticket


def _proved_address(request: Request) -> str | None:
    """The author's own address, when it was proved and no single contact stands for it."""
    proved = request.raw.channel is Channel.MAIL and request.author_verified and request.contact_id is None
    return request.author if proved else None


def _let_join(tx: Transaction, request: Request, actor: Actor, ticket: Ticket) -> None:
    for joined in join_people(tx, request, ticket):
        detail: dict[str, str | int] = {"part": joined.part}
        _note(tx, ticket, actor, request.clock_at, EventKind.PARTICIPANT, after=joined.address[:255], detail=detail)


def keep_message(
    tx: Transaction, request: Request, actor: Actor, ticket: Ticket, entry_id: int, *, how: str | None = None
) -> None:
    """Keep what the request says as a comment, with its files and its Message-ID. how: it was found to belong here."""
    submission = request.submission
    comment = Comment(
        id=tx.new_id(),
        ticket_id=ticket.id,
        at=request.raw.received_at,
        actor=actor,
        text=submission.reply or submission.text,
        elided=submission.elided,
        html=submission.html,
        automatic=submission.automatic.kind,
        ledger_id=entry_id,
    )
    tx.add_comment(comment)
    detail: dict[str, str | int] = {"comment": comment.id} | ({"by": how} if how is not None else {})
    if request.forwarded_by is not None:
        detail["forwarded_by"] = request.forwarded_by.name
        _keep_note(tx, request, request.forwarded_by, ticket)
    withheld = [file.filename for file in submission.attachments if request.house.files.withheld(file)]
    if withheld:
        detail["withheld"] = ", ".join(withheld)[:1000]
    _note(tx, ticket, actor, request.clock_at, EventKind.COMMENT, detail=detail)
    blobs = iter(request.files)
    for file in submission.attachments:
        blob = request.raw_blob if file.content is None else next(blobs)
        tx.add_attachment(
            StoredAttachment(
                id=tx.new_id(),
                ticket_id=ticket.id,
                comment_id=comment.id,
                filename=file.filename,
                content_type=file.content_type,
                size=file.size,
                sha256=file.sha256,
                inline=file.inline,
                content_id=file.content_id,
                blob=blob.digest,
                part=file.part if file.content is None else None,
                detected_type=file.detected_type,
                withheld=request.house.files.withheld(file),
            )
        )
    if submission.message_id is not None:
        tx.add_known_message(
            KnownMessage(
                message_id=submission.message_id,
                ticket_id=ticket.id,
                base_subject=base_subject(submission.subject),
                ours=False,
            )
        )


def _keep_note(tx: Transaction, request: Request, by: Forwarder, ticket: Ticket) -> None:
    """What the technician wrote to the desk above the customer's words is not the customer's to read."""
    if not by.note:
        return
    actor = Actor(kind=ActorKind.TECHNICIAN, name=by.name, channel=request.raw.channel, id=by.user_id)
    note = Comment(
        id=tx.new_id(), ticket_id=ticket.id, at=request.raw.received_at, actor=actor, text=by.note, internal=True
    )
    tx.add_comment(note)
    detail: dict[str, str | int] = {"comment": note.id, "internal": True}
    _note(tx, ticket, actor, request.clock_at, EventKind.COMMENT, detail=detail)


def _acknowledge(
    tx: Transaction,
    request: Request,
    card: ContactCard | None,
    ticket: Ticket,
    signer: Signer,
    *,
    promises: Mapping[str, str],
) -> None:
    """Tell the author of a new ticket its number; never a machine, never an address nobody proved."""
    # RFC 3834 §2
    if not (request.submission.automatic.may_answer and request.author_verified):
        return
    listed = card.address if card is not None else None
    recipient = request.author if request.raw.channel is Channel.MAIL else listed
    if recipient is None:
        return
    item_id = tx.new_id()
    tx.add_outbox_item(
        OutboxItem(
            id=item_id,
            kind=OutboxKind.ACKNOWLEDGEMENT,
            ticket_id=ticket.id,
            recipient=recipient,
            message_id=signer.message_id(ticket.id, item_id),
            created_at=request.clock_at,
            next_attempt_at=request.clock_at,
            payload={
                "number": ticket.number,
                "category": ticket.category,
                "subject": ticket.subject,
                "name": card.name if card is not None else "",
                "language": card.language if card is not None else "cs",
                "account": card is not None,
                "wording": ticket.wording,
                **promises,
                "in_reply_to": request.submission.message_id,
                "references": list(reversed(request.submission.references[:_REFERENCES_KEPT])),
            },
        )
    )


def _note(
    tx: Transaction,
    ticket: Ticket,
    actor: Actor,
    at: datetime,
    kind: EventKind,
    *,
    after: str | None = None,
    detail: dict[str, str | int],
) -> None:
    event = TicketEvent(
        id=tx.new_id(), ticket_id=ticket.id, at=at, actor=actor, kind=kind, after=after, detail=dict(detail)
    )
    tx.add_event(event)
