"""What the core needs from the outside, as Protocols, and the values that cross."""

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from authz.decision import Reason, Verdict
from authz.identity import Claim, Listing
from authz.mail.answer_token import AnswerToken
from intake.ledger import Held, HeldState, LedgerEntry
from intake.outgoing import OutboxItem
from intake.sla.contract import Contract, Terms
from intake.sla.history import TicketHistory
from intake.submission import Forward, Submission
from intake.terms import Category
from intake.tickets.model import Actor, Comment, StoredAttachment, Ticket, TicketEvent
from intake.tickets.state import DEFAULT_LIMITS, Limits
from intake.transaction_parts import TransactionParts

T = TypeVar("T")


class ConflictError(Exception):
    """Somebody else changed or created the same thing first. Doing the work again, from reading on, is safe."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a channel tells its peer. It exists only after the commit.

    ledger_id: the row that answers "what happened to my mail?". ticket_number: when a ticket was made or joined.
    duplicate: the same request was received before; a normal result.
    """

    verdict: Verdict
    reason: Reason
    public_text: str
    ledger_id: int
    ticket_number: int | None = None
    duplicate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedBlob:
    """Octets that may be referred to by a row: small ones travel in `data`, large ones are on disk already."""

    digest: str
    size: int
    data: bytes | None

    @classmethod
    def of(cls, octets: bytes) -> "PreparedBlob":
        """A small blob that travels in its row."""
        return cls(digest=hashlib.sha256(octets).hexdigest(), size=len(octets), data=octets)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactCard:
    """How to write to a contact. address: None when no mail address is listed. language: "cs" or "en"."""

    name: str
    address: str | None
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractTerms:
    """What the life cycle needs to know of the contract in force."""

    default_category: Category = Category.C
    framework: bool = False
    limits: Limits = DEFAULT_LIMITS

    @classmethod
    def of(cls, terms: Terms | None) -> "ContractTerms":
        """The same out of all the terms; the defaults when no contract is in force."""
        if terms is None:
            return cls()
        limits = Limits(reopen_window=terms.reopen_window, acceptance_open_days=terms.acceptance_open_days)
        return cls(default_category=terms.default_category, framework=terms.framework, limits=limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownMessage:
    """A Message-ID that belongs to a ticket. ours: we sent it."""

    message_id: str
    ticket_id: int
    base_subject: str
    ours: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message that was filed. digests: the SHA-256 of its files."""

    entry: LedgerEntry
    comment: Comment
    digests: frozenset[str]


class Blobs(Protocol):
    """Content-addressed octets."""

    def prepare(self, octets: bytes) -> PreparedBlob:
        """Make the octets ready to be referred to; large ones are written and synced. Blocking."""
        ...

    def read(self, digest: str) -> bytes:
        """Return the octets. Raises KeyError for an unknown digest. Blocking."""
        ...


class Transaction(TransactionParts, Protocol):
    """One unit of work: everything read and added here is committed together or not at all.

    Instants are aware UTC. The add methods raise ConflictError when the row exists already.
    What belongs to one subject only is in `intake.transaction_parts`.
    """

    def new_id(self) -> int: ...
    def next_ticket_number(self) -> int: ...

    def listings(self, claim: Claim) -> tuple[Listing, ...]:
        """Every row of the lists that matches the claim's value, usable or not."""
        ...

    def ranges_with(self, number: str) -> tuple[Listing, ...]:
        """The ranges that hold a number in E.164, also where `listings` names a nearer entry instead of them."""
        ...

    def taken_from(self, source_key: str) -> LedgerEntry | None:
        """The entry that took this very delivery in before: the first guard."""
        ...

    def taken_as(self, content_key: str) -> LedgerEntry | None:
        """The entry that took the same content in by another delivery: the second guard."""
        ...

    def ledger_entry(self, entry_id: int) -> LedgerEntry | None: ...

    def held(self, held_id: int) -> Held | None:
        """The held request, locked until the transaction ends."""
        ...

    def ticket(self, ticket_id: int) -> Ticket | None:
        """The ticket, locked until the transaction ends."""
        ...

    def ticket_by_number(self, number: int) -> Ticket | None:
        """The ticket people call `number`, locked until the transaction ends."""
        ...

    def known_messages(self, message_ids: Sequence[str]) -> tuple[KnownMessage, ...]: ...

    def said_under(self, message_id: str, identity: str) -> tuple[Said, ...]:
        """What this author's accepted messages with that Message-ID were filed as, oldest first."""
        ...

    def contract(self, customer_id: int) -> Contract:
        """Every version of the customer's contract; cheap, and never out of date."""
        ...

    def contract_terms(self, customer_id: int, at: datetime) -> ContractTerms: ...

    def history(self, ticket: Ticket) -> TicketHistory:
        """What the service level is derived from, with the events added so far."""
        ...

    def contact_card(self, contact_id: int, at: datetime) -> ContactCard | None:
        """How to write to a contact; without an address when nobody may be written to there at that instant."""
        ...

    def add_blob(self, blob: PreparedBlob) -> None:
        """Refer to a blob; adding the same octets again is fine."""
        ...

    def add_ledger_entry(self, entry: LedgerEntry) -> None: ...
    def add_held(self, held: Held) -> None: ...

    def settle_held(
        self,
        held_id: int,
        *,
        state: HeldState,
        at: datetime,
        by: Actor,
        note: str | None,
        ticket_id: int | None,
        content_key: str | None = None,
    ) -> None:
        """Record the decision over a held request, audited; on a release also where its ledger entry leads.

        content_key: the guard the entry has from now on, so that another delivery finds it.
        """
        ...

    def add_ticket(self, ticket: Ticket) -> None: ...

    def update_ticket(self, ticket: Ticket) -> None:
        """Replace the ticket's row. Raises ConflictError unless the stored version is `ticket.version - 1`."""
        ...

    def add_event(self, event: TicketEvent) -> None: ...
    def add_comment(self, comment: Comment) -> None: ...
    def add_attachment(self, attachment: StoredAttachment) -> None: ...
    def attachment(self, attachment_id: int) -> StoredAttachment | None: ...
    def give_out(self, attachment_id: int) -> None:
        """Withhold a file no longer."""
        ...

    def add_known_message(self, message: KnownMessage) -> None: ...
    def add_outbox_item(self, item: OutboxItem) -> None: ...


class Writer(Protocol):
    """Runs units of work in few, shared commits."""

    def submit(self, work: Callable[[Transaction], T]) -> "Future[T]":
        """Run `work` in a transaction; the future resolves after the commit is on disk, or with what it raised.

        `work` may be run again after a ConflictError; it must not do anything outside the transaction.
        """
        ...

    def submit_later(self, work: Callable[[Transaction], T]) -> "Future[T]":
        """The same for work nobody waits for: it may linger some milliseconds for others to share its commit."""
        ...


class Rereader(Protocol):
    """Reads stored octets again: for a release from quarantine, a preview, an attachment's bytes. Pure."""

    def read(self, octets: bytes, *, reverse_path: str | None = None) -> Submission:
        """What the request says. Never raises: what cannot be read is said with the raw octets attached."""
        ...

    def forward(self, octets: bytes) -> Forward | None:
        """What the request passes on, if it passes anything on."""
        ...

    def text_of(self, octets: bytes, content_type: str) -> str | None:
        """What a file says – a nested message, an invitation, a text; None for a kind nobody can read."""
        ...

    def part(self, octets: bytes, part: int) -> bytes:
        """The decoded octets of one MIME leaf. Raises KeyError when there is no such leaf."""
        ...


class Signer(Protocol):
    """Makes and recognizes the names by which our own mail finds back to its ticket. Pure."""

    def message_id(self, ticket_id: int, unique: int) -> str:
        """A Message-ID `<…>` that proves it is ours and names the ticket; the same for the same arguments."""
        ...

    def reply_address(self, ticket_id: int) -> str:
        """The address that an answer about this ticket should go to."""
        ...

    def replied_ticket(self, submission: Submission) -> int | None:
        """Id of the ticket to whose signed reply address a request was sent."""
        ...

    def mail_named(self, message_id: str) -> tuple[int, int] | None:
        """Ids of the ticket and of the outbox row whose mail has this Message-ID, which only we can have made."""
        ...

    def sign_answer(self, answer: AnswerToken) -> str:
        """The token of a one-click link."""
        ...

    def read_answer(self, token: str) -> AnswerToken | None:
        """What a link's token says; None when it is none of ours."""
        ...

    def tickets_named(self, submission: Submission) -> tuple[int, ...]:
        """Ids of the tickets a request names by what we signed, strongest proof first."""
        ...
