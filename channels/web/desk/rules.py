"""The rules by which requests get their category: in the order in which they count, and trying them out."""

import asyncio

from starlette.datastructures import FormData
from starlette.responses import Response

from channels.web.choosing import choose_contact, choose_customer, contact_words, customer_words
from channels.web.entered import Entered, carry_out, path_id, taken, whole_number
from channels.web.parts import Cell, Field, Form, Listing, Remove, Row, Section, done, options_of, show
from channels.web.texts import CATEGORIES
from channels.web.visitors import PageMissingError, StaffVisit
from intake.administration import EntryError
from intake.ports import Transaction
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

_LONGEST = 2000


async def show_rules(visit: StaffVisit) -> Response:
    """Every rule, a form for a new one, and which rule would decide about a request."""
    return await _page(visit, _form(visit))


async def add_rule(visit: StaffVisit, form: FormData) -> Response:
    """Add a rule."""
    at, read = visit.site.services.clock(), await _read(visit, form)

    def work(tx: Transaction) -> CategoryRule:
        return tx.rules.add(taken(read), by=visit.actor, at=at)

    refusal = await carry_out(visit, work)
    if isinstance(refusal, EntryError):
        return await _page(visit, _form(visit).refused(visit, refusal, form))
    return done("/desk/rules", "added")


async def remove_rule(visit: StaffVisit, form: FormData) -> Response:
    """Remove a rule; the audit trail keeps it."""
    rule_id, at = path_id(visit), visit.site.services.clock()
    refusal = await carry_out(visit, lambda tx: tx.rules.remove(rule_id, by=visit.actor, at=at))
    if isinstance(refusal, EntryError):
        raise PageMissingError
    return done("/desk/rules", "removed")


async def _page(visit: StaffVisit, form: Form) -> Response:
    services, t = visit.site.services, visit.t
    rules = in_order((*await asyncio.to_thread(services.queries.category_rules), *services.standing))
    listing = Listing(
        columns=("desk_rule", "category", "desk_priority", "desk_active", ""),
        rows=tuple([await _row(visit, rule) for rule in rules]),
    )
    asked = visit.request.query_params
    trial = Form(
        action="/desk/rules",
        submit="desk_try",
        method="get",
        fields=(
            Field(name="subject", label="subject", value=asked.get("subject", "")[:_LONGEST]),
            Field(name="to", label="desk_receiver", value=asked.get("to", "")[:_LONGEST]),
            Field(name="customer", label="desk_customer", value=asked.get("customer", "")[:200], suggest="customer"),
            Field(name="text", label="text", kind="area", rows=3, value=asked.get("text", "")[:_LONGEST]),
        ),
    )
    sections = [
        Section(title="", listing=listing),
        Section(title=t["desk_try_rules"], form=trial, facts=await _verdict(visit, rules)),
        Section(title=t["desk_add_rule"], form=form),
    ]
    return show(visit, t["desk_rules"], *sections, status=422 if form.problem else 200)


async def _verdict(visit: StaffVisit, rules: tuple[CategoryRule, ...]) -> tuple[tuple[str, str], ...]:
    asked = visit.request.query_params
    if not (asked.get("subject") or asked.get("text") or asked.get("to")):
        return ()
    facts = RequestFacts(
        subject=asked.get("subject", "")[:_LONGEST],
        text=asked.get("text", "")[:_LONGEST],
        recipients=tuple(asked.get("to", "")[:_LONGEST].split()),
        customer_id=await _meant(visit, asked.get("customer", "")),
    )
    choice = choose_category(facts, rules, Category.C)
    category = (CATEGORIES[visit.language][choice.category][0], choice.why)
    if choice.template is None:
        return (category,)
    return (category, (f"{visit.t['desk_set']}: {choice.template.template}", describe_rule(choice.template)))


async def _meant(visit: StaffVisit, name: str) -> int | None:
    """The customer a trial names; a name that is not one customer's is left out."""
    try:
        return await choose_customer(visit, FormData({"customer": name}), "customer")
    except EntryError:
        return None


async def _row(visit: StaffVisit, rule: CategoryRule) -> Row:
    category = "–" if rule.category is None else CATEGORIES[visit.language][rule.category][0]
    pattern = rule.pattern
    if rule.kind is RuleKind.CONTACT:
        pattern = await contact_words(visit, whole_number(rule.pattern)) or rule.pattern
    return (
        Cell(
            text=f"{visit.t[f'desk_rule_{rule.kind}']}: {pattern}",
            under=" – ".join(filter(None, (await customer_words(visit, rule.customer_id), rule.template, rule.note))),
        ),
        Cell(text=category),
        Cell(text=visit.t["yes"] if rule.priority else "–"),
        Cell(text=visit.t["yes"] if rule.active else visit.t["no"]),
        Remove(action=f"/desk/rules/{rule.id}/remove") if rule.id else Cell(text=visit.t["desk_rule_of_settings"]),
    )


def _form(visit: StaffVisit) -> Form:
    t = visit.t
    kinds = options_of([str(each) for each in RuleKind], [t[f"desk_rule_{each}"] for each in RuleKind])
    names = [CATEGORIES[visit.language][each][0] for each in Category]
    categories = (("", "–"), *options_of([str(each) for each in Category], names))
    fields = (
        Field(name="kind", label="desk_rule_kind", kind="choose", options=kinds, value=RuleKind.SUBJECT),
        Field(
            name="pattern",
            label="desk_rule_pattern",
            help="desk_rule_pattern_help",
            required=True,
            suggest="contact",
        ),
        Field(name="category", label="category", kind="choose", options=categories),
        Field(name="customer_id", label="desk_customer", help="desk_rule_customer_help", suggest="customer"),
        Field(name="position", label="desk_rule_position", kind="number"),
        Field(name="template", label="desk_set", help="desk_rule_set_help"),
        Field(name="note", label="desk_note"),
        Field(name="priority", label="desk_priority", kind="check"),
    )
    return Form(action="/desk/rules", fields=fields, submit="desk_add")


async def _read(visit: StaffVisit, form: FormData) -> CategoryRuleData | EntryError:
    entered = Entered(form, visit.site.services.zone)
    try:
        kind = entered.choice("kind", RuleKind)
        # Of a contact the rule keeps the number, of which nobody has to know.
        contact = await choose_contact(visit, form, "pattern") if kind is RuleKind.CONTACT else None
        return CategoryRuleData(
            kind=kind,
            pattern=entered.line("pattern") if contact is None else str(contact),
            category=entered.choice("category", Category) if entered.line("category") else None,
            priority=entered.checked("priority"),
            template=entered.line("template") or None,
            customer_id=await choose_customer(visit, form, "customer_id"),
            position=entered.number("position"),
            note=entered.line("note"),
        )
    except EntryError as error:
        return error
