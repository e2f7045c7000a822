"""What the operator laid down, out of the settings: rules for categories, kinds of files, the virus scanner.

Owns the translation and the refusal of what can mean nothing.
"""

from channels.clamd import Clamd
from config.load import SettingsError
from config.settings import AttachmentSettings, RulesSettings, Settings
from intake.files.policy import FilePolicy, kind_problem
from intake.files.scanning import WhenDown
from intake.house import House
from intake.terms import Category
from intake.tickets.categorize import CategoryRule, RuleKind, pattern_problem


def read_house(settings: Settings) -> House:
    """All of it. Raises SettingsError."""
    return House(standing=standing_rules(settings.rules), files=file_policy(settings.attachments))


def file_policy(attachments: AttachmentSettings) -> FilePolicy:
    """Which files are given out. Raises SettingsError for a kind there is not."""
    for name in ("withhold", "hold", "refuse"):
        for kind in getattr(attachments, name):
            if problem := kind_problem(kind):
                raise SettingsError(f"attachments.{name}: {kind!r}: {problem}")
    return FilePolicy(
        withhold=attachments.withhold,
        hold=attachments.hold,
        refuse=attachments.refuse,
        max_octets=attachments.max_octets,
        max_files=attachments.max_files,
    )


def build_scanner(settings: Settings) -> Clamd | None:
    """The virus scanner, or None when none is configured."""
    clamav = settings.clamav
    if clamav.socket is None and clamav.host is None:
        return None
    return Clamd(
        socket=clamav.socket,
        host=clamav.host or "127.0.0.1",
        port=clamav.port,
        timeout=clamav.timeout_seconds,
        when_down=WhenDown(clamav.when_down),
    )


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
