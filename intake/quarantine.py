"""What a person decides about a held request: release it into the ticket it would have made, or reject it.

A release files the stored octets again through the same steps as `intake.receive`; only the decision is the person's.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from authz.decision import PUBLIC_TEXT, Reason, Verdict
from authz.evidence import Proof
from authz.identity import Channel, Claim, IdentityKind, Match
from authz.mail.address import address_key
from intake.administration import EntryError
from intake.conversation.forwarding import Forwarder, forwarded_claim
from intake.filing import Request, file_request, find_ticket
from intake.house import House
from intake.ledger import Held, HeldState, LedgerEntry, read_evidence
from intake.people import AddressData, NumberData
from intake.ports import Blobs, Receipt, Rereader, Signer, Transaction, Writer
from intake.receive import content_key
from intake.submission import Forward, RawInbound, Submission
from intake.tickets.model import Actor, Ticket


class QuarantineError(Exception):
    """The decision cannot be carried out; the message says what to do instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A person's word that a held request is genuine.

    customer_id, contact_id: whose request it is, when the lists did not know or the person knows better.
    from_receipt: start the clocks when it was received instead of now (contract option).
    authorize: put the claimed author's address on the list of that contact, for all mail to come.
    """

    held_id: int
    by: Actor
    at: datetime
    customer_id: int | None = None
    contact_id: int | None = None
    note: str | None = None
    from_receipt: bool = False
    authorize: bool = False


# Blocking: a request that a channel made of another one, such as a voicemail that a PBX mailed, made again.
Reshape = Callable[[LedgerEntry, bytes, Submission], Submission]


def _as_it_is(entry: LedgerEntry, octets: bytes, submission: Submission) -> Submission:
    return submission


class Quarantine:
    """Releases and rejects. Async like the receiver; the work is done in the writer's transaction."""

    def __init__(
        self,
        writer: Writer,
        blobs: Blobs,
        rereader: Rereader,
        signer: Signer,
        *,
        house: House | None = None,
        reshape: Reshape = _as_it_is,
    ) -> None:
        """reshape: what a channel made of a mail when it came, made again."""
        self._writer = writer
        self._blobs = blobs
        self._rereader = rereader
        self._signer = signer
        self._house = house or House()
        self._reshape = reshape

    async def release(self, release: Release) -> Receipt:
        """File a held request as the ticket it would have made.

        Raises QuarantineError when there is nothing to release or nobody it could belong to.
        """
        entry = await asyncio.wrap_future(self._writer.submit(lambda tx: _entry(tx, release.held_id)))
        octets = await asyncio.to_thread(self._blobs.read, entry.blob or "")
        submission = await asyncio.to_thread(self._rereader.read, octets, reverse_path=entry.reverse_path)
        submission = await asyncio.to_thread(self._reshape, entry, octets, submission)
        accepted = content_key(entry.identity or "", submission, Verdict.ACCEPT)
        forward = await asyncio.to_thread(self._rereader.forward, octets) if _is_forward(entry) else None
        if forward is not None:
            submission = forward.submission
        raw = RawInbound(
            channel=entry.channel,
            account=entry.account,
            source_key=entry.source_key or "",
            received_at=entry.received_at,
            octets=octets,
            peer=entry.peer,
            reverse_path=entry.reverse_path,
            trace_id=entry.trace_id,
        )
        files = [file.content for file in submission.attachments if file.content is not None]
        prepared = await asyncio.to_thread(lambda: [self._blobs.prepare(each) for each in (octets, *files)])

        def work(tx: Transaction) -> Receipt:
            held = _held(tx, release.held_id)
            settle = partial(
                tx.settle_held,
                held.id,
                state=HeldState.RELEASED,
                at=release.at,
                by=release.by,
                note=release.note,
            )
            # The same message may have been proved by another delivery while this copy waited.
            taken = tx.taken_as(accepted) if accepted is not None else None
            known = tx.ticket(taken.ticket_id) if taken is not None and taken.ticket_id is not None else None
            if known is not None:
                settle(ticket_id=known.id)
                return _released(entry, known, duplicate=True)
            customer_id, contact_id = _owner(tx, entry, release)
            author = entry.identity or "" if forward is None else forwarded_claim(forward).shown
            if release.authorize:
                _authorize(tx, replace(entry, identity=author), customer_id, contact_id, release)
            terms = tx.contract(customer_id).terms_at(entry.received_at)
            from_receipt = release.from_receipt or (terms is not None and terms.options.clock_from_receipt)
            request = Request(
                raw=raw,
                submission=submission,
                customer_id=customer_id,
                contact_id=contact_id,
                author=author,
                # A person vouches for the request, nobody for the address: nothing is sent there.
                author_verified=False,
                clock_at=entry.received_at if from_receipt else release.at,
                raw_blob=prepared[0],
                files=tuple(prepared[1:]),
                forwarded_by=_forwarder(tx, entry, forward),
                house=self._house,
            )
            place = find_ticket(tx, request, self._signer)
            ticket = file_request(tx, request, place, self._signer, entry.id)
            settle(ticket_id=ticket.id, content_key=accepted)
            return _released(entry, ticket)

        return await asyncio.wrap_future(self._writer.submit(work))

    async def reject(self, held_id: int, *, by: Actor, at: datetime, note: str | None = None) -> None:
        """Settle a held request as not wanted. Raises QuarantineError when there is nothing to reject."""

        def work(tx: Transaction) -> None:
            held = _held(tx, held_id)
            tx.settle_held(held.id, state=HeldState.REJECTED, at=at, by=by, note=note, ticket_id=None)

        await asyncio.wrap_future(self._writer.submit(work))


def _released(entry: LedgerEntry, ticket: Ticket, *, duplicate: bool = False) -> Receipt:
    return Receipt(
        verdict=Verdict.ACCEPT,
        reason=Reason.RELEASED,
        public_text=PUBLIC_TEXT[Reason.RELEASED],
        ledger_id=entry.id,
        ticket_number=ticket.number,
        duplicate=duplicate,
    )


def _entry(tx: Transaction, held_id: int) -> LedgerEntry:
    _held(tx, held_id)
    entry = tx.ledger_entry(held_id)
    if entry is None or entry.blob is None:
        raise QuarantineError(f"there is no held request {held_id}; list them to see what is there")
    return entry


def _held(tx: Transaction, held_id: int) -> Held:
    held = tx.held(held_id)
    if held is None:
        raise QuarantineError(f"there is no held request {held_id}; list them to see what is there")
    if held.state is not HeldState.HELD:
        raise QuarantineError(f"request {held_id} was {held.state} by {held.decided_by} already")
    return held


def _is_forward(entry: LedgerEntry) -> bool:
    """Whether it was held as a technician's forward, whatever for."""
    return any(check.proof is Proof.FORWARDED for check in read_evidence(entry.evidence))


def _forwarder(tx: Transaction, entry: LedgerEntry, forward: Forward | None) -> Forwarder | None:
    user = tx.people.user_at(entry.identity or "") if forward is not None else None
    return None if user is None or forward is None else Forwarder(user_id=user.id, name=user.name, note=forward.note)


def _authorize(tx: Transaction, entry: LedgerEntry, customer_id: int, contact_id: int | None, release: Release) -> None:
    """Add the address or number the request claims to be from; it stays claimed until something proves it."""
    if entry.channel is Channel.PHONE:
        _authorize_number(tx, entry, customer_id, contact_id, release)
        return
    address = address_key(entry.identity or "") if entry.channel is Channel.MAIL else None
    if address is None:
        raise QuarantineError("the request names no single mail address that could be authorized")
    if contact_id is None:
        raise QuarantineError(f"say which contact {address} belongs to")
    claim = Claim(channel=Channel.MAIL, kind=IdentityKind.ADDRESS, value=address, shown=address)
    if any(each.match is Match.EXACT and each.contact_id == contact_id for each in tx.listings(claim)):
        raise QuarantineError(
            f"{address} is authorized already: what is missing is proof, so release it only this once"
        )
    data = AddressData(customer_id=customer_id, contact_id=contact_id, address=address)
    try:
        tx.people.add_address(data, by=release.by, at=release.at)
    except EntryError as error:
        raise QuarantineError(str(error)) from error


def _authorize_number(
    tx: Transaction, entry: LedgerEntry, customer_id: int, contact_id: int | None, release: Release
) -> None:
    data = NumberData(customer_id=customer_id, contact_id=contact_id, number=entry.identity or "")
    try:
        tx.people.add_number(data, by=release.by, at=release.at)
    except EntryError as error:
        raise QuarantineError(str(error)) from error


def _owner(tx: Transaction, entry: LedgerEntry, release: Release) -> tuple[int, int | None]:
    """Whose request it is: as the person says, else as the lists knew when it came."""
    if release.contact_id is not None:
        claim = Claim(channel=entry.channel, kind=IdentityKind.CONTACT, value=str(release.contact_id), shown="release")
        listing = next(iter(tx.listings(claim)), None)
        if listing is None:
            raise QuarantineError(f"there is no contact {release.contact_id}")
        if release.customer_id not in {None, listing.customer_id}:
            raise QuarantineError(f"contact {release.contact_id} does not belong to customer {release.customer_id}")
        return listing.customer_id, release.contact_id
    if release.customer_id is not None:
        try:
            tx.people.customer(release.customer_id)
        except EntryError as error:
            raise QuarantineError(error.message) from error
        contact_id = entry.contact_id if entry.customer_id == release.customer_id else None
        return release.customer_id, contact_id
    if entry.customer_id is None:
        raise QuarantineError("nobody on the lists wrote this: say whose request it is (customer or contact)")
    return entry.customer_id, entry.contact_id
