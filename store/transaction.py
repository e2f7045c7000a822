"""One unit of work on a connection: what the core reads and adds before a commit. See `intake.ports.Transaction`."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Table, and_, bindparam, insert, or_, select, update
from sqlalchemy.dialects import sqlite

from authz.identity import Claim, Listing
from intake.ledger import Held, HeldState, LedgerEntry
from intake.outgoing import OutboxItem
from intake.ports import ConflictError, ContactCard, ContractTerms, KnownMessage, PreparedBlob, Said
from intake.sla.contract import Contract
from intake.sla.history import TicketHistory
from intake.tickets.model import Actor, Comment, StoredAttachment, Ticket, TicketEvent
from intake.webhooks.events import tell_held, tell_ticket_event
from store import rows
from store.conflicts import conflicts
from store.contracts import customer_contract
from store.directory import find_listings, find_ranges
from store.histories import ticket_history
from store.ids import IdSource
from store.parts import Parts
from store.prepared import Prepared, prepare_insert, prepare_insert_or_keep
from store.tables import (
    addresses,
    attachments,
    audit,
    blobs,
    comments,
    contacts,
    counters,
    customers,
    ledger,
    message_ids,
    outbox,
    quarantine,
    ticket_events,
    ticket_number,
    tickets,
)

_TAKEN_FROM = Prepared(select(ledger).where(ledger.c.source_key == bindparam("key")))
_TAKEN_AS = Prepared(select(ledger).where(ledger.c.content_key == bindparam("key")))
_TICKET = Prepared(select(tickets).where(tickets.c.id == bindparam("ticket_id")).with_for_update())
_TICKET_BY_NUMBER = Prepared(select(tickets).where(tickets.c.number == bindparam("ticket_number")).with_for_update())


def _holds(table: Table) -> ColumnElement[bool]:
    """Whether a row's validity covers the instant `at`; half-open, NULL is unbounded."""
    at = bindparam("at", type_=table.c.valid_from.type)
    return and_(
        or_(table.c.valid_from.is_(None), table.c.valid_from <= at),
        or_(table.c.valid_until.is_(None), table.c.valid_until > at),
    )


_CARD = Prepared(
    select(
        contacts.c.name,
        addresses.c.address,
        contacts.c.language,
        customers.c.language.label("customer_language"),
    )
    .join(customers, customers.c.id == contacts.c.customer_id)
    .outerjoin(
        addresses,
        and_(
            addresses.c.contact_id == contacts.c.id,
            contacts.c.active,
            contacts.c.may_mail,
            customers.c.active,
            *(_holds(table) for table in (addresses, contacts, customers)),
        ),
    )
    .where(contacts.c.id == bindparam("contact"))
    .order_by(addresses.c.id)
    .limit(1)
)
_SAID_UNDER = Prepared(
    select(ledger)
    .where(
        ledger.c.message_id == bindparam("wanted_id"),
        ledger.c.identity == bindparam("who"),
        ledger.c.ticket_id.is_not(None),
        ledger.c.duplicate_of.is_(None),
    )
    .order_by(ledger.c.id)
)
_NEXT_NUMBER = Prepared(
    {
        "sqlite": sqlite.insert(counters)
        .values(name="ticket", value=1)
        .on_conflict_do_update(index_elements=["name"], set_={"value": counters.c.value + 1})
        .returning(counters.c.value),
        "postgresql": select(ticket_number.next_value().label("value")),
    }
)
_INSERT = {
    table.name: prepare_insert(table)
    for table in (ledger, quarantine, tickets, ticket_events, comments, attachments, outbox)
}
_KEEP_BLOB = prepare_insert_or_keep(blobs)
_KEEP_MESSAGE_ID = prepare_insert_or_keep(message_ids)


class StoreTransaction(Parts):
    """The core's transaction over one connection that is inside BEGIN. Commit and rollback are the writer's."""

    def __init__(self, connection: Connection, ids: IdSource) -> None:
        super().__init__(connection, ids)
        self._ids = ids
        self.wrote_mail = False

    def new_id(self) -> int:
        return self._ids.new()

    def next_ticket_number(self) -> int:
        (row,) = _NEXT_NUMBER.all(self._connection, {})
        return int(row.value)

    def listings(self, claim: Claim) -> tuple[Listing, ...]:
        return find_listings(self._connection, claim)

    def ranges_with(self, number: str) -> tuple[Listing, ...]:
        return find_ranges(self._connection, number)

    def taken_from(self, source_key: str) -> LedgerEntry | None:
        found = _TAKEN_FROM.first(self._connection, {"key": source_key})
        return None if found is None else rows.read_ledger_entry(found)

    def taken_as(self, content_key: str) -> LedgerEntry | None:
        found = _TAKEN_AS.first(self._connection, {"key": content_key})
        return None if found is None else rows.read_ledger_entry(found)

    def ledger_entry(self, entry_id: int) -> LedgerEntry | None:
        found = self._connection.execute(select(ledger).where(ledger.c.id == entry_id)).first()
        return None if found is None else rows.read_ledger_entry(found)

    def held(self, held_id: int) -> Held | None:
        query = select(quarantine).where(quarantine.c.id == held_id).with_for_update()
        found = self._connection.execute(query).first()
        return None if found is None else rows.read_held(found)

    def ticket(self, ticket_id: int) -> Ticket | None:
        found = _TICKET.first(self._connection, {"ticket_id": ticket_id})
        return None if found is None else rows.read_ticket(found)

    def ticket_by_number(self, number: int) -> Ticket | None:
        found = _TICKET_BY_NUMBER.first(self._connection, {"ticket_number": number})
        return None if found is None else rows.read_ticket(found)

    def known_messages(self, wanted: Sequence[str]) -> tuple[KnownMessage, ...]:
        if not wanted:
            return ()
        found = self._connection.execute(select(message_ids).where(message_ids.c.message_id.in_(wanted)))
        return tuple(KnownMessage(**dict(row._mapping)) for row in found)  # noqa: SLF001 - SQLAlchemy's public name

    def said_under(self, message_id: str, identity: str) -> tuple[Said, ...]:
        found = _SAID_UNDER.all(self._connection, {"wanted_id": message_id[:998], "who": identity[:320]})
        said = (self._said(rows.read_ledger_entry(row)) for row in found)
        return tuple(each for each in said if each is not None)

    def _said(self, entry: LedgerEntry) -> Said | None:
        of_entry = (comments.c.ticket_id == entry.ticket_id, comments.c.ledger_id == entry.id)
        found = self._connection.execute(select(comments).where(*of_entry).order_by(comments.c.id).limit(1)).first()
        if found is None:
            return None
        files = select(attachments.c.sha256).where(attachments.c.comment_id == found.id)
        digests = frozenset(self._connection.execute(files).scalars())
        return Said(entry=entry, comment=rows.read_comment(found), digests=digests)

    def contract_terms(self, customer_id: int, at: datetime) -> ContractTerms:
        return ContractTerms.of(self.contract(customer_id).terms_at(at))

    def contract(self, customer_id: int) -> Contract:
        return customer_contract(self._connection, customer_id)

    def history(self, ticket: Ticket) -> TicketHistory:
        return ticket_history(self._connection, ticket)

    def contact_card(self, contact_id: int, at: datetime) -> ContactCard | None:
        found = _CARD.first(self._connection, {"contact": contact_id, "at": at})
        if found is None:
            return None
        return ContactCard(name=found.name, address=found.address, language=found.language or found.customer_language)

    def add_blob(self, blob: PreparedBlob) -> None:
        _KEEP_BLOB.run(self._connection, {"digest": blob.digest, "size": blob.size, "data": blob.data})

    def add_ledger_entry(self, entry: LedgerEntry) -> None:
        self._add(ledger, rows.ledger_values(entry))

    def add_held(self, held: Held) -> None:
        self._add(quarantine, rows.held_values(held))
        if self._announcer.anybody:
            entry = self._announcer.held_entry(held.id)
            self._announcer.tell(tell_held(held, entry.reason, entry.channel, entry.customer_id))

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
        decided = {"state": state, "decided_at": at, "decided_by": by.name[:200], "note": note, "ticket_id": ticket_id}
        self._connection.execute(update(quarantine).where(quarantine.c.id == held_id), decided)
        line = {"at": at, **rows.actor_values(by), "entity": "quarantine", "entity_id": str(held_id)}
        self._connection.execute(insert(audit), line | {"action": state, "after": {"note": note, "ticket": ticket_id}})
        if ticket_id is not None:
            leads = {"ticket_id": ticket_id} | ({"content_key": content_key} if content_key is not None else {})
            self._connection.execute(update(ledger).where(ledger.c.id == held_id), leads)

    def add_ticket(self, ticket: Ticket) -> None:
        self._add(tickets, rows.ticket_values(ticket))

    def update_ticket(self, ticket: Ticket) -> None:
        statement = update(tickets).where(tickets.c.id == ticket.id, tickets.c.version == ticket.version - 1)
        if self._connection.execute(statement, rows.ticket_values(ticket)).rowcount != 1:
            raise ConflictError(f"ticket {ticket.number} was changed by somebody else in the meantime")

    def add_event(self, event: TicketEvent) -> None:
        self._add(ticket_events, rows.event_values(event))
        if self._announcer.anybody:
            self._announcer.tell(tell_ticket_event(event, *self._announcer.ticket(event.ticket_id)))

    def add_comment(self, comment: Comment) -> None:
        self._add(comments, rows.comment_values(comment))
        self.search.mark(comment.ticket_id)

    def add_attachment(self, attachment: StoredAttachment) -> None:
        self._add(attachments, rows.attachment_values(attachment))

    def attachment(self, attachment_id: int) -> StoredAttachment | None:
        found = self._connection.execute(select(attachments).where(attachments.c.id == attachment_id)).first()
        return None if found is None else rows.read_attachment(found)

    def give_out(self, attachment_id: int) -> None:
        self._connection.execute(update(attachments).where(attachments.c.id == attachment_id), {"withheld": None})

    def add_known_message(self, message: KnownMessage) -> None:
        values = {
            "message_id": message.message_id[:998],
            "ticket_id": message.ticket_id,
            "base_subject": message.base_subject[:255],
            "ours": message.ours,
        }
        _KEEP_MESSAGE_ID.run(self._connection, values)

    def add_outbox_item(self, item: OutboxItem) -> None:
        self._add(outbox, rows.outbox_values(item))
        self.wrote_mail = True

    def _add(self, table: Table, values: rows.Values) -> None:
        with conflicts():
            _INSERT[table.name].run(self._connection, values)
