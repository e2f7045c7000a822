"""Changes that wait, as rows, and how lists are kept. See `intake.contact_lists.list_changes.ListChanges`."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, insert, or_, select, update

from intake.contact_lists.list_changes import (
    ChangeState,
    ListAction,
    ListChange,
    ListEntity,
    ProposedChange,
    SentCode,
    Wait,
)
from intake.tickets.model import Actor
from store.entries import Entries
from store.rows import actor_values, read_actor
from store.tables import audit, contacts, list_changes, list_rules

_ENTITY = "list change"


class StoreListChanges(Entries):
    """The rows on one connection. Commit and rollback are the writer's."""

    def four_eyes(self, customer_id: int) -> bool:
        query = select(list_rules.c.four_eyes).where(list_rules.c.customer_id == customer_id).with_for_update()
        return bool(self._connection.execute(query).scalar())

    def set_four_eyes(self, customer_id: int, on: bool, *, by: Actor, at: datetime) -> None:
        before = self.four_eyes(customer_id)
        known = update(list_rules).where(list_rules.c.customer_id == customer_id).values(four_eyes=on)
        if not self._connection.execute(known).rowcount:
            self._connection.execute(insert(list_rules).values(customer_id=customer_id, four_eyes=on))
        line = {
            "at": at,
            **actor_values(by),
            "entity": ListEntity.FOUR_EYES,
            "entity_id": str(customer_id),
            "action": "changed",
            "before": {"four_eyes": before},
            "after": {"four_eyes": on},
        }
        self._connection.execute(insert(audit), line)

    def change(self, change_id: int) -> ListChange:
        return read_list_change(self._row(list_changes, _ENTITY, change_id))

    def add_change(
        self, proposed: ProposedChange, *, waits: frozenset[Wait], code: SentCode | None, by: Actor, at: datetime
    ) -> ListChange:
        values = {
            "customer_id": proposed.customer_id,
            "entity": proposed.entity,
            "action": proposed.action,
            "entry_id": proposed.entry_id,
            "data": proposed.data,
            "before": proposed.before,
            "state": ChangeState.WAITING,
            "waits": sorted(waits),
            "proposed_at": at,
            **actor_values(by),
            "code_hash": None if code is None else code.hashed,
            "code_expires_at": None if code is None else code.expires_at,
        }
        return read_list_change(self._add(list_changes, _ENTITY, values, by=by, at=at))

    def keep_change(self, change: ListChange, *, by: Actor, at: datetime) -> None:
        values = {
            "state": change.state,
            "waits": sorted(change.waits),
            "entry_id": change.entry_id,
            "code_hash": None if change.code is None else change.code.hashed,
            "code_expires_at": None if change.code is None else change.code.expires_at,
            "code_failures": 0 if change.code is None else change.code.failures,
            "decided_at": change.decided_at,
            "decided_by": change.decided_by,
            "note": change.note,
        }
        before = self._row(list_changes, _ENTITY, change.id)
        self._change(list_changes, _ENTITY, before, values, by=by, at=at)

    def count_wrong_code(self, change_id: int) -> None:
        more = update(list_changes).where(list_changes.c.id == change_id)
        self._connection.execute(more.values(code_failures=list_changes.c.code_failures + 1))

    def admins(self, customer_id: int, at: datetime) -> tuple[int, ...]:
        conditions: tuple[ColumnElement[bool], ...] = (
            contacts.c.customer_id == customer_id,
            contacts.c.is_admin,
            contacts.c.active,
            contacts.c.may_web,
            or_(contacts.c.valid_from.is_(None), contacts.c.valid_from <= at),
            or_(contacts.c.valid_until.is_(None), contacts.c.valid_until > at),
        )
        return tuple(self._connection.execute(select(contacts.c.id).where(*conditions)).scalars())


def read_list_change(row: Row[Any]) -> ListChange:
    """A row as its value."""
    code = None
    if row.code_hash is not None:
        code = SentCode(hashed=row.code_hash, expires_at=row.code_expires_at, failures=row.code_failures)
    return ListChange(
        id=row.id,
        customer_id=row.customer_id,
        entity=ListEntity(row.entity),
        action=ListAction(row.action),
        entry_id=row.entry_id,
        data=row.data,
        before=row.before,
        state=ChangeState(row.state),
        waits=frozenset(Wait(each) for each in row.waits),
        proposed_at=row.proposed_at,
        proposed_by=read_actor(row),
        code=code,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        note=row.note,
    )
