"""Category rules as rows. See `intake.category_rules.RuleBook`."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from intake.administration import InvalidEntryError
from intake.terms import Category
from intake.tickets.categorize import CategoryRule, CategoryRuleData, RuleKind, pattern_problem, position_of
from intake.tickets.model import Actor
from store.entries import Entries, Values
from store.people_rows import clean_text
from store.prepared import Prepared
from store.tables import category_rules, contacts, customers

IN_ORDER = select(category_rules).order_by(category_rules.c.position, category_rules.c.id)
_ALL = Prepared(IN_ORDER)
_LAST_POSITION = 100_000


class StoreRules(Entries):
    """On a connection that is inside a transaction. Commit and rollback are the writer's."""

    def all(self) -> tuple[CategoryRule, ...]:
        return tuple(map(read_rule, _ALL.all(self._connection, {})))

    def rule(self, rule_id: int) -> CategoryRule:
        return read_rule(self._row(category_rules, "category rule", rule_id))

    def add(self, data: CategoryRuleData, *, by: Actor, at: datetime) -> CategoryRule:
        return read_rule(self._add(category_rules, "category rule", self._values(data), by=by, at=at))

    def change(self, rule_id: int, data: CategoryRuleData, *, by: Actor, at: datetime) -> CategoryRule:
        before = self._row(category_rules, "category rule", rule_id)
        return read_rule(self._change(category_rules, "category rule", before, self._values(data), by=by, at=at))

    def remove(self, rule_id: int, *, by: Actor, at: datetime) -> None:
        self._remove(category_rules, "category rule", rule_id, by=by, at=at)

    def _values(self, data: CategoryRuleData) -> Values:
        pattern = clean_text("pattern", data.pattern, 200)
        problem = pattern_problem(data.kind, pattern)
        if problem is not None:
            raise InvalidEntryError(problem, field="pattern")
        if data.category is None and not data.priority and not data.template:
            raise InvalidEntryError("Say what the rule does: a category, priority or a template.", field="category")
        position = position_of(data)
        if not 0 <= position <= _LAST_POSITION:
            raise InvalidEntryError(f"The position is a number from 0 to {_LAST_POSITION}.", field="position")
        if data.customer_id is not None:
            self._row(customers, "customer", data.customer_id)
        if data.kind is RuleKind.CONTACT:
            self._row(contacts, "contact", int(pattern))
        return {
            "position": position,
            "kind": data.kind,
            "pattern": pattern,
            "customer_id": data.customer_id,
            "category": data.category,
            "priority": data.priority,
            "template": clean_text("template", data.template, 60) if data.template else None,
            "active": data.active,
            "note": clean_text("note", data.note, 200, may_be_empty=True),
        }


def read_rule(row: Any) -> CategoryRule:
    """A row as its value."""
    return CategoryRule(
        id=row.id,
        position=row.position,
        kind=RuleKind(row.kind),
        pattern=row.pattern,
        customer_id=row.customer_id,
        category=None if row.category is None else Category(row.category),
        priority=bool(row.priority),
        template=row.template,
        active=bool(row.active),
        note=row.note,
    )
