"""An old mail becomes part of a ticket, as if it had come in then: nothing is sent, no clock runs, nothing doubles.

Owns what becomes of one mail of an archive. The lists are asked who wrote it; nothing proves an old mail, so it is the
operator's word that the archive is genuine, and the evidence says so.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from authz.decision import Reason, Verdict
from authz.evidence import Check, Evidence, Outcome, Proof
from authz.identity import Channel, Claim, Match
from intake.conversation.copies import find_copy
from intake.conversation.forwarding import Forwarder
from intake.conversation.participants import join_people
from intake.filing import Request, file_request, find_ticket, keep_message
from intake.house import House
from intake.ledger import Held, HeldState, LedgerEntry, evidence_rows
from intake.ports import PreparedBlob, Signer, Transaction
from intake.receive import content_key
from intake.submission import AutomaticKind, RawInbound, Submission
from intake.terms import Status
from intake.tickets.correlate import FollowUp, NewTicket
from intake.tickets.model import Actor, ActorKind, EventKind, Ticket, TicketEvent

_MACHINES = frozenset({AutomaticKind.AUTO_REPLY, AutomaticKind.BOUNCE, AutomaticKind.AUTO_GENERATED})


class Imported(StrEnum):
    """What became of a mail."""

    OPENED = "opened"  # a ticket
    JOINED = "joined"  # a ticket that was there
    KNOWN = "known"  # imported before, or received
    UNKNOWN = "unknown"  # its author is on no list
    HELD = "held"  # the same, kept for a person
    OURS = "ours"  # our own mail that belongs to no ticket
    MACHINE = "machine"  # a machine's mail that belongs to no ticket
    BROKEN = "broken"  # it could not be read


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """How to import. by: who does it, at: aware UTC now.

    status: of tickets that are opened; a clock that runs in it starts now. hold_unknown: keep what nobody on the lists
    wrote in quarantine. own_addresses: the receiving addresses, folded.
    """

    by: Actor
    at: datetime
    status: Status = Status.CLOSED
    hold_unknown: bool = False
    own_addresses: frozenset[str] = frozenset()
    house: House = field(default_factory=House)


@dataclass(frozen=True, slots=True, kw_only=True)
class OldMail:
    """A mail of an archive, read. written_at: aware UTC. claim: who it says wrote it."""

    source: str
    key: str
    octets: bytes
    claim: Claim
    submission: Submission
    written_at: datetime
    raw_blob: PreparedBlob
    files: tuple[PreparedBlob, ...] = ()


def import_mail(tx: Transaction, mail: OldMail, options: ImportOptions, signer: Signer) -> Imported:
    """File one mail; safe to repeat."""
    if tx.taken_from(mail.key) is not None:
        return Imported.KNOWN
    entry = _entry(tx, mail, options)
    if _received_before(tx, mail, entry):
        return Imported.KNOWN
    staff = _staff(tx, mail, options)
    if staff is not None:
        return _import_ours(tx, mail, entry, staff, signer)
    owner = _owner(tx, mail)
    if owner is None:
        if options.hold_unknown:
            _hold(tx, mail, entry, options.at)
            return Imported.HELD
        return Imported.UNKNOWN
    customer_id, contact_id = owner
    entry = replace(entry, customer_id=customer_id, contact_id=contact_id)
    request = _request(mail, customer_id, contact_id, options)
    place = find_ticket(tx, request, signer)
    if isinstance(place, FollowUp):
        _join(tx, request, place.ticket, _author(tx, request, mail), entry, how=place.how)
        return Imported.JOINED
    if mail.submission.automatic.kind in _MACHINES:
        return Imported.MACHINE
    _open(tx, request, place, entry, options=options, signer=signer)
    return Imported.OPENED


def _open(
    tx: Transaction, request: Request, place: NewTicket, entry: LedgerEntry, *, options: ImportOptions, signer: Signer
) -> None:
    ticket = file_request(tx, request, place, signer, entry.id)
    tx.add_ledger_entry(replace(entry, blob=request.raw_blob.digest, ticket_id=ticket.id))
    if options.status is Status.NEW:
        return
    closed = options.status is Status.CLOSED
    changed = replace(
        ticket,
        status=options.status,
        since=ticket.received_at,
        closed_at=ticket.received_at if closed else None,
        archived=closed,
        response_deadline=None,
        fix_deadline=None,
        next_deadline=None,
        timer_at=None,
        version=ticket.version + 1,
    )
    tx.update_ticket(changed)
    event = TicketEvent(
        id=tx.new_id(),
        ticket_id=ticket.id,
        at=ticket.received_at,
        actor=options.by,
        kind=EventKind.STATUS,
        before=Status.NEW,
        after=options.status,
        detail={"why": "imported from an archive"},
    )
    tx.add_event(event)


def _join(tx: Transaction, request: Request, ticket: Ticket, actor: Actor, entry: LedgerEntry, *, how: str) -> None:
    """Add what was said; an old mail moves nothing."""
    tx.add_blob(request.raw_blob)
    for blob in request.files:
        tx.add_blob(blob)
    keep_message(tx, request, actor, ticket, entry.id, how=how)
    join_people(tx, request, ticket)
    later = max(ticket.updated_at, request.raw.received_at) if ticket.archived else ticket.updated_at
    tx.update_ticket(replace(ticket, updated_at=later, version=ticket.version + 1))
    tx.add_ledger_entry(replace(entry, blob=request.raw_blob.digest, ticket_id=ticket.id))


def _import_ours(tx: Transaction, mail: OldMail, entry: LedgerEntry, staff: Forwarder, signer: Signer) -> Imported:
    """What we wrote ourselves is a technician's word in the ticket it answers; alone it says nothing."""
    known = tx.known_messages(mail.submission.references[:20])
    ticket = next(filter(None, (tx.ticket(each.ticket_id) for each in known)), None)
    if ticket is None and mail.submission.ticket_hint is not None:
        ticket = tx.ticket_by_number(mail.submission.ticket_hint)
    if ticket is None or mail.submission.automatic.kind in _MACHINES:
        return Imported.OURS
    request = _request(mail, ticket.customer_id, None, None)
    actor = Actor(kind=ActorKind.TECHNICIAN, name=staff.name, channel=Channel.MAIL, id=staff.user_id or None)
    _join(tx, request, ticket, actor, replace(entry, customer_id=ticket.customer_id), how="Message-ID")
    return Imported.JOINED


def _request(mail: OldMail, customer_id: int, contact_id: int | None, options: ImportOptions | None) -> Request:
    # A clock that will run starts now: nobody promised anything about the years before.
    runs = options is not None and options.status is not Status.CLOSED
    raw = RawInbound(
        channel=Channel.MAIL,
        account="archive",
        source_key=mail.key,
        received_at=mail.written_at,
        octets=mail.octets,
    )
    # `quiet`: no notice is ever sent about it by itself.
    silent = replace(mail.submission.automatic, may_answer=False, why="imported from an archive")
    return Request(
        raw=raw,
        submission=replace(mail.submission, automatic=silent),
        customer_id=customer_id,
        contact_id=contact_id,
        author=mail.claim.shown,
        author_verified=False,
        clock_at=options.at if runs and options is not None else mail.written_at,
        raw_blob=mail.raw_blob,
        files=mail.files,
        house=options.house if options is not None else House(),
    )


def _received_before(tx: Transaction, mail: OldMail, entry: LedgerEntry) -> bool:
    if entry.content_key is not None and tx.taken_as(entry.content_key) is not None:
        return True
    if not (entry.message_id and entry.identity):
        return False
    return find_copy(mail.submission, tx.said_under(entry.message_id, entry.identity)) is not None


def _owner(tx: Transaction, mail: OldMail) -> tuple[int, int | None] | None:
    """Whose mail it is: the one customer the lists know the author of, also one who may not write any more."""
    listings = tx.listings(mail.claim)
    for match in (Match.EXACT, Match.DOMAIN):
        found = [each for each in listings if each.match is match]
        if found:
            customers = {each.customer_id for each in found}
            contacts = {each.contact_id for each in found}
            return (customers.pop(), contacts.pop() if len(contacts) == 1 else None) if len(customers) == 1 else None
    return None


def _staff(tx: Transaction, mail: OldMail, options: ImportOptions) -> Forwarder | None:
    if mail.claim.value is None:
        return None
    user = tx.people.user_at(mail.claim.value)
    if user is not None and not tx.listings(mail.claim):
        return Forwarder(user_id=user.id, name=user.name)
    if mail.claim.value in options.own_addresses:
        return Forwarder(user_id=0, name=mail.submission.author_name or mail.claim.shown)
    return None


def _author(tx: Transaction, request: Request, mail: OldMail) -> Actor:
    card = tx.contact_card(request.contact_id, mail.written_at) if request.contact_id is not None else None
    name = card.name if card is not None else mail.claim.shown
    return Actor(kind=ActorKind.CONTACT, name=name, channel=Channel.MAIL, id=request.contact_id)


def _entry(tx: Transaction, mail: OldMail, options: ImportOptions) -> LedgerEntry:
    identity = mail.claim.value or mail.claim.shown
    check = Check(
        proof=Proof.ARCHIVE,
        outcome=Outcome.NONE,
        binds=False,
        detail=f"imported by {options.by.name} from {mail.source}; nothing proves who wrote it",
    )
    return LedgerEntry(
        id=tx.new_id(),
        channel=Channel.MAIL,
        account="archive",
        received_at=mail.written_at,
        verdict=Verdict.ACCEPT,
        reason=Reason.IMPORTED,
        detail=check.detail[:1000],
        size=len(mail.octets),
        source_key=mail.key,
        content_key=content_key(identity, mail.submission, Verdict.ACCEPT),
        identity=identity,
        subject=mail.submission.subject,
        message_id=mail.submission.message_id,
        evidence=evidence_rows(Evidence((check,))),
    )


def _hold(tx: Transaction, mail: OldMail, entry: LedgerEntry, at: datetime) -> None:
    tx.add_blob(mail.raw_blob)
    key = content_key(entry.identity or "", mail.submission, Verdict.HOLD)
    held = replace(
        entry, verdict=Verdict.HOLD, reason=Reason.AUTHOR_UNKNOWN, content_key=key, blob=mail.raw_blob.digest
    )
    tx.add_ledger_entry(held)
    tx.add_held(Held(id=entry.id, state=HeldState.HELD, held_at=at))
