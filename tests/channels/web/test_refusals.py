"""Whatever the lists, sheets and wordings refuse is told in Czech too: each sentence is looked for in the code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import intake
from channels.web.refusals import in_czech
from intake.administration import EntryError

ROOT = Path(intake.__file__).parents[1]
REFUSALS = {"EntryError", "InvalidEntryError", "TakenEntryError", "UnknownEntryError", "TooOftenError", "CellError"}
# Whose plain ValueErrors are told to people, and whose sentences are gathered before they are raised.
SHEETS = ("intake/contact_lists/cells.py", "intake/contact_lists/plan.py", "intake/contact_lists/sheet.py")
WORDINGS = "intake/letters/templates.py"


def sentences(path: Path) -> Iterator[str]:
    """What a module refuses with, its parts replaced by a digit, which fits wherever a number or a name does."""
    tree = ast.parse(path.read_text("utf-8"))
    named = REFUSALS | ({"ValueError"} if str(path.relative_to(ROOT)) in SHEETS else set())
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Module):
            continue
        messages = {
            target.id: node.value
            for node in ast.walk(function)
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in named:
                given = [*node.args[:1], *(each.value for each in node.keywords if each.arg == "message")]
                for each in given:
                    text = text_of(messages.get(each.id) if isinstance(each, ast.Name) else each)
                    if text and " " in text:
                        yield text


def text_of(node: ast.AST | None) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            part.value
            if isinstance(part, ast.Constant)
            else "'7'"
            if isinstance(part, ast.FormattedValue) and part.conversion == ord("r")
            else "7"
            for part in node.values
        )
    return None


MODULES = [
    path
    for folder in ("intake", "store")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if any(True for _ in sentences(path))
]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_module_refuses_is_told_in_czech(path: Path) -> None:
    unsaid = {text for text in sentences(path) if in_czech(EntryError(text)) is None}
    assert unsaid == set()


def test_what_is_wrong_with_a_wording_is_told_in_czech() -> None:
    tree = ast.parse((ROOT / WORDINGS).read_text("utf-8"))
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    texts = {text_of(node) or "" for node in ast.walk(tree) if id(node) not in parts}
    problems = {
        text for text in texts if re.match(r"The (subject|text|7|first)\b|There is no (template|language)", text)
    }
    assert len(problems) > 7
    assert {text for text in problems if in_czech(EntryError(text.replace("The 7", "The text"))) is None} == set()
