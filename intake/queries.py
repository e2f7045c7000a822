"""What people ask for: lists with filters and cursors, pages, and the look-ups of a log-in. Values and the Protocol.

Everything here only reads. A list is ordered by id, newest first (the lists of people: oldest first); `after` is the
id of the last line already seen. All instants are aware UTC.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from authz.decision import Reason, Verdict
from authz.identity import Channel, Listing
from intake.console import ConsoleQueries
from intake.conversation.links import LinkQueries
from intake.conversation.participants import Participant
from intake.ledger import Held, HeldState, LedgerEntry
from intake.letters.correspondence import DeliveryQueries
from intake.letters.wordings import WordingQueries
from intake.login.signing import AccountQueries
from intake.people import (
    Address,
    ApiToken,
    Contact,
    Contract,
    Customer,
    Number,
    NumberRange,
    Session,
    User,
)
from intake.phone.calls import NO_END_REPORTED, KeptEvent, RecordingState
from intake.ports import ContractTerms
from intake.scim.model import DirectoryQueries
from intake.service import Access, ClosedMonth, Maintenance, NotedWork
from intake.sla.access import AccessProfile
from intake.sla.availability import MaintenanceWindow
from intake.sla.calendar import NamedDay
from intake.sla.contract import Contract as SlaContract
from intake.sla.history import TicketHistory
from intake.sla.spans import Span
from intake.sla.statement import TimeEntry
from intake.terms import Category, Status
from intake.tickets.categorize import CategoryRule
from intake.tickets.model import Actor, Comment, EventKind, StoredAttachment, Ticket, TicketEvent
from intake.webhooks.model import WebhookQueries

T = TypeVar("T")

_EVENTS_FOR_STAFF = frozenset({EventKind.WARNING, EventKind.DELIVERY, EventKind.ASSIGNED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """Some lines of a list. next_after: where the next page begins, None on the last one.

    next_deadline: of that line, in a list by deadline.
    """

    items: tuple[T, ...]
    next_after: int | None
    next_deadline: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Which lines of a list. after: id of the last line seen, None from the beginning; after_deadline: its deadline."""

    limit: int = 50
    after: int | None = None
    after_deadline: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketFilter:
    """Every field that is set must hold. subject: a part of it, in any case.

    open: not closed. assignee_id: in this user's hands. unassigned: in nobody's.
    """

    statuses: frozenset[Status] = frozenset()
    categories: frozenset[Category] = frozenset()
    customer_id: int | None = None
    contact_id: int | None = None
    channel: Channel | None = None
    attention: bool | None = None
    updated_since: datetime | None = None
    number: int | None = None
    subject: str | None = None
    open: bool = False
    assignee_id: int | None = None
    unassigned: bool = False


EVERY_TICKET = TicketFilter()


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketLine:
    """A ticket in a list, with the names people know."""

    ticket: Ticket
    customer_name: str
    contact_name: str | None
    assignee_name: str | None = None


# What an event tells technicians only: why a ticket that was named was not joined tells of that ticket.
_NOT_FOR_CUSTOMERS = frozenset({"note", "forwarded_by_user"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketPage:
    """A ticket with all that was said and done, oldest first, and the contract in force.

    participants: beside the ticket's contact.
    """

    line: TicketLine
    comments: tuple[Comment, ...]
    attachments: tuple[StoredAttachment, ...]
    events: tuple[TicketEvent, ...]
    terms: ContractTerms
    participants: tuple[Participant, ...] = ()

    def for_customer(self) -> "TicketPage":
        """The same without internal notes, their files and their traces, and without warnings to technicians."""
        internal = {comment.id for comment in self.comments if comment.internal}
        return replace(
            self,
            comments=tuple(each for each in self.comments if each.id not in internal),
            attachments=tuple(each for each in self.attachments if each.comment_id not in internal),
            events=tuple(
                replace(
                    each, detail={name: value for name, value in each.detail.items() if name not in _NOT_FOR_CUSTOMERS}
                )
                for each in self.events
                if each.kind not in _EVENTS_FOR_STAFF and each.detail.get("comment") not in internal
            ),
        )

    def attachment(self, attachment_id: int) -> StoredAttachment | None:
        """The file with this id, if it is one of this page's."""
        return next((each for each in self.attachments if each.id == attachment_id), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFilter:
    """What happened to my mail? Every field that is set must hold. identity: an address, number or contact id."""

    message_id: str | None = None
    identity: str | None = None
    channel: Channel | None = None
    verdict: Verdict | None = None
    reason: Reason | None = None
    received_from: datetime | None = None
    received_until: datetime | None = None
    customer_id: int | None = None
    ticket_number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """An input, and the number of the ticket it led to."""

    entry: LedgerEntry
    ticket_number: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldLine:
    """A request in quarantine with its ledger entry, which has the reason and the evidence."""

    held: Held
    entry: LedgerEntry
    ticket_number: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter:
    """Every field that is set must hold. caller: E.164."""

    caller: str | None = None
    customer_id: int | None = None
    contact_id: int | None = None
    endpoint: str | None = None
    started_from: datetime | None = None
    started_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLine:
    """A call as its events left it."""

    id: int
    endpoint: str
    call_id: str
    direction: str
    state: str
    caller_shown: str
    caller_e164: str | None
    called_number: str | None
    agent: str | None
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    cause: str | None
    verdict: Verdict
    reason: Reason
    customer_id: int | None
    customer_name: str | None
    contact_id: int | None
    contact_name: str | None
    ticket_number: int | None

    @property
    def outcome(self) -> str:
        """Its state, or `unreported` for an end that is only our guess."""
        return "unreported" if self.cause == NO_END_REPORTED else self.state


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecording:
    """What the caller said to the PBX. last_error: why it is not here (yet).

    attachment_id, filename, content_type, size in octets: of the file on the call's ticket, None until it is there.
    """

    id: int
    announced_at: datetime
    state: RecordingState
    last_error: str | None
    attachment_id: int | None = None
    filename: str | None = None
    content_type: str | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPage:
    """A call with why it was decided so, by which checks, every event and recording, oldest first."""

    line: CallLine
    detail: str
    evidence: tuple[dict[str, Any], ...]
    events: tuple[KeptEvent, ...]
    recordings: tuple[CallRecording, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """A change of something that is not a ticket."""

    id: int
    at: datetime
    actor: Actor
    entity: str
    entity_id: str
    action: str
    before: dict[str, Any] | None = field(default=None)
    after: dict[str, Any] | None = field(default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownToken:
    """A token that was found by its hash. listings: how the lists know its contact now; empty without a contact."""

    token: ApiToken
    contact: Contact | None
    listings: tuple[Listing, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSession:
    """A session that was found by its hash. listings: how the lists know its contact now; empty for a user."""

    session: Session
    contact: Contact | None
    user: User | None
    listings: tuple[Listing, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketClocks:
    """A ticket with everything its clocks are read from."""

    ticket: Ticket
    history: TicketHistory
    contract: SlaContract


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnFrom:
    """Everything a month's statement is drawn from. histories: of the tickets that may have lived in that month."""

    customer: str
    contract: SlaContract
    histories: tuple[TicketHistory, ...]
    time_entries: tuple[TimeEntry, ...]
    access_profiles: tuple[AccessProfile, ...]
    maintenance: tuple[MaintenanceWindow, ...]


class PromiseQueries(Protocol):
    """The questions about the service promise. Blocking."""

    def ticket_clocks(self, number: int) -> TicketClocks | None: ...
    def time_entries(self, number: int) -> tuple[NotedWork, ...]:
        """A ticket's time entries, withdrawn ones too."""
        ...

    def customer_contract(self, customer_id: int) -> SlaContract: ...
    def site_days(self) -> tuple[NamedDay, ...]:
        """The days on which the whole service desk is closed beside public holidays, in order."""
        ...

    def drawn_from(self, customer_id: int, span: Span) -> DrawnFrom | None:
        """None when there is no such customer. Memory grows with the tickets of the span, not with the history."""
        ...

    def a_histories(self, customer_id: int, span: Span) -> tuple[TicketHistory, ...]:
        """Of the tickets that are or were category A and may have lived in the span."""
        ...

    def maintenance_in(self, customer_id: int, start: datetime, end: datetime) -> tuple[Maintenance, ...]: ...
    def maintenance(self, window: Window, *, customer_id: int) -> Page[Maintenance]: ...
    def access_profiles(self, window: Window, *, customer_id: int) -> Page[Access]: ...
    def closed_months(self, customer_id: int, first: str, last: str) -> Sequence[ClosedMonth]:
        """Every revision of the months from first to last ("2026-06"), both included, in order."""
        ...


class Queries(
    AccountQueries,
    PromiseQueries,
    ConsoleQueries,
    LinkQueries,
    WordingQueries,
    DeliveryQueries,
    WebhookQueries,
    DirectoryQueries,
    Protocol,
):
    """All of it, each in one short read transaction. Blocking."""

    def tickets(self, wanted: TicketFilter, window: Window) -> Page[TicketLine]: ...
    def tickets_by_deadline(self, wanted: TicketFilter, window: Window) -> Page[TicketLine]:
        """Those with a running deadline, the soonest first."""
        ...

    def search_tickets(
        self, text: str, window: Window, *, customer_id: int | None = None, wanted: TicketFilter = EVERY_TICKET
    ) -> Page[TicketLine]:
        """The tickets in which everything typed occurs, newest first; diacritics and case do not matter.

        text: anything at all; see `intake.tickets.words.read_terms`. Nothing is found by a text without words.
        customer_id: whose eyes: only that customer's tickets, without their internal notes. None: the service desk's.
        wanted: what must hold besides.
        """
        ...

    def ticket_page(self, number: int, at: datetime) -> TicketPage | None:
        """at: when; the contract in force then is told with it."""
        ...

    def attachment(self, attachment_id: int) -> StoredAttachment | None: ...
    def comment(self, comment_id: int) -> Comment | None: ...

    def ledger(self, wanted: LedgerFilter, window: Window) -> Page[LedgerLine]: ...
    def known_sources(self, source_keys: Collection[str]) -> frozenset[str]: ...
    def known_messages(self, message_ids: Collection[str]) -> frozenset[str]: ...
    def known_octets(self, digests: Collection[str]) -> frozenset[str]:
        """Which of these deliveries, Message-IDs, digests of octets have a line in the ledger."""
        ...

    def ledger_entry(self, entry_id: int) -> LedgerLine | None: ...
    def quarantine(self, state: HeldState | None, window: Window) -> Page[HeldLine]: ...
    def held(self, held_id: int) -> HeldLine | None: ...
    def calls(self, wanted: CallFilter, window: Window) -> Page[CallLine]: ...
    def call(self, call_id: int) -> CallPage | None: ...

    def listings_of(self, number: str) -> tuple[Listing, ...]:
        """What the lists say of a number, E.164."""
        ...

    def live_calls(self, since: datetime, known: Collection[int]) -> tuple[CallLine, ...]:
        """Calls that go on, those that rang since, and those with a known id; oldest first."""
        ...

    def audit(self, entity: str | None, entity_id: str | None, window: Window) -> Page[AuditLine]: ...

    def category_rules(self) -> tuple[CategoryRule, ...]:
        """Those the admins keep, active or not, by position."""
        ...

    def customers(self, window: Window, *, name: str | None = None) -> Page[Customer]: ...
    def customers_called(self, name: str) -> tuple[Customer, ...]:
        """Those of exactly this name: one as a rule, as no two are told apart otherwise."""
        ...

    def customer(self, customer_id: int) -> Customer | None: ...
    def contacts(self, window: Window, *, customer_id: int | None = None) -> Page[Contact]: ...
    def contact(self, contact_id: int) -> Contact | None: ...
    def addresses(
        self, window: Window, *, customer_id: int | None = None, contact_id: int | None = None
    ) -> Page[Address]: ...
    def numbers(
        self, window: Window, *, customer_id: int | None = None, contact_id: int | None = None
    ) -> Page[Number]: ...
    def number_ranges(self, window: Window, *, customer_id: int | None = None) -> Page[NumberRange]: ...
    def contract(self, contract_id: int) -> Contract | None: ...
    def contracts(self, window: Window, *, customer_id: int | None = None) -> Page[Contract]: ...
    def tokens(self, window: Window) -> Page[ApiToken]: ...
    def users(self, window: Window) -> Page[User]: ...

    def find_token(self, kept: str) -> KnownToken | None:
        """The token with this hash, revoked or not, and what the lists say about its contact at this moment."""
        ...

    def find_session(self, kept: str) -> KnownSession | None:
        """The session with this hash, over or not, and what the lists say about its contact at this moment."""
        ...


def cut_page(found: Sequence[T], ids: Sequence[int], limit: int) -> Page[T]:
    """Make a page of what was found with one more line than asked for. ids: of the lines, in their order."""
    more = len(found) > limit
    return Page(items=tuple(found[:limit]), next_after=ids[limit - 1] if more else None)
