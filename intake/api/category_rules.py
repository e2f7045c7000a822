"""The rules by which requests get their category."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from intake.api.access import PeopleReader, PeopleWriter
from intake.api.lists import EntryId
from intake.api.people_schemas import Ref
from intake.api.problems import documented
from intake.api.services import Services
from intake.api.texts import Line, OptionalWords, ShortLine
from intake.api.ticket_schemas import Sent
from intake.api.writing import WantedWriting, with_changes
from intake.terms import Category
from intake.tickets.categorize import (
    CategoryRule,
    CategoryRuleData,
    RequestFacts,
    RuleKind,
    choose_category,
    describe_rule,
    in_order,
)

router = APIRouter(prefix="/api/v1/category-rules", tags=["lists"])

_FOUND = documented("not-found")
_WRITTEN = documented("not-found", "entry-taken", "idempotency-key-reused")
Position = Annotated[int | None, Field(ge=0, le=100_000)]


def _unsent() -> Any:
    return Field(default_factory=lambda: None)


class NewCategoryRule(Sent):
    """A rule. See `docs/admins.md` for what each kind compares; a pattern is words, never a regular expression."""

    kind: RuleKind
    pattern: Line
    category: Category | None = None
    priority: bool = False
    template: ShortLine | None = None
    customer_id: Ref | None = None
    position: Position = None
    active: bool = True
    note: ShortLine = ""


class ChangedCategoryRule(Sent):
    """What changes about a rule."""

    kind: RuleKind = _unsent()
    pattern: Line = _unsent()
    category: Category | None = _unsent()
    priority: bool = _unsent()
    template: ShortLine | None = _unsent()
    customer_id: Ref | None = _unsent()
    position: Position = _unsent()
    active: bool = _unsent()
    note: ShortLine = _unsent()


class RuleTrial(Sent):
    """A request as it might come, to see which rule decides."""

    subject: OptionalWords = ""
    text: OptionalWords = ""
    recipients: list[Line] = Field(default_factory=list, max_length=50)
    contact_id: Ref | None = None
    customer_id: Ref | None = None
    default: Category = Category.C


class RuleVerdict(BaseModel):
    """What would come of it. rule: its number; 0 is one of the settings, null none.

    priority, template_why: the rule for it, in words.
    """

    category: Category
    why: str
    rule: int | None
    priority: str | None
    template: str | None
    template_why: str | None


class ListedRules(BaseModel):
    """Every rule, in the order in which they count. Those of the settings have the number 0."""

    items: list[CategoryRule]


@router.get("", responses=documented())
def list_rules(services: Services, caller: PeopleReader) -> ListedRules:
    """Every rule, the admins' own and those of the settings, in their order."""
    return ListedRules(items=list(in_order((*services.queries.category_rules(), *services.standing))))


@router.post("", status_code=201, response_model=CategoryRule, responses=_WRITTEN)
async def add_rule(writing: WantedWriting, sent: NewCategoryRule) -> Response:
    """Add a rule."""
    data = CategoryRuleData(**sent.model_dump())
    return await writing.add_by(CategoryRule, lambda tx, by, at: tx.rules.add(data, by=by, at=at))


@router.patch("/{rule_id}", responses=_WRITTEN)
async def change_rule(
    services: Services, caller: PeopleWriter, rule_id: EntryId, sent: ChangedCategoryRule
) -> CategoryRule:
    """Change a rule; `{"active": false}` keeps it for later."""
    at = services.clock()
    future = services.writer.submit(
        lambda tx: tx.rules.change(
            rule_id, with_changes(CategoryRuleData, tx.rules.rule(rule_id), sent), by=caller.actor, at=at
        )
    )
    return await asyncio.wrap_future(future)


@router.delete("/{rule_id}", status_code=204, responses=_FOUND)
async def remove_rule(services: Services, caller: PeopleWriter, rule_id: EntryId) -> None:
    """Remove a rule; the audit trail keeps it."""
    at = services.clock()
    await asyncio.wrap_future(services.writer.submit(lambda tx: tx.rules.remove(rule_id, by=caller.actor, at=at)))


@router.post("/try", responses=documented())
def try_rules(services: Services, caller: PeopleReader, sent: RuleTrial) -> RuleVerdict:
    """Which rule would decide about such a request. Nothing is stored."""
    facts = RequestFacts(
        subject=sent.subject,
        text=sent.text,
        recipients=tuple(sent.recipients),
        contact_id=sent.contact_id,
        customer_id=sent.customer_id,
    )
    rules = in_order((*services.queries.category_rules(), *services.standing))
    choice = choose_category(facts, rules, sent.default)
    return RuleVerdict(
        category=choice.category,
        why=choice.why,
        rule=None if choice.rule is None else choice.rule.id,
        priority=None if choice.priority is None else describe_rule(choice.priority),
        template=None if choice.template is None else choice.template.template,
        template_why=None if choice.template is None else describe_rule(choice.template),
    )
