"""The way of a request, from what a channel brings to a committed ticket. The file to read first.

guard → decide → correlate → file: named steps in one transaction, then the receipt. A channel acknowledges its peer
only with that receipt in hand. Must not know how any channel speaks or how anything is stored.
"""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from authz.decision import PUBLIC_TEXT, Decision, Reason, Verdict
from authz.evidence import Evidence
from authz.identity import Channel, Claim
from authz.policy import Rules
from intake.conversation.copies import describe_namesakes, find_copy
from intake.conversation.forwarding import Forwarded
from intake.files.scanning import Scanner, object_to
from intake.filing import Request, file_request, find_ticket
from intake.house import House
from intake.judging import judge
from intake.ledger import Held, HeldState, LedgerEntry, evidence_rows
from intake.letters.deliveries import file_report, find_reported
from intake.letters.unknown_notice import tell_unknown
from intake.outgoing import OutboxItem
from intake.ports import Blobs, PreparedBlob, Receipt, Signer, Transaction, Writer
from intake.submission import AutomaticKind, Forward, RawInbound, Submission
from intake.tickets.correlate import NewTicket
from intake.tickets.model import Actor, ActorKind, Ticket

# Above this, preparing the blobs writes and syncs files: not on the event loop.
_LARGE = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """Everything a channel brings for one request.

    submission: what it says; None when it could not be read (then it is held).
    refused: set when the channel itself must refuse it whoever wrote it, such as a mail loop.
    login: with which the peer authenticated itself over a protected connection.
    forward: what it passes on, when its sender may be one of the service desk's users.
    objection: what speaks against it even if its author may write.
    """

    raw: RawInbound
    claim: Claim
    evidence: Evidence
    submission: Submission | None
    rules: Rules
    refused: Decision | None = None
    login: str | None = None
    forward: Forward | None = None
    objection: Decision | None = None


@dataclass(frozen=True, slots=True)
class PreparedRequest:
    """An inbound whose octets are ready to be referred to."""

    inbound: Inbound
    raw_blob: PreparedBlob
    files: tuple[PreparedBlob, ...]
    forwarded_files: tuple[PreparedBlob, ...] = ()


class Receiver:
    """Takes requests in. One for the process; call it from its event loop."""

    def __init__(
        self,
        writer: Writer,
        blobs: Blobs,
        signer: Signer,
        *,
        count: Callable[[Channel, Verdict, Reason], None] = lambda channel, verdict, reason: None,
        house: House | None = None,
        scanner: Scanner | None = None,
    ) -> None:
        """count: told of every decision, for the figures; a repetition's reason is DUPLICATE.

        scanner: looks at files before anything is filed, when there is one.
        """
        self._writer = writer
        self._blobs = blobs
        self._signer = signer
        self._count = count
        self._house = house or House()
        self._scanner = scanner

    async def is_user(self, address: str) -> bool:
        """Whether somebody of the service desk has this address; a hint, looked at again when the mail is filed."""
        found = self._writer.submit(lambda tx: tx.people.user_at(address) is not None)
        return await asyncio.wrap_future(found)

    async def receive(self, inbound: Inbound) -> Receipt:
        """File one request; returns after the commit is on disk.

        Raises what the store raised when nothing was committed: the peer still holds the request and must be told
        to come again.
        """
        if self._scanner is not None:
            inbound = await _scan(self._scanner, inbound)
        prepared = await prepare(self._blobs, inbound)
        work = partial(receive_in, prepared=prepared, signer=self._signer, house=self._house)
        receipt = await asyncio.wrap_future(self._writer.submit(work))
        reason = Reason.DUPLICATE if receipt.duplicate else receipt.reason
        self._count(inbound.raw.channel, receipt.verdict, reason)
        return receipt


async def prepare(blobs: Blobs, inbound: Inbound) -> PreparedRequest:
    """Make the raw octets and the attachments' own bytes ready; large ones are on disk when this returns."""
    own = _contents(inbound.submission)
    forwarded = _contents(inbound.forward.submission if inbound.forward is not None else None)
    octets = [inbound.raw.octets, *own, *forwarded]
    if sum(map(len, octets)) > _LARGE:
        made = await asyncio.to_thread(lambda: [blobs.prepare(each) for each in octets])
    else:
        made = [blobs.prepare(each) for each in octets]
    return PreparedRequest(inbound, made[0], tuple(made[1 : 1 + len(own)]), tuple(made[1 + len(own) :]))


def _contents(submission: Submission | None) -> tuple[bytes, ...]:
    if submission is None:
        return ()
    return tuple(file.content for file in submission.attachments if file.content is not None)


def receive_in(tx: Transaction, prepared: PreparedRequest, signer: Signer, house: House | None = None) -> Receipt:
    """The pipeline. Runs inside one transaction and may run again after a conflict."""
    house = house or House()
    inbound, raw = prepared.inbound, prepared.inbound.raw
    first = tx.taken_from(raw.source_key)
    if first is not None and not _waits(tx, first):
        return _repeat(tx, first)

    if first is None and inbound.refused is None and inbound.submission is not None:
        reported = find_reported(tx, inbound.submission, signer)
        if reported is not None:
            return _note_report(tx, prepared, reported)

    inbound, decision, forwarded = judge(tx, inbound, signer, house)
    prepared = replace(prepared, inbound=inbound)
    if first is not None and decision.verdict is not Verdict.ACCEPT:
        return _repeat(tx, first)

    entry = describe_input(tx.new_id(), inbound, decision)
    if first is not None:
        entry = replace(entry, source_key=None)  # the held entry has it
    if decision.verdict in {Verdict.REJECT, Verdict.RETRY}:
        # The peer still holds it and may come again to be judged anew: no guard is set, no octets are kept.
        tx.add_ledger_entry(replace(entry, source_key=None, content_key=None))
        tell_unknown(tx, inbound.rules, entry, inbound.evidence, inbound.submission)
        return _receipt(entry, None)

    taken, note = _taken_before(tx, inbound, entry)
    if taken is not None:
        return _repeat_by_another_way(tx, entry, taken)
    if decision.verdict is Verdict.HOLD:
        tell_unknown(tx, inbound.rules, entry, inbound.evidence, inbound.submission)
        return hold(tx, prepared, entry)
    receipt, ticket = _accept(tx, prepared, entry, signer, house=house, forwarded=forwarded, note=note)
    if first is not None and ticket is not None:
        _release_proved(tx, first, ticket, raw)
    return receipt


async def _scan(scanner: Scanner, inbound: Inbound) -> Inbound:
    """Look at what came in: a whole mail, or the files of a request that came with none of its own octets to read."""
    submission = inbound.submission
    if inbound.raw.channel is Channel.MAIL:
        parts: tuple[bytes, ...] = (inbound.raw.octets,)
    else:
        parts = _contents(submission)
    if not parts:
        return inbound
    scan = await scanner.scan(parts)
    return replace(
        inbound,
        evidence=Evidence((*inbound.evidence.checks, scan.check())),
        objection=object_to(scan, scanner.when_down),
    )


def _taken_before(tx: Transaction, inbound: Inbound, entry: LedgerEntry) -> tuple[LedgerEntry | None, str]:
    """The entry that took the same message in by another way, or why one of the same name is not it."""
    taken = tx.taken_as(entry.content_key) if entry.content_key is not None else None
    if taken is not None or entry.verdict is not Verdict.ACCEPT or not (entry.message_id and entry.identity):
        return taken, ""
    said = tx.said_under(entry.message_id, entry.identity)
    copy = find_copy(inbound.submission, said)
    return (copy, "") if copy is not None or not said else (None, describe_namesakes(said))


def _accept(
    tx: Transaction,
    prepared: PreparedRequest,
    entry: LedgerEntry,
    signer: Signer,
    *,
    house: House,
    forwarded: Forwarded | None,
    note: str,
) -> tuple[Receipt, Ticket | None]:
    """note: told of a ticket it opens."""
    inbound = prepared.inbound
    submission = inbound.submission if forwarded is None else forwarded.forward.submission
    if submission is None or entry.customer_id is None:
        raise AssertionError("an accepted request says something and belongs to a customer")
    request = Request(
        raw=inbound.raw,
        submission=submission,
        customer_id=entry.customer_id,
        contact_id=entry.contact_id,
        author=inbound.claim.shown if forwarded is None else forwarded.claim.shown,
        author_verified=inbound.evidence.verified and forwarded is None,
        clock_at=inbound.raw.received_at,
        raw_blob=prepared.raw_blob,
        files=prepared.files if forwarded is None else prepared.forwarded_files,
        forwarded_by=None if forwarded is None else forwarded.by,
        house=house,
    )
    place = find_ticket(tx, request, signer)
    if isinstance(place, NewTicket) and note:
        place = replace(place, note=place.note or note)
    if isinstance(place, NewTicket) and submission.automatic.kind in {AutomaticKind.AUTO_REPLY, AutomaticKind.BOUNCE}:
        # A machine's answer that belongs to no ticket opens none, but a person may look at it.
        held = replace(entry, verdict=Verdict.HOLD, reason=Reason.AUTOMATIC, detail=submission.automatic.why)
        return hold(tx, prepared, held), None
    ticket = file_request(tx, request, place, signer, entry.id)
    tx.add_ledger_entry(replace(entry, blob=prepared.raw_blob.digest, ticket_id=ticket.id))
    return _receipt(entry, ticket.number), ticket


def _note_report(tx: Transaction, prepared: PreparedRequest, mail: OutboxItem) -> Receipt:
    """Keep a delivery report with the mail of ours it is about. Whoever wrote it: our own signature is in it."""
    inbound = prepared.inbound
    if inbound.submission is None or inbound.submission.report is None:
        raise AssertionError("a report says something")
    report = inbound.submission.report
    detail = f"{report.action}: mail {mail.id} to {mail.recipient}"
    decision = Decision(verdict=Verdict.ACCEPT, reason=Reason.DELIVERY_REPORT, detail=detail)
    entry = describe_input(tx.new_id(), inbound, decision)
    taken = tx.taken_as(entry.content_key) if entry.content_key is not None else None
    if taken is not None:
        return _repeat_by_another_way(tx, entry, taken)
    tx.add_blob(prepared.raw_blob)
    tx.add_ledger_entry(replace(entry, blob=prepared.raw_blob.digest, ticket_id=mail.ticket_id))
    file_report(tx, mail, report, at=inbound.raw.received_at, ledger_id=entry.id)
    ticket = tx.ticket(mail.ticket_id) if mail.ticket_id is not None else None
    return _receipt(entry, ticket.number if ticket is not None else None)


def hold(tx: Transaction, prepared: PreparedRequest, entry: LedgerEntry) -> Receipt:
    """Keep a request, octets and all, until a person decides."""
    tx.add_blob(prepared.raw_blob)
    tx.add_ledger_entry(replace(entry, blob=prepared.raw_blob.digest))
    tx.add_held(Held(id=entry.id, state=HeldState.HELD, held_at=entry.received_at))
    return _receipt(entry, None)


def describe_input(entry_id: int, inbound: Inbound, decision: Decision) -> LedgerEntry:
    """The ledger's line for an input and its decision, both guards set."""
    raw, submission = inbound.raw, inbound.submission
    return LedgerEntry(
        id=entry_id,
        channel=raw.channel,
        account=raw.account,
        received_at=raw.received_at,
        verdict=decision.verdict,
        reason=decision.reason,
        detail=decision.detail,
        size=len(raw.octets),
        source_key=raw.source_key,
        content_key=None
        if submission is None
        else content_key(inbound.claim.value or inbound.claim.shown, submission, decision.verdict),
        peer=raw.peer,
        reverse_path=raw.reverse_path,
        identity=inbound.claim.value or inbound.claim.shown,
        subject=submission.subject if submission is not None else None,
        message_id=submission.message_id if submission is not None else None,
        evidence=evidence_rows(inbound.evidence),
        customer_id=decision.customer_id,
        contact_id=decision.contact_id,
        trace_id=raw.trace_id,
    )


def content_key(identity: str, submission: Submission, verdict: Verdict) -> str | None:
    """The second guard. A Message-ID is the sender's to choose, so the content counts too, and who claims it.

    The verdict is part of it: a forged copy in quarantine must not swallow the genuine message that follows.
    """
    if submission.message_id is None or submission.content_digest is None:
        return None
    parts = (verdict, identity, submission.message_id, submission.content_digest)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()


def _waits(tx: Transaction, taken: LedgerEntry) -> bool:
    """Whether that delivery is still held: the same octets by a way that proves them must not wait behind a copy."""
    if taken.verdict is not Verdict.HOLD or taken.ticket_id is not None:
        return False
    held = tx.held(taken.id)
    return held is not None and held.state is HeldState.HELD


def _release_proved(tx: Transaction, entry: LedgerEntry, ticket: Ticket, raw: RawInbound) -> None:
    """Nobody has to decide any more about a held request whose very octets came again, this time with proof."""
    by = Actor(kind=ActorKind.SYSTEM, name="receiver", channel=raw.channel)
    note = "came again, proved"
    tx.settle_held(entry.id, state=HeldState.RELEASED, at=raw.received_at, by=by, note=note, ticket_id=ticket.id)


def _repeat_by_another_way(tx: Transaction, entry: LedgerEntry, taken: LedgerEntry) -> Receipt:
    """Leave a line of its own for a message that another delivery brought before, and say what became of that one."""
    again = replace(entry, content_key=None, duplicate_of=taken.id, ticket_id=taken.ticket_id)
    tx.add_ledger_entry(replace(again, reason=Reason.DUPLICATE, detail=f"the same message as entry {taken.id}"))
    return _repeat(tx, taken)


def _repeat(tx: Transaction, taken: LedgerEntry) -> Receipt:
    ticket = tx.ticket(taken.ticket_id) if taken.ticket_id is not None else None
    if ticket is None:
        return replace(_receipt(taken, None), duplicate=True)
    # What was held has become a ticket since, and its peer may know.
    released = taken.verdict is Verdict.HOLD
    known = replace(taken, verdict=Verdict.ACCEPT, reason=Reason.RELEASED) if released else taken
    return replace(_receipt(known, ticket.number), duplicate=True)


def _receipt(entry: LedgerEntry, ticket_number: int | None) -> Receipt:
    return Receipt(
        verdict=entry.verdict,
        reason=entry.reason,
        public_text=PUBLIC_TEXT[entry.reason],
        ledger_id=entry.id,
        ticket_number=ticket_number,
    )
