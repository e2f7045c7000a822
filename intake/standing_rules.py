"""The operator's rules for categories, out of the settings. Their meaning is in `intake.tickets.categorize`."""

from config.load import SettingsError
from config.settings import RulesSettings
from intake.terms import Category
from intake.tickets.categorize import CategoryRule, RuleKind, pattern_problem


def standing_rules(rules: RulesSettings) -> tuple[CategoryRule, ...]:
    """The operator's rules for categories. Raises SettingsError for one that can never fit."""
    standing = []
    for each in rules.categories:
        category = Category(each.category) if each.category is not None else None
        problem = pattern_problem(RuleKind(each.kind), each.pattern)
        if problem is not None or (category is None and not each.priority):
            raise SettingsError(f"rules.categories: {each.pattern!r}: {problem or 'give a category or priority'}")
        rule = CategoryRule(
            kind=RuleKind(each.kind),
            pattern=each.pattern,
            category=category,
            priority=each.priority,
            position=each.position,
        )
        standing.append(rule)
    return tuple(standing)
