"""Finding the citations `RULE id` and `RFC 5322 §3.6.4` in the source. Knows nothing of the pages."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

_ID = r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*"
_RULE = re.compile(rf"(?<![\w.])RULE\s+({_ID}(?:(?:,| and)\s+(?:#\s+)?{_ID})*)")
_RFC = re.compile(r"\bRFC (\d{3,5})((?:(?:,| and)? ?§[\dA-Z]+(?:\.\d+)*)*)")
_SECTION = re.compile(r"§([\dA-Z]+(?:\.\d+)*)")
_TEST_NAME = re.compile(r"^ *(?:async )?(?:def|class) (test_?\w+)", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RuleCitations:
    """Where a rule is cited. unknown: ids cited that are no rules → files."""

    code: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    tests: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    unknown: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


def cited_rules(files: Mapping[str, str], known: Iterable[str]) -> RuleCitations:
    """Collect the citations. files: name from the root → text.

    In a list ("RULE category-a, category-b: …") the words after the last known id are prose; a first word that is no
    rule is unknown. A test also names a rule by its own name: `test_hours_example_…` names hours-example.
    """
    rules = set(known)
    found = RuleCitations()
    for name, text in files.items():
        is_test = name.startswith("tests/")
        for citation in _RULE.finditer(text):
            first, *others = re.findall(_ID, citation[1])
            if first not in rules:
                found.unknown[first].add(name)
            for rule in {first, *others} & rules:
                (found.tests if is_test else found.code)[rule].add(name)
        if is_test:
            functions = [test.lower() for test in _TEST_NAME.findall(text)]
            for rule in rules:
                words = re.compile(rf"_{rule.replace('-', '_')}(?:_|$)")
                if any(words.search(function) for function in functions):
                    found.tests[rule].add(name)
    return found


def cited_rfcs(files: Mapping[str, str]) -> dict[int, dict[str, set[str]]]:
    """RFC number → section ("" for the whole) → the files that cite it."""
    found: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for name, text in files.items():
        for number, sections in _RFC.findall(text):
            for section in _SECTION.findall(sections) or [""]:
                found[int(number)][section].add(name)
    return found


def unproved(implemented: Iterable[str], citations: RuleCitations) -> list[str]:
    """One sentence for each rule that claims to be implemented but lacks code or a test."""
    problems = []
    for rule in implemented:
        if not citations.code.get(rule):
            problems.append(f"{rule}: implemented, but no code says RULE {rule}")
        if not citations.tests.get(rule):
            problems.append(f"{rule}: implemented, but no test says RULE {rule}")
    return problems
