"""What came in and what was changed: the ledger, the quarantine, the audit trail."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Row, select

from intake.ledger import Held, HeldState
from intake.queries import AuditLine, HeldLine, LedgerFilter, LedgerLine, Page, Window
from store import rows
from store.queries.reading import Reading
from store.tables import audit, ledger, quarantine, tickets

_LEDGER = select(ledger, tickets.c.number.label("ticket_number")).outerjoin(tickets, tickets.c.id == ledger.c.ticket_id)
_HELD_COLUMNS = [column.label(f"held_{column.name}") for column in quarantine.c]
HELD = _LEDGER.add_columns(*_HELD_COLUMNS).join(quarantine, quarantine.c.id == ledger.c.id)


class InputQueries(Reading):
    """See `intake.queries.Queries`."""

    def ledger(self, wanted: LedgerFilter, window: Window) -> Page[LedgerLine]:
        return self._newest_first(_LEDGER.where(*_ledger_conditions(wanted)), ledger.c.id, window, _ledger_line)

    def known_sources(self, source_keys: Collection[str]) -> frozenset[str]:
        return self._known(ledger.c.source_key, source_keys)

    def known_messages(self, message_ids: Collection[str]) -> frozenset[str]:
        return self._known(ledger.c.message_id, message_ids)

    def known_octets(self, digests: Collection[str]) -> frozenset[str]:
        return self._known(ledger.c.blob, digests)

    def _known(self, column: ColumnElement[Any], wanted: Collection[str]) -> frozenset[str]:
        if not wanted:
            return frozenset()
        with self._engine.connect() as connection:
            return frozenset(connection.execute(select(column).where(column.in_(set(wanted)))).scalars())

    def ledger_entry(self, entry_id: int) -> LedgerLine | None:
        return self._one(_LEDGER.where(ledger.c.id == entry_id), _ledger_line)

    def quarantine(self, state: HeldState | None, window: Window) -> Page[HeldLine]:
        query = HELD if state is None else HELD.where(quarantine.c.state == state)
        return self._newest_first(query, quarantine.c.id, window, read_held_line)

    def held(self, held_id: int) -> HeldLine | None:
        return self._one(HELD.where(quarantine.c.id == held_id), read_held_line)

    def audit(self, entity: str | None, entity_id: str | None, window: Window) -> Page[AuditLine]:
        conditions = _equal((audit.c.entity, entity), (audit.c.entity_id, entity_id))
        return self._newest_first(select(audit).where(*conditions), audit.c.id, window, _audit_line)


def _equal(*pairs: tuple[ColumnElement[Any], Any]) -> list[ColumnElement[bool]]:
    return [column == value for column, value in pairs if value is not None]


def _ledger_conditions(wanted: LedgerFilter) -> list[ColumnElement[bool]]:
    conditions = _equal(
        (ledger.c.message_id, wanted.message_id),
        (ledger.c.identity, wanted.identity),
        (ledger.c.channel, wanted.channel),
        (ledger.c.verdict, wanted.verdict),
        (ledger.c.reason, wanted.reason),
        (ledger.c.customer_id, wanted.customer_id),
    )
    if wanted.ticket_number is not None:
        ticket_id = select(tickets.c.id).where(tickets.c.number == wanted.ticket_number).scalar_subquery()
        conditions.append(ledger.c.ticket_id == ticket_id)
    if wanted.received_from is not None:
        conditions.append(ledger.c.received_at >= wanted.received_from)
    if wanted.received_until is not None:
        conditions.append(ledger.c.received_at < wanted.received_until)
    return conditions


def _ledger_line(row: Row[Any]) -> LedgerLine:
    return LedgerLine(entry=rows.read_ledger_entry(row), ticket_number=row.ticket_number)


def read_held_line(row: Row[Any]) -> HeldLine:
    """A row of `HELD` as its value."""
    values = {column.name: getattr(row, f"held_{column.name}") for column in quarantine.c}
    held = Held(**(values | {"state": HeldState(row.held_state)}))
    return HeldLine(held=held, entry=rows.read_ledger_entry(row), ticket_number=row.ticket_number)


def _audit_line(row: Row[Any]) -> AuditLine:
    return AuditLine(
        id=row.id,
        at=row.at,
        actor=rows.read_actor(row),
        entity=row.entity,
        entity_id=row.entity_id,
        action=row.action,
        before=row.before,
        after=row.after,
    )
