"""The rules for categories as a list that admins keep, and asking them about a request.

What a rule means is `intake.tickets.categorize`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from intake.submission import Submission
from intake.tickets.categorize import CategoryRule, CategoryRuleData, Choice, RequestFacts, choose_category, in_order
from intake.tickets.model import Actor

if TYPE_CHECKING:
    from intake.ports import Transaction


class RuleBook(Protocol):
    """The rules, in a transaction. Changes are audited; refusals are `intake.administration.EntryError`s."""

    def all(self) -> tuple[CategoryRule, ...]:
        """Every rule, active or not, by position; cheap."""
        ...

    def rule(self, rule_id: int) -> CategoryRule: ...
    def add(self, data: CategoryRuleData, *, by: Actor, at: datetime) -> CategoryRule: ...
    def change(self, rule_id: int, data: CategoryRuleData, *, by: Actor, at: datetime) -> CategoryRule: ...
    def remove(self, rule_id: int, *, by: Actor, at: datetime) -> None: ...


def find_category(
    tx: "Transaction",
    submission: Submission,
    *,
    customer_id: int,
    contact_id: int | None,
    recipients: Sequence[str],
    standing: Sequence[CategoryRule],
    at: datetime,
) -> Choice:
    """The category of a new ticket, and by which rule.

    recipients: the addresses or numbers it came by. standing: the operator's rules. at: aware UTC; the contract then
    in force has the default.
    """
    facts = RequestFacts(
        subject=submission.subject,
        text=submission.reply or submission.text,
        recipients=(*recipients, *submission.copied),
        contact_id=contact_id,
        customer_id=customer_id,
        stated=submission.category,
    )
    default = tx.contract_terms(customer_id, at).default_category
    return choose_category(facts, in_order((*tx.rules.all(), *standing)), default)
