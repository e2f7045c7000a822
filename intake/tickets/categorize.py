"""Which category a request gets, and by which rule. Pure; the rules are data.

RULE category-a, category-b, category-c, category-change: what the writer stated counts, then the first rule that fits,
then the contract's default. Rules compare folded words, never patterns, so none can be slow or surprising.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from intake.terms import CATEGORY_NAMES, Category
from intake.tickets.words import fold_words

# Of a longer text only so much is compared.
MOST_CHARACTERS = 20_000
_MOST_WORDS = 4_000
_MARK = re.compile(r"\[([^\[\]]{1,40})\]")
# What a writer states a category with.
STATED_MARK = re.compile(r"\[\s*([ABCZ])\s*\]", re.IGNORECASE)
STATED: Mapping[str, Category] = {"A": Category.A, "B": Category.B, "C": Category.C, "Z": Category.CHANGE}
# "Není to kritické" is no word for a critical state.
_DENIALS = frozenset({"neni", "nejsou", "nie", "nebyla", "nebylo", "bez", "not", "no", "isn", "without"})


class RuleKind(StrEnum):
    """Where a rule looks."""

    MARK = "mark"  # [P1] in the subject
    SUBJECT = "subject"  # words of the subject
    TEXT = "text"  # words of the subject or of what is new in the text
    RECIPIENT = "recipient"  # an address or number it was sent to
    CONTACT = "contact"  # who asks: the contact's number


# Where a rule stands when nobody says so: what is said outweighs how it came and who asks.
USUAL_POSITION: Mapping[RuleKind, int] = {
    RuleKind.MARK: 100,
    RuleKind.SUBJECT: 200,
    RuleKind.TEXT: 300,
    RuleKind.RECIPIENT: 400,
    RuleKind.CONTACT: 500,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryRuleData:
    """A rule. The first one that fits, by position and then by age, decides; each of its three effects by itself.

    pattern: a mark without its brackets; words, of which one ending in "*" is a beginning ("havari*"); an address; a
        contact's number. Case and diacritics do not matter.
    customer_id: only for this customer's requests. priority: a technician should look at once.
    template: the name of the set of wordings its letters are written with.
    """

    kind: RuleKind
    pattern: str
    category: Category | None = None
    priority: bool = False
    template: str | None = None
    customer_id: int | None = None
    position: int | None = None
    active: bool = True
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryRule(CategoryRuleData):
    """A rule as stored. id: 0 for one out of the settings."""

    id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFacts:
    """What the rules look at. stated: the category the writer named."""

    subject: str
    text: str = ""
    recipients: tuple[str, ...] = ()
    contact_id: int | None = None
    customer_id: int | None = None
    stated: Category | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The category, and what decided. rule: None when no rule did. why: a sentence for people.

    stated: the writer named the category.
    """

    category: Category
    why: str
    stated: bool = False
    rule: CategoryRule | None = None
    priority: CategoryRule | None = None
    template: CategoryRule | None = None

    def told(self) -> dict[str, str | int]:
        """The same for the ticket's history."""
        told: dict[str, str | int] = {"category_why": self.why}
        if self.rule is not None:
            told["category_rule"] = self.rule.id
        if self.priority is not None:
            told["priority"] = describe_rule(self.priority)
        if self.template is not None and self.template.template is not None:
            told["template"] = self.template.template
            told["template_why"] = describe_rule(self.template)
        return told


def choose_category(facts: RequestFacts, rules: Iterable[CategoryRule], default: Category) -> Choice:
    """Choose by the rules. rules: in the order in which they count. default: the contract's."""
    seen = _Seen(facts)
    first: dict[str, CategoryRule] = {}
    for each in rules:
        open_effects = [effect for effect in _effects(each) if effect not in first]
        if open_effects and each.active and each.customer_id in {None, facts.customer_id} and seen.fits(each):
            first.update(dict.fromkeys(open_effects, each))
    rule: CategoryRule | None = first.get("category")
    category, why = default, "the contract's default"
    if facts.stated is not None:
        category, why, rule = facts.stated, "stated in the request", None
    elif rule is not None and rule.category is not None:
        category, why = rule.category, describe_rule(rule)
    return Choice(
        category=category,
        why=why,
        stated=facts.stated is not None,
        rule=rule,
        priority=first.get("priority"),
        template=first.get("template"),
    )


def without_marks(subject: str, choice: Choice) -> str:
    """A subject without the marks that did their work; as it was when nothing else stands in it."""
    by_mark = {
        _key(rule.pattern)
        for rule in (choice.rule, choice.priority, choice.template)
        if rule is not None and rule.kind is RuleKind.MARK
    }

    def keep(mark: re.Match[str]) -> str:
        stated = choice.stated and STATED.get(mark[1].strip().upper()) is choice.category
        return " " if stated or _key(mark[1]) in by_mark else mark[0]

    rest = _MARK.sub(keep, subject)
    return subject if rest == subject else " ".join(rest.split()) or subject


def in_order(rules: Iterable[CategoryRule]) -> tuple[CategoryRule, ...]:
    """The rules as they count: by position; at the same one those of the table first, the older ones before."""
    return tuple(sorted(rules, key=lambda rule: (position_of(rule), rule.id == 0, rule.id)))


def position_of(rule: CategoryRuleData) -> int:
    """Where a rule stands."""
    return rule.position if rule.position is not None else USUAL_POSITION[rule.kind]


def describe_rule(rule: CategoryRule) -> str:
    """A rule in words."""
    source = f"rule {rule.id}" if rule.id else "a rule of the settings"
    where = {
        RuleKind.MARK: f"the mark [{rule.pattern}] in the subject",
        RuleKind.SUBJECT: f"“{rule.pattern}” in the subject",
        RuleKind.TEXT: f"“{rule.pattern}” in the text",
        RuleKind.RECIPIENT: f"sent to {rule.pattern}",
        RuleKind.CONTACT: f"asked by contact {rule.pattern}",
    }[rule.kind]
    return f"{source}: {where}"


def say_choice(choice: Choice) -> str:
    """The category and why, for a dry run."""
    more = "" if choice.priority is None else f"; urgent by {describe_rule(choice.priority)}"
    if choice.template is not None:
        more += f"; worded as {choice.template.template} by {describe_rule(choice.template)}"
    return f"category {CATEGORY_NAMES[choice.category]}, by {choice.why}{more}"


def pattern_problem(kind: RuleKind, pattern: str) -> str | None:
    """What is wrong with a pattern, or None."""
    if kind is RuleKind.CONTACT:
        return None if pattern.isascii() and pattern.isdigit() else "Give the contact's number."
    if kind is RuleKind.RECIPIENT:
        return None if pattern.strip() else "Give the address or number requests come to."
    if not fold_words(pattern, 1):
        return "Give at least one word or number."
    if any("*" in part[:-1] or part == "*" for part in pattern.split()):
        return 'A "*" may only stand at the end of a word, such as havari*.'
    return None


@dataclass(slots=True)
class _Seen:
    """The facts, each folded only once it is asked for."""

    facts: RequestFacts
    kept: dict[str, Sequence[str]] = field(default_factory=dict)

    def fits(self, rule: CategoryRule) -> bool:
        match rule.kind:
            case RuleKind.MARK:
                return _key(rule.pattern) in self._marks()
            case RuleKind.SUBJECT:
                return _occurs(_parts(rule.pattern), self._words("subject", self.facts.subject))
            case RuleKind.TEXT:
                said = f"{self.facts.subject}\n{self.facts.text}"
                return _occurs(_parts(rule.pattern), self._words("text", said))
            case RuleKind.RECIPIENT:
                return _address(rule.pattern) in self._recipients()
            case RuleKind.CONTACT:
                return self.facts.contact_id is not None and rule.pattern == str(self.facts.contact_id)

    def _words(self, name: str, text: str) -> Sequence[str]:
        if name not in self.kept:
            self.kept[name] = fold_words(text[:MOST_CHARACTERS], _MOST_WORDS)
        return self.kept[name]

    def _marks(self) -> Sequence[str]:
        if "marks" not in self.kept:
            self.kept["marks"] = [_key(mark) for mark in _MARK.findall(self.facts.subject)]
        return self.kept["marks"]

    def _recipients(self) -> Sequence[str]:
        if "recipients" not in self.kept:
            self.kept["recipients"] = [_address(each) for each in self.facts.recipients]
        return self.kept["recipients"]


def _effects(rule: CategoryRule) -> tuple[str, ...]:
    has = {
        "category": rule.category is not None,
        "priority": rule.priority,
        "template": rule.template is not None,
    }
    return tuple(name for name, there in has.items() if there)


def _key(mark: str) -> str:
    return " ".join(fold_words(mark))


def _address(value: str) -> str:
    local, at, domain = value.strip().casefold().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}" if at else domain


@lru_cache(maxsize=1024)
def _parts(pattern: str) -> tuple[tuple[str, bool], ...]:
    """The words of a pattern, each with whether it is only a beginning."""
    found: list[tuple[str, bool]] = []
    for written in pattern.split():
        words = fold_words(written)
        found += [(word, written.endswith("*") and word is words[-1]) for word in words]
    return tuple(found)


def _occurs(parts: Sequence[tuple[str, bool]], words: Sequence[str]) -> bool:
    """Whether the words stand one after the other, not denied by the word before them."""
    return any(
        all(
            words[at + place].startswith(word) if beginning else words[at + place] == word
            for place, (word, beginning) in enumerate(parts)
        )
        and not (at and words[at - 1] in _DENIALS)
        for at in range(len(words) - len(parts) + 1)
    )
